internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Large memory that is used again: for work that makes one block after the other, each of which would
/// be mapped, cleared by the kernel and given back.
///
/// ```swift
/// BufferPool.$current.withValue(BufferPool()) { ... }  // tensors made in here take turns
/// ```
///
/// A buffer gives its memory back from any thread. The pool ends with the last of its buffers, and what
/// lies in it is freed then.
package final class BufferPool: Sendable {
  /// The pool that buffers of this task, or of this thread, take their memory from.
  @TaskLocal package static var current: BufferPool?

  private let free = Mutex<[Block]>([])

  /// Memory that nobody uses.
  ///
  /// Invariant: it is in the list of one pool alone.
  private struct Block: @unchecked Sendable {
    var pointer: UnsafeMutableRawPointer
    var byteCount: Int
  }

  static let largePage = 1 << 21
  /// One that is written, one that is read, and one between them.
  private static let most = 3

  /// A pool without memory.
  package init() {}

  deinit { free.withLock { for block in $0 { block.pointer.deallocate() } } }

  /// Memory in large pages.
  static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let pointer = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: largePage)
    // A system that has none goes on without.
    _ = madvise(pointer, byteCount & ~(largePage - 1), MADV_HUGEPAGE)
    return pointer
  }

  /// The bytes that a block of a pool has: blocks of nearly the same size are one size.
  private static func capacity(_ byteCount: Int) -> Int {
    (byteCount + largePage - 1) & ~(largePage - 1)
  }

  /// Memory for so many bytes, with whatever is in it.
  func take(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let capacity = Self.capacity(byteCount)
    let block = free.withLock { free in
      free.firstIndex { $0.byteCount == capacity }.map { free.remove(at: $0) }
    }
    return block?.pointer ?? Self.allocate(capacity)
  }

  /// Takes memory back that it gave for so many bytes.
  func give(_ pointer: UnsafeMutableRawPointer, _ byteCount: Int) {
    let block = Block(pointer: pointer, byteCount: Self.capacity(byteCount))
    let surplus = free.withLock { free -> Block? in
      free.append(block)
      return free.count > Self.most ? free.removeFirst() : nil
    }
    surplus?.pointer.deallocate()
  }
}
