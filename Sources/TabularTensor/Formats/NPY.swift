internal import TabularFiles

/// Reading and writing of NumPy's npy files, one tensor each.
///
/// Format: `\x93NUMPY`, a version, a little-endian header length (2 bytes in version 1, 4 in 2 and
/// 3), a Python dictionary literal padded with spaces and a newline so that the data starts at a
/// multiple of 64 bytes, then the elements (`numpy/numpy`, `numpy/lib/format.py`).
public enum NPY {
  /// Writes a tensor; the file appears under its name only when it is complete.
  public static func write(_ tensor: AnyTensor, to path: String) throws(TensorError) {
    try TensorFileWriter.write(["": tensor], as: .npy, to: path)
  }

  /// Writes a tensor; the file appears under its name only when it is complete.
  public static func write<Scalar>(_ tensor: Tensor<Scalar>, to path: String) throws(TensorError) {
    try write(AnyTensor(tensor), to: path)
  }

  /// Reads a file of version 1, 2 or 3, little-endian and in C order.
  ///
  /// - Throws: `TensorError` of kind `format` naming what the header claims wrongly.
  public static func read(_ path: String) throws(TensorError) -> AnyTensor {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try InputFile(path: path).readAll()
    } catch {
      throw TensorError(error)
    }
    return try tensor(from: bytes, path: path)
  }

  static func tensor(from bytes: [UInt8], path: String?) throws(TensorError) -> AnyTensor {
    func refused(_ message: String) -> TensorError {
      TensorError(.format, "not a valid npy file: \(message)", path: path)
    }
    guard bytes.starts(with: NPYHeader.magic), bytes.count >= 10 else {
      throw refused("no \\x93NUMPY")
    }
    let wide = bytes[6] >= 2
    guard (1...3).contains(bytes[6]) else { throw refused("version \(bytes[6]).\(bytes[7])") }
    let prefix = wide ? 12 : 10
    guard bytes.count >= prefix else { throw refused("it ends in its header") }
    let length = bytes[8..<prefix].reversed().reduce(0) { $0 << 8 | Int($1) }
    let start = prefix + length
    guard start <= bytes.count else {
      throw refused("a header of \(length) bytes in a file of \(bytes.count)")
    }
    var parser = NPYHeaderParser(text: Array(bytes[prefix..<start]))
    guard let header = parser.parse() else {
      throw refused("header \(String(decoding: bytes[prefix..<start], as: UTF8.self))")
    }
    guard !header.fortranOrder else {
      throw refused("Fortran order; write it with numpy.ascontiguousarray")
    }
    guard
      let dtype = DType.allCases.first(where: {
        $0.numpyDescription == header.descr
          || "|\($0.numpyDescription.dropFirst())" == header.descr
            && $0.byteCount == 1
      })
    else { throw refused("element type '\(header.descr)'") }
    var size = dtype.byteCount
    for extent in header.shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw refused("shape \(header.shape)") }
      size = product
    }
    guard bytes.count - start == size else {
      throw refused(
        "\(size) bytes of data expected for \(header.shape), \(bytes.count - start) found"
      )
    }
    let buffer = Buffer(uninitialized: size)
    bytes.withUnsafeBytes {
      UnsafeMutableRawBufferPointer(start: buffer.pointer, count: size)
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start...]))
    }
    if dtype == .bool, buffer.bytes.contains(where: { $0 > 1 }) {
      throw refused("it is bool and holds a byte other than 0 and 1")
    }
    return AnyTensor(dtype: dtype, shape: Shape(header.shape), buffer: buffer)
  }
}

/// Reads the dictionary literal of an npy header: three keys, in any order.
private struct NPYHeaderParser {
  let text: [UInt8]
  var position = 0

  init(text: [UInt8]) { self.text = text }

  mutating func parse() -> (descr: String, fortranOrder: Bool, shape: [Int])? {
    var descr: String?
    var fortranOrder: Bool?
    var shape: [Int]?
    guard take("{") else { return nil }
    while !take("}") {
      guard let key = quoted(), take(":") else { return nil }
      switch key {
      case "descr": descr = quoted()
      case "fortran_order":
        fortranOrder = take("True") ? true : take("False") ? false : nil
      case "shape": shape = tuple()
      default: return nil
      }
      if !take(",") {
        guard take("}") else { return nil }
        break
      }
    }
    skipSpace()
    guard position == text.count, let descr, let fortranOrder, let shape else { return nil }
    return (descr, fortranOrder, shape)
  }

  private mutating func skipSpace() {
    while position < text.count, text[position] == 0x20 || text[position] == 0x0A { position += 1 }
  }

  private mutating func take(_ word: String) -> Bool {
    skipSpace()
    guard text[position...].starts(with: word.utf8) else { return false }
    position += word.utf8.count
    return true
  }

  private mutating func quoted() -> String? {
    skipSpace()
    guard position < text.count, text[position] == 0x27 || text[position] == 0x22 else {
      return nil
    }
    let quote = text[position]
    guard let end = text[(position + 1)...].firstIndex(of: quote) else { return nil }
    defer { position = end + 1 }
    return String(decoding: text[(position + 1)..<end], as: UTF8.self)
  }

  private mutating func tuple() -> [Int]? {
    guard take("(") else { return nil }
    var extents: [Int] = []
    while !take(")") {
      skipSpace()
      let digits = text[position...].prefix { $0 >= 0x30 && $0 <= 0x39 }
      guard let extent = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
      extents.append(extent)
      position += digits.count
      if !take(",") {
        guard take(")") else { return nil }
        break
      }
    }
    return extents
  }
}
