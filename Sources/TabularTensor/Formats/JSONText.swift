/// A JSON string literal with its quotes (RFC 8259, section 7).
package func jsonString(_ text: String) -> String {
  var text = text
  return text.withUTF8 { bytes in
    String(unsafeUninitializedCapacity: 2 + jsonLength(bytes)) { writeJSON(bytes, to: $0) }
  }
}

/// Appends a JSON string literal with its quotes.
package func appendJSON(_ text: String, to json: inout [UInt8]) {
  var text = text
  text.withUTF8 { bytes in
    json += [UInt8](unsafeUninitializedCapacity: 2 + jsonLength(bytes)) { target, count in
      count = writeJSON(bytes, to: target)
    }
  }
}

/// The bytes that a text takes in JSON, without its quotes.
package func jsonLength(_ text: UnsafeBufferPointer<UInt8>) -> Int {
  var length = text.count
  guard let start = text.baseAddress else { return length }
  var position = 0
  while position &+ 8 <= text.count {
    let bytes = UnsafeRawPointer(start + position).loadUnaligned(as: UInt64.self).littleEndian
    let (controls, marks) = escaped(bytes)
    length &+= 5 &* controls.nonzeroBitCount &+ marks.nonzeroBitCount
    position &+= 8
  }
  while position < text.count {
    let byte = start[position]
    length &+= byte < 0x20 ? 5 : 0
    length &+= byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? 1 : 0
    position &+= 1
  }
  return length
}

/// Which of eight bytes are controls, and which are quotes or backslashes: the highest bit of each.
@inline(__always)
private func escaped(_ bytes: UInt64) -> (controls: UInt64, marks: UInt64) {
  let ones: UInt64 = 0x0101_0101_0101_0101
  let high = ones &* 0x80
  // A byte without its highest bit is zero where adding 127 does not set that: no byte carries into
  // the next, so that each is exact.
  @inline(__always) func zeros(_ x: UInt64) -> UInt64 {
    ~(((x & ~high) &+ (ones &* 0x7F)) | x) & high
  }
  let controls = zeros(bytes & (ones &* 0xE0))
  let quotes = zeros(bytes ^ ones &* UInt64(UInt8(ascii: "\"")))
  return (controls, quotes | zeros(bytes ^ ones &* UInt64(UInt8(ascii: "\\"))))
}

/// Writes a text as a JSON string literal with its quotes.
///
/// - Parameters:
///   - text: UTF-8 bytes.
///   - target: room for two bytes more than `jsonLength` says.
/// - Returns: the number of bytes that were written.
@discardableResult
package func writeJSON(
  _ text: UnsafeBufferPointer<UInt8>,
  to target: UnsafeMutableBufferPointer<UInt8>
) -> Int {
  precondition(target.count >= text.count + 2, "no room for a text of \(text.count) bytes")
  guard let start = target.baseAddress else { return 0 }
  var next = start
  @inline(__always) func put(_ byte: UInt8) {
    next.pointee = byte
    next += 1
  }
  put(UInt8(ascii: "\""))
  var position = 0
  let end = start + target.count
  while position < text.count {
    // Eight bytes at once, of which those up to the first that is escaped count.
    if position &+ 8 <= text.count, end - next >= 8, let from = text.baseAddress {
      let bytes = UnsafeRawPointer(from + position).loadUnaligned(as: UInt64.self)
      UnsafeMutableRawPointer(next).storeBytes(of: bytes, as: UInt64.self)
      let (controls, marks) = escaped(bytes.littleEndian)
      let plain = (controls | marks).trailingZeroBitCount &>> 3
      next += plain
      position &+= plain
      if plain == 8 { continue }
    }
    let byte = text[position]
    position &+= 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
      put(UInt8(ascii: "\\"))
      put(byte)
    case 0x20...: put(byte)
    case 0x0A, 0x0D, 0x09:
      put(UInt8(ascii: "\\"))
      put(UInt8(ascii: byte == 0x0A ? "n" : byte == 0x0D ? "r" : "t"))
    default:
      for ascii in "\\u00".utf8 { put(ascii) }
      for digit in [byte >> 4, byte & 15] {
        put(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
      }
    }
  }
  put(UInt8(ascii: "\""))
  return next - start
}
