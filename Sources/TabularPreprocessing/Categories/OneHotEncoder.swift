internal import TabularCSV
public import TabularFrame
internal import TabularTensor

/// Replaces a column by one column of 0 and 1 a category, as scikit-learn's `OneHotEncoder`.
///
/// The columns are named `column_value`, in sorted order, then `column_null` where the fit saw a
/// null, then `column_infrequent` where rare categories were put together. What has no column is all
/// zeros.
public struct OneHotEncoder: Estimator, Codable {
  /// Which column is left out, so that the others do not add up to one.
  public enum Drop: String, Codable, Sendable {
    /// None.
    case none
    /// The first.
    case first
    /// The first, where there are two.
    case ifBinary
  }

  /// What becomes of a category that the fit did not see, or a null where it saw none.
  public enum Unknown: String, Codable, Sendable {
    /// An error that names the row.
    case error
    /// Zeros; it is counted.
    case ignore
    /// One of the infrequent categories, zeros where there are none; it is counted.
    case infrequent
  }

  /// The columns: text, integers or bools.
  public let columns: [String]
  /// Which column is left out.
  public let drop: Drop
  /// What becomes of a category that the fit did not see.
  public let unknown: Unknown
  /// Categories of fewer rows are infrequent.
  public let minFrequency: RowThreshold?
  /// The most columns that come of one, that of the infrequent among them.
  public let maxCategories: Int?

  /// Creates an encoder.
  ///
  /// `minFrequency` and `maxCategories` put rare categories together in one column: those of fewer
  /// rows, and then the rarest, of equally frequent ones the first in sorted order.
  public init(
    columns: [String],
    drop: Drop = .none,
    unknown: Unknown = .ignore,
    minFrequency: RowThreshold? = nil,
    maxCategories: Int? = nil
  ) {
    precondition(maxCategories ?? 1 > 0, "at most \(maxCategories ?? 0) categories")
    self.columns = columns
    self.drop = drop
    self.unknown = unknown
    self.minFrequency = minFrequency
    self.maxCategories = maxCategories
  }

  /// A state that has seen no row.
  public func makeState() -> State {
    State(encoder: self, folds: columns.map { _ in CategoryFold() })
  }

  /// The categories of each column.
  public struct State: FittingState {
    let encoder: OneHotEncoder
    var folds: [CategoryFold]

    /// Takes the rows of a chunk.
    public mutating func observe(_ chunk: DataFrame) throws(PreprocessingError) {
      try folds.observe(encoder.columns, in: chunk)
    }

    /// The bytes of the categories.
    public var byteCount: Int { folds.reduce(0) { $0 + $1.byteCount } }

    /// Takes what another state has gathered from other rows.
    public mutating func merge(_ other: State) { folds.merge(other.folds) }

    /// The fitted encoder.
    public func finish() throws(PreprocessingError) -> FittedOneHotEncoder {
      FittedOneHotEncoder(
        indicators: zip(encoder.columns, folds).map { column, fold in
          let (vocabulary, counts) = fold.vocabulary(of: column, nullIsCategory: true)
          let infrequent = encoder.infrequent(counts, rows: fold.rows)
          return FittedOneHotEncoder.Indicators(
            vocabulary: vocabulary,
            infrequent: infrequent.isEmpty ? nil : infrequent,
            drop: encoder.drop
          )
        },
        unknown: encoder.unknown
      )
    }
  }

  /// The positions of the rare categories, as scikit-learn's `_identify_infrequent`.
  private func infrequent(_ counts: [Int], rows: Int) -> [Int] {
    let least = minFrequency?.rows(of: rows) ?? 0
    var isRare = counts.map { Double($0) < least }
    let columns = isRare.count { !$0 } + 1
    if let maxCategories, maxCategories < columns {
      let order = counts.indices.sorted { (counts[$0], $0) < (counts[$1], $1) }
      for position in order.dropLast(maxCategories - 1) { isRare[position] = true }
    }
    return isRare.indices.filter { isRare[$0] }
  }
}

/// An encoder that knows its categories.
public struct FittedOneHotEncoder: Transformer {
  /// `onehot`.
  public static var name: String { "onehot" }

  struct Indicators: Codable, Sendable, Equatable {
    var vocabulary: Vocabulary
    /// The positions of the categories that share the last column.
    var infrequent: [Int]?
    var drop: OneHotEncoder.Drop

    /// The names of the columns, and which of them each position sets; -1 is none.
    var outputs: (names: [String], ofPosition: [Int32], infrequent: Int32) {
      let column = vocabulary.column
      let rare = Set(infrequent ?? [])
      var labels = vocabulary.categories.map { "\(column)_\($0)" }
      if vocabulary.hasNull { labels.append("\(column)_null") }
      var names = labels.indices.filter { !rare.contains($0) }.map { labels[$0] }
      let infrequentColumn = Int32(names.count)
      if !rare.isEmpty { names.append("\(column)_infrequent") }
      let dropped: Int32 =
        switch drop {
        case .none: 0
        case .first: names.isEmpty ? 0 : 1
        case .ifBinary: names.count == 2 ? 1 : 0
        }
      // The dropped column comes first, so that its number is -1.
      names.removeFirst(Int(dropped))
      var next = -dropped
      let ofPosition = labels.indices.map { position in
        if rare.contains(position) { return infrequentColumn - dropped }
        defer { next += 1 }
        return next
      }
      return (names, ofPosition, rare.isEmpty ? -1 : infrequentColumn - dropped)
    }
  }

  let indicators: [Indicators]
  let unknown: OneHotEncoder.Unknown

  /// The columns.
  public var columns: [String] { indicators.map(\.vocabulary.column) }

  /// The categories of a column in sorted order, infrequent ones among them.
  public func categories(of column: String) -> [CategoryKey]? {
    indicators.first { $0.vocabulary.column == column }?.vocabulary.categories
  }

  /// The names of the columns that it makes of one.
  public func outputNames(of column: String) -> [String] {
    indicators.first { $0.vocabulary.column == column }?.outputs.names ?? [column]
  }

  /// Replaces each column by its indicators, bools, at the end of the frame.
  public func applied(to frame: DataFrame, report: inout TransformReport)
    throws(PreprocessingError) -> DataFrame
  {
    let outputs = indicators.map(\.outputs)
    return try frame.replacing(
      indicators.map(\.vocabulary),
      report: &report,
      names: { outputs[$0].names }
    ) { (index, positions, column) throws(PreprocessingError) -> [Column] in
      if unknown == .error, let row = positions.firstIndex(where: { $0 < 0 }) {
        throw frame.unseenError(indicators[index].vocabulary.column, column, row: row)
      }
      let (names, ofPosition, infrequent) = outputs[index]
      let other = unknown == .infrequent ? infrequent : -1
      // A bit a row: a hundred columns take no more than two of doubles.
      let bitmaps = names.map { _ in Buffer(zeroed: (positions.count + 7) / 8) }
      let bytes = bitmaps.map { $0.pointer.assumingMemoryBound(to: UInt8.self) }
      for row in positions.indices {
        let position = Int(positions[row])
        let output = Int(position < 0 ? other : ofPosition[position])
        if output >= 0 { bytes[output][row >> 3] |= 1 << UInt8(truncatingIfNeeded: row & 7) }
      }
      return bitmaps.map { bits in
        Column(storage: .bool(BitVector(buffer: bits, count: positions.count)), validity: nil)
      }
    }
  }
}

extension OneHotEncoder.State: CategoryFolding {
  var columns: [String] { encoder.columns }
}
