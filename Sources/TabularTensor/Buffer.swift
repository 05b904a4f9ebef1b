/// A block of memory aligned to 64 bytes, as Arrow recommends and vector loads like it.
///
/// A buffer either owns its memory or borrows it from an `owner` that it keeps alive. It is
/// written only by its creator, before it is shared, or through a uniquely referenced holder; from
/// then on it is immutable, which is what makes it `Sendable`. Borrowed memory may be a mapped file
/// or another library's, so that a holder copies it before it writes.
package final class Buffer: @unchecked Sendable {
  package static let alignment = 64

  /// The first byte; an empty buffer has an address too.
  package let pointer: UnsafeMutableRawPointer
  package let byteCount: Int
  private let owner: AnyObject?
  /// Takes the memory back.
  private let pool: BufferPool?

  /// Allocates `byteCount` bytes of zeros.
  package init(zeroed byteCount: Int) {
    precondition(byteCount >= 0, "a buffer of \(byteCount) bytes")
    (pointer, pool) = Self.allocate(byteCount)
    pointer.initializeMemory(as: UInt8.self, repeating: 0, count: max(byteCount, 1))
    self.byteCount = byteCount
    owner = nil
  }

  /// Allocates `byteCount` bytes that the caller fills before anyone reads them.
  package init(uninitialized byteCount: Int) {
    precondition(byteCount >= 0, "a buffer of \(byteCount) bytes")
    (pointer, pool) = Self.allocate(byteCount)
    self.byteCount = byteCount
    owner = nil
  }

  /// Memory of large pages where it is many: rows that are read here and there need one entry of
  /// the processor's page table for 2 MiB then, not 512.
  private static func allocate(_ byteCount: Int) -> (UnsafeMutableRawPointer, BufferPool?) {
    guard byteCount >= BufferPool.largePage else {
      return (.allocate(byteCount: max(byteCount, 1), alignment: alignment), nil)
    }
    if let pool = BufferPool.current { return (pool.take(byteCount), pool) }
    return (BufferPool.allocate(byteCount), nil)
  }

  /// Borrows memory that stays valid as long as `owner` lives.
  package init(borrowing pointer: UnsafeMutableRawPointer, byteCount: Int, owner: AnyObject) {
    self.pointer = pointer
    self.byteCount = byteCount
    self.owner = owner
    pool = nil
  }

  /// Whether the memory is somebody else's, not to be written.
  package var isBorrowed: Bool { owner != nil }

  deinit {
    guard owner == nil else { return }
    if let pool { pool.give(pointer, byteCount) } else { pointer.deallocate() }
  }

  /// A copy that owns its memory.
  package func copy() -> Buffer {
    let copy = Buffer(uninitialized: byteCount)
    copy.pointer.copyMemory(from: pointer, byteCount: byteCount)
    return copy
  }

  /// The bytes.
  package var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: pointer, count: byteCount)
  }
}
