internal import CTabularScan
internal import TabularCSV

/// The 16 bytes by which a table knows a category.
///
/// Of a text of up to 12 bytes its Arrow view: the length, then the bytes, zeros behind them. Of a
/// longer text the length, the first 4 bytes and a hash of all. An integer, a bool and the null
/// stand behind a length that no text has.
struct PackedKey: BitwiseCopyable, Hashable, Sendable {
  var head: UInt64
  var tail: UInt64

  private static let integer: UInt64 = 0xFFFF_FFFF
  private static let bool: UInt64 = 0xFFFF_FFFE
  static let null = PackedKey(head: 0xFFFF_FFFD, tail: 0)

  init(head: UInt64, tail: UInt64) { (self.head, self.tail) = (head, tail) }

  @inline(__always)
  init(_ integer: Int64) { self.init(head: Self.integer, tail: UInt64(bitPattern: integer)) }

  @inline(__always)
  init(_ bool: Bool) { self.init(head: Self.bool, tail: bool ? 1 : 0) }

  /// The key of a text, behind whose start 12 bytes can be read.
  @inline(__always)
  init(padded text: UnsafePointer<UInt8>, count: Int) {
    let raw = UnsafeRawPointer(text)
    guard count <= StringView.inlineCapacity else {
      self.init(long: text, count: count)
      return
    }
    let first = raw.loadUnaligned(as: UInt32.self)
    let rest = (raw + 4).loadUnaligned(as: UInt64.self)
    // Shifts by the width give zero.
    let firstMask = UInt64(UInt32.max >> UInt32(max(0, 4 - count) &* 8))
    let restMask = count > 4 ? UInt64.max >> UInt64((12 - count) &* 8) : 0
    self.init(
      head: UInt64(count) | (UInt64(first) & firstMask) << 32,
      tail: rest & restMask
    )
  }

  /// The key of a text of any length.
  init(_ text: UnsafeBufferPointer<UInt8>) {
    if text.count > StringView.inlineCapacity, let start = text.baseAddress {
      self.init(long: start, count: text.count)
    } else {
      self.init(StringView(short: text))
    }
  }

  /// The key of a text of more than 12 bytes.
  init(long text: UnsafePointer<UInt8>, count: Int) {
    let prefix = UnsafeRawPointer(text).loadUnaligned(as: UInt32.self)
    self.init(head: UInt64(count) | UInt64(prefix) << 32, tail: Self.hash(text, count))
  }

  /// The key of a text that stands inline in its view.
  @inline(__always)
  init(_ view: StringView) {
    self.init(
      head: UInt64(UInt32(bitPattern: view.length)) | UInt64(view.prefix) << 32,
      tail: UInt64(view.buffer) | UInt64(view.offset) << 32
    )
  }

  var length: Int { Int(head & 0xFFFF_FFFF) }

  /// Whether the bytes stand in the table's heap.
  @inline(__always)
  var isLong: Bool { length > StringView.inlineCapacity && length < Int(Self.null.head) }

  /// The kind of texts.
  static let textKind: UInt8 = 2

  /// The kinds in the order in which they sort.
  var kind: UInt8 {
    switch UInt64(length) {
    case Self.bool: 0
    case Self.integer: 1
    case Self.null.head: 3
    default: Self.textKind
    }
  }

  /// The key as the look-up of many keys takes it.
  @inline(__always)
  var bits: tabular_key { tabular_key(head: head, tail: tail) }

  @inline(__always)
  var hash: UInt64 { tabular_hash(bits) }

  /// The two halves of a product: every bit of it depends on every bit of both.
  @inline(__always)
  private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right ^ 0xBF58_476D_1CE4_E5B9)
    return product.high ^ product.low
  }

  /// A hash of more than 8 bytes, 8 at a time, the last 8 perhaps twice.
  private static func hash(_ text: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
    let raw = UnsafeRawPointer(text)
    var hash = UInt64(count)
    var position = 0
    while position + 8 < count {
      hash = mix(
        hash ^ 0x94D0_49BB_1331_11EB,
        raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      )
      position += 8
    }
    return mix(
      hash ^ 0x94D0_49BB_1331_11EB,
      raw.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self)
    )
  }
}

extension StringView {
  /// The view of a text of up to 12 bytes, which its key is.
  @inline(__always)
  init(_ key: PackedKey) {
    self.init(
      length: Int32(truncatingIfNeeded: key.head),
      prefix: UInt32(truncatingIfNeeded: key.head >> 32),
      buffer: UInt32(truncatingIfNeeded: key.tail),
      offset: UInt32(truncatingIfNeeded: key.tail >> 32)
    )
  }
}
