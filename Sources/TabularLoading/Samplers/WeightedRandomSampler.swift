/// Rows that are drawn as often as their weights say.
///
/// With replacement each draw takes constant time, whatever the number of rows, and any draw can be
/// made by itself. Without replacement an epoch's draws are made when it begins.
public struct WeightedRandomSampler: Sampler {
  /// The number of rows, as many as weights.
  public let rowCount: Int
  /// The draws of an epoch.
  public let count: Int
  /// Whether a row may be drawn again.
  public let replacement: Bool
  /// What is drawn from, together with the epoch.
  public let seed: UInt64
  private let table: Table
  private let fingerprint: String

  private enum Table: Sendable {
    case alias(AliasTable)
    case tree(WeightTree)
  }

  /// Draws rows by weights, which need not sum to 1.
  ///
  /// - Parameters:
  ///   - weights: one a row, 0 for a row that is never drawn.
  ///   - sampleCount: the draws of an epoch.
  ///   - replacement: whether a row may be drawn again.
  ///   - seed: what is drawn from.
  /// - Throws: `LoadingError` of kind `argument` for a weight that is negative or not finite, for
  ///   weights that are all 0, and for more draws without replacement than rows of a weight.
  public init(
    weights: [Double],
    sampleCount: Int,
    replacement: Bool = true,
    seed: UInt64 = 0
  ) throws(LoadingError) {
    try checkSampleCount(sampleCount)
    var hash = Fingerprint()
    for (row, weight) in weights.enumerated() {
      guard weight >= 0, weight.isFinite else {
        throw LoadingError(.argument, "weight \(weight) of row \(row); give 0 or more, and finite")
      }
      hash.combine(weight.bitPattern)
    }
    let drawable = weights.count { $0 > 0 }
    guard drawable > 0 else {
      throw LoadingError(
        .argument,
        weights.isEmpty
          ? "there are no weights; give one a row" : "all weights are 0; give one above"
      )
    }
    guard replacement || sampleCount <= drawable else {
      throw LoadingError(
        .argument,
        "sampleCount is \(sampleCount) without replacement, and \(drawable) rows have a weight "
          + "above 0; give \(drawable) or fewer, or replacement: true"
      )
    }
    rowCount = weights.count
    count = sampleCount
    self.replacement = replacement
    self.seed = seed
    table = replacement ? .alias(AliasTable(weights)) : .tree(WeightTree(weights))
    fingerprint = hash.text
  }

  /// The kind, the sizes, a hash of the weights, and the seed.
  public var identity: String {
    "WeightedRandomSampler(count: \(rowCount), weights: \(fingerprint), sampleCount: \(count), "
      + "replacement: \(replacement), seed: \(seed))"
  }

  /// The draws of an epoch; a negative epoch traps.
  public func order(epoch: Int) -> any RowOrder {
    let numbers = EpochNumbers(seed: seed, epoch: epoch, purpose: .weights)
    switch table {
    case .alias(let table): return AliasOrder(table: table, numbers: numbers)
    case .tree(let tree): return RowList(tree.draws(count, numbers))
    }
  }
}

private struct AliasOrder: RowOrder {
  let table: AliasTable
  let numbers: EpochNumbers

  func rows(at positions: Range<Int>) -> [Int] {
    positions.map {
      table.row(column: numbers.bits(at: 2 * $0), unit: numbers.unit(at: 2 * $0 + 1))
    }
  }
}

/// Draws from a distribution in constant time.
///
/// Each of n columns holds a row and, above a threshold, another one: a draw is a column and a
/// height. Only basic arithmetic is used, so that the table is the same on every platform.
///
/// Source: M. D. Vose, "A linear algorithm for generating random numbers with a given
/// distribution", IEEE Transactions on Software Engineering 17, 1991.
struct AliasTable: Sendable {
  private struct Slot {
    var threshold: Double
    var other: Int
  }

  private let slots: [Slot]

  /// Makes the table of weights, at least one of which is above 0.
  init(_ weights: [Double]) {
    // Divided by the largest, so that no sum overflows; then scaled to a mean of 1.
    let largest = weights.max() ?? 1
    let sum = weights.reduce(0) { $0 + $1 / largest }
    var heights = weights.map { $0 / largest / sum * Double(weights.count) }
    var slots = weights.indices.map { Slot(threshold: 1, other: $0) }
    var low = weights.indices.filter { heights[$0] < 1 }
    var high = weights.indices.filter { heights[$0] >= 1 }
    while let short = low.last, let tall = high.last {
      low.removeLast()
      slots[short] = Slot(threshold: heights[short], other: tall)
      heights[tall] -= 1 - heights[short]
      if heights[tall] < 1 {
        high.removeLast()
        low.append(tall)
      }
    }
    // What rounding left over is full but for a hair. A row without weight must not come so.
    let heaviest = weights.indices.max { weights[$0] < weights[$1] } ?? 0
    for short in low where weights[short] == 0 {
      slots[short] = Slot(threshold: 0, other: heaviest)
    }
    self.slots = slots
  }

  /// The row of a draw: 64 random bits for the column, and a height in [0, 1).
  func row(column bits: UInt64, unit: Double) -> Int {
    let column = Int(bits.multipliedFullWidth(by: UInt64(slots.count)).high)
    let slot = slots[column]
    return unit < slot.threshold ? column : slot.other
  }
}

/// Draws rows by weight, each at most once.
///
/// The weights are whole numbers, so that taking one out leaves no rounding behind: the largest is
/// scaled to 2^31, or less where there are many rows, and a weight above 0 is 1 at least. Sums of
/// their runs (a Fenwick tree) find the row of a draw, and take it out, in logarithmic time.
///
/// Source: P. M. Fenwick, "A new data structure for cumulative frequency tables", Software: Practice
/// and Experience 24, 1994.
struct WeightTree: Sendable {
  private let sums: [Int]
  private let weights: [Int]
  private let total: Int

  init(_ weights: [Double]) {
    let largest = weights.max() ?? 1
    let scale = Double(min(1 << 31, Int.max / 2 / max(weights.count, 1)))
    let whole = weights.map { $0 == 0 ? 0 : max(1, Int(($0 / largest * scale).rounded())) }
    var sums = [0] + whole
    for node in 1..<sums.count {
      let parent = node + node & -node
      if parent < sums.count { sums[parent] += sums[node] }
    }
    self.sums = sums
    self.weights = whole
    total = whole.reduce(0, +)
  }

  /// The rows of some draws.
  func draws(_ count: Int, _ numbers: EpochNumbers) -> [Int] {
    var sums = sums
    var total = total
    var highest = 1
    while highest * 2 < sums.count { highest *= 2 }
    return (0..<count).map { draw in
      var rest = numbers.below(total, at: draw)
      var node = 0
      var step = highest
      while step > 0 {
        if node + step < sums.count, sums[node + step] <= rest {
          node += step
          rest -= sums[node]
        }
        step /= 2
      }
      let row = node
      total -= weights[row]
      node += 1
      while node < sums.count {
        sums[node] -= weights[row]
        node += node & -node
      }
      return row
    }
  }
}
