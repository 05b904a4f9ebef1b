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
  for byte in text {
    length &+= byte < 0x20 ? 5 : 0
    length &+= byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? 1 : 0
  }
  return length
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
  for byte in text {
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
