internal import Foundation
internal import TabularFrame

/// A density over some axes: the weighted sum of a kernel at each observation and a wide one.
///
/// A kernel is the product of a normal distribution an axis, cut at the ends of the axis, or for a
/// choice of probabilities.
///
/// Source: J. Bergstra, R. Bardenet, Y. Bengio and B. Kegl, "Algorithms for hyper-parameter
/// optimization", 2011; weights, widths and the kernel of the prior are those of Optuna 5.0.0
/// (`samplers/_tpe/parzen_estimator.py`).
struct ParzenEstimator: Sendable {
  /// The kernels of one axis.
  enum Kernels: Sendable {
    /// Means and deviations, and the logarithm of what lies within the axis.
    case normal(means: [Double], deviations: [Double], logMasses: [Double])
    /// The probability of each value, a row a kernel.
    case choice([[Double]])
  }

  let axes: [Axis]
  let kernels: [Kernels]
  /// The weights of the kernels, which sum to 1; the last one is the prior's.
  let weights: [Double]

  /// - Parameters:
  ///   - axes: The axes, none of them constant.
  ///   - observations: Positions on each axis, from the oldest trial to the newest.
  init(axes: [Axis], observations: [[Double]]) {
    self.axes = axes
    let count = observations.first?.count ?? 0
    let raw = Self.weights(count) + [1]
    let sum = raw.reduce(0, +)
    weights = raw.map { $0 / sum }
    kernels = zip(axes, observations).map { axis, positions in
      axis.kind == .choice
        ? .choice(Self.probabilities(positions, choices: Int(axis.high)))
        : Self.normals(positions, axis)
    }
  }

  /// The weights of observations before they are scaled: 1 for the newest 25; older ones rise evenly
  /// from 1 / count.
  static func weights(_ count: Int) -> [Double] {
    let old = max(0, count - 25)
    let first = 1 / Double(max(count, 1))
    let ramp = (0..<old).map { index in
      old == 1 ? first : first + (1 - first) * Double(index) / Double(old - 1)
    }
    return ramp + Array(repeating: 1, count: count - old)
  }

  /// As wide as the way to the farther neighbour, within limits; and the prior over the whole axis.
  private static func normals(_ positions: [Double], _ axis: Axis) -> Kernels {
    let order = positions.indices.sorted {
      (positions[$0], $0) < (positions[$1], $1)
    }
    let ends = [axis.low] + order.map { positions[$0] } + [axis.high]
    let least = axis.width / min(100, 2 + Double(positions.count))
    var deviations = Array(repeating: 0.0, count: positions.count)
    for (rank, index) in order.enumerated() {
      let (left, right) = (ends[rank + 1] - ends[rank], ends[rank + 2] - ends[rank + 1])
      let wide =
        positions.count == 1
        // The ends of the axis are no neighbours, where there is another one.
        ? max(left, right)
        : rank == 0 ? right : rank == positions.count - 1 ? left : max(left, right)
      deviations[index] = min(max(wide, least), axis.width)
    }
    let means = positions + [axis.low + 0.5 * axis.width]
    deviations.append(axis.width)
    let logMasses = zip(means, deviations).map { mean, deviation in
      log(
        StandardNormal.mass(from: (axis.low - mean) / deviation, to: (axis.high - mean) / deviation)
      )
    }
    return .normal(means: means, deviations: deviations, logMasses: logMasses)
  }

  /// One for the value observed and 1 / kernels for each, scaled to sum 1; the prior's are equal.
  private static func probabilities(_ positions: [Double], choices: Int) -> [[Double]] {
    let share = 1 / Double(positions.count + 1)
    let sum = 1 + share * Double(choices)
    let rows = positions.map { position in
      (0..<choices).map { ((Double($0) == position ? 1 : 0) + share) / sum }
    }
    return rows + [Array(repeating: 1 / Double(choices), count: choices)]
  }
}

extension ParzenEstimator {
  /// A point of the density: a position an axis.
  func sample(_ generator: inout SplitMix64) -> [Double] {
    let kernel = Self.index(weights, at: generator.unit())
    return zip(axes, kernels).map { axis, kernels in
      switch kernels {
      case .choice(let rows): return Double(Self.index(rows[kernel], at: generator.unit()))
      case .normal(let means, let deviations, _):
        let (mean, deviation) = (means[kernel], deviations[kernel])
        let (low, high) = ((axis.low - mean) / deviation, (axis.high - mean) / deviation)
        let start = StandardNormal.cumulative(low)
        let share = start + generator.unit() * StandardNormal.mass(from: low, to: high)
        let position = mean + deviation * StandardNormal.quantile(share)
        let inside = min(max(position, axis.low), axis.high)
        return axis.kind == .whole ? axis.snapped(inside) : inside
      }
    }
  }

  /// The first index whose weight, with those before it, exceeds a part of them all.
  private static func index(_ weights: [Double], at part: Double) -> Int {
    var sum = 0.0
    for (index, weight) in weights.enumerated() {
      sum += weight
      if part < sum { return index }
    }
    return weights.count - 1
  }

  /// The logarithm of the density at a point; of whole numbers and choices, of the probability.
  func logDensity(at point: [Double]) -> Double {
    var terms = weights.map { log($0) }
    for (place, kernels) in kernels.enumerated() {
      let x = point[place]
      switch kernels {
      case .choice(let rows):
        for kernel in terms.indices { terms[kernel] += log(rows[kernel][Int(x)]) }
      case .normal(let means, let deviations, let logMasses):
        if axes[place].kind == .whole {
          let (left, right) = axes[place].cell(at: x)
          for kernel in terms.indices {
            let (mean, deviation) = (means[kernel], deviations[kernel])
            let mass = StandardNormal.mass(
              from: (left - mean) / deviation,
              to: (right - mean) / deviation
            )
            terms[kernel] += log(mass) - logMasses[kernel]
          }
        } else {
          for kernel in terms.indices {
            let z = (x - means[kernel]) / deviations[kernel]
            terms[kernel] -=
              0.5 * z * z + StandardNormal.logRootTwoPi + log(deviations[kernel])
              + logMasses[kernel]
          }
        }
      }
    }
    return logSumExp(terms)
  }
}

/// The logarithm of the sum of exponentials, which may be too small or too large themselves.
func logSumExp(_ terms: [Double]) -> Double {
  guard let most = terms.max(), most.isFinite else { return terms.max() ?? -.infinity }
  return most + log(terms.reduce(0) { $0 + exp($1 - most) })
}
