/// Formats records as CSV: quotes only where needed, numbers in their shortest round-trip form.
///
/// A null is an empty cell; an empty text is `""`, so that reading tells the two apart.
///
/// One thread at a time uses it, and all copies share its bytes.
package struct CSVFormatter {
  private let dialect: CSVDialect
  private let output = OutputBytes()
  private var isFirstCell = true
  /// Whether no number, bool or date has a byte of the dialect.
  private let isPlain: Bool
  /// The bytes that a text needs quotes for, each repeated eight times.
  private let patterns: (UInt64, UInt64, UInt64, UInt64)

  package init(dialect: CSVDialect = .rfc4180) {
    self.dialect = dialect
    let plain = Set("+-.:0123456789".utf8)
      .union(UInt8(ascii: "a")...UInt8(ascii: "z")).union(UInt8(ascii: "A")...UInt8(ascii: "Z"))
    isPlain = !plain.contains(dialect.delimiter) && !plain.contains(dialect.quote)
    patterns = (
      Self.repeated(dialect.delimiter), Self.repeated(dialect.quote),
      Self.repeated(UInt8(ascii: "\n")), Self.repeated(UInt8(ascii: "\r"))
    )
  }

  /// What was formatted and not yet taken; valid until something is appended.
  package var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: output.start, count: output.count)
  }

  package mutating func endRecord() {
    output.reserve(1)
    output.append(UInt8(ascii: "\n"))
    isFirstCell = true
  }

  package mutating func removeAll() { output.removeAll() }

  package mutating func appendNull() {
    output.reserve(1)
    separate()
  }

  private static func repeated(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

  /// Room for one byte must be reserved.
  @inline(__always)
  private mutating func separate() {
    if !isFirstCell { output.append(dialect.delimiter) }
    isFirstCell = false
  }
}

// Texts.
extension CSVFormatter {
  package mutating func append(text: String) {
    var text = text
    text.withUTF8 { append(text: $0) }
  }

  package mutating func append(text: UnsafeBufferPointer<UInt8>) {
    append(text: text.baseAddress, text.count)
  }

  @inline(__always)
  package mutating func append(text: UnsafePointer<UInt8>?, _ count: Int) {
    // Room for quotes around it, each byte doubled, and a word behind it.
    output.reserve(2 * count + 16)
    separate()
    guard let text, count > 0 else {
      output.append(dialect.quote)
      output.append(dialect.quote)
      return
    }
    let target = output.end
    target.update(from: text, count: count)
    if needsQuotes(target, count) { appendQuoted(text, count) } else { output.grow(count) }
  }

  /// Whether a text has a byte that a reader would not take as text; a word behind it can be read.
  @inline(__always)
  private func needsQuotes(_ text: UnsafeMutablePointer<UInt8>, _ count: Int) -> Bool {
    var index = 0
    while index < count {
      let word = UnsafeRawPointer(text + index).loadUnaligned(as: UInt64.self).littleEndian
      let found =
        Self.zeros(word ^ patterns.0) | Self.zeros(word ^ patterns.1)
        | Self.zeros(word ^ patterns.2) | Self.zeros(word ^ patterns.3)
      if found != 0, index &+ found.trailingZeroBitCount &>> 3 < count { return true }
      index &+= 8
    }
    // A reader would skip a byte order mark at the start of the file.
    return text[0] == 0xEF && count >= 3 && text[1] == 0xBB && text[2] == 0xBF
  }

  /// The high bit of each byte that is zero; above the lowest one also of others.
  @inline(__always)
  private static func zeros(_ word: UInt64) -> UInt64 {
    (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
  }

  @inline(never)
  private mutating func appendQuoted(_ text: UnsafePointer<UInt8>, _ count: Int) {
    output.append(dialect.quote)
    for index in 0..<count {
      if text[index] == dialect.quote { output.append(dialect.quote) }
      output.append(text[index])
    }
    output.append(dialect.quote)
  }
}

// Numbers, bools and dates.
extension CSVFormatter {
  package mutating func append(bool value: Bool) { append(plain: value) }

  package mutating func append(int64 value: Int64) {
    guard isPlain else { return append(plain: value) }
    output.reserve(24)
    separate()
    output.append(value)
  }

  package mutating func append(float64 value: Double) {
    guard isPlain, output.reserve(32), let (digits, places) = shortDecimal(value) else {
      return append(plain: value)
    }
    separate()
    output.append(digits, places: places, isNegative: value.sign == .minus)
  }

  package mutating func append(date days: Int32) {
    let year = civil(fromDays: Int(days)).year
    guard isPlain, (0...9999).contains(year) else {
      return append(plain: CalendarDate(daysSinceEpoch: days))
    }
    output.reserve(24)
    separate()
    output.append(date: Int(days))
  }

  package mutating func append(datetime microseconds: Int64) {
    let day = 86_400_000_000 as Int64
    let (days, rest) = microseconds.flooredDivision(by: day)
    let year = civil(fromDays: Int(days)).year
    guard isPlain, rest % 1_000_000 == 0, (0...9999).contains(year) else {
      return append(plain: Timestamp(microsecondsSinceEpoch: microseconds))
    }
    output.reserve(32)
    separate()
    output.append(date: Int(days))
    output.append(UInt8(ascii: "T"))
    let seconds = rest / 1_000_000
    output.append(twoDigits: seconds / 3600)
    output.append(UInt8(ascii: ":"))
    output.append(twoDigits: seconds / 60 % 60)
    output.append(UInt8(ascii: ":"))
    output.append(twoDigits: seconds % 60)
    output.append(UInt8(ascii: "Z"))
  }

  /// A value whose text needs quotes only where the dialect's own bytes occur in it, such as a
  /// point, a minus or a colon.
  package mutating func append(plain value: some CustomStringConvertible) {
    append(text: value.description)
  }
}

/// The digits of a number with 1 to 6 decimals, and how many those are; nil where its shortest form
/// is another.
///
/// Of the decimals with at most 15 digits each is nearest to another double, so that one of them that
/// gives the number back is its only one, but for zeros at its end.
func shortDecimal(_ value: Double) -> (digits: UInt64, places: Int)? {
  let magnitude = value.magnitude
  guard magnitude < 1e9, magnitude >= 1e-3 || magnitude == 0 else { return nil }
  let scaled = (magnitude * 1e6).rounded()
  guard scaled / 1e6 == magnitude else { return nil }
  var digits = UInt64(scaled)
  var places = 6
  if digits % 1000 == 0 { (digits, places) = (digits / 1000, 3) }
  while places > 1, digits % 10 == 0 { (digits, places) = (digits / 10, places - 1) }
  return (digits, places)
}
