#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// A regular file's bytes as memory, which the kernel reads when they are first looked at.
///
/// The memory is for reading alone: a write ends the process. So does reading (SIGBUS) where the
/// file was truncated meanwhile.
package final class MappedFile: @unchecked Sendable {
  /// The bytes, at a multiple of the page size; valid as long as this object lives.
  package let bytes: UnsafeRawBufferPointer

  /// Maps a file; nil where it is empty, no regular one, or its file system cannot do it.
  package init?(_ file: InputFile) {
    guard let size = file.size, size > 0,
      let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, file.descriptor, 0),
      start != MAP_FAILED
    else { return nil }
    bytes = UnsafeRawBufferPointer(start: start, count: size)
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
}
