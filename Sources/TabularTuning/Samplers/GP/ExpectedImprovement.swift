internal import Foundation
internal import TabularFrame

/// The logarithm of how much below the best known value a function is expected to be at a place.
///
/// Values of running trials are not known: some fantasies of them are drawn from the process, and the
/// improvement is the mean over these.
///
/// Source: D. R. Jones, M. Schonlau and W. J. Welch, "Efficient global optimization of expensive
/// black-box functions", 1998; J. Snoek, H. Larochelle and R. P. Adams, "Practical Bayesian
/// optimization of machine learning algorithms", 2012, for the fantasies; S. Ament and others,
/// "Unexpected improvements to expected improvement", 2023, for the logarithm.
struct ExpectedImprovement: Sendable {
  private let isChoice: [Bool]
  private let settings: GaussianProcess.Settings
  /// Places of known values and of running trials.
  private let places: [[Double]]
  private let factor: Cholesky
  /// What covariances are multiplied by for the mean, of one fantasy after another.
  private let weights: [[Double]]
  /// The best value of each fantasy.
  private let bests: [Double]

  /// Added to variances, so that they have a logarithm.
  private static let leastVariance = 1e-12
  private static let fantasies = 16

  /// - Parameters:
  ///   - process: The function's distribution.
  ///   - best: The best value known.
  ///   - running: Places of trials whose values are not known yet.
  ///   - generator: For the fantasies.
  init(
    _ process: GaussianProcess,
    best: Double,
    running: [[Double]] = [],
    _ generator: inout SplitMix64
  ) {
    isChoice = process.isChoice
    settings = process.settings
    let known = process.places.count
    guard !running.isEmpty,
      // Without noise: what a running trial would tell of its place leaves nothing to gain there.
      let factor = GaussianProcess.factor(
        process.places + running,
        exact: running.count,
        isChoice,
        settings
      )
    else {
      places = process.places
      factor = process.factor
      weights = [process.weights]
      bests = [best]
      return
    }
    let count = known + running.count
    places = process.places + running
    self.factor = factor
    var random = QuasiRandom(axes: running.count, &generator)
    var (weights, bests) = ([[Double]](), [Double]())
    for _ in 0..<Self.fantasies {
      // Independent numbers, which the factor's rows would take to values of the running trials.
      var whitened = process.whitened
      whitened += random.next().map { StandardNormal.quantile(max($0, 0x1p-53)) }
      bests.append(
        (known..<count).reduce(best) { best, row in
          let line = factor.lower[row * count..<row * count + row + 1]
          return min(best, zip(line, whitened).reduce(0) { $0 + $1.0 * $1.1 })
        }
      )
      factor.solve(&whitened, transposed: true)
      weights.append(whitened)
    }
    (self.weights, self.bests) = (weights, bests)
  }

  /// Its value at each of some places.
  func values(at candidates: [[Double]]) -> [Double] {
    let columns = candidates.count
    var covariances = Array(repeating: 0.0, count: places.count * columns)
    for (row, known) in places.enumerated() {
      for (column, candidate) in candidates.enumerated() {
        covariances[row * columns + column] =
          settings.scale
          * Matern52.value(GaussianProcess.distance(candidate, known, isChoice, settings))
      }
    }
    let means = weights.map { weights in
      var means = Array(repeating: 0.0, count: columns)
      for row in weights.indices {
        for column in 0..<columns {
          means[column] += weights[row] * covariances[row * columns + column]
        }
      }
      return means
    }
    factor.solve(&covariances, columns: columns)
    var variances = Array(repeating: settings.scale, count: columns)
    for row in places.indices {
      for column in 0..<columns {
        let part = covariances[row * columns + column]
        variances[column] -= part * part
      }
    }
    return (0..<columns).map { column in
      let deviation = Self.deviation(variances[column])
      return mean(
        zip(means, bests).map { means, best in
          Self.logImprovement((best - means[column]) / deviation).value + log(deviation)
        }
      )
    }
  }

  /// Its value at a place, and how that changes along each axis.
  func value(at place: [Double], slope: inout [Double]) -> Double {
    var covariances = Array(repeating: 0.0, count: places.count)
    var changes = covariances
    for (row, known) in places.enumerated() {
      let distance = GaussianProcess.distance(place, known, isChoice, settings)
      covariances[row] = settings.scale * Matern52.value(distance)
      changes[row] = settings.scale * Matern52.slope(distance)
    }
    let means = weights.map { zip($0, covariances).reduce(0) { $0 + $1.0 * $1.1 } }
    factor.solve(&covariances)
    let variance = covariances.reduce(settings.scale) { $0 - $1 * $1 }
    let deviation = Self.deviation(variance)
    factor.solve(&covariances, transposed: true)
    let parts = zip(means, bests).map { mean, best in
      Self.logImprovement((best - mean) / deviation)
    }
    let value = mean(parts.map { $0.value + log(deviation) })

    // Derivatives by the mean of each fantasy, and by the deviation.
    var byDeviation = 0.0
    var byMean: [Double] = []
    for part in parts {
      let share = exp(part.value + log(deviation) - value) / Double(parts.count)
      byMean.append(-share * part.slope / deviation)
      byDeviation += share * part.rest / deviation
    }
    // Where the variance is cut off it does not change.
    if variance <= 0 { byDeviation = 0 }
    for axis in slope.indices { slope[axis] = 0 }
    for (row, known) in places.enumerated() {
      var factor = -byDeviation * covariances[row] / deviation
      for (weights, byMean) in zip(weights, byMean) { factor += byMean * weights[row] }
      factor *= changes[row] * 2
      for axis in slope.indices where !isChoice[axis] {
        let difference = place[axis] - known[axis]
        if !difference.isNaN {
          slope[axis] += factor * difference * settings.inverseSquaredLengths[axis]
        }
      }
    }
    return value
  }

  private func mean(_ logarithms: [Double]) -> Double {
    logarithms.count == 1
      ? logarithms[0] : logSumExp(logarithms) - log(Double(logarithms.count))
  }

  private static func deviation(_ variance: Double) -> Double {
    (max(variance, 0) + leastVariance).squareRoot()
  }
}

extension ExpectedImprovement {
  /// The logarithm of the improvement h(z) = density(z) + z cumulative(z) of a standard normal value
  /// over z, its slope cumulative(z) / h(z), and density(z) / h(z), which is 1 - z slope.
  static func logImprovement(_ z: Double) -> (value: Double, slope: Double, rest: Double) {
    let logDensity = -0.5 * z * z - StandardNormal.logRootTwoPi
    guard z < -25 else {
      let density = exp(logDensity)
      let below = StandardNormal.cumulative(z)
      let improvement = density + z * below
      return (log(improvement), below / improvement, density / improvement)
    }
    // Both terms cancel: their asymptotic series instead (Abramowitz and Stegun, 26.2.12).
    let t = 1 / (z * z)
    // cumulative(z) = density(z) / -z * tail, and h(z) = density(z) / z^2 * rest.
    let tail = 1 + t * (-1 + t * (3 + t * (-15 + t * (105 - t * 945))))
    let rest = 1 + t * (-3 + t * (15 + t * (-105 + t * (945 - t * 10395))))
    return (logDensity + log(t * rest), -z * tail / rest, z * z / rest)
  }
}
