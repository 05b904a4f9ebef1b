/// Which blocks of rows have a copy, and where: what a `BlockCache` knows under its lock.
struct BlockTable {
  /// The rows of a block; 0 for a table of nothing.
  let blockRows: Int
  /// The slots that were ever used.
  private(set) var used = 0
  private let division: BlockDivision
  /// The slot of each block; -1 where it has none.
  private var slots: [Int32]
  /// The block of each slot, when it was last used, and when it was asked for by whom it is being
  /// loaded; 0 where it is there.
  private var blocks: [Int]
  private var stamps: [UInt64]
  private var loading: [UInt64]
  /// The slots whose loading has not begun, in the order in which they were asked for.
  private var pending: [Int] = []
  private var clock: UInt64 = 0

  /// Knows nothing.
  init() { self.init(blockRows: 0, rowCount: 0, slots: 0) }

  init(blockRows: Int, rowCount: Int, slots count: Int) {
    self.blockRows = blockRows
    division = BlockDivision(by: max(blockRows, 1), below: rowCount)
    let blockCount = blockRows == 0 ? 0 : (rowCount + blockRows - 1) / blockRows
    slots = Array(repeating: -1, count: blockCount)
    blocks = Array(repeating: -1, count: count)
    stamps = Array(repeating: 0, count: count)
    loading = stamps
  }

  /// The rows of a block.
  func rows(of block: Int, outOf count: Int) -> Range<Int> {
    block * blockRows..<min((block + 1) * blockRows, count)
  }

  /// Finds all rows, in slots that have their block or are about to.
  ///
  /// - Returns: the number of the batch; nil where the blocks have no room beside those of `active`.
  mutating func locate(
    _ rows: [Int],
    _ addresses: UnsafeMutableBufferPointer<UnsafeRawPointer>,
    in memory: UnsafeMutableRawPointer,
    width: Int,
    active: [UInt64]
  ) -> UInt64? {
    clock += 1
    let (batch, oldest, first) = (clock, active.min() ?? clock, pending.count)
    var position = 0
    while true {
      position = locateKnown(rows, from: position, addresses, in: memory, width: width)
      guard position < rows.count else { return batch }
      let block = division.block(of: rows[position])
      guard let slot = room(before: oldest) else {
        // What this batch asked for is not there, and nobody loads it.
        for slot in pending[first...] { forget(slot) }
        pending.removeSubrange(first...)
        return nil
      }
      (slots[block], blocks[slot], loading[slot]) = (Int32(slot), block, batch)
      // Before the next one asks for room.
      stamps[slot] = batch
      pending.append(slot)
    }
  }

  /// Finds rows from one on, up to the first whose block has no slot.
  ///
  /// Invariant: the rows exist, so that each block has its place in `slots`, and what is there and not
  /// below 0 is a slot.
  ///
  /// - Returns: that row's place; the number of rows where there is none.
  private mutating func locateKnown(
    _ rows: [Int],
    from first: Int,
    _ addresses: UnsafeMutableBufferPointer<UnsafeRawPointer>,
    in memory: UnsafeMutableRawPointer,
    width: Int
  ) -> Int {
    let (slots, blockRows, division, batch) = (slots, blockRows, division, clock)
    return slots.withUnsafeBufferPointer { slots in
      stamps.withUnsafeMutableBufferPointer { stamps in
        rows.withUnsafeBufferPointer { rows in
          for position in first..<rows.count {
            let row = rows[position]
            let block = division.block(of: row)
            let slot = Int(slots[block])
            guard slot >= 0 else { return position }
            stamps[slot] = batch
            let place = slot &* blockRows &+ (row &- block &* blockRows)
            addresses.initializeElement(
              at: position,
              to: UnsafeRawPointer(memory + place &* width)
            )
          }
          return rows.count
        }
      }
    }
  }

  /// A slot that no batch from `oldest` on uses; nil where there is none.
  private mutating func room(before oldest: UInt64) -> Int? {
    if used < blocks.count {
      used += 1
      return used - 1
    }
    guard let slot = stamps.indices.min(by: { stamps[$0] < stamps[$1] }), stamps[slot] < oldest
    else { return nil }
    if blocks[slot] >= 0 { slots[blocks[slot]] = -1 }
    return slot
  }

  private mutating func forget(_ slot: Int) {
    slots[blocks[slot]] = -1
    (blocks[slot], stamps[slot], loading[slot]) = (-1, 0, 0)
  }

  /// Whether a batch up to `batch` waits for a block.
  func isLoading(upTo batch: UInt64) -> Bool { loading.contains { $0 != 0 && $0 <= batch } }

  /// The next block to load; nil where others load all that is missing.
  mutating func takePending() -> (block: Int, slot: Int)? {
    guard !pending.isEmpty else { return nil }
    let slot = pending.removeFirst()
    return (blocks[slot], slot)
  }

  /// The bytes of a slot are there.
  mutating func loaded(_ slot: Int) { loading[slot] = 0 }
}
