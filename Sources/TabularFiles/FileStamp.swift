#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// What tells whether a file was written to: its identity, size and time of change.
package struct FileStamp: Equatable, Sendable {
  private var device = 0
  private var number = 0
  private var size = 0
  private var seconds = 0
  private var nanoseconds = 0

  /// Looks at a path; all zeros where nothing is there.
  package init(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    device = Int(truncatingIfNeeded: status.st_dev)
    number = Int(truncatingIfNeeded: status.st_ino)
    size = Int(status.st_size)
    seconds = Int(status.st_mtim.tv_sec)
    nanoseconds = Int(status.st_mtim.tv_nsec)
  }
}
