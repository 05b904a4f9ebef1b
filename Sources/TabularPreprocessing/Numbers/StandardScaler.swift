internal import Foundation

/// Shifts and scales numbers to mean 0 and deviation 1, as scikit-learn's `StandardScaler`:
/// `(x - mean) / deviation` with the population deviation, or 1 where there is no variation.
public struct StandardScaler: Estimator, Codable {
  /// The columns, numeric.
  public let columns: [String]

  /// Creates a scaler of numeric columns.
  public init(columns: [String]) { self.columns = columns }

  /// A state that has seen no row.
  public func makeState() -> NumberState<FittedStandardScaler> {
    NumberState(columns, needs: .sums) { columns, folds throws(PreprocessingError) in
      FittedStandardScaler(
        scales: try learned(columns, folds, to: "scale by") {
          name,
          fold throws(PreprocessingError) in
          let (mean, deviation) = try fold.moments(name)
          return FittedStandardScaler.Scale(column: name, mean: mean, deviation: deviation)
        }
      )
    }
  }
}

extension NumberFold {
  /// The mean and the population deviation, which is 1 where there is no variation.
  ///
  /// - Throws: `PreprocessingError` of kind `value` when the variance is no double.
  func moments(_ name: String) throws(PreprocessingError) -> (mean: Double, deviation: Double) {
    let (mean, variance) = (mean, variance)
    guard mean.isFinite, variance.isFinite else {
      throw PreprocessingError(
        .value,
        "column '\(name)' holds numbers too large to scale: its variance overflows",
        column: name
      )
    }
    return (mean, variance > 0 ? variance.squareRoot() : 1)
  }
}

/// A scaler that knows means and deviations.
public struct FittedStandardScaler: NumberMap {
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

  var kernels: [(column: String, kernel: NumberKernel)]? {
    scales.map { scale in
      let (mean, deviation) = (scale.mean, scale.deviation)
      return (
        scale.column,
        { block, _ in for i in block.indices { block[i] = (block[i] - mean) / deviation } }
      )
    }
  }
}
