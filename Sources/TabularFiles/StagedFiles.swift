#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Files that appear under their names together, or not at all.
///
/// Each is written under a name of its own beside its destination; `commit()` renames all of them.
/// Dropping the value without a commit removes what was written.
package struct StagedFiles: ~Copyable {
  private var files: [(temporary: String, target: String)] = []

  /// Begins with no file.
  package init() {}

  deinit { for (temporary, _) in files { AtomicFile.remove(temporary) } }

  /// A name to write a file under that is to be at `path`; a device, or a pipe, is its own.
  ///
  /// - Throws: `FileError` when no file can be made there, or a folder is there.
  package mutating func stage(_ path: String) throws(FileError) -> String {
    let target = AtomicFile.resolvingLinks(path)
    var status = stat()
    if stat(target, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      guard status.st_mode & S_IFMT != S_IFDIR else {
        throw FileError(path: path, operation: .write, reason: "it is a folder")
      }
      return path
    }
    let temporary = AtomicFile.temporaryName(for: target)
    // Tried at once, so that an error names the destination. It is not left there: to rename over
    // a file, be it an empty one, makes ext4 write the new one to the disk first.
    let opened = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard opened >= 0 else {
      let code = errno
      AtomicFile.remove(temporary)
      throw FileError(path: path, operation: .write, errno: code)
    }
    close(opened)
    unlink(temporary)
    files.append((temporary, target))
    return temporary
  }

  /// Gives the files their names.
  ///
  /// - Throws: `FileError` when a file cannot be renamed; those before it are removed then.
  package consuming func commit() throws(FileError) {
    var done: [String] = []
    for (temporary, target) in files {
      guard rename(temporary, target) == 0 else {
        let code = errno
        for path in done { unlink(path) }
        throw FileError(path: target, operation: .rename, errno: code)
      }
      done.append(target)
    }
  }
}
