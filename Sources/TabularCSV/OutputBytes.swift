/// Bytes that are written in place; room is reserved before.
///
/// Invariant: `count` bytes of `capacity` are written; who appends has reserved room. One thread at
/// a time uses it.
final class OutputBytes {
  private(set) var start: UnsafeMutablePointer<UInt8>
  private(set) var count = 0
  private var capacity: Int

  init() {
    capacity = 1 << 16
    start = .allocate(capacity: capacity)
  }

  deinit { start.deallocate() }

  /// Where the next byte goes.
  @inline(__always)
  var end: UnsafeMutablePointer<UInt8> { start + count }

  /// Makes room for more bytes.
  @inline(__always)
  @discardableResult
  func reserve(_ added: Int) -> Bool {
    if count &+ added > capacity { enlarge(added) }
    return true
  }

  @inline(never)
  private func enlarge(_ added: Int) {
    capacity = max(2 * capacity, count + added)
    let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    moved.update(from: start, count: count)
    start.deallocate()
    start = moved
  }

  func removeAll() { count = 0 }

  /// Counts bytes that were written at the end.
  @inline(__always)
  func grow(_ added: Int) { count &+= added }

  @inline(__always)
  func append(_ byte: UInt8) {
    start[count] = byte
    count &+= 1
  }
}

// Numbers.
extension OutputBytes {
  /// Appends an integer; 20 bytes.
  func append(_ value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    append(digits: value.magnitude, count: Self.digitCount(value.magnitude))
  }

  /// Appends digits of which the last `places` stand behind a point; a digit stands before it.
  func append(_ digits: UInt64, places: Int, isNegative: Bool) {
    if isNegative { append(UInt8(ascii: "-")) }
    var power: UInt64 = 1
    for _ in 0..<places { power &*= 10 }
    let (whole, fraction) = digits.quotientAndRemainder(dividingBy: power)
    append(digits: whole, count: Self.digitCount(whole))
    append(UInt8(ascii: "."))
    append(digits: fraction, count: places)
  }

  func append(twoDigits value: Int) { append(digits: UInt64(value), count: 2) }

  /// Appends `YYYY-MM-DD` of a day since 1970-01-01 in the years 0 to 9999.
  func append(date days: Int) {
    let (year, month, day) = civil(fromDays: days)
    append(digits: UInt64(year), count: 4)
    append(UInt8(ascii: "-"))
    append(twoDigits: month)
    append(UInt8(ascii: "-"))
    append(twoDigits: day)
  }

  @inline(__always)
  private func append(digits value: UInt64, count digits: Int) {
    var value = value
    var place = count &+ digits
    count = place
    for _ in 0..<digits {
      let (quotient, digit) = value.quotientAndRemainder(dividingBy: 10)
      place &-= 1
      start[place] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
      value = quotient
    }
  }

  private static func digitCount(_ value: UInt64) -> Int {
    var count = 1
    var power: UInt64 = 10
    while value >= power {
      count += 1
      let (next, overflow) = power.multipliedReportingOverflow(by: 10)
      if overflow { break }
      power = next
    }
    return count
  }
}
