internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// A file that appears under its name only when it is complete.
///
/// Bytes go to a temporary file in the same folder; `commit()` renames it over the destination.
/// Dropping the value without a commit removes the temporary file, so a failed command leaves
/// nothing half-written. `-`, and a destination that exists and is no regular file (a device, a
/// pipe), are written in place, since they must not be replaced.
package struct AtomicFile: ~Copyable {
  private let path: String
  private let target: String
  private let temporaryPath: String?
  private let descriptor: Int32

  /// Opens a temporary file beside `path`.
  package init(path: String) throws(FileError) {
    self.path = path
    if path == "-" {
      (target, temporaryPath, descriptor) = (path, nil, STDOUT_FILENO)
      return
    }
    let resolved = Self.resolvingLinks(path)
    target = resolved
    var status = stat()
    if stat(resolved, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      guard status.st_mode & S_IFMT != S_IFDIR else {
        throw FileError(path: path, operation: .write, reason: "it is a folder")
      }
      let opened = open(resolved, O_WRONLY | O_CLOEXEC)
      guard opened >= 0 else { throw FileError(path: path, operation: .write, errno: errno) }
      (temporaryPath, descriptor) = (nil, opened)
      return
    }
    let temporary = Self.temporaryName(for: resolved)
    let opened = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard opened >= 0 else {
      let code = errno
      Self.unfinished.withLock { _ = $0.remove(temporary) }
      throw FileError(path: path, operation: .write, errno: code)
    }
    (temporaryPath, descriptor) = (temporary, opened)
  }

  deinit {
    if descriptor != STDOUT_FILENO { close(descriptor) }
    if let temporaryPath { Self.remove(temporaryPath) }
  }

  /// Appends bytes.
  package borrowing func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    guard var base = bytes.baseAddress else { return }
    var left = bytes.count
    while left > 0 {
      #if canImport(Glibc)
      let written = Glibc.write(descriptor, base, left)
      #else
      let written = Musl.write(descriptor, base, left)
      #endif
      if written < 0 {
        if errno == EINTR { continue }
        throw FileError(path: path, operation: .write, errno: errno)
      }
      base += written
      left -= written
    }
  }

  /// Whether bytes may be written at any offset: a file of ours is, a pipe or a device is not.
  package var isRandomAccess: Bool { temporaryPath != nil }

  /// Writes bytes at an offset, independent of what is appended; for `isRandomAccess` alone.
  package borrowing func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
    precondition(isRandomAccess, "bytes at an offset of '\(path)'")
    guard var base = bytes.baseAddress else { return }
    var (left, position) = (bytes.count, offset)
    while left > 0 {
      let written = pwrite(descriptor, base, left, off_t(position))
      if written < 0 {
        if errno == EINTR { continue }
        throw FileError(path: path, operation: .write, errno: errno)
      }
      base += written
      position += written
      left -= written
    }
  }

  /// Appends the UTF-8 bytes of a text.
  package borrowing func write(_ text: String) throws(FileError) {
    try write(Array(text.utf8))
  }

  /// Appends an array of bytes.
  package borrowing func write(_ bytes: [UInt8]) throws(FileError) {
    let result = bytes.withUnsafeBytes { buffer -> FileError? in
      do throws(FileError) {
        try write(buffer)
        return nil
      } catch {
        return error
      }
    }
    if let result { throw result }
  }

  /// Gives the complete file its name.
  package consuming func commit() throws(FileError) {
    guard let temporaryPath else { return }
    guard rename(temporaryPath, target) == 0 else {
      throw FileError(path: path, operation: .rename, errno: errno)
    }
    // The deinitialiser closes the file; the temporary name that it removes is gone by now.
  }

  /// The path that links lead to.
  static func resolvingLinks(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}

// What Ctrl-C has to clean up.
extension AtomicFile {
  private static let unfinished = Mutex<Set<String>>([])

  /// Removes the file of a temporary name, where there is one.
  static func remove(_ temporary: String) {
    unlink(temporary)
    unfinished.withLock { _ = $0.remove(temporary) }
  }

  /// A name beside a file, which is removed should the process end.
  static func temporaryName(for path: String) -> String {
    let temporary = "\(path).partial-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    unfinished.withLock { _ = $0.insert(temporary) }
    return temporary
  }

  /// Removes the temporary files of every write that is under way: for a process about to end.
  package static func removeUnfinished() {
    let paths = unfinished.withLock { paths in
      defer { paths = [] }
      return paths
    }
    for path in paths { unlink(path) }
  }
}

/// Writes a whole file at once: complete under its name, or not there.
package func writeFile(_ bytes: [UInt8], to path: String) throws(FileError) {
  let file = try AtomicFile(path: path)
  try file.write(bytes)
  try file.commit()
}
