#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Address space from the kernel.
struct Mapping: @unchecked Sendable {
  var start: UnsafeMutableRawPointer
  var size: Int

  private static let page = 4096
  private static let hugePage = 2 << 20

  /// Maps zeros, of which about `expected` bytes will be written; nil where there is no room.
  init?(size: Int, expected: Int) {
    self.size = (size + Self.page - 1) & ~(Self.page - 1)
    // A page fault less for each 4 KB; only where most of each huge page will be used.
    let huge = min((expected + Self.hugePage / 4) & ~(Self.hugePage - 1), self.size)
    let wanted = self.size + (huge > 0 ? Self.hugePage : 0)
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    guard let mapped = mmap(nil, wanted, PROT_READ | PROT_WRITE, flags, -1, 0),
      mapped != MAP_FAILED
    else { return nil }
    start = mapped
    guard huge > 0 else { return }
    let address = Int(bitPattern: mapped)
    let skipped = (address + Self.hugePage - 1) & ~(Self.hugePage - 1) - address
    start = mapped + skipped
    if skipped > 0 { munmap(mapped, skipped) }
    let left = wanted - skipped - self.size
    if left > 0 { munmap(start + self.size, left) }
    _ = madvise(start, huge, MADV_HUGEPAGE)
  }

  func unmap() { munmap(start, size) }
}

/// Column memory that is free, kept for the next table: its pages need not be zeroed again.
///
/// At most a sixteenth of the machine's memory, and at most 1 GB, is kept.
final class MappingPool: Sendable {
  static let shared = MappingPool()

  /// The written bytes that are kept at most.
  private static let limit = min(
    1 << 30,
    sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) / 16
  )

  private struct State {
    /// With the bytes that were written.
    var free: [(mapping: Mapping, used: Int)] = []
    var used = 0
  }
  private let state = Locked(State())

  /// A mapping of at least `size` bytes, or nil where there is no address space.
  func take(_ size: Int, expected: Int, isZeroed: Bool) -> Mapping? {
    guard !isZeroed else { return Mapping(size: size, expected: expected) }
    let found = state.withLock { state -> Mapping? in
      // The one with the most pages among those that are large enough, and not far too large.
      let fitting = state.free.indices.filter {
        state.free[$0].mapping.size >= size && state.free[$0].used <= expected + expected / 2
      }
      guard let index = fitting.max(by: { state.free[$0].used < state.free[$1].used }) else {
        return nil
      }
      state.used -= state.free[index].used
      return state.free.remove(at: index).mapping
    }
    return found ?? Mapping(size: size, expected: expected)
  }

  /// Gives all that is kept back to the system.
  func clear() {
    let free = state.withLock { state in
      defer { state = State() }
      return state.free
    }
    for (mapping, _) in free { mapping.unmap() }
  }

  /// Takes a mapping back, of which `used` bytes were written.
  func give(_ mapping: Mapping, used: Int) {
    let isKept = state.withLock { state in
      guard used >= ColumnMemory.mappedSize, state.used + used <= Self.limit, state.free.count < 256
      else {
        return false
      }
      state.free.append((mapping, used))
      state.used += used
      return true
    }
    if !isKept { mapping.unmap() }
  }
}

/// Gives the memory of columns that were let go back to the system; it is kept for the next table
/// otherwise.
package func releaseColumnMemory() { MappingPool.shared.clear() }

/// Gives all memory that is free back to the system, where the C library does so on request.
package func releaseFreeMemory() {
  releaseColumnMemory()
  // No header that Swift imports declares it, and other libraries do not have it.
  guard let found = dlsym(nil, "malloc_trim") else { return }
  _ = unsafeBitCast(found, to: (@convention(c) (Int) -> Int32).self)(0)
}
