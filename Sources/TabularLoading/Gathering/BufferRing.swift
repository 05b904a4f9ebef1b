internal import Foundation
internal import Logging
package import TabularTensor

/// Memory for batches that is used again and again: a buffer comes back when the last holder of its
/// batch lets go.
///
/// Buffers of one size lie in one block of pages, `slots` of them: as many as batches are on their
/// way. The one that came back last goes out first, so that a loop which lets go of each batch
/// before it takes the next works in the processor's cache; of several, one that went to the same
/// worker before, since to write what lies in another core's cache takes longer. Whoever holds more
/// batches than there are slots gets memory for the others that is not kept.
package final class BufferRing: @unchecked Sendable {
  private let slots: Int
  private let isLocked: Bool
  private let lockPages: @Sendable (UnsafeMutableRawPointer, Int) -> Bool
  private let warn: @Sendable (String) -> Void

  // Everything below belongs to the holder of `lock`.
  private let lock = NSLock()
  private var classes: [SizeClass] = []
  private var isPastLimit = false
  private var counts = Counts()

  /// What the ring has done so far.
  package struct Counts: Equatable, Sendable {
    /// The buffers that went out.
    package var taken = 0
    /// Those of them that were used before.
    package var reused = 0
    /// Those of them that had no slot.
    package var extra = 0
    /// The bytes in locked pages.
    package var lockedBytes = 0
  }

  /// Buffers of one size in one block.
  private struct SizeClass {
    let size: Int
    let block: PageBlock
    /// The free slots that were used before, the last one first.
    var free: [Int] = []
    /// The slots from here on were never used.
    var fresh: Int { makers.count }
    /// The worker that each slot went to last, nil for the caller.
    var makers: [Int?] = []

    /// Takes a free slot that the worker had; where it had none, any if all were used before.
    mutating func reuse(_ worker: Int?, of slots: Int) -> Int? {
      let own = free.lastIndex { makers[$0] == worker }
      guard let place = own ?? (fresh < slots ? nil : free.indices.last) else { return nil }
      let slot = free.remove(at: place)
      makers[slot] = worker
      return slot
    }
  }

  /// Makes an empty ring.
  ///
  /// - Parameters:
  ///   - slots: the buffers of each size that are kept.
  ///   - isLocked: whether their pages are locked; past the process's limit it warns once and goes
  ///     on without.
  ///   - lockPages: locks pages; false where it cannot.
  ///   - warn: where the warning goes; the log unless given.
  package init(
    slots: Int,
    isLocked: Bool = false,
    lockPages: (@Sendable (UnsafeMutableRawPointer, Int) -> Bool)? = nil,
    warn: (@Sendable (String) -> Void)? = nil
  ) {
    precondition(slots > 0, "a ring of \(slots) slots")
    self.slots = slots
    self.isLocked = isLocked
    self.lockPages = lockPages ?? { PageBlock.lock($0, $1) }
    self.warn = warn ?? { BufferRing.logger.warning("\($0)") }
  }

  private static let logger = Logger(label: "tabular.loading")

  /// What the ring has done so far.
  package var statistics: Counts { lock.withLock { counts } }

  /// A buffer of `byteCount` bytes at a multiple of 64, with anything in them; its taker, a worker or
  /// the caller, fills it before anyone else sees it.
  package func buffer(byteCount: Int, worker: Int? = nil) -> Buffer {
    precondition(byteCount >= 0, "a buffer of \(byteCount) bytes")
    let size = Self.size(for: byteCount)
    let (lease, refused) = lock.withLock { take(size, worker) }
    guard let lease else { return Buffer(uninitialized: byteCount) }
    if refused {
      warn(
        "pinMemory: the system locks no more than \(statistics.lockedBytes) bytes of pages for this "
          + "process; going on with pages that are not locked (ulimit -l, RLIMIT_MEMLOCK)"
      )
    }
    return Buffer(borrowing: lease.pointer, byteCount: byteCount, owner: lease)
  }

  /// Sizes with at most an eighth to spare, so that a ragged batch fits where others lay.
  static func size(for byteCount: Int) -> Int {
    guard byteCount > 512 else { return (max(byteCount, 1) + 63) & ~63 }
    let unit = 1 << (Int.bitWidth - (byteCount - 1).leadingZeroBitCount - 4)
    return (byteCount + unit - 1) & ~(unit - 1)
  }

  /// A slot or pages of their own (nil for memory of any kind), and whether locking them has failed
  /// for the first time.
  private func take(_ size: Int, _ worker: Int?) -> (Lease?, refused: Bool) {
    counts.taken += 1
    guard let index = classes.firstIndex(where: { $0.size == size }) ?? add(size) else {
      return extra(size)
    }
    let block = classes[index].block
    if let slot = classes[index].reuse(worker, of: slots) {
      counts.reused += 1
      return (Lease(self, index, slot, block, offset: slot * size), false)
    }
    let slot = classes[index].fresh
    guard slot < slots else { return extra(size) }
    classes[index].makers.append(worker)
    let lease = Lease(self, index, slot, block, offset: slot * size)
    return (lease, isLocked && isFirstRefusal(of: lease.pointer, size))
  }

  /// A new size; nil where there are many, as those of a user's own batches may be.
  private func add(_ size: Int) -> Int? {
    let (bytes, overflow) = size.multipliedReportingOverflow(by: slots)
    guard !overflow, classes.count < Self.mostSizes else { return nil }
    classes.append(SizeClass(size: size, block: PageBlock(byteCount: bytes)))
    return classes.count - 1
  }

  private static let mostSizes = 16

  /// Pages of their own where they are to be locked.
  private func extra(_ size: Int) -> (Lease?, refused: Bool) {
    counts.extra += 1
    guard isLocked else { return (nil, false) }
    let block = PageBlock(byteCount: size)
    return (Lease(block), isFirstRefusal(of: block.pointer, block.byteCount))
  }

  /// Locks pages; true where that is refused for the first time.
  private func isFirstRefusal(of pointer: UnsafeMutableRawPointer, _ byteCount: Int) -> Bool {
    guard !isPastLimit else { return false }
    isPastLimit = !lockPages(pointer, byteCount)
    if !isPastLimit { counts.lockedBytes += byteCount }
    return isPastLimit
  }

  fileprivate func giveBack(_ slot: Int, of sizeClass: Int) {
    lock.withLock { classes[sizeClass].free.append(slot) }
  }
}

/// A buffer's right to its memory, which ends with it.
private final class Lease {
  let pointer: UnsafeMutableRawPointer
  /// Keeps the memory, whether the ring still lives or not.
  private let block: PageBlock
  private let place: (ring: BufferRing, sizeClass: Int, slot: Int)?

  init(_ ring: BufferRing, _ sizeClass: Int, _ slot: Int, _ block: PageBlock, offset: Int) {
    pointer = block.pointer + offset
    self.block = block
    place = (ring, sizeClass, slot)
  }

  /// Pages of one's own.
  init(_ block: PageBlock) {
    pointer = block.pointer
    self.block = block
    place = nil
  }

  deinit {
    if let place { place.ring.giveBack(place.slot, of: place.sizeClass) }
  }
}
