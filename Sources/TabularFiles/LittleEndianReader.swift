/// Reads little-endian numbers one after the other from bytes in memory.
struct LittleEndianReader {
  let path: String
  private let bytes: [UInt8]
  private let what: String
  private var position = 0

  /// `what` names the bytes in an error.
  init(_ bytes: [UInt8], path: String, what: String) {
    self.bytes = bytes
    self.path = path
    self.what = what
  }

  var left: Int { bytes.count - position }
  var isAtEnd: Bool { position == bytes.count }

  /// The next number.
  mutating func next<Number: FixedWidthInteger>(_ type: Number.Type) throws(FileError) -> Number {
    let size = MemoryLayout<Number>.size
    guard size <= left else { throw ended }
    defer { position += size }
    return Self.peek(type, bytes, at: position)
  }

  /// The next bytes.
  mutating func take(_ count: Int) throws(FileError) -> [UInt8] {
    guard count <= left else { throw ended }
    defer { position += count }
    return Array(bytes[position..<(position + count)])
  }

  /// Passes over bytes; where they are missing, what comes next is.
  mutating func skip(_ count: Int) { position = min(position + count, bytes.count) }

  /// The number at an offset that is within the bytes.
  func peek<Number: FixedWidthInteger>(_ type: Number.Type, at offset: Int) -> Number {
    Self.peek(type, bytes, at: offset)
  }

  static func peek<Number: FixedWidthInteger>(
    _ type: Number.Type,
    _ bytes: [UInt8],
    at offset: Int
  ) -> Number {
    bytes.withUnsafeBytes {
      Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: type))
    }
  }

  private var ended: FileError { FileError(path: path, malformed: "\(what) ends too early") }
}
