/// A sum of doubles, or of their squares, without any rounding: a superaccumulator.
///
/// The sum is held as one large fixed-point number, so adding is associative and commutative:
/// chunks, threads and ranks in any order give the same bits, rounded once at the end.
///
/// Source: Kulisch, "Computer Arithmetic and Validity", the long accumulator.
package struct ExactSum: Sendable {
  /// The weight of the lowest bit: 2^-2176, below the square of the smallest double, and a
  /// multiple of 64 so that a square of limbs is aligned with the limbs of a square.
  static let lowestExponent = -2176
  private static let limbCount = 138

  /// Digits to the base 2^32, lowest first.
  ///
  /// Between normalisations a digit may be any Int64.
  private var limbs = [Int64](repeating: 0, count: limbCount)
  private var additions = 0

  /// A sum of nothing.
  package init() {}

  /// Adds a finite value.
  package mutating func add(_ value: Double) {
    let (magnitude, exponent) = Self.split(value)
    add(magnitude, exponent: exponent, negative: value.sign == .minus)
  }

  /// Adds the square of a finite value.
  package mutating func addSquare(_ value: Double) {
    let (magnitude, exponent) = Self.split(value)
    let square = magnitude.multipliedFullWidth(by: magnitude)
    add(square.low, exponent: 2 * exponent, negative: false)
    if square.high != 0 { add(square.high, exponent: 2 * exponent + 64, negative: false) }
  }

  /// Adds another sum.
  package mutating func merge(_ other: ExactSum) {
    var other = other
    other.normalize()
    normalize()
    for i in limbs.indices { limbs[i] += other.limbs[i] }
    additions = 1
  }

  /// The sum, correctly rounded.
  package var rounded: Double {
    divided(by: 1)
  }

  /// The sum, correctly rounded, divided by a count: what is within range stays so, even where the
  /// sum itself is not.
  func divided(by count: Int) -> Double {
    var copy = self
    let negative = copy.normalizeToMagnitude()
    let (head, exponent) = Self.round(copy.limbs.map { UInt32(truncatingIfNeeded: $0) })
    let value = Double(sign: .plus, exponent: exponent, significand: head / Double(count))
    return negative ? -value : value
  }

  /// A value as magnitude times a power of two.
  static func split(_ value: Double) -> (magnitude: UInt64, exponent: Int) {
    precondition(value.isFinite, "an exact sum of \(value)")
    let bits = value.significandBitPattern
    let exponent = Int(value.exponentBitPattern)
    return exponent == 0 ? (bits, -1074) : (bits | 1 << 52, exponent - 1075)
  }

  /// Adds `magnitude * 2^exponent`.
  mutating func add(_ magnitude: UInt64, exponent: Int, negative: Bool) {
    let position = exponent - Self.lowestExponent
    let wide = UInt128(magnitude) << UInt128(position & 31)
    let first = position >> 5
    for i in 0..<3 {
      let digit = Int64(UInt32(truncatingIfNeeded: wide >> UInt128(32 * i)))
      limbs[first + i] += negative ? -digit : digit
    }
    additions += 1
    // A digit grows by less than 2^32 an addition, so 2^30 of them stay within Int64.
    if additions == 1 << 30 { normalize() }
  }

  /// Carries, so that every digit but the highest is in 0 ..< 2^32.
  private mutating func normalize() {
    for i in 0..<(limbs.count - 1) {
      let carry = limbs[i] >> 32
      limbs[i] -= carry << 32
      limbs[i + 1] += carry
    }
    additions = 0
  }

  /// Makes all digits those of the absolute value.
  ///
  /// - Returns: whether the sum is negative.
  private mutating func normalizeToMagnitude() -> Bool {
    normalize()
    guard limbs[limbs.count - 1] < 0 else { return false }
    for i in limbs.indices { limbs[i] = -limbs[i] }
    normalize()
    return true
  }

  /// The nearest double to a magnitude of digits to the base 2^32, as a number of 64 bits and the
  /// power of two that it counts: whatever the range of doubles.
  private static func round(_ digits: [UInt32]) -> (head: Double, exponent: Int) {
    guard let top = digits.lastIndex(where: { $0 != 0 }) else { return (0, 0) }
    // The highest 64 bits, with a one below them if anything was cut off: that rounds as the whole.
    let zeros = digits[top].leadingZeroBitCount
    var window = UInt128(digits[top]) << 64
    if top >= 1 { window |= UInt128(digits[top - 1]) << 32 }
    if top >= 2 { window |= UInt128(digits[top - 2]) }
    var head = UInt64(truncatingIfNeeded: window >> UInt128(32 - zeros))
    let cutInWindow = UInt32(truncatingIfNeeded: window) << UInt32(zeros)
    if cutInWindow != 0 || (top > 2 && digits[..<(top - 2)].contains { $0 != 0 }) { head |= 1 }
    return (Double(head), lowestExponent + 32 * top - zeros - 32)
  }

  /// The population variance of `count` values, from the exact sums of them and of their squares.
  ///
  /// (count * sum of squares - sum^2) is exact, and rounded once before the divisions.
  static func variance(count: Int, sum: ExactSum, sumOfSquares: ExactSum) -> Double {
    guard count > 0 else { return .nan }
    var (sum, squares) = (sum, sumOfSquares)
    _ = sum.normalizeToMagnitude()
    squares.normalize()
    // count * squares, a digit at a time; the count is below 2^63.
    var product = [UInt32](repeating: 0, count: limbCount + 4)
    var carry: UInt128 = 0
    for i in product.indices {
      let digit = i < limbCount ? UInt128(UInt32(truncatingIfNeeded: squares.limbs[i])) : 0
      carry += digit * UInt128(count)
      product[i] = UInt32(truncatingIfNeeded: carry)
      carry >>= 32
    }
    // sum^2: the sum's digits start at half of the lowest exponent.
    let half = -lowestExponent / 64
    let digits = sum.limbs[half...].map { UInt64(UInt32(truncatingIfNeeded: $0)) }
    var square = [UInt32](repeating: 0, count: product.count)
    for i in digits.indices where digits[i] != 0 {
      var carry: UInt64 = 0
      for j in 0..<(square.count - i) {
        let term = j < digits.count ? digits[i] * digits[j] : 0
        let (partial, overflow) = term.addingReportingOverflow(UInt64(square[i + j]) + carry)
        precondition(!overflow, "a digit product above 2^64")
        square[i + j] = UInt32(truncatingIfNeeded: partial)
        carry = partial >> 32
      }
    }
    var borrow: Int64 = 0
    for i in product.indices {
      let difference = Int64(product[i]) - Int64(square[i]) - borrow
      product[i] = UInt32(truncatingIfNeeded: difference)
      borrow = difference < 0 ? 1 : 0
    }
    let (head, exponent) = round(product)
    let rows = Double(count)
    return Double(sign: .plus, exponent: exponent, significand: head / rows / rows)
  }
}

extension ExactSum: SharedState {
  func put(into bytes: inout StateBytes) {
    bytes.put(all: limbs)
    bytes.put(additions)
  }

  mutating func take(from bytes: inout StateBytes) {
    limbs = bytes.takeAll()
    additions = bytes.take()
  }
}
