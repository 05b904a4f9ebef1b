/// Finds a minimum of a smooth function of several numbers, each within bounds.
///
/// Source: R. H. Byrd, P. Lu, J. Nocedal and C. Zhu, "A limited memory algorithm for bound
/// constrained optimization", 1995, in the simpler form that projects: numbers that a bound holds
/// are left out of the step, and a step is cut at the bounds.
struct BoundedMinimizer: Sendable {
  /// Steps at most.
  var iterations = 200
  /// No number would move farther along the slope: the end.
  var tolerance = 1e-6
  /// Steps that the curvature is learnt from.
  var memory = 10

  /// One step of the past, and how the slope changed along it.
  private struct Correction {
    var step: [Double]
    var change: [Double]
    var curvature: Double
  }

  /// Walks from a start to a minimum near it.
  ///
  /// - Parameters:
  ///   - start: Where to begin, within the bounds.
  ///   - lower: The least numbers.
  ///   - upper: The greatest numbers.
  ///   - objective: The function: fills in the slope; a value that is not finite is a place to avoid.
  /// - Returns: the place and its value, never above the start's.
  func minimum(
    from start: [Double],
    lower: [Double],
    upper: [Double],
    _ objective: ([Double], inout [Double]) -> Double
  ) -> (place: [Double], value: Double) {
    var place = start
    var slope = Array(repeating: 0.0, count: start.count)
    var value = objective(place, &slope)
    var history: [Correction] = []
    for _ in 0..<iterations {
      let free = place.indices.filter { index in
        !(place[index] <= lower[index] && slope[index] > 0)
          && !(place[index] >= upper[index] && slope[index] < 0)
      }
      let rest = free.reduce(0.0) { most, index in
        let moved = min(max(place[index] - slope[index], lower[index]), upper[index])
        return max(most, abs(moved - place[index]))
      }
      guard rest > tolerance, value.isFinite else { break }
      var direction = Self.direction(slope, free, history)
      if Self.product(direction, slope) >= 0 {
        history = []
        direction = Self.direction(slope, free, [])
      }
      guard
        let next = Self.step(from: place, value, slope, along: direction, lower, upper, objective)
      else {
        // The curvature that was learnt misleads: once more without it.
        if history.isEmpty { break }
        history = []
        continue
      }
      let step = zip(next.place, place).map { $0 - $1 }
      let change = zip(next.slope, slope).map { $0 - $1 }
      let curvature = Self.product(step, change)
      if curvature > 1e-12 * Self.product(change, change).squareRoot() {
        history.append(Correction(step: step, change: change, curvature: curvature))
        if history.count > memory { history.removeFirst() }
      }
      let gain = value - next.value
      (place, slope, value) = (next.place, next.slope, next.value)
      if gain <= 1e-13 * max(1, abs(value)) { break }
    }
    return (place, value)
  }

  /// The step of a quadratic function with the curvature of the last steps (two loops).
  private static func direction(
    _ slope: [Double],
    _ free: [Int],
    _ history: [Correction]
  ) -> [Double] {
    var direction = Array(repeating: 0.0, count: slope.count)
    for index in free { direction[index] = -slope[index] }
    guard let last = history.last else {
      // Nothing is known of the scale: a step of length 1 at most.
      let length = product(direction, direction).squareRoot()
      return length > 1 ? direction.map { $0 / length } : direction
    }
    func inner(_ left: [Double], _ right: [Double]) -> Double {
      free.reduce(0) { $0 + left[$1] * right[$1] }
    }
    var parts: [Double] = []
    for correction in history.reversed() {
      let part = inner(correction.step, direction) / correction.curvature
      for index in free { direction[index] -= part * correction.change[index] }
      parts.append(part)
    }
    let scale = last.curvature / product(last.change, last.change)
    for index in free { direction[index] *= scale }
    for (correction, part) in zip(history, parts.reversed()) {
      let other = inner(correction.change, direction) / correction.curvature
      for index in free { direction[index] += (part - other) * correction.step[index] }
    }
    return direction
  }

  /// Goes as far along a direction as the value falls enough (Armijo); nil where it does not.
  private static func step(
    from place: [Double],
    _ value: Double,
    _ slope: [Double],
    along direction: [Double],
    _ lower: [Double],
    _ upper: [Double],
    _ objective: ([Double], inout [Double]) -> Double
  ) -> (place: [Double], slope: [Double], value: Double)? {
    var length = 1.0
    var nextSlope = slope
    for _ in 0..<25 {
      let next = place.indices.map {
        min(max(place[$0] + length * direction[$0], lower[$0]), upper[$0])
      }
      let promised = product(zip(next, place).map { $0 - $1 }, slope)
      guard promised < 0 else { return nil }
      let nextValue = objective(next, &nextSlope)
      if nextValue <= value + 1e-4 * promised { return (next, nextSlope, nextValue) }
      // The minimum of the parabola through what is known, within limits.
      let bend = nextValue - value - promised
      let guess = nextValue.isFinite && bend > 0 ? -0.5 * promised / bend : 0.1
      length *= min(max(guess, 0.1), 0.5)
    }
    return nil
  }

  private static func product(_ left: [Double], _ right: [Double]) -> Double {
    var sum = 0.0
    for index in left.indices { sum += left[index] * right[index] }
    return sum
  }
}
