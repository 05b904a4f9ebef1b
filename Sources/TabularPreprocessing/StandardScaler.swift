internal import Foundation
public import TabularFrame

/// Shifts and scales numbers to mean 0 and deviation 1, as scikit-learn's `StandardScaler`:
/// `(x - mean) / deviation` with the population deviation, or 1 where there is no variation.
public struct StandardScaler: Estimator {
  /// The columns, numeric.
  public let columns: [String]

  /// Creates a scaler of numeric columns.
  public init(columns: [String]) { self.columns = columns }

  /// A state that has seen no row.
  public func makeState() -> State {
    State(columns: columns, values: columns.map { _ in NumberFold() })
  }

  /// The exact sums of each column.
  public struct State: FittingState {
    let columns: [String]
    var values: [NumberFold]

    /// Takes the rows of a chunk.
    public mutating func observe(_ chunk: DataFrame) throws(PreprocessingError) {
      for (i, name) in columns.enumerated() {
        try values[i].observe(name, in: chunk, keepingValues: false)
      }
    }

    /// Takes what another state has gathered from other rows.
    public mutating func merge(_ other: State) {
      for i in values.indices { values[i].merge(other.values[i]) }
    }

    /// The fitted scaler.
    ///
    /// - Throws: `PreprocessingError` for a column without a value, or whose variance overflows.
    public func finish() throws(PreprocessingError) -> FittedStandardScaler {
      var scales: [FittedStandardScaler.Scale] = []
      for (name, fold) in zip(columns, values) {
        guard fold.count > 0 else {
          throw PreprocessingError(
            .empty,
            "column '\(name)' has no value to scale by; drop it",
            column: name
          )
        }
        let (mean, variance) = (fold.mean, fold.variance)
        guard mean.isFinite, variance.isFinite else {
          throw PreprocessingError(
            .value,
            "column '\(name)' holds numbers too large to scale: its variance overflows",
            column: name
          )
        }
        let deviation = variance > 0 ? variance.squareRoot() : 1
        scales.append(
          FittedStandardScaler.Scale(column: name, mean: mean, deviation: deviation)
        )
      }
      return FittedStandardScaler(scales: scales)
    }
  }
}

/// A scaler that knows means and deviations.
public struct FittedStandardScaler: Transformer {
  /// `standardize`.
  public static var name: String { "standardize" }

  struct Scale: Codable, Sendable, Equatable {
    var column: String
    var mean: Double
    var deviation: Double
  }

  let scales: [Scale]

  /// The columns, numeric.
  public var columns: [String] { scales.map(\.column) }

  /// The mean and the deviation of a column.
  public func parameters(of column: String) -> (mean: Double, deviation: Double)? {
    scales.first { $0.column == column }.map { (mean: $0.mean, deviation: $0.deviation) }
  }

  /// Scales each column to float64; a missing value stays null.
  public func applied(to frame: DataFrame, report: inout TransformReport)
    throws(PreprocessingError) -> DataFrame
  {
    var result = frame
    for scale in scales {
      let numbers = try NumberColumn(scale.column, in: frame)
      let values = try FixedVector<Double>(count: numbers.count) {
        (row) throws(PreprocessingError) -> Double in
        guard let value = try numbers.finite(row, scale.column, in: frame) else { return .nan }
        return (value - scale.mean) / scale.deviation
      }
      result[scale.column] = Column(
        storage: .float64(values),
        validity: Validity(count: values.count) { !values[$0].isNaN }
      )
    }
    return result
  }
}
