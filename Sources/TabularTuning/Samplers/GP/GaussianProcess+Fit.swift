internal import Foundation

extension GaussianProcess {
  /// The least variance of the noise: it keeps the covariance positive definite.
  static let leastNoise = 1e-6

  /// The process whose settings make known values likeliest, with a prior.
  ///
  /// The start is the same every time, and so is the result. The prior and its constants are those of
  /// Optuna 5.0.0 (`_gp/prior.py`): length scales near 1, a variance of the function near 1, little
  /// noise.
  init(fittedTo places: [[Double]], values: [Double], isChoice: [Bool]) {
    let likelihood = MarginalLikelihood(places, values, isChoice)
    let axes = isChoice.count
    let limit = Array(repeating: 20.0, count: axes + 2)
    // All logarithms are 0: length scales as long as the axes, and as much noise as function.
    let found = BoundedMinimizer(iterations: 100, tolerance: 1e-3).minimum(
      from: limit.map { _ in 0 },
      lower: limit.map(-),
      upper: limit
    ) { likelihood.loss($0, slope: &$1) }
    var settings = likelihood.settings(found.place)
    // Rounding, at noise that is next to nothing: more of it, until there is a factor.
    while true {
      if let process = GaussianProcess(
        places: places,
        values: values,
        isChoice: isChoice,
        settings: settings
      ) {
        self = process
        return
      }
      settings.noise *= 10
    }
  }
}

/// How unlikely known values are under some settings, and how that changes with them.
struct MarginalLikelihood {
  private let values: [Double]
  private let isChoice: [Bool]
  private let places: [[Double]]
  /// Squared differences of each pair of places, an axis after another.
  private let differences: [[Double]]

  init(_ places: [[Double]], _ values: [Double], _ isChoice: [Bool]) {
    self.values = values
    self.isChoice = isChoice
    self.places = places
    differences = isChoice.indices.map { axis in
      places.indices.flatMap { row in
        places[..<row].map { other in
          GaussianProcess.squaredDifference(places[row][axis], other[axis], isChoice[axis])
        }
      }
    }
  }

  /// Settings of their logarithms; the noise is what is above the least.
  func settings(_ logarithms: [Double]) -> GaussianProcess.Settings {
    let axes = isChoice.count
    return GaussianProcess.Settings(
      inverseSquaredLengths: logarithms[..<axes].map { exp($0) },
      scale: exp(logarithms[axes]),
      noise: exp(logarithms[axes + 1]) + GaussianProcess.leastNoise
    )
  }

  /// Minus the logarithm of likelihood and prior, but for a constant.
  ///
  /// Source: Rasmussen and Williams, 2006, equations 5.8 and 5.9.
  func loss(_ logarithms: [Double], slope: inout [Double]) -> Double {
    let settings = settings(logarithms)
    let (axes, count) = (isChoice.count, values.count)
    var distances = Array(repeating: 0.0, count: count * (count - 1) / 2)
    for axis in 0..<axes {
      let factor = settings.inverseSquaredLengths[axis]
      let column = differences[axis]
      for pair in distances.indices { distances[pair] += factor * column[pair] }
    }
    var matrix = Array(repeating: 0.0, count: count * count)
    var pair = 0
    for row in 0..<count {
      for column in 0..<row {
        matrix[row * count + column] = settings.scale * Matern52.value(distances[pair])
        pair += 1
      }
      matrix[row * count + row] = settings.scale + settings.noise
    }
    guard let factor = Cholesky(matrix, size: count) else { return .infinity }
    var whitened = values
    factor.solve(&whitened)
    let fit = 0.5 * whitened.reduce(0) { $0 + $1 * $1 }
    var weights = whitened
    factor.solve(&weights, transposed: true)
    let inverse = factor.inverse()

    // Half of inverse - weights weights^T, times the derivative of the covariance.
    var byScale = 0.0
    var byNoise = 0.0
    pair = 0
    for row in 0..<count {
      for column in 0..<row {
        // Twice: the pair is in both triangles.
        let change = inverse[row * count + column] - weights[row] * weights[column]
        byScale += change * matrix[row * count + column]
        distances[pair] = change * settings.scale * Matern52.slope(distances[pair])
        pair += 1
      }
      let change = 0.5 * (inverse[row * count + row] - weights[row] * weights[row])
      byScale += change * settings.scale
      byNoise += change
    }
    for axis in 0..<axes {
      let column = differences[axis]
      var sum = 0.0
      for pair in distances.indices { sum += distances[pair] * column[pair] }
      slope[axis] = sum * settings.inverseSquaredLengths[axis]
    }
    slope[axes] = byScale
    slope[axes + 1] = byNoise * (settings.noise - GaussianProcess.leastNoise)
    return factor.halfLogDeterminant + fit + Self.prior(settings, slope: &slope)
  }

  /// Minus the logarithm of the prior; adds its slope.
  private static func prior(_ settings: GaussianProcess.Settings, slope: inout [Double]) -> Double {
    var loss = 0.0
    let axes = settings.inverseSquaredLengths.count
    for (axis, factor) in settings.inverseSquaredLengths.enumerated() {
      loss += 0.1 / factor + 0.1 * factor
      slope[axis] += 0.1 * factor - 0.1 / factor
    }
    // Gamma distributions: of shape 2 and rate 1, of shape 1.1 and rate 30.
    loss += settings.scale - log(settings.scale)
    slope[axes] += settings.scale - 1
    loss += 30 * settings.noise - 0.1 * log(settings.noise)
    slope[axes + 1] +=
      (30 - 0.1 / settings.noise) * (settings.noise - GaussianProcess.leastNoise)
    return loss
  }
}
