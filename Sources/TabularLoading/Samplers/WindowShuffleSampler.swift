internal import Foundation

/// A shuffle for data that does not fit into memory: blocks of rows in an order of their own for
/// each epoch, and rows shuffled within a window of some blocks.
///
/// While an epoch goes through a window, it reads the window's blocks only, each from first to last
/// row in neighbouring places. Both sizes are part of the order: a cursor keeps them, and memory
/// that is too small for a window is an error, not another order.
///
/// How good it is depends on the number of blocks in a window, more than on their size. Measured on
/// the worst case, 2^20 rows that are sorted by their target, in batches of 1,024: the variance of a
/// batch's mean target as a multiple of that of a full shuffle (16 epochs), and the log loss on other
/// rows of a logistic regression after one epoch of rows sorted by class (8 features, plain gradient
/// steps of 0.5, mean of 5 epochs' orders).
///
/// | blockSize | windowBlocks | rows in a window | variance | log loss |
/// |---|---|---|---|---|
/// | `RandomSampler` | | all | 1.0 | 0.4275 |
/// | 64 | 1,024 | 6 % | 2.0 | 0.4275 |
/// | 256 | 1,024 | 25 % | 1.8 | 0.4277 |
/// | 64 | 256 | 2 % | 5.0 | 0.4283 |
/// | 1,024 | 256 | 25 % | 4.0 | 0.4286 |
/// | 1,024 | 64 | 6 % | 15 | 0.4295 |
/// | 1,024 | 16 | 2 % | 68 | 0.4351 |
/// | `SequentialSampler` | | | 1,024 | 2.1750 |
///
/// The variance is close to 1 + batchSize / windowBlocks · (1 - part of the rows in a window). So:
/// blocks as small as reading allows, and as many in a window as fit into memory.
public struct WindowShuffleSampler: Sampler {
  /// The number of rows.
  public let count: Int
  /// The rows of a block; the last block of the data may have fewer.
  public let blockSize: Int
  /// The blocks of a window; the last window of an epoch may have fewer.
  public let windowBlocks: Int
  /// What the orders are drawn from, together with the epoch.
  public let seed: UInt64

  /// Shuffles `count` rows; a negative count traps.
  ///
  /// - Throws: `LoadingError` of kind `argument` for a block or a window of nothing.
  public init(
    count: Int,
    blockSize: Int,
    windowBlocks: Int,
    seed: UInt64 = 0
  ) throws(LoadingError) {
    precondition(count >= 0, "a sampler of \(count) rows")
    guard blockSize >= 1 else {
      throw LoadingError(.argument, "blockSize is \(blockSize); give 1 row or more")
    }
    guard windowBlocks >= 1 else {
      throw LoadingError(.argument, "windowBlocks is \(windowBlocks); give 1 block or more")
    }
    self.count = count
    self.blockSize = min(blockSize, max(count, 1))
    self.windowBlocks = min(windowBlocks, max(blockCount(count, self.blockSize), 1))
    self.seed = seed
  }

  /// The kind, the sizes and the seed.
  public var identity: String {
    "WindowShuffleSampler(count: \(count), blockSize: \(blockSize), windowBlocks: \(windowBlocks), "
      + "seed: \(seed))"
  }

  /// The most rows of a window: those that should be in memory at once.
  public var windowRows: Int {
    let (rows, overflow) = blockSize.multipliedReportingOverflow(by: windowBlocks)
    return overflow ? count : min(rows, count)
  }

  /// The order of an epoch; a negative epoch traps.
  public func order(epoch: Int) -> any RowOrder { windows(epoch: epoch) }

  /// The windows of an epoch; a negative epoch traps.
  package func windows(epoch: Int) -> WindowOrder { WindowOrder(self, epoch: epoch) }
}

/// The windows of an epoch: which rows each has, and in what order.
package struct WindowOrder: RowOrder {
  private let sampler: WindowShuffleSampler
  private let epoch: Int
  private let blocks: Permutation
  /// The rows that the last block of the data has fewer than the others.
  private let missing: Int
  /// The place of that block in the order of the blocks.
  private let shortPlace: Int
  private let layouts = WindowLayouts()
  /// For places in a window, which may lie behind its last row by those that are missing.
  private let division: BlockDivision

  init(_ sampler: WindowShuffleSampler, epoch: Int) {
    self.sampler = sampler
    self.epoch = epoch
    let blockCount = blockCount(sampler.count, sampler.blockSize)
    blocks = Permutation(
      count: blockCount,
      seed: EpochNumbers.seed(sampler.seed, for: .blocks),
      epoch: epoch
    )
    missing = blockCount * sampler.blockSize - sampler.count
    division = BlockDivision(by: sampler.blockSize, below: blockCount * sampler.blockSize)
    shortPlace = blockCount == 0 ? 0 : blocks.position(of: blockCount - 1)
  }

  /// The rows of a block, but for the last one of the data.
  var blockSize: Int { sampler.blockSize }

  /// The number of windows.
  package var count: Int { blockCount(blocks.count, sampler.windowBlocks) }

  /// The window that a position of the epoch lies in.
  package func window(of position: Int) -> Int {
    let guess = position / (sampler.blockSize * sampler.windowBlocks)
    // A short block makes what comes after it begin earlier, by less than a block.
    return position >= start(ofWindow: guess + 1) ? guess + 1 : guess
  }

  /// The positions of a window.
  package func positions(ofWindow window: Int) -> Range<Int> {
    start(ofWindow: window)..<start(ofWindow: window + 1)
  }

  /// The rows that a window holds, a range a block, in the order of the data.
  package func rows(ofWindow window: Int) -> [Range<Int>] {
    places(ofWindow: window).map { blocks[$0] }.sorted().map { block in
      let first = block * sampler.blockSize
      return first..<min(first + sampler.blockSize, sampler.count)
    }
  }

  package func rows(at positions: Range<Int>) -> [Int] {
    if positions.isEmpty { return [] }
    return Array(unsafeUninitializedCapacity: positions.count) { rows, count in
      while count < positions.count {
        let next = positions.lowerBound + count
        let window = window(of: next)
        let part = next..<min(positions.upperBound, start(ofWindow: window + 1))
        let end = count + part.count
        fill(UnsafeMutableBufferPointer(rebasing: rows[count..<end]), part, window: window)
        count = end
      }
    }
  }
}

extension WindowOrder {
  /// The places of a window's blocks in the order of the blocks.
  private func places(ofWindow window: Int) -> Range<Int> {
    let first = window * sampler.windowBlocks
    return first..<min(first + sampler.windowBlocks, blocks.count)
  }

  /// The position at which a window begins; the end of the epoch for one that is not there.
  private func start(ofWindow window: Int) -> Int {
    let place = min(window * sampler.windowBlocks, blocks.count)
    return place * sampler.blockSize - (place > shortPlace ? missing : 0)
  }

  /// Writes the rows of positions that lie in one window.
  private func fill(
    _ rows: UnsafeMutableBufferPointer<Int>,
    _ positions: Range<Int>,
    window: Int
  ) {
    let layout = layouts.layout(of: window) { makeLayout(of: window) }
    layout.order.fill(rows, from: positions.lowerBound - layout.start)
    let (blockSize, gap, division) = (sampler.blockSize, layout.gap, division)
    layout.starts.withUnsafeBufferPointer { starts in
      for slot in rows.indices {
        let place = rows[slot] < gap ? rows[slot] : rows[slot] + missing
        let block = division.block(of: place)
        rows[slot] = starts[block] + (place - block * blockSize)
      }
    }
  }

  private func makeLayout(of window: Int) -> WindowLayout {
    let start = start(ofWindow: window)
    let places = places(ofWindow: window)
    return WindowLayout(
      window: window,
      start: start,
      order: Permutation(
        count: self.start(ofWindow: window + 1) - start,
        seed: EpochNumbers.seed(sampler.seed, for: .windows, window),
        epoch: epoch
      ).tabulated(),
      starts: places.map { blocks[$0] * sampler.blockSize },
      // Behind the last row of the short block, places are counted as if it were a whole one.
      gap: places.contains(shortPlace) && missing > 0
        ? (shortPlace - places.lowerBound + 1) * sampler.blockSize - missing : Int.max
    )
  }
}

/// What the batches of one window have in common.
private struct WindowLayout {
  let window: Int
  /// The position at which the window begins.
  let start: Int
  /// The order of its places.
  let order: Permutation
  /// The first row of each of its blocks.
  let starts: [Int]
  /// The place from which the rows that the short block has not are counted too.
  let gap: Int
}

/// The layouts of the last windows: reckoned once, and not for each batch.
///
/// All state is touched under `lock` alone, which is what makes this `Sendable`; a `Mutex` is one that
/// ThreadSanitizer does not know.
private final class WindowLayouts: @unchecked Sendable {
  /// Workers are in neighbouring windows.
  private static let kept = 2
  private let lock = NSLock()
  private var layouts: [WindowLayout] = []

  func layout(of window: Int, _ make: () -> WindowLayout) -> WindowLayout {
    lock.withLock {
      if let layout = layouts.first(where: { $0.window == window }) { return layout }
      let layout = make()
      layouts.insert(layout, at: 0)
      if layouts.count > Self.kept { layouts.removeLast() }
      return layout
    }
  }
}

private func blockCount(_ count: Int, _ size: Int) -> Int {
  let (full, rest) = count.quotientAndRemainder(dividingBy: size)
  return rest == 0 ? full : full + 1
}
