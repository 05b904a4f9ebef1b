/// The values of a column, gathered in any order, for exact quantiles.
///
/// As long as there are few different values, they are counted. Else they are kept as they come, 8
/// bytes each; now and then they are sorted, and kept as runs of equal values where that is smaller:
/// a large column with few different values stays small.
struct ValueBag: RankedValues, Sendable {
  /// The values so far; nil once there were too many different ones.
  private var counted: ValueCounts? = ValueCounts()
  /// Each of `blockLength` values at most, so that no room is doubled.
  private var blocks: [[Double]] = []
  private var pending = 0
  private var runs = SortedValues()
  /// How many values may wait until it is tried whether they are smaller as runs.
  private var limit = ValueBag.leastPending

  private static let leastPending = 1 << 17
  private static let blockLength = 1 << 15

  /// The number of values.
  var count: Int { pending + runs.count + (counted?.total ?? 0) }

  /// About how many bytes it takes.
  var byteCount: Int { 8 * pending + runs.byteCount + (counted?.byteCount ?? 0) }

  /// Takes values, none of them NaN or -0.
  mutating func add(_ values: UnsafeBufferPointer<Double>) {
    let known = changingCounts { $0.add(values) } ?? 0
    guard known < values.count else { return }
    stopCounting()
    keep(UnsafeBufferPointer(rebasing: values[known...]))
  }

  /// Changes the counts in place; nil where there are none.
  private mutating func changingCounts<Result>(_ change: (inout ValueCounts) -> Result) -> Result? {
    guard var counts = counted.take() else { return nil }
    defer { counted = counts }
    return change(&counts)
  }

  /// There are too many different values: those so far become runs, or wait where that is smaller.
  private mutating func stopCounting() {
    guard let counts = counted.take() else { return }
    if 8 * counts.total <= 16 * counts.distinct {
      keep(counts.values)
    } else {
      runs = runs.merging(SortedValues(weighted: counts.values))
    }
  }

  private mutating func keep(_ values: [(value: Double, times: Int)]) {
    var all: [Double] = []
    all.reserveCapacity(values.reduce(0) { $0 + $1.times })
    for (value, times) in values { all.append(contentsOf: repeatElement(value, count: times)) }
    all.withUnsafeBufferPointer { keep($0) }
  }

  private mutating func keep(_ values: UnsafeBufferPointer<Double>) {
    var first = 0
    while first < values.count {
      if blocks.last.map({ $0.count >= Self.blockLength }) ?? true {
        blocks.append([])
        // A small column takes little.
        if blocks.count > 1 { blocks[blocks.count - 1].reserveCapacity(Self.blockLength) }
      }
      let last = blocks.count - 1
      let piece = min(Self.blockLength - blocks[last].count, values.count - first)
      blocks[last].append(contentsOf: values[first..<first + piece])
      first += piece
    }
    pending += values.count
    if pending >= limit { compact() }
  }

  /// Takes a value many times.
  mutating func add(_ value: Double, times count: Int) {
    guard count > 0 else { return }
    if changingCounts({ $0.add(value, times: count) }) == true { return }
    stopCounting()
    runs = runs.merging(SortedValues(value, times: count))
  }

  mutating func merge(_ other: ValueBag) {
    if other.counted == nil { stopCounting() }
    if let counts = other.counted { merge(counts) }
    blocks += other.blocks
    pending += other.pending
    if other.runs.count > 0 { runs = runs.merging(other.runs) }
    if pending >= 2 * limit { compact() }
  }

  private mutating func merge(_ counts: ValueCounts) {
    let values = counts.values
    let taken = changingCounts { mine in values.prefix { mine.add($0.value, times: $0.times) }.count
    }
    let rest = values[(taken ?? 0)...]
    guard !rest.isEmpty else { return }
    stopCounting()
    // Runs are merged where they are no more than the values that this is for.
    if counts.total >= runs.runCount {
      runs = runs.merging(SortedValues(weighted: Array(rest)))
      return
    }
    keep(Array(rest))
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
    var bag = self
    bag.stopCounting()
    return bag.sortedRuns
  }

  private var sortedRuns: SortedValues {
    if pending == 0 { return runs }
    let fresh = SortedValues(blocks)
    return runs.count == 0 ? fresh : runs.merging(fresh)
  }
}

// Ranks without sorting.
extension ValueBag {
  /// The value at a position among all in ascending order, from 0: four passes over the values, each
  /// of which finds 16 bits of it, and no room but for their counts.
  subscript(rank: Int) -> Double {
    precondition(rank >= 0 && rank < count, "rank \(rank) of \(count)")
    if pending == 0 { return sorted[rank] }
    var rank = rank
    var prefix: UInt64 = 0
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 1 << 16) { counts in
      for shift in stride(from: UInt64(48), through: 0, by: -16) {
        counts.initialize(repeating: 0)
        countDigits(at: shift, behind: prefix, into: counts)
        var digit = 0
        while counts[digit] <= rank {
          rank -= counts[digit]
          digit += 1
        }
        prefix = prefix << 16 | UInt64(digit)
      }
    }
    return orderedValue(prefix)
  }

  /// Counts the digits, to the base 65,536, of the keys that begin with a prefix.
  private func countDigits(
    at shift: UInt64,
    behind prefix: UInt64,
    into counts: UnsafeMutableBufferPointer<Int>
  ) {
    // A shift by the width gives zero, as the first prefix is.
    for block in blocks {
      block.withUnsafeBufferPointer { values in
        for value in values {
          let key = orderedKey(value)
          if key >> (shift + 16) == prefix { counts[Int(key >> shift & 0xFFFF)] &+= 1 }
        }
      }
    }
    runs.forEach { value, times in
      let key = orderedKey(value)
      if key >> (shift + 16) == prefix { counts[Int(key >> shift & 0xFFFF)] &+= times }
    }
  }
}

extension ValueBag: SharedState {
  func put(into bytes: inout StateBytes) {
    var bag = self
    bag.stopCounting()
    bytes.put(bag.blocks.count)
    for block in bag.blocks { bytes.put(all: block) }
    bag.runs.put(into: &bytes)
  }

  mutating func take(from bytes: inout StateBytes) {
    counted = nil
    blocks = (0..<bytes.take(Int.self)).map { _ in bytes.takeAll() }
    pending = blocks.reduce(0) { $0 + $1.count }
    runs = SortedValues(from: &bytes)
    limit = max(Self.leastPending, pending, runs.runCount)
  }
}
