internal import CTabularScan
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
/// copied from stays. The blocks of a new window are copied by all who wait for them.
final class BlockCache: @unchecked Sendable {
  /// The first row of each part in memory, which outlives the cache.
  private let parts: [UnsafeRawPointer]
  private let index: PartIndex
  private let width: Int
  private let limit: Int

  // Everything below belongs to the holder of `condition`, but for the bytes of the slots: those of
  // one that is being loaded are its loader's, the others are only read.
  private let condition = NSCondition()
  private var memory: PageBlock?
  private var table = BlockTable()
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
  var residentBytes: Int { condition.withLock { table.used * table.blockRows * width } }

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
    condition.lock()
    guard let memory = prepare(blockRows) else {
      condition.unlock()
      return false
    }
    // Out of the object while it is worked on: a local value is looked at without checks.
    var table = BlockTable()
    swap(&table, &self.table)
    let batch = table.locate(rows, addresses, in: memory, width: width, active: active)
    swap(&table, &self.table)
    guard let batch else {
      condition.unlock()
      return false
    }
    active.append(batch)
    load(to: memory, upTo: batch)
    condition.unlock()
    body()
    condition.withLock { active.removeAll { $0 == batch } }
    return true
  }

  /// Loads blocks until those that batches up to `batch` wait for are there; the lock is held before
  /// and after, not while a block is copied.
  private func load(to memory: UnsafeMutableRawPointer, upTo batch: UInt64) {
    while table.isLoading(upTo: batch) {
      guard let (block, slot) = table.takePending() else {
        condition.wait()
        continue
      }
      let target = memory + slot * table.blockRows * width
      let rows = table.rows(of: block, outOf: index.count)
      condition.unlock()
      copy(rows, to: target)
      condition.lock()
      table.loaded(slot)
      condition.broadcast()
    }
  }

  /// Gives the memory back unless a batch is being copied.
  func clear() {
    condition.withLock {
      if active.isEmpty, table.blockRows != 0 { (table, memory) = (BlockTable(), nil) }
    }
  }

  /// The memory for blocks of some rows; nil where there is not room for one of them, or while
  /// blocks of another size are in use.
  private func prepare(_ rows: Int) -> UnsafeMutableRawPointer? {
    if rows == table.blockRows, let memory { return memory.pointer }
    let (bytes, overflow) = rows.multipliedReportingOverflow(by: width)
    guard active.isEmpty, !overflow, bytes > 0, bytes <= limit else { return nil }
    // The old memory goes before the new one comes.
    (table, memory) = (BlockTable(), nil)
    let block = PageBlock(byteCount: limit / bytes * bytes)
    memory = block
    table = BlockTable(blockRows: rows, rowCount: index.count, slots: limit / bytes)
    return block.pointer
  }

  /// Copies a block, which may lie in several parts.
  private func copy(_ rows: Range<Int>, to slot: UnsafeMutableRawPointer) {
    var (row, target) = (rows.lowerBound, slot)
    while row < rows.upperBound {
      let part = index.part(of: row)
      let count = min(rows.upperBound, index.starts[part + 1]) - row
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
    tabular_copy_past_caches(source, bytes, target)
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
