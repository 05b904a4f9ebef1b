/// The values of a column, gathered in any order, for exact quantiles.
///
/// Values are kept as they come, 8 bytes each; now and then they are sorted, and kept as runs of
/// equal values where that is smaller: a large column with few different values stays small.
struct ValueBag: Sendable {
  private var blocks: [[Double]] = []
  private var pending = 0
  private var runs = SortedValues()
  /// How many values may wait until it is tried whether they are smaller as runs.
  private var limit = ValueBag.leastPending

  private static let leastPending = 1 << 17

  var isEmpty: Bool { pending == 0 && runs.count == 0 }

  /// About how many bytes it takes.
  var byteCount: Int { 8 * pending + runs.byteCount }

  /// Takes values, none of them NaN or -0.
  mutating func add(_ values: UnsafeBufferPointer<Double>) {
    if blocks.isEmpty { blocks.append([]) }
    blocks[blocks.count - 1].append(contentsOf: values)
    pending += values.count
    if pending >= limit { compact() }
  }

  /// Takes a value many times.
  mutating func add(_ value: Double, times count: Int) {
    guard count > 0 else { return }
    runs = runs.merging(SortedValues(value, times: count))
  }

  mutating func merge(_ other: ValueBag) {
    blocks += other.blocks
    pending += other.pending
    if other.runs.count > 0 { runs = runs.merging(other.runs) }
    if pending >= 2 * limit { compact() }
  }

  private mutating func compact() {
    let merged = runs.merging(SortedValues(blocks))
    guard merged.byteCount - runs.byteCount <= 8 * pending else {
      // Tried again when there are twice as many, so that sorting stays a part of the work.
      limit = 2 * pending
      return
    }
    runs = merged
    blocks = []
    pending = 0
    limit = max(Self.leastPending, runs.runCount)
  }

  /// All values in ascending order.
  var sorted: SortedValues {
    let fresh = SortedValues(blocks)
    return runs.count == 0 ? fresh : runs.merging(fresh)
  }
}
