#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Asks for large pages under memory that is about to be written for the first time.
///
/// A fault is for 2 MB then and not for 4 KB. A system that has none goes on without.
func preferHugePages(_ memory: UnsafeMutableRawPointer, byteCount: Int) {
  let page = 1 << 21
  guard byteCount >= 2 * page else { return }
  let start = (UInt(bitPattern: memory) + UInt(page - 1)) & ~UInt(page - 1)
  let end = (UInt(bitPattern: memory) + UInt(byteCount)) & ~UInt(page - 1)
  guard end > start, let first = UnsafeMutableRawPointer(bitPattern: start) else { return }
  _ = madvise(first, Int(end - start), MADV_HUGEPAGE)
}
