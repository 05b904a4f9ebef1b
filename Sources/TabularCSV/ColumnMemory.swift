#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Memory of a fixed capacity, aligned to 64 bytes, that is written in place and handed on
/// without a copy.
///
/// A large capacity is address space: a page costs memory once something is written to it, so that
/// a column can be reserved for the most rows that a file may have.
///
/// Invariant: `pointer` is valid for `capacity` bytes for the life of the object. While a table is
/// read, threads write disjoint ranges (or use atomic operations); afterwards nobody writes, which
/// makes it `Sendable`.
package final class ColumnMemory: @unchecked Sendable {
  package let pointer: UnsafeMutableRawPointer
  /// The bytes in use.
  package private(set) var count: Int
  private var capacity: Int
  private let isMapped: Bool

  static let alignment = 64
  /// From this size on memory is mapped, not allocated.
  private static let mappedSize = 1 << 20
  private static let hugePage = 2 << 20

  /// Reserves `capacity` bytes, of which about `expected` will be written; zeros, if wanted.
  ///
  /// - Throws: `CSVError` of kind `memory` when there is no such address space.
  init(capacity: Int, expected: Int = 0, isZeroed: Bool = false) throws(CSVError) {
    count = 0
    let page = 4096
    self.capacity = (max(capacity, 1) + page - 1) & ~(page - 1)
    guard capacity >= Self.mappedSize else {
      self.capacity = max(capacity + Self.alignment, Self.alignment)
      isMapped = false
      pointer = .allocate(byteCount: self.capacity, alignment: Self.alignment)
      if isZeroed {
        pointer.initializeMemory(as: UInt8.self, repeating: 0, count: self.capacity)
      }
      return
    }
    isMapped = true
    // Room to begin at a huge page.
    let wanted = self.capacity + (expected >= Self.hugePage ? Self.hugePage : 0)
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    guard let mapped = mmap(nil, wanted, PROT_READ | PROT_WRITE, flags, -1, 0),
      mapped != MAP_FAILED
    else {
      throw CSVError(
        .memory,
        file: "memory",
        expected: "\(wanted >> 20) MB of address space for a column",
        found: "none (is it limited by ulimit -v?)"
      )
    }
    if wanted > self.capacity {
      let start = Int(bitPattern: mapped)
      let skipped = (start + Self.hugePage - 1) & ~(Self.hugePage - 1) - start
      if skipped > 0 { munmap(mapped, skipped) }
      let left = wanted - skipped - self.capacity
      pointer = mapped + skipped
      if left > 0 { munmap(pointer + self.capacity, left) }
      // Fewer page faults; only where most of each page will be used.
      _ = madvise(pointer, expected & ~(Self.hugePage - 1), MADV_HUGEPAGE)
    } else {
      pointer = mapped
    }
  }

  deinit {
    if isMapped { munmap(pointer, capacity) } else { pointer.deallocate() }
  }

  /// The bytes that may be written.
  var room: Int { capacity }

  /// Keeps the first `count` bytes, and gives back whole pages behind them.
  func use(_ count: Int) {
    precondition(count <= capacity, "\(count) bytes of \(capacity) are in use")
    self.count = count
    guard isMapped else { return }
    let page = 4096
    let kept = max((count + page - 1) & ~(page - 1), page)
    if kept < capacity {
      munmap(pointer + kept, capacity - kept)
      capacity = kept
    }
  }
}
