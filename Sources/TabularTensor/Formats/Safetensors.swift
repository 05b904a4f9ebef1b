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
    var json = [UInt8(ascii: "{")]
    if !metadata.isEmpty {
      json += "\"__metadata__\":".utf8
      var separator = UInt8(ascii: "{")
      for (key, value) in metadata.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      ) {
        json.append(separator)
        appendJSON(key, to: &json)
        json.append(UInt8(ascii: ":"))
        appendJSON(value, to: &json)
        separator = UInt8(ascii: ",")
      }
      json.append(UInt8(ascii: "}"))
    }
    var offset = 0
    for entry in ordered {
      guard entry.name != "__metadata__" else {
        throw TensorError(.name, "a tensor named '__metadata__', which safetensors keeps for text")
      }
      let end = offset + entry.byteCount
      let shape = entry.shape.dimensions.map(String.init).joined(separator: ",")
      if json.count > 1 { json.append(UInt8(ascii: ",")) }
      appendJSON(entry.name, to: &json)
      json += ":{\"dtype\":\"\(entry.dtype.rawValue)\",\"shape\":[\(shape)],".utf8
      json += "\"data_offsets\":[\(offset),\(end)]}".utf8
      offset = end
    }
    json.append(UInt8(ascii: "}"))
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
