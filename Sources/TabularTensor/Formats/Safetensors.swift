/// The content of a safetensors file: tensors by name, and text metadata.
///
/// Format: an 8-byte little-endian header length, a JSON header, then the tensors' bytes,
/// little-endian and row-major, without holes (`huggingface/safetensors`, README.md). What we write
/// is padded with spaces so that the data starts at a multiple of 64 bytes, and holds the tensors
/// in descending alignment, then by name.
public struct Safetensors: Sendable {
  /// The tensors by name.
  public var tensors: [String: AnyTensor]
  /// Free text by name: the header's `__metadata__`.
  public var metadata: [String: String]

  /// Collects what a file is to hold.
  public init(tensors: [String: AnyTensor] = [:], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// The tensor of a name, with its element type.
  ///
  /// - Throws: `TensorError` when the name is absent, or of another element type.
  public func tensor<Scalar: TensorScalar>(_ name: String, as: Scalar.Type = Scalar.self)
    throws(TensorError) -> Tensor<Scalar>
  {
    guard let found = tensors[name] else {
      let names = tensors.keys.sorted().joined(separator: ", ")
      throw TensorError(.name, "no tensor '\(name)'; there are: \(names)")
    }
    guard found.dtype == Scalar.dtype else {
      throw TensorError(
        .dtype,
        "tensor '\(name)': expected \(Scalar.dtype.rawValue), "
          + "found \(found.dtype.rawValue) \(found.shape)"
      )
    }
    return try Tensor(found)
  }
}

// Writing.
extension Safetensors {
  static let dataAlignment = 64
  static let largestHeader = 100_000_000

  /// The tensors in the order of the file: descending alignment, then by name in code-point order.
  static func order(of entries: [TensorFileEntry]) -> [Int] {
    entries.indices.sorted { l, r in
      let (left, right) = (entries[l], entries[r])
      return left.dtype.byteCount != right.dtype.byteCount
        ? left.dtype.byteCount > right.dtype.byteCount
        : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }
  }

  /// The header with its length prefix, a multiple of 64 bytes, for tensors in this order.
  static func headerBytes(
    _ ordered: [TensorFileEntry],
    metadata: [String: String]
  ) throws(TensorError) -> [UInt8] {
    var items: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      let text = pairs.map { "\(jsonString($0.key)):\(jsonString($0.value))" }
      items.append("\"__metadata__\":{\(text.joined(separator: ","))}")
    }
    var offset = 0
    for entry in ordered {
      guard entry.name != "__metadata__" else {
        throw TensorError(.name, "a tensor named '__metadata__', which safetensors keeps for text")
      }
      let end = offset + entry.byteCount
      let shape = entry.shape.dimensions.map(String.init).joined(separator: ",")
      items.append(
        "\(jsonString(entry.name)):{\"dtype\":\"\(entry.dtype.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(end)]}"
      )
      offset = end
    }
    var json = Array("{\(items.joined(separator: ","))}".utf8)
    let padding = -(json.count + 8) & (dataAlignment - 1)
    json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: padding))
    guard json.count <= largestHeader else {
      throw TensorError(
        .format,
        "a safetensors header of \(json.count) bytes; the format allows 100,000,000"
      )
    }
    let length = (0..<8).map { UInt8(truncatingIfNeeded: json.count >> ($0 * 8)) }
    return length + json
  }

  /// Writes a file; it appears under its name only when it is complete.
  ///
  /// - Throws: `TensorError` when the file cannot be written.
  public func write(to path: String) throws(TensorError) {
    try TensorFileWriter.write(tensors, as: .safetensors, metadata: metadata, to: path)
  }
}

/// A JSON string literal with its quotes (RFC 8259, section 7).
package func jsonString(_ text: String) -> String {
  var text = text
  return text.withUTF8 { utf8 in
    let escaped = utf8.reduce(2) { $0 + ($1 < 0x20 ? 6 : $1 == 0x22 || $1 == 0x5C ? 2 : 1) }
    return String(unsafeUninitializedCapacity: escaped) { result in
      var count = 0
      func put(_ byte: UInt8) {
        result[count] = byte
        count += 1
      }
      put(UInt8(ascii: "\""))
      for byte in utf8 {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
          put(UInt8(ascii: "\\"))
          put(byte)
        case 0x0A, 0x0D, 0x09:
          put(UInt8(ascii: "\\"))
          put(UInt8(ascii: byte == 0x0A ? "n" : byte == 0x0D ? "r" : "t"))
        case ..<0x20:
          for ascii in "\\u00".utf8 { put(ascii) }
          for digit in [byte >> 4, byte & 15] {
            put(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
          }
        default: put(byte)
        }
      }
      put(UInt8(ascii: "\""))
      return count
    }
  }
}
