internal import TabularFiles

/// A tensor that a file is to hold: everything but its bytes.
package struct TensorFileEntry: Sendable {
  package let name: String
  package let dtype: DType
  package let shape: Shape

  package init(name: String, dtype: DType, shape: Shape) {
    self.name = name
    self.dtype = dtype
    self.shape = shape
  }

  /// The number of bytes the elements take.
  package var byteCount: Int { shape.count * dtype.byteCount }

  /// What stands before the elements in an npy file.
  var npyHeader: [UInt8] { NPYHeader.bytes(dtype: dtype, shape: shape) }
}

/// The formats of files of tensors.
package enum TensorFileFormat: String, Sendable, CaseIterable {
  /// Any number of tensors, and text by name.
  case safetensors
  /// One tensor; its name is not written.
  case npy
  /// A zip archive of npy files, stored as they are.
  case npz
}

/// Where the tensors of a file stand, and the bytes around them: known before any element is.
struct TensorFileLayout: Sendable {
  /// A run of bytes of the file.
  enum Part: Sendable {
    /// Bytes that are none of a tensor's: headers, and the directory of an archive.
    case bytes([UInt8], at: Int)
    /// The elements of an entry, by its position in the list given.
    case elements(of: Int)
  }

  /// The file from its first byte to its last.
  private(set) var parts: [Part] = []
  /// Where the elements of each entry begin, in the order of the list given.
  private(set) var starts: [Int]
  private var end = 0

  /// Lays out a file; `checksums` are the CRC-32s of the entries' npy files, for npz alone.
  ///
  /// Throws `TensorError` when the format cannot hold such tensors.
  init(
    _ entries: [TensorFileEntry],
    as format: TensorFileFormat,
    metadata: [String: String] = [:],
    checksums: [UInt32]
  ) throws(TensorError) {
    starts = Array(repeating: 0, count: entries.count)
    var names: Set<String> = []
    for entry in entries {
      guard names.insert(entry.name).inserted else {
        throw TensorError(.name, "two tensors of the name '\(entry.name)' for one file")
      }
    }
    switch format {
    case .safetensors:
      let order = Safetensors.order(of: entries)
      append(try Safetensors.headerBytes(order.map { entries[$0] }, metadata: metadata))
      for position in order { append(entries[position], at: position) }
    case .npy:
      guard entries.count == 1 else {
        throw TensorError(.name, "an npy file holds one tensor, not \(entries.count)")
      }
      append(entries[0].npyHeader)
      append(entries[0], at: 0)
    case .npz:
      var archive: [ZipEntry] = []
      for position in NPZ.order(of: entries) {
        let entry = entries[position]
        let header = entry.npyHeader
        let size = header.count + entry.byteCount
        let member = try NPZ.member(
          entry.name,
          size: size,
          packedSize: size,
          checksum: checksums[position],
          offset: end
        )
        archive.append(member)
        append(member.localHeader() + header)
        append(entry, at: position)
      }
      append(ZipEntry.directory(of: archive, at: end))
    }
  }

  private mutating func append(_ bytes: [UInt8]) {
    parts.append(.bytes(bytes, at: end))
    end += bytes.count
  }

  private mutating func append(_ entry: TensorFileEntry, at position: Int) {
    parts.append(.elements(of: position))
    starts[position] = end
    end += entry.byteCount
  }
}
