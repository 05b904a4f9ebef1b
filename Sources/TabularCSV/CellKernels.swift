// Kernels that read one cell. Each takes a cell's bytes and answers nil where they are not of the
// type; none allocates, but for the numbers that need the C library.

/// The bytes of a cell.
typealias CellBytes = UnsafeBufferPointer<UInt8>

/// An int64: `-?(0|[1-9][0-9]*)`, in range.
@inline(__always)
func parseInt64(_ bytes: CellBytes) -> Int64? {
  var i = 0
  let negative = bytes.count > 0 && bytes[0] == UInt8(ascii: "-")
  if negative { i = 1 }
  let digits = bytes.count - i
  guard digits > 0, digits <= 19 else { return nil }
  guard bytes[i] != UInt8(ascii: "0") || digits == 1 else { return nil }
  // 19 digits stay below 2^64.
  var magnitude: UInt64 = 0
  while i < bytes.count {
    let digit = bytes[i] &- UInt8(ascii: "0")
    guard digit <= 9 else { return nil }
    magnitude = magnitude &* 10 &+ UInt64(digit)
    i += 1
  }
  let largest = UInt64(Int64.max)
  if negative {
    return magnitude <= largest + 1 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
  }
  return magnitude <= largest ? Int64(magnitude) : nil
}

/// Whether a float column would hold an integer without rounding it.
@inline(__always)
func isExactDouble(_ value: Int64) -> Bool { Int64(exactly: Double(value)) == value }

/// A float64: an int64's digits with a fraction or an exponent, `inf` or `infinity`.
///
/// The value is the correctly rounded one. An integer counts too, unless rounding would change it.
func parseFloat64(_ bytes: CellBytes) -> Double? {
  if let integer = parseInt64(bytes) {
    guard isExactDouble(integer) else { return nil }
    // -0 keeps its sign.
    return integer == 0 && bytes[0] == UInt8(ascii: "-") ? -0.0 : Double(integer)
  }
  guard let number = DecimalNumber(bytes) else { return parseInfinity(bytes) }
  guard number.hasPoint || number.hasExponent else { return nil }
  return Double(String(decoding: bytes, as: UTF8.self))
}

/// The parts of a decimal number.
struct DecimalNumber {
  private(set) var isNegative = false
  /// The first 19 significant digits, and the power of ten that they are multiplied by.
  private(set) var mantissa: UInt64 = 0
  private(set) var exponent = 0
  /// Whether the mantissa lacks digits that are not zero.
  private(set) var isCut = false
  private(set) var hasPoint = false
  private(set) var hasExponent = false

  /// Nil where the bytes are no decimal number.
  init?(_ bytes: CellBytes) {
    var i = 0
    isNegative = bytes.count > 0 && bytes[0] == UInt8(ascii: "-")
    if isNegative { i = 1 }
    let start = i
    var significant = 0
    func digit(_ i: Int) -> UInt64? {
      guard i < bytes.count, bytes[i] &- UInt8(ascii: "0") <= 9 else { return nil }
      return UInt64(bytes[i] &- UInt8(ascii: "0"))
    }
    while let digit = digit(i) {
      take(digit, &significant, isFraction: false)
      i += 1
    }
    let whole = i - start
    guard whole < 2 || bytes[start] != UInt8(ascii: "0") else { return nil }
    hasPoint = i < bytes.count && bytes[i] == UInt8(ascii: ".")
    var fraction = 0
    if hasPoint {
      i += 1
      let first = i
      while let digit = digit(i) {
        take(digit, &significant, isFraction: true)
        i += 1
      }
      fraction = i - first
    }
    guard whole + fraction > 0 else { return nil }
    if i < bytes.count, bytes[i] | 0x20 == UInt8(ascii: "e") {
      hasExponent = true
      i += 1
      let sign = i < bytes.count ? bytes[i] : 0
      if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { i += 1 }
      let first = i
      var written = 0
      while let digit = digit(i) {
        // Far beyond what any mantissa in memory can make up for.
        written = min(written * 10 + Int(digit), 1 << 40)
        i += 1
      }
      guard i > first else { return nil }
      exponent += sign == UInt8(ascii: "-") ? -written : written
    }
    guard i == bytes.count else { return nil }
  }

  private mutating func take(_ digit: UInt64, _ significant: inout Int, isFraction: Bool) {
    if significant < 19 {
      mantissa = mantissa * 10 + digit
      if mantissa != 0 { significant += 1 }
      if isFraction { exponent -= 1 }
    } else {
      if digit != 0 { isCut = true }
      if !isFraction { exponent += 1 }
    }
  }
}

/// `inf` or `infinity`, in any case.
func parseInfinity(_ bytes: CellBytes) -> Double? {
  let isNegative = bytes.first == UInt8(ascii: "-")
  let word = bytes[(isNegative ? 1 : 0)...]
  guard equalsIgnoringCase(word, "inf") || equalsIgnoringCase(word, "infinity") else { return nil }
  return isNegative ? -.infinity : .infinity
}

private func equalsIgnoringCase(_ bytes: Slice<CellBytes>, _ word: StaticString) -> Bool {
  guard bytes.count == word.utf8CodeUnitCount else { return false }
  return zip(bytes, UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    .allSatisfy { $0 | 0x20 == $1 }
}

/// A bool: `true` or `false`, in any case.
func parseBool(_ bytes: CellBytes) -> Bool? {
  if equalsIgnoringCase(bytes[...], "true") { return true }
  return equalsIgnoringCase(bytes[...], "false") ? false : nil
}

/// Two or four decimal digits at a position.
@inline(__always)
private func digits(_ bytes: CellBytes, at position: Int, count: Int) -> Int? {
  guard position + count <= bytes.count else { return nil }
  var value = 0
  for i in position..<(position + count) {
    let digit = bytes[i] &- UInt8(ascii: "0")
    guard digit <= 9 else { return nil }
    value = value * 10 + Int(digit)
  }
  return value
}

@inline(__always)
private func parseDate(prefixOf bytes: CellBytes) -> Int? {
  guard bytes.count >= 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
    let year = digits(bytes, at: 0, count: 4), let month = digits(bytes, at: 5, count: 2),
    let day = digits(bytes, at: 8, count: 2), month >= 1, month <= 12, day >= 1
  else { return nil }
  return day <= lengthOfMonth(month, year) ? days(year: year, month: month, day: day) : nil
}

/// The days of a month, 1...12, of the Gregorian calendar.
func lengthOfMonth(_ month: Int, _ year: Int) -> Int {
  let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
}

/// A date: `YYYY-MM-DD` of the proleptic Gregorian calendar, as days since 1970-01-01.
func parseDate(_ bytes: CellBytes) -> Int32? {
  guard bytes.count == 10 else { return nil }
  return parseDate(prefixOf: bytes).map { Int32($0) }
}

/// A datetime as microseconds since 1970 in UTC.
///
/// `YYYY-MM-DD`, `T` or a space, `HH:MM`, and optionally `:SS`, a fraction, and `Z` or an offset
/// `+HH:MM`, `+HHMM` or `+HH`. A fraction that microseconds cannot hold is not a datetime.
func parseDatetime(_ bytes: CellBytes) -> Int64? {
  guard bytes.count >= 16, let day = parseDate(prefixOf: bytes),
    bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " "),
    let hour = digits(bytes, at: 11, count: 2), hour < 24, bytes[13] == UInt8(ascii: ":"),
    let minute = digits(bytes, at: 14, count: 2), minute < 60
  else { return nil }
  var i = 16
  var second = 0
  var microseconds = 0
  if i < bytes.count, bytes[i] == UInt8(ascii: ":") {
    guard let value = digits(bytes, at: i + 1, count: 2), value < 60 else { return nil }
    second = value
    i += 3
    if i < bytes.count, bytes[i] == UInt8(ascii: ".") {
      i += 1
      let first = i
      while i < bytes.count, bytes[i] &- UInt8(ascii: "0") <= 9 {
        let digit = Int(bytes[i] &- UInt8(ascii: "0"))
        if i - first < 6 {
          microseconds = microseconds * 10 + digit
        } else if digit > 0 {
          return nil
        }
        i += 1
      }
      guard i > first else { return nil }
      for _ in min(i - first, 6)..<6 { microseconds *= 10 }
    }
  }
  var offset = 0
  if i < bytes.count {
    let sign = bytes[i]
    i += 1
    if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
      guard let hours = digits(bytes, at: i, count: 2), hours < 24 else { return nil }
      i += 2
      var minutes = 0
      if i < bytes.count {
        if bytes[i] == UInt8(ascii: ":") { i += 1 }
        guard let value = digits(bytes, at: i, count: 2), value < 60 else { return nil }
        minutes = value
        i += 2
      }
      offset = (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -60 : 60)
    } else if sign != UInt8(ascii: "Z") {
      return nil
    }
    guard i == bytes.count else { return nil }
  }
  let seconds = day * 86_400 + hour * 3600 + minute * 60 + second - offset
  return Int64(seconds * 1_000_000 + microseconds)
}
