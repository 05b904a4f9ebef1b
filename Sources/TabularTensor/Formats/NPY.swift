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

  /// Reads a file of version 1, 2 or 3.
  ///
  /// Elements that are big-endian or in Fortran order, and those that are not aligned for their
  /// type, are copied; all others are the mapped file's bytes.
  ///
  /// - Parameters:
  ///   - path: the file; `-` is standard input.
  ///   - mapped: whether to map the file, so that nothing is copied and elements are read when
  ///     they are first looked at. A file that is truncated while a mapped tensor is in use ends
  ///     the process (SIGBUS), and one that is written in place changes the tensor. When false, all
  ///     is read into memory.
  /// - Returns: the tensor, in C order.
  /// - Throws: `TensorError` of kind `format` naming what the header claims wrongly, of kind `file`
  ///   when the file cannot be read.
  public static func read(_ path: String, mapped: Bool = true) throws(TensorError) -> AnyTensor {
    try tensor(
      of: TensorError.wrapping { () throws(FileError) in
        try FileBytes(path: path, mapped: mapped)
      }
    )
  }

  static func tensor(of file: FileBytes) throws(TensorError) -> AnyTensor {
    var position = 0
    let header = try NPYHeader(
      fileSize: file.count,
      path: file.path
    ) { (count) throws(TensorError) in
      defer { position += count }
      return try TensorError.wrapping { () throws(FileError) in
        try file.bytes(position..<(position + count))
      }
    }
    let buffer = try TensorError.wrapping { () throws(FileError) in
      try file.elements(
        at: header.dataStart,
        count: file.count - header.dataStart,
        alignedTo: header.dtype.byteCount
      )
    }
    return try tensor(header, buffer, path: file.path)
  }

  /// The tensor of a header and of the elements behind it, in the order of the file.
  static func tensor(_ header: NPYHeader, _ elements: Buffer, path: String) throws(TensorError)
    -> AnyTensor
  {
    var buffer = elements
    let width = header.dtype.byteCount
    if header.isBigEndian { buffer = buffer.byteSwapped(width: width) }
    if header.isFortranOrder { buffer = buffer.rowMajor(header.shape, width: width) }
    let tensor = AnyTensor(dtype: header.dtype, shape: header.shape, buffer: buffer)
    guard header.dtype != .bool || tensor.holdsOnlyBools else {
      throw TensorError(
        .format,
        "not a valid npy file: it is bool and holds a byte other than 0 and 1",
        path: path
      )
    }
    return tensor
  }
}
