internal import CTabularScan

/// A cell of a float64 column: a decimal number with a fraction or an exponent, or `inf`.
///
/// The value is the correctly rounded one. An integer counts too, unless a double cannot hold it.
enum Float64Cell: FixedCell {
  static let zero: Double = 0

  /// What the loop loads once.
  struct Context {
    let fives = PowersOfFive.shared
    let tens = exactTens
    let lastBytes = TabularCSV.lastBytes
    let masks = lastBytesOfSixteen
  }

  static var context: Context { Context() }

  @inline(__always)
  static func read(
    _ start: UnsafePointer<UInt8>,
    _ count: Int,
    _ context: Context,
    _ value: inout Double,
    _ result: inout BlockResult
  ) -> Bool {
    let sign = start.pointee == UInt8(ascii: "-") ? 1 : 0
    let first = start + sign
    let word = UnsafeRawPointer(first).loadUnaligned(as: UInt64.self).littleEndian
    // The lowest byte that is a point: a byte that is zero after the xor borrows first.
    let points = word ^ 0x2E2E_2E2E_2E2E_2E2E
    let found = (points &- 0x0101_0101_0101_0101) & ~points & 0x8080_8080_8080_8080
    let whole = found.trailingZeroBitCount &>> 3
    let fraction = count &- sign &- whole &- 1
    // A zero before the point is no digit of the mantissa; 19 digits fit into a word. No point, a
    // point behind the cell, and what else is unusual is left to the general function.
    // (Arithmetic in place of a comparison: whether a number is below 1 cannot be foreseen.)
    let zero = Int(truncatingIfNeeded: ((word & 0xFF ^ 0x30) &- 1) &>> 63)
    let significant = whole &+ fraction &- zero
    guard found != 0, fraction > 0, significant <= 19, zero &* whole <= 1 else {
      return readGeneral(CellBytes(start: start, count: count), context, &value, &result)
    }
    let end = start + count
    let digits = whole &+ fraction
    var wrong: UInt64 = 0
    var mantissa = tabular_sixteen_digits(
      end,
      context.masks,
      min(fraction, 16),
      min(digits, 16),
      &wrong
    )
    if digits > 8 {
      // At most four digits more; often none, but a branch on that cannot be foreseen.
      let high = digitsAround(
        end - 16,
        max(fraction &- 16, 0),
        max(digits &- 16, 0),
        context.lastBytes
      )
      wrong |= nonDigits(high)
      mantissa = mantissa &+ shortNumber(high) &* 10_000_000_000_000_000
    }
    guard wrong == 0 else {
      return readGeneral(CellBytes(start: start, count: count), context, &value, &result)
    }
    result.sawFraction = true
    let magnitude: Double
    if significant <= 15 {
      // Both are exact, so that one rounding happens (Clinger, 1990).
      magnitude = Double(Int64(bitPattern: mantissa)) / context.tens[fraction]
    } else {
      magnitude = nearestDouble(mantissa, exponent: 0 &- fraction, context.fives)
    }
    value = Double(bitPattern: magnitude.bitPattern | UInt64(sign) &<< 63)
    return true
  }
}

extension Float64Cell {
  /// The last `count` (0...8) digits before `end`, of which the last `fraction` stand behind a point.
  ///
  /// Read from one byte earlier, the digits before the point are where they would be without it.
  @inline(__always)
  private static func digitsAround(
    _ end: UnsafePointer<UInt8>,
    _ fraction: Int,
    _ count: Int,
    _ lastBytes: UnsafePointer<UInt64>
  ) -> UInt64 {
    let mask = lastBytes[fraction]
    return ((loadDigits(end - 8) & mask) | (loadDigits(end - 9) & ~mask)) & lastBytes[count]
  }

  /// Any number: integers, exponents, infinities, more than 19 digits.
  @inline(never)
  private static func readGeneral(
    _ bytes: CellBytes,
    _ context: Context,
    _ value: inout Double,
    _ result: inout BlockResult
  ) -> Bool {
    if let integer = parseInt64(bytes) {
      guard isExactDouble(integer) else { return false }
      result.sawInteger = true
      // -0 keeps its sign.
      value = integer == 0 && bytes[0] == UInt8(ascii: "-") ? -0.0 : Double(integer)
      return true
    }
    guard let number = DecimalNumber(bytes) else {
      guard let infinity = parseInfinity(bytes) else { return false }
      value = infinity
      result.sawFraction = true
      return true
    }
    // An integer that is no int64.
    guard number.hasPoint || number.hasExponent else { return false }
    result.sawFraction = true
    let magnitude = nearestDouble(number.mantissa, exponent: number.exponent, context.fives)
    // Of a longer mantissa the digits that were cut off lie between it and the next one.
    if number.isCut,
      magnitude != nearestDouble(number.mantissa + 1, exponent: number.exponent, context.fives)
    {
      guard let exact = Double(String(decoding: bytes, as: UTF8.self)) else { return false }
      value = exact
      return true
    }
    value = number.isNegative ? -magnitude : magnitude
    return true
  }
}

/// The powers of ten that a double holds exactly, from 10^0 to 10^22.
private nonisolated(unsafe) let exactTens: UnsafePointer<Double> = {
  let powers = UnsafeMutablePointer<Double>.allocate(capacity: 23)
  for exponent in 0...22 { powers[exponent] = exponent == 0 ? 1 : powers[exponent - 1] * 10 }
  return UnsafePointer(powers)
}()

/// Masks of the last 0...16 bytes of sixteen.
///
/// Written once, here, and never again.
private nonisolated(unsafe) let lastBytesOfSixteen: UnsafePointer<UInt8> = {
  let masks = UnsafeMutableRawPointer.allocate(byteCount: 17 * 16, alignment: 16)
    .bindMemory(to: UInt8.self, capacity: 17 * 16)
  for count in 0...16 {
    for byte in 0..<16 { masks[16 * count + byte] = byte >= 16 - count ? 0xFF : 0 }
  }
  return UnsafePointer(masks)
}()
