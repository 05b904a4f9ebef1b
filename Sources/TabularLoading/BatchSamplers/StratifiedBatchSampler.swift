/// Batches each of which has the classes in the proportions of the whole data.
///
/// A full batch has, of each class, the same number of rows as any other full batch or one more, and
/// the last batch, where it has fewer rows, its share of each class up to less than one row. Every row
/// comes once an epoch. Which batches a row is in, and where in them, is drawn anew for each epoch.
public struct StratifiedBatchSampler: BatchSampling {
  /// The number of rows, as many as labels.
  public let count: Int
  /// The rows of a batch; the last one of an epoch may have fewer.
  public let batchSize: Int
  /// Whether a last batch of fewer rows is left out.
  public let dropLast: Bool
  /// What the batches are drawn from, together with the epoch.
  public let seed: UInt64
  private let strata: Strata
  private let fingerprint: String

  /// Spreads rows by their labels, one a row.
  ///
  /// - Throws: `LoadingError` of kind `argument` where `batchSize` is below 1.
  public init<Label: Hashable>(
    labels: some Collection<Label>,
    batchSize: Int,
    dropLast: Bool = false,
    seed: UInt64 = 0
  ) throws(LoadingError) {
    try checkBatchSize(batchSize)
    var classes: [Label: Int] = [:]
    var rows: [[Int]] = []
    var hash = Fingerprint()
    for (row, label) in labels.enumerated() {
      let index = classes[label] ?? rows.count
      if index == rows.count {
        classes[label] = index
        rows.append([])
      }
      rows[index].append(row)
      hash.combine(index)
    }
    count = labels.count
    self.batchSize = batchSize
    self.dropLast = dropLast
    self.seed = seed
    strata = Strata(rows: rows, batchSize: batchSize)
    fingerprint = hash.text
  }

  /// The batches of an epoch.
  public var batchCount: Int {
    strata.fullCount + (dropLast || strata.lastCounts.allSatisfy { $0 == 0 } ? 0 : 1)
  }

  /// The kind, the sizes, a hash of the labels, and the seed.
  public var identity: String {
    "StratifiedBatchSampler(count: \(count), labels: \(fingerprint), batchSize: \(batchSize), "
      + "dropLast: \(dropLast), seed: \(seed))"
  }

  /// The batches of an epoch; a negative epoch traps.
  public func order(epoch: Int) -> any BatchOrder {
    StratifiedOrder(strata: strata, seed: seed, epoch: epoch)
  }
}

/// How many rows of each class a batch has.
///
/// The last batch takes its share of each class by largest remainder. What is left of a class goes to
/// the full batches in equal parts, and the rest one a batch: the rests of all classes are laid round
/// the batches one behind the other, so that each full batch gets the same number of them.
private struct Strata: Sendable {
  /// The rows of each class, in the order of the data.
  let rows: [[Int]]
  /// The number of full batches.
  let fullCount: Int
  /// The rows of each class in the last batch; 0 where all batches are full.
  let lastCounts: [Int]
  /// The rows of each class in every full batch.
  private let shares: [Int]
  /// The full batches that have one more, and the first of them.
  private let extras: [(count: Int, first: Int)]

  init(rows: [[Int]], batchSize: Int) {
    self.rows = rows
    let total = rows.reduce(0) { $0 + $1.count }
    let (full, last) = total.quotientAndRemainder(dividingBy: batchSize)
    fullCount = full
    lastCounts = Self.divided(last, by: rows.map(\.count), of: total)
    let left = zip(rows, lastCounts).map { $0.count - $1 }
    shares = left.map { full == 0 ? 0 : $0 / full }
    var first = 0
    extras = left.map { count in
      guard full > 0 else { return (0, 0) }
      defer { first = (first + count % full) % full }
      return (count % full, first)
    }
  }

  /// The rows of a class in a full batch.
  func count(_ index: Int, inBatch batch: Int) -> Int {
    let (count, first) = extras[index]
    return shares[index] + ((batch + fullCount - first) % fullCount < count ? 1 : 0)
  }

  /// The rows of a class in the full batches before one.
  func count(_ index: Int, beforeBatch batch: Int) -> Int {
    let (count, first) = extras[index]
    // The extras cover first ..< first + count, which may go round the end.
    let covered = max(0, min(batch, first + count) - first)
    let around = max(0, min(batch, first + count - fullCount))
    return shares[index] * batch + covered + around
  }

  /// `share` divided like `counts`, by largest remainder.
  private static func divided(_ share: Int, by counts: [Int], of total: Int) -> [Int] {
    guard share > 0 else { return counts.map { _ in 0 } }
    let parts = counts.map { count in
      let (high, low) = count.multipliedFullWidth(by: share)
      return total.dividingFullWidth((high, low))
    }
    var result = parts.map(\.quotient)
    let order = parts.indices.sorted {
      (parts[$0].remainder, $1) > (parts[$1].remainder, $0)
    }
    for index in order.prefix(share - result.reduce(0, +)) { result[index] += 1 }
    return result
  }
}

private struct StratifiedOrder: BatchOrder {
  private let strata: Strata
  private let classes: [Permutation]
  private let batches: Permutation
  private let seed: UInt64
  private let epoch: Int

  init(strata: Strata, seed: UInt64, epoch: Int) {
    self.strata = strata
    self.seed = seed
    self.epoch = epoch
    classes = strata.rows.enumerated().map { index, rows in
      let seed = EpochNumbers.seed(seed, for: .classes, index)
      return Permutation(count: rows.count, seed: seed, epoch: epoch).tabulated()
    }
    batches = Permutation(count: strata.fullCount, seed: seed, epoch: epoch)
  }

  func rows(ofBatch index: Int) -> [Int] {
    var rows: [Int] = []
    for (kind, order) in classes.enumerated() {
      let start: Int
      let count: Int
      if index < strata.fullCount {
        let batch = batches[index]
        start = strata.count(kind, beforeBatch: batch)
        count = strata.count(kind, inBatch: batch)
      } else {
        start = strata.count(kind, beforeBatch: strata.fullCount)
        count = strata.lastCounts[kind]
      }
      let all = strata.rows[kind]
      rows += order.rows(at: start..<start + count).map { all[$0] }
    }
    let seed = EpochNumbers.seed(seed, for: .batches, index)
    return Permutation(count: rows.count, seed: seed, epoch: epoch)
      .rows(at: 0..<rows.count).map { rows[$0] }
  }
}
