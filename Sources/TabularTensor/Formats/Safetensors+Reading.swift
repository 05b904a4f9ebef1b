internal import TabularFiles

extension Safetensors {
  /// Reads a file and checks every claim of its header.
  ///
  /// - Parameters:
  ///   - path: the file; `-` is standard input.
  ///   - mapped: whether to map the file, so that nothing is copied (but for elements that are not
  ///     aligned for their type) and elements are read when they are first looked at. A file that
  ///     is truncated while a mapped tensor is in use ends the process (SIGBUS), and one that is
  ///     written in place changes the tensor. When false, all is read into memory.
  /// - Throws: `TensorError` of kind `format` naming what the header claims wrongly, of kind `file`
  ///   when the file cannot be read.
  public init(contentsOf path: String, mapped: Bool = true) throws(TensorError) {
    try self.init(
      TensorError.wrapping { () throws(FileError) in
        try FileBytes(path: path, mapped: mapped)
      }
    )
  }

  /// Whether a file's first bytes look like safetensors: a length, then `{`.
  package static func isLikely(_ prefix: [UInt8]) -> Bool {
    guard prefix.count >= 9, prefix[8] == UInt8(ascii: "{") else { return false }
    return length(prefix) <= UInt64(largestHeader)
  }

  private static func length(_ prefix: [UInt8]) -> UInt64 {
    prefix[..<8].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
  }

  init(_ file: FileBytes) throws(TensorError) {
    func refused(_ message: String) -> TensorError {
      TensorError(.format, "not a valid safetensors file: \(message)", path: file.path)
    }
    func bytes(_ range: Range<Int>) throws(TensorError) -> [UInt8] {
      try TensorError.wrapping { () throws(FileError) in try file.bytes(range) }
    }
    guard file.count >= 8 else { throw refused("\(file.count) bytes, a header needs 8") }
    let length = Self.length(try bytes(0..<8))
    guard length <= UInt64(Self.largestHeader), Int(length) <= file.count - 8 else {
      throw refused("a header of \(length) bytes in a file of \(file.count)")
    }
    let start = 8 + Int(length)
    var parser = SafetensorsHeaderParser(text: try bytes(8..<start))
    do throws(SafetensorsHeaderParser.Refusal) {
      try parser.parse()
    } catch {
      throw refused(error.reason)
    }

    self.init(metadata: parser.metadata)
    var next = 0
    let dataCount = file.count - start
    for entry in parser.entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      let name = entry.name.forMessage
      guard let dtype = DType(rawValue: entry.dtype) else {
        throw refused("tensor \(name) has the unknown type \(entry.dtype.forMessage)")
      }
      guard let size = entry.shape.byteCount(of: dtype) else {
        throw refused("tensor \(name) of shape \(entry.shape.forMessage) is too large")
      }
      let (begin, end) = (entry.begin, entry.end)
      guard begin == next, end >= begin, end - begin == size, end <= dataCount else {
        throw refused(
          "tensor \(name) of \(size) bytes claims bytes \(begin) to \(end) of \(dataCount), "
            + "where byte \(next) comes next"
        )
      }
      next = end
      let buffer = try TensorError.wrapping { () throws(FileError) in
        try file.elements(at: start + begin, count: size, alignedTo: dtype.byteCount)
      }
      let tensor = AnyTensor(dtype: dtype, shape: Shape(entry.shape), buffer: buffer)
      guard dtype != .bool || tensor.holdsOnlyBools else {
        throw refused("tensor \(name) is BOOL and holds a byte other than 0 and 1")
      }
      tensors[entry.name] = tensor
    }
    guard next == dataCount else {
      throw refused("\(dataCount - next) bytes after the last tensor")
    }
  }
}
