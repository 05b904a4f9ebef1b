#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Pages of the system, given back to it at the end; on large pages where they are many.
final class PageBlock: @unchecked Sendable {
  /// The first byte: at a multiple of 2 MiB where the block is that large, of a page otherwise.
  let pointer: UnsafeMutableRawPointer
  /// The bytes, whole pages.
  let byteCount: Int

  static let pageSize = max(4_096, Int(sysconf(Int32(_SC_PAGESIZE))))
  private static let largePage = 1 << 21

  /// Reserves at least `byteCount` bytes of zeros, which take memory once they are touched.
  init(byteCount: Int) {
    precondition(byteCount >= 0, "\(byteCount) bytes of pages")
    let isLarge = byteCount >= Self.largePage
    let unit = isLarge ? Self.largePage : Self.pageSize
    let size = (max(byteCount, 1) + unit - 1) / unit * unit
    let spare = isLarge ? Self.largePage : 0
    guard
      let start = mmap(
        nil,
        size + spare,
        PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS,
        -1,
        0
      ), start != MAP_FAILED
    else { preconditionFailure("the system has no \(size) bytes of memory left") }
    guard isLarge else {
      (pointer, self.byteCount) = (start, size)
      return
    }
    // What lies before and behind the aligned part goes back at once.
    let before = (Self.largePage - Int(bitPattern: start) % Self.largePage) % Self.largePage
    if before > 0 { munmap(start, before) }
    if spare > before { munmap(start + before + size, spare - before) }
    (pointer, self.byteCount) = (start + before, size)
    _ = madvise(pointer, size, MADV_HUGEPAGE)
  }

  deinit { munmap(pointer, byteCount) }

  /// Keeps the pages of some bytes in memory until the block goes; false past the process's limit.
  static func lock(_ pointer: UnsafeMutableRawPointer, _ byteCount: Int) -> Bool {
    mlock(pointer, byteCount) == 0
  }
}
