internal import Foundation

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Copies of blocks of mapped rows, for batches that keep to a window of some blocks for a while.
///
/// A mapping would hold more than is looked at: the system maps all that it has in one piece of
/// memory, up to 2 MiB, for one row. So a block is copied once, its pages are let go at once, and
/// rows are taken from the copy. What was used longest ago makes room; what a batch is still being
/// copied from stays.
final class BlockCache: @unchecked Sendable {
  /// The first row of each part in memory, which outlives the cache.
  private let parts: [UnsafeRawPointer]
  private let index: PartIndex
  private let width: Int
  private let limit: Int

  // Everything below belongs to the holder of `lock`.
  private let lock = NSLock()
  /// The rows of a block; 0 before the first use.
  private var blockRows = 0
  private var memory: PageBlock?
  private var slotCount = 0
  /// The slot of each block; -1 where it has none.
  private var slots: [Int32] = []
  /// The block of each slot that was ever used, and when that was last.
  private var blocks: [Int] = []
  private var stamps: [UInt64] = []
  private var clock: UInt64 = 0
  /// The batches that are being copied.
  private var active: [UInt64] = []

  private static let largestFolio = 1 << 21

  /// Takes no memory until it is used.
  ///
  /// - Parameters:
  ///   - parts: the first row of each part.
  ///   - index: the rows of the parts.
  ///   - width: the bytes of a row.
  ///   - limit: the bytes of all copies.
  init(_ parts: [UnsafeRawPointer], _ index: PartIndex, width: Int, limit: Int) {
    (self.parts, self.index, self.width, self.limit) = (parts, index, width, limit)
  }

  /// The bytes of the copies.
  var residentBytes: Int { lock.withLock { blocks.count * blockRows * width } }

  /// Gives `body` the addresses of rows in copies, which stay while it runs.
  ///
  /// - Parameters:
  ///   - rows: positions that exist.
  ///   - blockRows: the rows of a block.
  ///   - addresses: room for as many as rows.
  ///   - body: what copies the rows.
  /// - Returns: false, and `body` not called, where the blocks have no room.
  func withRows(
    _ rows: [Int],
    blockRows: Int,
    _ addresses: UnsafeMutableBufferPointer<UnsafeRawPointer>,
    _ body: () -> Void
  ) -> Bool {
    let batch = lock.withLock {
      prepare(blockRows).flatMap { locate(rows, addresses, in: $0) }
    }
    guard let batch else { return false }
    body()
    lock.withLock { active.removeAll { $0 == batch } }
    return true
  }

  /// Gives the memory back unless a batch is being copied.
  func clear() {
    lock.withLock {
      if active.isEmpty { reset(blockRows: 0) }
    }
  }

  private func reset(blockRows: Int) {
    guard self.blockRows != blockRows else { return }
    (self.blockRows, memory, slotCount) = (blockRows, nil, 0)
    (slots, blocks, stamps) = ([], [], [])
  }

  /// The memory for blocks of some rows; nil where there is not room for one of them, or while
  /// blocks of another size are in use.
  private func prepare(_ rows: Int) -> UnsafeMutableRawPointer? {
    if rows == blockRows, let memory { return memory.pointer }
    let (bytes, overflow) = rows.multipliedReportingOverflow(by: width)
    guard active.isEmpty, !overflow, bytes > 0, bytes <= limit else { return nil }
    reset(blockRows: rows)
    slotCount = limit / bytes
    slots = Array(repeating: -1, count: (index.count + rows - 1) / rows)
    let block = PageBlock(byteCount: slotCount * bytes)
    memory = block
    return block.pointer
  }

  /// Finds all rows, and copies the blocks that are not there.
  private func locate(
    _ rows: [Int],
    _ addresses: UnsafeMutableBufferPointer<UnsafeRawPointer>,
    in memory: UnsafeMutableRawPointer
  ) -> UInt64? {
    clock += 1
    let oldest = active.min() ?? clock
    for (position, row) in rows.enumerated() {
      let (block, offset) = row.quotientAndRemainder(dividingBy: blockRows)
      var slot = Int(slots[block])
      if slot < 0 {
        guard let free = room(before: oldest) else { return nil }
        copy(block, to: memory + free * blockRows * width)
        slots[block] = Int32(free)
        blocks[free] = block
        slot = free
      }
      stamps[slot] = clock
      let address = memory + (slot * blockRows + offset) * width
      addresses.initializeElement(at: position, to: UnsafeRawPointer(address))
    }
    active.append(clock)
    return clock
  }

  /// A slot that no batch from `oldest` on uses; nil where there is none.
  private func room(before oldest: UInt64) -> Int? {
    if blocks.count < slotCount {
      blocks.append(-1)
      stamps.append(0)
      return blocks.count - 1
    }
    guard let slot = stamps.indices.min(by: { stamps[$0] < stamps[$1] }), stamps[slot] < oldest
    else { return nil }
    slots[blocks[slot]] = -1
    return slot
  }

  /// Copies a block, which may lie in several parts.
  private func copy(_ block: Int, to slot: UnsafeMutableRawPointer) {
    let end = min((block + 1) * blockRows, index.count)
    var (row, target) = (block * blockRows, slot)
    while row < end {
      let part = index.part(of: row)
      let count = min(end, index.starts[part + 1]) - row
      copy(row - index.starts[part], count, of: part, to: target)
      row += count
      target += count * width
    }
  }

  /// Copies rows of a part, and lets the pages go that were mapped for them.
  private func copy(_ first: Int, _ count: Int, of part: Int, to target: UnsafeMutableRawPointer) {
    let source = parts[part] + first * width
    let bytes = count * width
    let all = (index.starts[part + 1] - index.starts[part]) * width
    // All of it is asked for before the first page is waited for.
    advise(part, first * width, first * width + bytes, MADV_WILLNEED)
    target.copyMemory(from: source, byteCount: bytes)
    let low = max(0, first * width - Self.largestFolio)
    let high = min(all, first * width + bytes + Self.largestFolio)
    advise(part, low, high, MADV_DONTNEED)
  }

  /// Tells the system about bytes of a part, and what else is in their first page.
  private func advise(_ part: Int, _ first: Int, _ end: Int, _ advice: Int32) {
    let start = UInt(bitPattern: parts[part] + first)
    let page = start - start % UInt(PageBlock.pageSize)
    guard let pointer = UnsafeMutableRawPointer(bitPattern: page), end > first else { return }
    _ = madvise(pointer, end - first + Int(start - page), Int32(advice))
  }
}
