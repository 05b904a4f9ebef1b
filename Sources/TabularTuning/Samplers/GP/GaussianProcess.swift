internal import COpenBLAS
internal import Foundation

/// A function of which some noisy values are known, and a distribution of all others.
///
/// Places have a number from 0 to 1 an axis, or the index of a choice; NaN where the axis does not
/// exist. The covariance is Matern's with 5/2 over distances with a length scale an axis; two
/// choices that differ are at distance 1, and so is an axis that one of two places has.
///
/// Source: C. E. Rasmussen and C. K. I. Williams, "Gaussian processes for machine learning", 2006,
/// algorithm 2.1 and equation 4.17.
struct GaussianProcess: Sendable {
  /// What the likelihood decides.
  struct Settings: Equatable, Sendable {
    /// 1 over the squared length scale of each axis.
    var inverseSquaredLengths: [Double]
    /// The variance of the function.
    var scale: Double
    /// The variance of what is added to its values.
    var noise: Double
  }

  let isChoice: [Bool]
  /// The places whose values are known.
  let places: [[Double]]
  let settings: Settings
  let factor: Cholesky
  /// The known values, made independent: what the factor takes to them.
  let whitened: [Double]
  /// What covariances with the places are multiplied by for the mean.
  let weights: [Double]

  /// Nil where the covariance is not positive definite, for rounding.
  init?(places: [[Double]], values: [Double], isChoice: [Bool], settings: Settings) {
    self.isChoice = isChoice
    self.places = places
    self.settings = settings
    guard let factor = Self.factor(places, isChoice, settings) else { return nil }
    self.factor = factor
    var solution = values
    factor.solve(&solution)
    whitened = solution
    factor.solve(&solution, transposed: true)
    weights = solution
  }

  /// Factors the covariance of noisy values at some places, and of values without noise at others.
  static func factor(
    _ places: [[Double]],
    exact: Int = 0,
    _ isChoice: [Bool],
    _ settings: Settings
  ) -> Cholesky? {
    let count = places.count
    var matrix = Array(repeating: 0.0, count: count * count)
    for row in 0..<count {
      for column in 0..<row {
        let distance = distance(places[row], places[column], isChoice, settings)
        matrix[row * count + column] = settings.scale * Matern52.value(distance)
      }
      matrix[row * count + row] =
        settings.scale + (row < count - exact ? settings.noise : leastNoise)
    }
    return Cholesky(matrix, size: count)
  }

  /// The squared distance of two places, in length scales.
  static func distance(
    _ left: [Double],
    _ right: [Double],
    _ isChoice: [Bool],
    _ settings: Settings
  ) -> Double {
    var sum = 0.0
    for axis in isChoice.indices {
      sum +=
        squaredDifference(left[axis], right[axis], isChoice[axis])
        * settings.inverseSquaredLengths[axis]
    }
    return sum
  }

  /// The squared difference of two positions on one axis.
  @inline(__always)
  static func squaredDifference(_ left: Double, _ right: Double, _ isChoice: Bool) -> Double {
    if isChoice || left.isNaN || right.isNaN {
      return left == right || (left.isNaN && right.isNaN) ? 0 : 1
    }
    return (left - right) * (left - right)
  }

  /// Mean and variance of the function, without noise, at a place.
  func posterior(at place: [Double]) -> (mean: Double, variance: Double) {
    var covariances = places.map { known in
      settings.scale * Matern52.value(Self.distance(place, known, isChoice, settings))
    }
    let mean = zip(covariances, weights).reduce(0) { $0 + $1.0 * $1.1 }
    factor.solve(&covariances)
    let known = covariances.reduce(0) { $0 + $1 * $1 }
    return (mean, max(settings.scale - known, 0))
  }
}

/// Matern's covariance with 5/2 as a function of the squared distance.
enum Matern52 {
  @inline(__always)
  static func value(_ squared: Double) -> Double {
    let root = (5 * squared).squareRoot()
    return (1 + root + 5 / 3 * squared) * exp(-root)
  }

  /// Its derivative.
  @inline(__always)
  static func slope(_ squared: Double) -> Double {
    let root = (5 * squared).squareRoot()
    return -5 / 6 * (1 + root) * exp(-root)
  }
}
