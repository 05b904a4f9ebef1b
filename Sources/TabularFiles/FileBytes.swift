/// The bytes of a file at any offset: mapped, or read when they are asked for.
///
/// What cannot be read twice (a pipe) is read whole at once.
package final class FileBytes: Sendable {
  /// The path as the caller gave it.
  package let path: String
  /// The number of bytes when the file was opened.
  package let count: Int
  private let content: Content

  private enum Content: Sendable {
    case mapped(MappedFile)
    case file(InputFile)
    case array([UInt8])
  }

  /// Opens a file; `-` is standard input.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - mapped: whether to map it. A mapped file that is truncated ends the process, where one
  ///     that is read gives an error.
  /// - Throws: `FileError` when the file cannot be opened, or a pipe cannot be read.
  package convenience init(path: String, mapped: Bool) throws(FileError) {
    let file = try InputFile(path: path)
    // What looks like an empty file may be one that the kernel makes up, as in /proc.
    guard let size = file.size, size > 0 else {
      self.init(try file.readAll(), path: path)
      return
    }
    let mapping = mapped ? MappedFile(file) : nil
    self.init(path, size, mapping.map { .mapped($0) } ?? .file(file))
  }

  /// Bytes that are in memory already.
  package convenience init(_ bytes: [UInt8], path: String) {
    self.init(path, bytes.count, .array(bytes))
  }

  private init(_ path: String, _ count: Int, _ content: Content) {
    self.path = path
    self.count = count
    self.content = content
  }

  /// The bytes as memory that stays valid while this object lives; nil where they must be read.
  package var memory: UnsafeRawBufferPointer? {
    guard case .mapped(let mapping) = content else { return nil }
    return mapping.bytes
  }

  /// Fills a buffer with the bytes from `offset` on, which must be within the file.
  ///
  /// - Throws: `FileError` when the file cannot be read, or became shorter.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) {
    precondition(
      offset >= 0 && offset <= count && buffer.count <= count - offset,
      "bytes \(offset) to \(offset + buffer.count) of \(count)"
    )
    switch content {
    case .mapped(let mapping):
      buffer.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: mapping.bytes[offset..<(offset + buffer.count)])
      )
    case .array(let bytes):
      buffer.copyBytes(from: bytes[offset..<(offset + buffer.count)])
    case .file(let file):
      var filled = 0
      while filled < buffer.count {
        let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
        let read = try file.read(into: rest, at: offset + filled)
        guard read > 0 else {
          throw FileError(
            path: path,
            operation: .read,
            reason: "it became shorter while it was read"
          )
        }
        filled += read
      }
    }
  }

  /// A copy of the bytes of a range, which must be within the file.
  ///
  /// - Throws: `FileError` when the file cannot be read, or became shorter.
  package func bytes(_ range: Range<Int>) throws(FileError) -> [UInt8] {
    var failure: FileError?
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
      do throws(FileError) {
        let whole = UnsafeMutableRawBufferPointer(buffer)
        try read(
          into: UnsafeMutableRawBufferPointer(rebasing: whole[..<range.count]),
          at: range.lowerBound
        )
        filled = range.count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }
}
