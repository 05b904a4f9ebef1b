/// A small generator whose numbers are the same on every platform and in every version of Swift.
///
/// Only integer arithmetic and one exact conversion are used, no function of a mathematics library.
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014, with the
/// finaliser that David Stafford calls mix 13.
package struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// The next 64 random bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// A bijection of 64 bits under which every output bit depends on every input bit.
  @inlinable @inline(__always)
  package static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

// Our own draws: those of the standard library may change from version to version.
extension SplitMix64 {
  /// A whole number 0 ..< bound; a bound below 1 traps.
  ///
  /// The high half of the product, so that some numbers are likelier by bound / 2^64 at most.
  package mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "a random number below \(bound)")
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A number in [0, 1), a multiple of 2^-53.
  package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// True in `part` of `whole` draws.
  package mutating func chance(_ part: Int, in whole: Int) -> Bool { below(whole) < part }

  /// Any of the elements; an empty array traps.
  package mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[below(elements.count)]
  }

  /// Shuffles in place (Fisher and Yates).
  package mutating func shuffle<Element>(_ elements: inout [Element]) {
    for last in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(last, below(last + 1))
    }
  }
}
