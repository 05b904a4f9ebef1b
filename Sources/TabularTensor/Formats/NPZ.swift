internal import TabularFiles

/// Reading and writing of NumPy's npz files: zip archives with an npy file for each tensor.
///
/// Format: `numpy.savez`, and PKWARE's APPNOTE.TXT for the archive. In what we write, the elements
/// of stored tensors begin at multiples of 64 bytes.
public enum NPZ {
  /// Writes tensors; the file appears under its name only when it is complete.
  ///
  /// - Parameters:
  ///   - tensors: the tensors by name.
  ///   - path: the file; `-` is standard output.
  ///   - compressed: whether to deflate them, as `numpy.savez_compressed` does: smaller files, which
  ///     take much longer and cannot be mapped.
  /// - Throws: `TensorError` when the file cannot be written, or cannot hold a name.
  public static func write(
    _ tensors: [String: AnyTensor],
    to path: String,
    compressed: Bool = false
  ) throws(TensorError) {
    guard compressed else {
      return try TensorFileWriter.write(tensors, as: .npz, to: path)
    }
    let file = try TensorError.wrapping { () throws(FileError) in try AtomicFile(path: path) }
    var archive: [ZipEntry] = []
    var end = 0
    for (name, tensor) in tensors.sorted(by: { isBefore($0.key, $1.key) }) {
      let header = NPYHeader.bytes(dtype: tensor.dtype, shape: tensor.shape)
      let (checksum, packed) = header.withUnsafeBytes { header in
        (crc32(of: tensor.bytes, after: crc32(of: header)), deflated([header, tensor.bytes]))
      }
      let entry = try member(
        name,
        method: .deflated,
        size: header.count + tensor.byteCount,
        packedSize: packed.count,
        checksum: checksum,
        offset: end
      )
      archive.append(entry)
      let head = entry.localHeader()
      try TensorError.wrapping { () throws(FileError) in
        try file.write(head)
        try file.write(packed)
      }
      end += head.count + packed.count
    }
    do throws(FileError) {
      try file.write(ZipEntry.directory(of: archive, at: end))
      try file.commit()
    } catch {
      throw TensorError(error)
    }
  }

  /// Code-point order.
  private static func isBefore(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }

  /// The tensors in the order of the file: by name in code-point order.
  static func order(of entries: [TensorFileEntry]) -> [Int] {
    entries.indices.sorted { isBefore(entries[$0].name, entries[$1].name) }
  }

  /// What the archive says of a tensor's npy file.
  ///
  /// - Throws: `TensorError` of kind `name` when no archive can hold that name.
  static func member(
    _ name: String,
    method: ZipEntry.Method = .stored,
    size: Int,
    packedSize: Int,
    checksum: UInt32,
    offset: Int
  ) throws(TensorError) -> ZipEntry {
    let file = "\(name).npy"
    guard !name.utf8.contains(0), file.utf8.count <= ZipEntry.largestName else {
      throw TensorError(.name, "a name that npz cannot hold: \(name.prefix(60).debugDescription)")
    }
    return ZipEntry(
      name: file,
      method: method,
      size: size,
      packedSize: packedSize,
      checksum: checksum,
      offset: offset
    )
  }
}
