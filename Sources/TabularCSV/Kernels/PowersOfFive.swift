/// The first 128 bits of the powers of five from 5^-342 to 5^308.
///
/// A positive power is truncated; of a negative one, 1 / 5^n is truncated beyond 5^-27 and rounded
/// up before. Source: Lemire, "Number Parsing at a Gigabyte per Second" (2021), appendix B. The
/// table is worked out once, exactly, where a number first needs it.
struct PowersOfFive {
  static let range = -342...308

  /// Two words a power, the high one first.
  private let words: UnsafePointer<UInt64>

  /// The table; asking for it costs a check, so a loop asks once.
  static let shared: PowersOfFive = PowersOfFive()

  @inline(__always)
  subscript(power: Int) -> (high: UInt64, low: UInt64) {
    let index = 2 &* (power &- Self.range.lowerBound)
    return (words[index], words[index &+ 1])
  }

  /// The words of 5^0; those of 5^-n stand 2 n words before.
  var fromZero: UnsafePointer<UInt64> { words - 2 * Self.range.lowerBound }

  private init() {
    let words = UnsafeMutablePointer<UInt64>.allocate(capacity: 2 * Self.range.count)
    var power = Natural(1)
    for exponent in 0...342 {
      if exponent <= 308 {
        Self.write(power.leadingBits, to: words, exponent)
      }
      if exponent > 0 {
        var bits = power.reciprocalBits
        if exponent <= 27 { bits += 1 }
        Self.write(bits, to: words, -exponent)
      }
      power.multiply(by: 5)
    }
    self.words = UnsafePointer(words)
  }

  private static func write(_ bits: UInt128, to words: UnsafeMutablePointer<UInt64>, _ power: Int) {
    let index = 2 * (power - range.lowerBound)
    words[index] = UInt64(truncatingIfNeeded: bits >> 64)
    words[index + 1] = UInt64(truncatingIfNeeded: bits)
  }
}

// Never written after `init`.
extension PowersOfFive: @unchecked Sendable {}

/// A natural number of up to 832 bits, lowest word first: enough for 5^342.
private struct Natural {
  private var limbs: [UInt64]

  init(_ value: UInt64) { limbs = [value] }

  mutating func multiply(by factor: UInt64) {
    var carry: UInt64 = 0
    for index in limbs.indices {
      let (high, low) = limbs[index].multipliedFullWidth(by: factor)
      let (sum, overflow) = low.addingReportingOverflow(carry)
      limbs[index] = sum
      carry = high + (overflow ? 1 : 0)
    }
    if carry > 0 { limbs.append(carry) }
  }

  private var bitCount: Int { limbs.count * 64 - limbs[limbs.count - 1].leadingZeroBitCount }

  /// The highest 128 bits, the first of them 1.
  var leadingBits: UInt128 {
    let zeros = limbs[limbs.count - 1].leadingZeroBitCount
    func limb(_ back: Int) -> UInt128 {
      back < limbs.count ? UInt128(limbs[limbs.count - 1 - back]) : 0
    }
    let top = limb(0) << 64 | limb(1)
    return zeros == 0 ? top : top << UInt128(zeros) | limb(2) >> UInt128(64 - zeros)
  }

  /// The first 128 bits of the reciprocal, by long division, a bit at a time.
  var reciprocalBits: UInt128 {
    // 2^(bits - 1) <= number: the remainder stays below it, the first quotient bit is 1.
    var remainder = [UInt64](repeating: 0, count: limbs.count + 1)
    let start = bitCount - 1
    remainder[start / 64] = 1 << UInt64(start % 64)
    var divisor = limbs
    divisor.append(0)
    var quotient: UInt128 = 0
    let count = divisor.count
    // A power of two has no other bit.
    let steps = 128
    return remainder.withUnsafeMutableBufferPointer { remainder in
      divisor.withUnsafeBufferPointer { divisor in
        for _ in 0..<steps {
          var carry: UInt64 = 0
          for index in 0..<count {
            let limb = remainder[index]
            remainder[index] = limb << 1 | carry
            carry = limb >> 63
          }
          var index = count - 1
          while index > 0, remainder[index] == divisor[index] { index -= 1 }
          quotient <<= 1
          guard remainder[index] >= divisor[index] else { continue }
          quotient |= 1
          var borrow = false
          for index in 0..<count {
            let (first, under) = remainder[index].subtractingReportingOverflow(divisor[index])
            let (second, again) = first.subtractingReportingOverflow(borrow ? 1 : 0)
            remainder[index] = second
            borrow = under || again
          }
        }
        return quotient
      }
    }
  }
}
