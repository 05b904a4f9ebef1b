internal import TabularFiles

/// Reading and writing of NumPy's npz files: zip archives with an npy file for each tensor.
///
/// Format: `numpy.savez`, and PKWARE's APPNOTE.TXT for the archive. In what we write, the elements
/// of stored tensors begin at multiples of 64 bytes.
public enum NPZ {
  /// Writes tensors; the file appears under its name only when it is complete.
  ///
  /// - Throws: `TensorError` when the file cannot be written, or cannot hold a name.
  public static func write(_ tensors: [String: AnyTensor], to path: String) throws(TensorError) {
    try TensorFileWriter.write(tensors, as: .npz, to: path)
  }

  /// The tensors in the order of the file: by name in code-point order.
  static func order(of entries: [TensorFileEntry]) -> [Int] {
    entries.indices.sorted {
      entries[$0].name.utf8.lexicographicallyPrecedes(entries[$1].name.utf8)
    }
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
