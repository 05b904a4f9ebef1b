internal import TabularCSV
public import TabularFrame

/// Replaces missing numbers (nulls and NaN) and missing texts, as scikit-learn's `SimpleImputer`.
public struct Imputer: Estimator, Codable {
  /// What a missing value is replaced by.
  public enum Strategy: Sendable, Equatable {
    /// The mean of the values, from their exact sum.
    case mean
    /// The middle value; the mean of the two middle ones of an even number.
    case median
    /// The most frequent value; the smallest on a tie. Numbers and texts.
    case mostFrequent
    /// A given number.
    case constant(Double)
    /// A given text, for columns of text.
    case constantText(String)
  }

  /// The columns: numeric, or text where the strategy can.
  public let columns: [String]
  /// What a missing value is replaced by.
  public let strategy: Strategy
  /// Whether columns `name_missing` of 0 and 1 tell which values were missing, for the columns that
  /// miss some in the fit.
  public let indicator: Bool

  /// Creates an imputer.
  public init(columns: [String], strategy: Strategy = .median, indicator: Bool = false) {
    (self.columns, self.strategy, self.indicator) = (columns, strategy, indicator)
  }

  /// The columns of an indicator, where it is wanted: each is there if the fit misses values.
  public var addedColumns: [String] { indicator ? columns.map { "\($0)_missing" } : [] }

  /// A state that has seen no row.
  public func makeState() -> State {
    State(imputer: self, folds: columns.map { _ in NumberFold() }, texts: columns.map { _ in nil })
  }

  /// The values of each column, as far as the strategy needs them.
  public struct State: FittingState {
    let imputer: Imputer
    var folds: [NumberFold]
    /// How often each text is there; nil for a column that is none.
    var texts: [[CategoryKey: Int]?]

    /// Takes the rows of a chunk.
    public mutating func observe(_ chunk: DataFrame) throws(PreprocessingError) {
      var numbers: [Int] = []
      for (i, name) in imputer.columns.enumerated() {
        let column = try chunk.column(name)
        let isText = column.type == .string || column.type == .category
        if imputer.strategy.takesText, isText, column.nullCount < column.count {
          try count(i, column, name)
        } else {
          numbers.append(i)
        }
      }
      guard !numbers.isEmpty else { return }
      var seen = numbers.map { folds[$0] }
      try NumberFold.observe(
        numbers.map { imputer.columns[$0] },
        in: chunk,
        needs: numbers.map { _ in imputer.strategy.needs },
        into: &seen
      )
      for (position, i) in numbers.enumerated() { folds[i] = seen[position] }
    }

    private mutating func count(_ i: Int, _ column: Column, _ name: String)
      throws(PreprocessingError)
    {
      guard folds[i].count == 0 else {
        throw PreprocessingError(
          .type,
          "column '\(name)' holds texts and numbers; read it with one type",
          column: name
        )
      }
      var counts = texts[i] ?? [:]
      for row in 0..<column.count where !column.isNull(row) {
        switch column.storage {
        case .string(let texts): counts[.string(texts[row]), default: 0] += 1
        case .category(let codes, let words):
          counts[.string(words[Int(codes[row])]), default: 0] += 1
        default: break
        }
      }
      texts[i] = counts
      folds[i].skip(column.nullCount)
    }

    /// Takes what another state has gathered from other rows.
    public mutating func merge(_ other: State) {
      for i in folds.indices {
        folds[i].merge(other.folds[i])
        guard let counts = other.texts[i] else { continue }
        texts[i] = (texts[i] ?? [:]).merging(counts, uniquingKeysWith: +)
      }
    }

    /// The fitted imputer.
    ///
    /// - Throws: `PreprocessingError` of kind `empty` for a column without a value, of kind `value`
    ///   for a constant that does not fit the column.
    public func finish() throws(PreprocessingError) -> FittedImputer {
      try imputer.fitted(from: folds, texts)
    }
  }
}

extension Imputer {
  /// The imputer of folds of numbers and counts of texts.
  func fitted(from folds: [NumberFold], _ texts: [[CategoryKey: Int]?])
    throws(PreprocessingError) -> FittedImputer
  {
    let fills = try mapTasks(folds.count, cells: folds.reduce(0) { $0 + $1.count }) {
      [self] i throws(PreprocessingError) in
      var fill = try strategy.fill(folds[i], texts[i], columns[i])
      fill.indicator = indicator && folds[i].missing > 0 ? true : nil
      return fill
    }
    return FittedImputer(fills: fills)
  }

  /// Whether the columns of a frame are numbers for this imputer, all of them.
  func takesNumbers(of frame: DataFrame) -> Bool {
    guard strategy != .mostFrequent else {
      return frame.types.allSatisfy { name, type in
        !columns.contains(name) || type == .int64 || type == .float64 || type == .bool
      }
    }
    return !strategy.takesText
  }
}

extension Imputer.Strategy {
  fileprivate var takesText: Bool {
    switch self {
    case .mostFrequent, .constantText: true
    case .mean, .median, .constant: false
    }
  }

  var needs: NumberFold.Needs {
    switch self {
    case .mean: .sums
    case .median, .mostFrequent: .values
    case .constant, .constantText: []
    }
  }

  func fill(
    _ fold: NumberFold,
    _ texts: [CategoryKey: Int]?,
    _ column: String
  ) throws(PreprocessingError) -> FittedImputer.Fill {
    var fill = FittedImputer.Fill(
      column: column,
      minimum: fold.minimum,
      maximum: fold.maximum
    )
    switch self {
    case .constant(let value):
      guard value.isFinite else {
        throw PreprocessingError(
          .value,
          "column '\(column)' cannot be imputed with \(value), expected a finite number",
          column: column
        )
      }
      fill.value = value
    case .constantText(let text):
      guard fold.count == 0 else {
        throw PreprocessingError(
          .value,
          "column '\(column)' holds numbers, and cannot be imputed with the text '\(text)'",
          column: column
        )
      }
      fill.text = text
    case .mostFrequent where texts != nil:
      let best = texts?.min { ($1.value, $0.key) < ($0.value, $1.key) }
      fill.text = best?.key.description
    default:
      guard fold.count > 0 else {
        throw PreprocessingError(
          .empty,
          "column '\(column)' has no value to impute from; drop it, or impute a constant",
          column: column
        )
      }
      switch self {
      case .mean: fill.value = fold.mean
      case .median: fill.value = fold.ranked.median
      default: fill.value = fold.sorted.mostFrequent
      }
    }
    return fill
  }
}

// `"median"`, or `{"constant": 0}`, for a person who edits a plan.
extension Imputer.Strategy: Codable {
  private enum Key: String, CodingKey { case constant, constantText }

  private static let words: [(word: String, strategy: Imputer.Strategy)] = [
    ("mean", .mean), ("median", .median), ("most-frequent", .mostFrequent),
  ]

  /// Reads a word or a constant.
  public init(from decoder: any Decoder) throws {
    if let word = try? decoder.singleValueContainer().decode(String.self) {
      guard let known = Self.words.first(where: { $0.word == word }) else {
        throw PreprocessingError(
          .recipe,
          "'\(word)' is no strategy, expected mean, median, most-frequent or {\"constant\": 0}"
        )
      }
      self = known.strategy
      return
    }
    let container = try decoder.container(keyedBy: Key.self)
    if let text = try container.decodeIfPresent(String.self, forKey: .constantText) {
      self = .constantText(text)
    } else {
      self = .constant(try container.decode(Double.self, forKey: .constant))
    }
  }

  /// Writes a word or a constant.
  public func encode(to encoder: any Encoder) throws {
    if let known = Self.words.first(where: { $0.strategy == self }) {
      var container = encoder.singleValueContainer()
      try container.encode(known.word)
      return
    }
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .constant(let value): try container.encode(value, forKey: .constant)
    case .constantText(let text): try container.encode(text, forKey: .constantText)
    case .mean, .median, .mostFrequent: break
    }
  }
}
