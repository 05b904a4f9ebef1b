/// How far values are from what was predicted, over rows that come in any parts and any order.
///
/// Only sums are held, exact ones: shards, ranks and ragged ends give the same bits. scikit-learn's
/// formulas (`sklearn.metrics`).
public struct RegressionMetrics: Sendable {
  /// The number of rows.
  public private(set) var count = 0
  private var weight = WeightedSum()
  private var squares = WeightedSum()
  private var fourths = WeightedSum()
  private var distances = WeightedSum()
  private var values = WeightedSum()
  private var valueSquares = WeightedSum()

  /// Begins with no rows.
  public init() {}

  /// Adds a row; numbers that are not finite trap.
  public mutating func add(value: Double, predicted: Double, weight: Double = 1) {
    precondition(
      value.isFinite && predicted.isFinite,
      "a value of \(value), predicted \(predicted)"
    )
    precondition(weight.isFinite && weight >= 0, "a row of weight \(weight)")
    count += 1
    self.weight.add(weight)
    let error = value - predicted
    squares.addSquare(error, weight: weight)
    fourths.addSquare(error * error, weight: weight)
    distances.add(abs(error), weight: weight)
    values.add(value, weight: weight)
    valueSquares.addSquare(value, weight: weight)
  }

  /// Takes what another has summed of other rows.
  public mutating func merge(_ other: RegressionMetrics) {
    count += other.count
    weight.merge(other.weight)
    squares.merge(other.squares)
    fourths.merge(other.fourths)
    distances.merge(other.distances)
    values.merge(other.values)
    valueSquares.merge(other.valueSquares)
  }

  /// The mean squared error, in the square of the target's unit; NaN without rows.
  public var meanSquaredError: Double { squares.value / weight.value }

  /// The root of the mean squared error, in the target's unit; NaN without rows.
  public var rootMeanSquaredError: Double { meanSquaredError.squareRoot() }

  /// What the root of the mean squared error is with a confidence of 95 %, in the target's unit: the
  /// roots of `Interval.normal` of the squared errors; nil for fewer than two rows.
  public var rootMeanSquaredErrorInterval: Interval? {
    let mean = meanSquaredError
    let variance = max(0, fourths.value / weight.value - mean * mean)
    return Interval.normal(mean: mean, variance: variance, rows: count).map {
      Interval(low: max(0, $0.low).squareRoot(), high: $0.high.squareRoot())
    }
  }

  /// The mean absolute error, in the target's unit; NaN without rows.
  public var meanAbsoluteError: Double { distances.value / weight.value }

  /// R², the part of the values' variance that is explained; nil for fewer than two rows.
  ///
  /// Where all values are the same, 1 for predictions without error and 0 for others.
  public var r2: Double? {
    guard count >= 2 else { return nil }
    let (errors, spread) = (squares.value, spread)
    if spread > 0 { return 1 - errors / spread }
    return errors == 0 ? 1 : 0
  }

  /// The weighted squared distances of the values from their mean: Σw·y² - (Σw·y)² / Σw, of which
  /// Σw · Σw·y² - (Σw·y)² is summed without a rounding.
  private var spread: Double {
    var sum = WeightedSum()
    let weights = weight.parts
    for square in valueSquares.parts { for weight in weights { sum.add(square, weight: weight) } }
    let values = values.parts
    for first in values { for second in values { sum.add(-first, weight: second) } }
    return max(0, sum.value / weight.value)
  }
}
