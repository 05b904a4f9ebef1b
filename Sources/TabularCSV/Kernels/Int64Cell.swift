/// A cell of an int64 column: `-?(0|[1-9][0-9]*)`, within 64 bits.
enum Int64Cell: FixedCell {
  static let zero: Int64 = 0

  @inline(__always)
  static var takesEmpty: Bool { true }

  @inline(__always)
  static var context: UnsafePointer<UInt64> { lastBytes }

  @inline(__always)
  static func read(
    _ start: UnsafePointer<UInt8>,
    _ count: Int,
    _ context: UnsafePointer<UInt64>,
    _ value: inout Int64,
    _ result: inout BlockResult
  ) -> Bool {
    let sign = start.pointee == UInt8(ascii: "-") && count != 0 ? 1 : 0
    let digits = count &- sign
    let end = start + count
    let first = (start + sign).pointee
    // A zero stands before no other digit.
    if digits < sign || (first == UInt8(ascii: "0") && digits > 1) { return false }
    let magnitude: UInt64
    if digits <= 8 {
      // By a table, which has an entry for no digit.
      let word = loadDigits(end - 8) & context[digits]
      guard nonDigits(word) == 0 else { return false }
      magnitude = number(word)
    } else if digits <= 16 {
      let low = loadDigits(end - 8)
      let high = loadDigits(endingAt: end - 8, count: digits &- 8)
      guard nonDigits(low) | nonDigits(high) == 0 else { return false }
      magnitude = number(high) &* 100_000_000 &+ number(low)
      // Up to 15 digits a double holds every integer.
      if digits == 16, magnitude > 1 << 53 { note(magnitude, &result) }
    } else {
      return readLong(CellBytes(start: start, count: count), &value, &result)
    }
    let mask = 0 &- UInt64(sign)
    value = Int64(bitPattern: (magnitude ^ mask) &- mask)
    return true
  }

  @inline(never)
  private static func note(_ magnitude: UInt64, _ result: inout BlockResult) {
    if !isExactDouble(Int64(magnitude)) { result.sawInexact = true }
  }

  @inline(never)
  private static func readLong(
    _ bytes: CellBytes,
    _ value: inout Int64,
    _ result: inout BlockResult
  ) -> Bool {
    guard let read = parseInt64(bytes) else { return false }
    value = read
    if !isExactDouble(read) { result.sawInexact = true }
    return true
  }
}

/// Masks of the last 0...8 bytes of a word.
///
/// Written once, here, and never again.
nonisolated(unsafe) let lastBytes: UnsafePointer<UInt64> = {
  let masks = UnsafeMutablePointer<UInt64>.allocate(capacity: 9)
  for count in 0...8 { masks[count] = count == 0 ? 0 : .max << UInt64(8 * (8 - count)) }
  return UnsafePointer(masks)
}()
