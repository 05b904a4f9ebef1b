internal import Foundation
internal import TabularFrame

/// Looks for the place whose expected improvement is greatest.
///
/// Many places are compared; from the best and from some drawn with their improvement as weight, and
/// from the best trial, the place walks uphill, along the slope and over the values of choices and
/// whole numbers in turn.
struct PlaceSearch: Sendable {
  let encoding: SpaceEncoding
  let improvement: ExpectedImprovement
  /// Length scales a unit of each axis, so that a step means as much on each.
  let scales: [Double]
  let effort: Effort

  /// How much is looked at; the numbers are those of Optuna 5.0.0.
  struct Effort: Sendable {
    var places = 2048
    var walks = 10
  }

  /// Choices, and as many whole numbers, are all compared.
  private static let few = 16

  /// The best place, in which closed branches are NaN.
  func best(startingFrom known: [Double], _ generator: inout SplitMix64) -> [Double] {
    var random = QuasiRandom(axes: encoding.items.count, &generator)
    let places = (0..<effort.places).map { _ in encoding.place(ofUnits: random.next()) }
    var values: [Double] = []
    for start in stride(from: 0, to: places.count, by: 256) {
      let part = places[start..<min(start + 256, places.count)]
      values += improvement.values(at: part.map(encoding.masked))
    }
    var starts = Self.draw(values, effort.walks - 1, &generator).map { places[$0] }
    // Closed branches have no number: the middle, until a walk opens them.
    starts.append(
      zip(encoding.items, known).map { item, x in
        x.isNaN ? (item.axis.kind == .choice ? 0 : encoding.middle(of: item)) : x
      }
    )
    var best: (place: [Double], value: Double)?
    for start in starts {
      let end = walk(from: start)
      if best.map({ end.value > $0.value }) ?? true { best = end }
    }
    return encoding.masked(best?.place ?? known)
  }

  /// The best of some, and others by chance: each as likely as its improvement is large.
  private static func draw(
    _ logarithms: [Double],
    _ count: Int,
    _ generator: inout SplitMix64
  ) -> [Int] {
    guard let top = logarithms.indices.max(by: { logarithms[$0] < logarithms[$1] }) else {
      return []
    }
    var weights = logarithms.map { exp($0 - logarithms[top]) }
    var drawn = [top]
    weights[top] = 0
    while drawn.count < count {
      var rest = generator.unit() * weights.reduce(0, +)
      guard
        let next = weights.indices.first(where: {
          rest -= weights[$0]; return rest < 0
        })
      else {
        break
      }
      drawn.append(next)
      weights[next] = 0
    }
    return drawn
  }

  /// Uphill from a place to where no axis leads higher.
  private func walk(from start: [Double]) -> (place: [Double], value: Double) {
    var place = start
    var value = improvement.values(at: [encoding.masked(place)])[0]
    for _ in 0..<20 {
      let before = value
      (place, value) = climbed(place, value)
      let level = value
      for index in encoding.items.indices where encoding.items[index].axis.kind != .number {
        (place, value) = compared(place, value, along: index)
      }
      // Another value of a choice or a whole number moves the top of the others.
      guard value > level, value > before + 1e-9 else { break }
    }
    return (place, value)
  }

  /// Along the slope of the axes that have one.
  private func climbed(_ place: [Double], _ value: Double) -> ([Double], Double) {
    let masked = encoding.masked(place)
    let axes = encoding.items.indices.filter {
      encoding.items[$0].axis.kind == .number && !masked[$0].isNaN
    }
    guard !axes.isEmpty else { return (place, value) }
    var current = masked
    var slope = Array(repeating: 0.0, count: place.count)
    let found = BoundedMinimizer(iterations: 100, tolerance: 1e-4).minimum(
      from: axes.map { masked[$0] * scales[$0] },
      lower: axes.map { _ in 0 },
      upper: axes.map { scales[$0] }
    ) { scaled, scaledSlope in
      for (x, axis) in zip(scaled, axes) { current[axis] = x / scales[axis] }
      let value = improvement.value(at: current, slope: &slope)
      for (place, axis) in axes.enumerated() { scaledSlope[place] = -slope[axis] / scales[axis] }
      return -value
    }
    guard -found.value > value else { return (place, value) }
    var next = place
    for (x, axis) in zip(found.place, axes) { next[axis] = min(max(x / scales[axis], 0), 1) }
    return (next, -found.value)
  }

  /// The other values of a choice or of a whole number: all where they are few, else those at
  /// distances that double, as long as one is better.
  private func compared(
    _ place: [Double],
    _ value: Double,
    along index: Int
  ) -> ([Double], Double) {
    var (best, most) = (place, value)
    while !encoding.masked(best)[index].isNaN {
      let others = encoding.neighbours(of: best[index], along: index, few: Self.few)
      let places = others.map { other in
        var place = best
        place[index] = other
        return place
      }
      guard !places.isEmpty else { break }
      let values = improvement.values(at: places.map(encoding.masked))
      guard let top = values.indices.max(by: { values[$0] < values[$1] }), values[top] > most else {
        break
      }
      (best, most) = (places[top], values[top])
      if encoding.isFew(index, Self.few) { break }
    }
    return (best, most)
  }
}

extension SpaceEncoding {
  /// Whether an axis has no more than some values.
  fileprivate func isFew(_ index: Int, _ few: Int) -> Bool {
    let axis = items[index].axis
    return axis.kind == .choice || (axis.count ?? .max) <= few
  }

  fileprivate func middle(of item: Item) -> Double {
    item.axis.kind == .whole
      ? (item.axis.snapped(item.axis.low + 0.5 * item.axis.width) - item.axis.low) / item.axis.width
      : 0.5
  }

  /// The places of other values of a choice or a whole number.
  fileprivate func neighbours(of place: Double, along index: Int, few: Int) -> [Double] {
    let axis = items[index].axis
    guard case .int(let range, _) = items[index].parameter.distribution else {
      return (0..<(axis.count ?? 0)).map(Double.init).filter { $0 != place }
    }
    guard case .integer(let current) = axis.value(atFraction: place) else { return [] }
    let others =
      isFew(index, few)
      ? range.filter { $0 != current }
      : (0..<50).lazy.map { 1 << $0 }.prefix { $0 < range.count }
        .flatMap { [current - $0, current + $0] }.filter(range.contains)
    return others.compactMap { other in
      axis.position(of: .integer(other)).map { ($0 - axis.low) / axis.width }
    }
  }
}
