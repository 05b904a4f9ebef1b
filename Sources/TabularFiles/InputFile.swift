#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// A file opened for reading: sequentially, or (a regular file) at any offset.
///
/// Reads use `read` and `pread`, never a mapping: a file that shrinks under us is a short read,
/// not a signal.
package final class InputFile: Sendable {
  /// The path as given; `-` is standard input.
  package let path: String
  /// Size in bytes of a regular file; nil for pipes, terminals and devices.
  package let size: Int?
  let descriptor: Int32

  /// Opens a path; `-` is standard input.
  package init(path: String) throws(FileError) {
    self.path = path
    if path == "-" {
      (descriptor, size) = (STDIN_FILENO, nil)
      return
    }
    let opened = open(path, O_RDONLY | O_CLOEXEC)
    guard opened >= 0 else { throw FileError(path: path, operation: .open, errno: errno) }
    var status = stat()
    guard fstat(opened, &status) == 0 else {
      let code = errno
      close(opened)
      throw FileError(path: path, operation: .open, errno: code)
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      close(opened)
      throw FileError(path: path, operation: .open, reason: "it is a folder")
    }
    descriptor = opened
    size = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
  }

  deinit {
    if descriptor != STDIN_FILENO { close(descriptor) }
  }

  /// Reads up to `buffer.count` bytes from the current position; 0 at the end.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    guard let base = buffer.baseAddress, !buffer.isEmpty else { return 0 }
    while true {
      #if canImport(Glibc)
      let count = Glibc.read(descriptor, base, buffer.count)
      #else
      let count = Musl.read(descriptor, base, buffer.count)
      #endif
      if count >= 0 { return count }
      if errno != EINTR { throw FileError(path: path, operation: .read, errno: errno) }
    }
  }

  /// Reads up to `buffer.count` bytes at `offset`, independent of the current position.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError)
    -> Int
  {
    guard let base = buffer.baseAddress, !buffer.isEmpty else { return 0 }
    while true {
      let count = pread(descriptor, base, buffer.count, off_t(offset))
      if count >= 0 { return count }
      if errno != EINTR { throw FileError(path: path, operation: .read, errno: errno) }
    }
  }

  /// Reads everything from the current position to the end.
  package func readAll() throws(FileError) -> [UInt8] {
    // A byte more than a file has shows that it ends there.
    var bytes = try readPiece(max(65_536, (size ?? 0) + 1))
    var last = bytes.count
    while last > 0 {
      let piece = try readPiece(1 << 20)
      bytes += piece
      last = piece.count
    }
    return bytes
  }

  private func readPiece(_ capacity: Int) throws(FileError) -> [UInt8] {
    var failure: FileError?
    let piece = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
      do throws(FileError) {
        filled = try read(into: UnsafeMutableRawBufferPointer(buffer))
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return piece
  }
}
