/// Writes text as UTF-8 into a buffer.
///
/// Invariant: the buffer holds three bytes for each byte (two for each half of a UTF-16 unit) that
/// is given, and eight more: words are stored whole.
struct UTF8Writer {
  private let start: UnsafeMutableRawPointer
  private(set) var count = 0

  private static let highBits: UInt64 = 0x8080_8080_8080_8080

  init(_ buffer: UnsafeMutableRawBufferPointer) {
    guard let base = buffer.baseAddress else { fatalError("an empty buffer cannot be written to") }
    start = base
  }

  /// Bytes as they are.
  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    (start + count).copyMemory(from: base, byteCount: bytes.count)
    count += bytes.count
  }

  /// A Unicode scalar.
  @inline(__always)
  mutating func append(_ code: UInt32) {
    switch code {
    case ..<0x80: put(UInt8(code))
    case ..<0x800:
      put(UInt8(0xC0 | code >> 6))
      put(UInt8(0x80 | code & 0x3F))
    case ..<0x10000:
      put(UInt8(0xE0 | code >> 12))
      put(UInt8(0x80 | code >> 6 & 0x3F))
      put(UInt8(0x80 | code & 0x3F))
    default:
      put(UInt8(0xF0 | code >> 18))
      put(UInt8(0x80 | code >> 12 & 0x3F))
      put(UInt8(0x80 | code >> 6 & 0x3F))
      put(UInt8(0x80 | code & 0x3F))
    }
  }

  /// ISO 8859-1: a byte is its code point.
  mutating func append(latin1 bytes: UnsafeRawBufferPointer) {
    var position = 0
    while position < bytes.count {
      position += appendASCII(bytes, from: position)
      guard position < bytes.count else { return }
      let byte = bytes[position]
      put(0xC0 | byte >> 6)
      put(0x80 | byte & 0x3F)
      position += 1
    }
  }

  /// Valid UTF-8 as it is, U+FFFD for the rest; returns how many bytes were taken.
  ///
  /// A maximal part of a sequence becomes one U+FFFD: Unicode 16, section 3.9.6, as most decoders
  /// do. Unless the text ends with the bytes, what may be the beginning of a character is left.
  mutating func append(repairing bytes: UnsafeRawBufferPointer, isLast: Bool) -> Int {
    var position = 0
    while position < bytes.count {
      position += appendASCII(bytes, from: position)
      guard position < bytes.count else { break }
      let lead = bytes[position]
      let (length, second) = Self.sequence(lead)
      var good = 1
      while good < length, position + good < bytes.count {
        let byte = bytes[position + good]
        guard good == 1 ? second.contains(byte) : byte & 0xC0 == 0x80 else { break }
        good += 1
      }
      if good == length, length > 1 {
        for index in 0..<length { put(bytes[position + index]) }
      } else if good < length, position + good == bytes.count, !isLast {
        return position
      } else {
        put(0xEF)
        put(0xBF)
        put(0xBD)
      }
      position += good
    }
    return position
  }

  /// How long a sequence is that begins with a byte above 127, and what may follow the byte; 1 for
  /// one that begins none.
  ///
  /// Source: Unicode 16, table 3-7.
  @inline(__always)
  private static func sequence(_ lead: UInt8) -> (length: Int, second: ClosedRange<UInt8>) {
    switch lead {
    case 0xC2...0xDF: (2, 0x80...0xBF)
    case 0xE0: (3, 0xA0...0xBF)
    case 0xED: (3, 0x80...0x9F)
    case 0xE1...0xEF: (3, 0x80...0xBF)
    case 0xF0: (4, 0x90...0xBF)
    case 0xF1...0xF3: (4, 0x80...0xBF)
    case 0xF4: (4, 0x80...0x8F)
    default: (1, 0x80...0xBF)
    }
  }

  /// Copies bytes up to the first above 127; returns how many.
  @inline(__always)
  private mutating func appendASCII(_ bytes: UnsafeRawBufferPointer, from first: Int) -> Int {
    var position = first
    while position + 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      (start + count).storeBytes(of: word, as: UInt64.self)
      let high = UInt64(littleEndian: word) & Self.highBits
      let ascii = high == 0 ? 8 : high.trailingZeroBitCount >> 3
      count += ascii
      position += ascii
      guard high == 0 else { return position - first }
    }
    while position < bytes.count, bytes[position] < 0x80 {
      put(bytes[position])
      position += 1
    }
    return position - first
  }

  @inline(__always)
  private mutating func put(_ byte: UInt8) {
    start.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count += 1
  }
}
