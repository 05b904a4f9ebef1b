internal import TabularFiles

extension NPZ {
  /// Reads tensors by name, as `numpy.load` names them: the archive's files without `.npy`.
  ///
  /// - Parameters:
  ///   - path: the file; `-` is standard input.
  ///   - names: the tensors to read; all of them unless given. What is not read may be of types
  ///     that are not supported.
  ///   - mapped: whether to map the file, so that stored elements which are aligned for their type
  ///     (all that we write) are not copied. A file that is truncated while a mapped tensor is in
  ///     use ends the process (SIGBUS), and one that is written in place changes the tensor. When
  ///     false, all is read into memory.
  ///   - verifyingChecksums: whether to compare the CRC-32 of stored tensors, which reads all of
  ///     their bytes at once; that of deflated ones always is compared.
  /// - Returns: the tensors by name.
  /// - Throws: `TensorError` of kind `format` naming what is wrong with the file, of kind `name`
  ///   when a name is not there, of kind `file` when the file cannot be read.
  public static func read(
    _ path: String,
    names: Set<String>? = nil,
    mapped: Bool = true,
    verifyingChecksums: Bool = true
  ) throws(TensorError) -> [String: AnyTensor] {
    let file = try TensorError.wrapping { () throws(FileError) in
      try FileBytes(path: path, mapped: mapped)
    }
    return try tensors(of: file, names: names, verifyingChecksums: verifyingChecksums)
  }

  static func tensors(
    of file: FileBytes,
    names: Set<String>? = nil,
    verifyingChecksums: Bool = true
  ) throws(TensorError) -> [String: AnyTensor] {
    let archive = try TensorError.wrapping { () throws(FileError) in try ZipArchive(file) }
    var members: [(name: String, ZipArchive.Member)] = []
    for member in archive.members {
      let file = member.entry.name
      if file.hasSuffix(".npy") {
        members.append((String(file.dropLast(4)), member))
      } else if names == nil {
        throw TensorError(
          .format,
          "not a valid npz file: \(file.forMessage) in it is no npy file",
          path: archive.file.path
        )
      }
    }
    if let missing = names?.subtracting(members.map(\.name)).min() {
      let known = members.map(\.name).joined(separator: ", ")
      throw TensorError(
        .name,
        "no tensor \(missing.forMessage); there are: \(known)",
        path: archive.file.path
      )
    }
    var tensors: [String: AnyTensor] = [:]
    for (name, member) in members where names?.contains(name) ?? true {
      do throws(TensorError) {
        tensors[name] = try tensor(member, of: archive, verifyingChecksums)
      } catch {
        guard error.kind == .format, error.underlying == nil else { throw error }
        throw TensorError(
          .format,
          "\(member.entry.name.forMessage) in it is \(error.message)",
          path: archive.file.path
        )
      }
    }
    return tensors
  }

  private static func tensor(
    _ member: ZipArchive.Member,
    of archive: ZipArchive,
    _ verifyingChecksums: Bool
  ) throws(TensorError) -> AnyTensor {
    let path = archive.file.path
    let stream = ZipMemberStream(member, of: archive)
    let header = try NPYHeader(fileSize: member.entry.size, path: path) {
      (count) throws(TensorError) in
      let head = Buffer(uninitialized: count)
      try fill(head, from: stream)
      return withExtendedLifetime(head) { Array($0.bytes) }
    }
    let count = member.entry.size - header.dataStart
    let elements: Buffer
    if member.entry.method == .stored, archive.file.memory != nil {
      elements = try TensorError.wrapping { () throws(FileError) in
        if verifyingChecksums { try stream.verifyMemory() }
        return try archive.file.elements(
          at: member.dataOffset + header.dataStart,
          count: count,
          alignedTo: header.dtype.byteCount
        )
      }
    } else {
      elements = Buffer(uninitialized: count)
      try fill(elements, from: stream)
      if member.entry.method == .deflated || verifyingChecksums {
        try TensorError.wrapping { () throws(FileError) in try stream.finish() }
      }
    }
    return try NPY.tensor(header, elements, path: path)
  }

  private static func fill(_ buffer: Buffer, from stream: ZipMemberStream) throws(TensorError) {
    _ = try TensorError.wrapping { () throws(FileError) in
      try stream.readFully(
        into: UnsafeMutableRawBufferPointer(start: buffer.pointer, count: buffer.byteCount)
      )
    }
  }
}
