internal import Foundation

/// Makes the distribution of numbers more like a normal one by the power transform of Yeo and
/// Johnson, as scikit-learn's `PowerTransformer`; then mean 0 and deviation 1, unless told.
///
/// The power is the one of maximum likelihood.
///
/// Source: Yeo and Johnson, "A new family of power transformations to improve normality or
/// symmetry", Biometrika 87 (2000).
public struct PowerTransformer: Estimator, Codable {
  /// The columns, numeric.
  public let columns: [String]
  /// Whether the result is scaled to mean 0 and deviation 1.
  public let standardize: Bool

  /// Creates a transformer of numeric columns.
  public init(columns: [String], standardize: Bool = true) {
    (self.columns, self.standardize) = (columns, standardize)
  }

  /// A state that has seen no row.
  public func makeState() -> NumberState<FittedPowerTransformer> {
    NumberState(columns, needs: .values) {
      [standardize] columns, folds throws(PreprocessingError) in
      FittedPowerTransformer(
        powers: try learned(columns, folds, to: "transform by") {
          name,
          fold throws(PreprocessingError) in
          let sample = YeoJohnsonSample(fold.sorted)
          let lambda = sample.likeliestPower
          var power = FittedPowerTransformer.Power(
            column: name,
            lambda: lambda,
            mean: 0,
            deviation: 1
          )
          if standardize {
            (power.mean, power.deviation) = try sample.moments(lambda, name)
          }
          return power
        }
      )
    }
  }
}

/// The transform of one number.
private func yeoJohnson(_ value: Double, _ lambda: Double) -> Double {
  if value >= 0 {
    return abs(lambda) < Double.ulpOfOne
      ? log1p(value) : expm1(lambda * log1p(value)) / lambda
  }
  let other = 2 - lambda
  return abs(other) <= Double.ulpOfOne
    ? -log1p(-value) : -expm1(other * log1p(-value)) / other
}

/// The different values of a column with how often they are there, ready to try powers on.
private struct YeoJohnsonSample {
  private let values: [Double]
  private let weights: [Double]
  private let count: Double
  /// The sum of each value's sign times `log1p` of its magnitude.
  private var logarithms = 0.0

  init(_ sorted: SortedValues) {
    var values: [Double] = []
    var weights: [Double] = []
    var logarithms = 0.0
    sorted.forEach { value, times in
      values.append(value)
      weights.append(Double(times))
      logarithms += (value < 0 ? -log1p(-value) : log1p(value)) * Double(times)
    }
    (self.values, self.weights, self.logarithms) = (values, weights, logarithms)
    count = Double(sorted.count)
  }

  /// The power of maximum likelihood; 1, which changes nothing, for a column of one value.
  var likeliestPower: Double {
    guard let low = values.first, let high = values.last, low < high else { return 1 }
    // Bounds within which 20 times the largest magnitude neither overflows nor vanishes.
    // Source: scipy's `yeojohnson_normmax`.
    let reach = log1p(20 * max(abs(low), abs(high)))
    let epsilon = log(Double.ulpOfOne)
    var lower = (log(Double.leastNormalMagnitude) - epsilon) / 2 / reach
    var upper = (log(Double.greatestFiniteMagnitude) + epsilon) / 2 / reach
    if high < 0 {
      (lower, upper) = (2 - upper, 2 - lower)
    } else if low < 0 {
      (lower, upper) = (max(2 - upper, lower), min(2 - lower, upper))
    }
    return boundedMinimum(from: lower, to: upper, tolerance: 1.48e-8) { -likelihood($0) }
  }

  /// The logarithm of the likelihood, without its constant terms.
  private func likelihood(_ lambda: Double) -> Double {
    let transformed = values.map { yeoJohnson($0, lambda) }
    var sum = 0.0
    for i in values.indices { sum += transformed[i] * weights[i] }
    let mean = sum / count
    var squares = 0.0
    for i in values.indices {
      let distance = transformed[i] - mean
      squares += distance * distance * weights[i]
    }
    let result = -count / 2 * log(squares / count) + (lambda - 1) * logarithms
    return result.isInfinite ? -.infinity : result
  }

  /// Mean and deviation of the transformed values.
  func moments(_ lambda: Double, _ name: String) throws(PreprocessingError) -> (
    mean: Double, deviation: Double
  ) {
    var fold = NumberFold()
    for (value, weight) in zip(values, weights) {
      let transformed = yeoJohnson(value, lambda)
      guard transformed.isFinite else { throw refusal(ofRange: name) }
      fold.add(transformed, times: Int(weight), needs: .sums)
    }
    return try fold.moments(name)
  }
}

/// A transformer that knows the power of each column.
public struct FittedPowerTransformer: NumberMap {
  /// `yeo-johnson`.
  public static var name: String { "yeo-johnson" }

  struct Power: Codable, Sendable, Equatable {
    var column: String
    var lambda: Double
    /// Of the transformed values; 0 and 1 where they are not scaled.
    var mean: Double
    var deviation: Double
  }

  let powers: [Power]

  /// The columns, numeric.
  public var columns: [String] { powers.map(\.column) }

  /// The power of a column.
  public func lambda(of column: String) -> Double? {
    powers.first { $0.column == column }?.lambda
  }

  var kernels: [(column: String, kernel: NumberKernel)]? {
    powers.map { power in
      let (lambda, mean, deviation) = (power.lambda, power.mean, power.deviation)
      return (
        power.column,
        { block, _ in
          for i in block.indices {
            block[i] = (yeoJohnson(block[i], lambda) - mean) / deviation
          }
        }
      )
    }
  }
}
