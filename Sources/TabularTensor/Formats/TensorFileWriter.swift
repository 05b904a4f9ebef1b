internal import TabularFiles

/// Tensors of known shapes written to a file piece by piece, in memory that does not grow.
///
/// The bytes are those that `Safetensors.write`, `NPY.write` and `NPZ.write` give for the whole
/// tensors, and the file appears under its name when it is complete. Pieces of several tensors may
/// come interleaved, but for a pipe or a device, which takes them in the order of the file.
///
/// ```swift
/// var file = try TensorFileWriter(path: "x.npz", format: .npz, entries: [features, target])
/// for batch in batches {
///   try file.append(batch.features, to: 0)
///   try file.append(batch.target, to: 1)
/// }
/// try file.commit()
/// ```
package struct TensorFileWriter: ~Copyable {
  private let file: AtomicFile
  private let path: String
  private let format: TensorFileFormat
  private let entries: [TensorFileEntry]
  private let metadata: [String: String]
  private let layout: TensorFileLayout
  /// By entry: how many bytes have come.
  private var counts: [Int]
  /// By entry of an npz file: the CRC-32 of its npy header and of what has come, or of all of it.
  private var checksums: [UInt32]
  private let sumsAsItGoes: Bool
  /// The parts of the file that are complete, of a pipe.
  private var partsDone = 0

  /// Opens a file for tensors that come in pieces.
  ///
  /// - Parameters:
  ///   - path: where the file appears; `-` is standard output.
  ///   - format: the format of the file.
  ///   - entries: the tensors; `append` names them by their position in this list.
  ///   - metadata: text by name, which safetensors alone can hold; other formats leave it out.
  /// - Throws: `TensorError` when the file cannot be made, or cannot hold such tensors.
  package init(
    path: String,
    format: TensorFileFormat,
    entries: [TensorFileEntry],
    metadata: [String: String] = [:]
  ) throws(TensorError) {
    try self.init(path: path, format: format, entries: entries, metadata: metadata, final: nil)
  }

  /// `final`: the checksums of an archive's members, where all the tensors are at hand.
  private init(
    path: String,
    format: TensorFileFormat,
    entries: [TensorFileEntry],
    metadata: [String: String],
    final: [UInt32]?
  ) throws(TensorError) {
    var checksums = final ?? []
    if format == .npz, final == nil {
      checksums = entries.map { entry in entry.npyHeader.withUnsafeBytes { crc32(of: $0) } }
    }
    let layout = try TensorFileLayout(
      entries,
      as: format,
      metadata: metadata,
      checksums: checksums
    )
    let opened = try Self.open(path, inPieces: final == nil && format == .npz)
    self.layout = layout
    self.path = path
    self.format = format
    self.entries = entries
    self.metadata = metadata
    self.checksums = checksums
    sumsAsItGoes = format == .npz && final == nil
    counts = Array(repeating: 0, count: entries.count)
    file = opened
  }

  private static func open(_ path: String, inPieces: Bool) throws(TensorError) -> AtomicFile {
    do throws(FileError) {
      let file = try AtomicFile(path: path)
      guard file.isRandomAccess || !inPieces else {
        throw FileError(
          path: path,
          operation: .write,
          reason: "an npz file that is made piece by piece must be a regular file"
        )
      }
      return file
    } catch {
      throw TensorError(error)
    }
  }

  /// Takes the next bytes of an entry's elements: little-endian, row-major, of any number.
  ///
  /// - Throws: `TensorError` of kind `file` when they cannot be written, of kind `shape` when they
  ///   are more than the entry's shape holds.
  package mutating func append(
    _ bytes: UnsafeRawBufferPointer,
    to entry: Int
  ) throws(TensorError) {
    let (name, size) = (entries[entry].name, entries[entry].byteCount)
    guard bytes.count <= size - counts[entry] else {
      throw TensorError(
        .shape,
        "tensor '\(name)': \(counts[entry] + bytes.count) bytes for \(entries[entry].shape), "
          + "which takes \(size)",
        path: path
      )
    }
    guard !bytes.isEmpty else { return }
    do throws(FileError) {
      if file.isRandomAccess {
        try file.write(bytes, at: layout.starts[entry] + counts[entry])
      } else {
        try writeParts(upTo: entry)
        try file.write(bytes)
      }
    } catch {
      throw TensorError(error)
    }
    if sumsAsItGoes { checksums[entry] = crc32(of: bytes, after: checksums[entry]) }
    counts[entry] += bytes.count
  }

  /// Gives the complete file its name.
  ///
  /// - Throws: `TensorError` of kind `shape` when elements are missing, of kind `file` when the
  ///   file cannot be written.
  package consuming func commit() throws(TensorError) {
    for (entry, count) in zip(entries, counts) where count < entry.byteCount {
      throw TensorError(
        .shape,
        "tensor '\(entry.name)': \(count) bytes for \(entry.shape), which takes "
          + "\(entry.byteCount)",
        path: path
      )
    }
    // The checksums are known now.
    let final =
      sumsAsItGoes
      ? try TensorFileLayout(entries, as: format, metadata: metadata, checksums: checksums) : layout
    do throws(FileError) {
      if file.isRandomAccess {
        for case .bytes(let bytes, let offset) in final.parts {
          try Self.write(bytes, at: offset, of: file)
        }
      } else {
        try writeParts(upTo: nil)
      }
      try file.commit()
    } catch {
      throw TensorError(error)
    }
  }
}

// Pipes and devices.
extension TensorFileWriter {
  /// Writes what stands before the elements of an entry, or (nil) all that is left.
  private mutating func writeParts(upTo entry: Int?) throws(FileError) {
    while partsDone < layout.parts.count {
      switch layout.parts[partsDone] {
      case .bytes(let bytes, _): try file.write(bytes)
      case .elements(of: entry): return
      case .elements(let other):
        guard counts[other] == entries[other].byteCount else {
          throw FileError(
            path: path,
            operation: .write,
            reason: "it is no regular file, so '\(entries[other].name)' must come whole before "
              + "other tensors"
          )
        }
      }
      partsDone += 1
    }
    guard entry == nil else {
      preconditionFailure("bytes for a tensor that is complete")
    }
  }

  private static func write(_ bytes: [UInt8], at offset: Int, of file: borrowing AtomicFile)
    throws(FileError)
  {
    let failure = bytes.withUnsafeBytes { buffer -> FileError? in
      do throws(FileError) {
        try file.write(buffer, at: offset)
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
  }
}

// Whole tensors.
extension TensorFileWriter {
  /// Writes tensors that are in memory, to a pipe as well.
  static func write(
    _ tensors: [String: AnyTensor],
    as format: TensorFileFormat,
    metadata: [String: String] = [:],
    to path: String
  ) throws(TensorError) {
    let ordered = tensors.sorted { $0.key < $1.key }
    let entries = ordered.map {
      TensorFileEntry(name: $0.key, dtype: $0.value.dtype, shape: $0.value.shape)
    }
    let checksums =
      format != .npz
      ? nil
      : zip(entries, ordered).map { entry, item in
        let header = entry.npyHeader.withUnsafeBytes { crc32(of: $0) }
        return crc32(of: item.value.bytes, after: header)
      }
    var file = try TensorFileWriter(
      path: path,
      format: format,
      entries: entries,
      metadata: metadata,
      final: checksums
    )
    for case .elements(let position) in file.layout.parts {
      try file.append(ordered[position].value.bytes, to: position)
    }
    try file.commit()
  }
}
