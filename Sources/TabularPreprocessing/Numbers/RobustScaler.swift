/// Shifts numbers by the median and scales them by the distance of two quantiles, as scikit-learn's
/// `RobustScaler`: a few wild numbers change little.
public struct RobustScaler: Estimator, Codable {
  /// The columns, numeric.
  public let columns: [String]
  /// The two quantiles, as fractions.
  public let quantiles: ClosedRange<Double>

  /// Creates a scaler of numeric columns; quantiles outside 0 to 1 trap.
  public init(columns: [String], quantiles: ClosedRange<Double> = 0.25...0.75) {
    precondition(
      quantiles.lowerBound >= 0 && quantiles.upperBound <= 1,
      "the quantiles \(quantiles), expected fractions"
    )
    (self.columns, self.quantiles) = (columns, quantiles)
  }

  /// A state that has seen no row.
  public func makeState() -> NumberState<FittedRobustScaler> {
    NumberState(columns, needs: .values) { [quantiles] columns, folds throws(PreprocessingError) in
      FittedRobustScaler(
        scales: try learned(columns, folds, to: "scale by") {
          name,
          fold throws(PreprocessingError) in
          let values = fold.ranked
          let distance =
            values.quantile(quantiles.upperBound) - values.quantile(quantiles.lowerBound)
          guard distance.isFinite else { throw refusal(ofRange: name) }
          return FittedRobustScaler.Scale(
            column: name,
            median: values.median,
            distance: dividing(distance)
          )
        }
      )
    }
  }
}

/// A scaler that knows medians, and distances of quantiles.
public struct FittedRobustScaler: NumberMap {
  /// `robust`.
  public static var name: String { "robust" }

  struct Scale: Codable, Sendable, Equatable {
    var column: String
    var median: Double
    /// Between the two quantiles; 1 where they are one.
    var distance: Double
  }

  let scales: [Scale]

  /// The columns, numeric.
  public var columns: [String] { scales.map(\.column) }

  /// The median and the distance of the quantiles of a column.
  public func parameters(of column: String) -> (median: Double, distance: Double)? {
    scales.first { $0.column == column }.map { (median: $0.median, distance: $0.distance) }
  }

  var kernels: [(column: String, kernel: NumberKernel)]? {
    scales.map { scale in
      let (median, distance) = (scale.median, scale.distance)
      return (
        scale.column,
        { block, _ in for i in block.indices { block[i] = (block[i] - median) / distance } }
      )
    }
  }
}
