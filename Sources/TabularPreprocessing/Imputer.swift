public import TabularFrame

/// Replaces missing numbers (nulls and NaN) and missing texts, as scikit-learn's `SimpleImputer`.
public struct Imputer: Estimator {
  /// What a missing value is replaced by.
  public enum Strategy: Sendable, Equatable {
    /// The mean of the values, from their exact sum.
    case mean
    /// The middle value; the mean of the two middle ones of an even number.
    case median
    /// The most frequent value; the smallest on a tie.
    case mostFrequent
    /// A given number.
    case constant(Double)
  }

  /// The columns, numeric.
  public let columns: [String]
  /// What a missing value is replaced by.
  public let strategy: Strategy

  /// Creates an imputer of numeric columns.
  public init(columns: [String], strategy: Strategy = .median) {
    self.columns = columns
    self.strategy = strategy
  }

  /// A state that has seen no row.
  public func makeState() -> State {
    State(strategy: strategy, columns: columns, values: columns.map { _ in NumberFold() })
  }

  /// The values of each column, as far as the strategy needs them.
  public struct State: FittingState {
    let strategy: Strategy
    let columns: [String]
    var values: [NumberFold]

    /// Takes the rows of a chunk.
    public mutating func observe(_ chunk: DataFrame) throws(PreprocessingError) {
      for (i, name) in columns.enumerated() {
        try values[i].observe(name, in: chunk, keepingValues: strategy.needsValues)
      }
    }

    /// Takes what another state has gathered from other rows.
    public mutating func merge(_ other: State) {
      for i in values.indices { values[i].merge(other.values[i]) }
    }

    /// The fitted imputer.
    ///
    /// - Throws: `PreprocessingError` of kind `empty` for a column without a value, of kind `value`
    ///   for a constant that is not finite.
    public func finish() throws(PreprocessingError) -> FittedImputer {
      var fills: [FittedImputer.Fill] = []
      for (name, fold) in zip(columns, values) {
        fills.append(
          FittedImputer.Fill(
            column: name,
            value: try strategy.value(fold, name),
            minimum: fold.minimum,
            maximum: fold.maximum
          )
        )
      }
      return FittedImputer(fills: fills)
    }
  }
}

extension Imputer.Strategy {
  fileprivate var needsValues: Bool { self == .median || self == .mostFrequent }

  fileprivate func value(_ fold: NumberFold, _ column: String) throws(PreprocessingError) -> Double
  {
    if case .constant(let value) = self {
      guard value.isFinite else {
        throw PreprocessingError(
          .value,
          "column '\(column)' cannot be imputed with \(value), expected a finite number",
          column: column
        )
      }
      return value
    }
    guard fold.count > 0 else {
      throw PreprocessingError(
        .empty,
        "column '\(column)' has no value to impute from; drop it, or impute a constant",
        column: column
      )
    }
    switch self {
    case .mean: return fold.mean
    case .median: return fold.median
    case .mostFrequent: return fold.mostFrequent
    case .constant(let value): return value
    }
  }
}

/// An imputer that knows what to put in.
public struct FittedImputer: Transformer {
  /// `impute`.
  public static var name: String { "impute" }

  struct Fill: Codable, Sendable, Equatable {
    var column: String
    var value: Double
    /// The range of the values that the fit saw; absent when it saw none.
    var minimum: Double?
    var maximum: Double?
  }

  let fills: [Fill]

  /// The columns, numeric.
  public var columns: [String] { fills.map(\.column) }

  /// The number that replaces a missing one in a column.
  public func value(for column: String) -> Double? {
    fills.first { $0.column == column }?.value
  }

  /// Replaces the missing values; each column becomes float64.
  public func applied(to frame: DataFrame, report: inout TransformReport)
    throws(PreprocessingError) -> DataFrame
  {
    var result = frame
    for fill in fills {
      let numbers = try NumberColumn(fill.column, in: frame)
      var missing = 0
      var outside = 0
      let values = try FixedVector<Double>(count: numbers.count) {
        (row) throws(PreprocessingError) -> Double in
        guard let value = try numbers.finite(row, fill.column, in: frame) else {
          missing += 1
          return fill.value
        }
        if let low = fill.minimum, let high = fill.maximum, value < low || value > high {
          outside += 1
        }
        return value
      }
      report.nulls[fill.column, default: 0] += missing
      report.outOfRange[fill.column, default: 0] += outside
      result[fill.column] = Column(storage: .float64(values), validity: nil)
    }
    return result
  }
}
