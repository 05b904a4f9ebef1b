internal import Foundation
internal import TabularFrame

/// Points that fill a unit cube evenly, from a random start.
///
/// Each axis advances by a power of 1 / g, where g is the root of g^(axes + 1) = g + 1.
///
/// Source: M. Roberts, "The unreasonable effectiveness of quasirandom sequences", 2018, a lattice of
/// Kronecker's; the random start is that of R. Cranley and T. N. L. Patterson, 1976.
struct QuasiRandom {
  private let steps: [Double]
  private var place: [Double]

  init(axes: Int, _ generator: inout SplitMix64) {
    var root = 2.0
    // The mapping contracts: 60 steps reach the last bit.
    for _ in 0..<60 { root = pow(1 + root, 1 / Double(axes + 1)) }
    steps = (1...max(axes, 1)).prefix(axes).map { pow(1 / root, Double($0)) }
    place = (0..<axes).map { _ in generator.unit() }
  }

  /// The next point, each number in [0, 1).
  mutating func next() -> [Double] {
    for axis in steps.indices {
      place[axis] += steps[axis]
      if place[axis] >= 1 { place[axis] -= 1 }
    }
    return place
  }
}
