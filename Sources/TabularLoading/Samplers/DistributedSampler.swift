/// One rank's rows of an epoch, as PyTorch's sampler of this name divides them.
///
/// Every rank gets the same number of rows: where the rows do not divide evenly, the first ones come
/// a second time, or the last ones are left out with `dropLast`. An evaluation so counts some rows
/// twice or not at all, and `batchSize` is a rank's. `ShardedSampler`, which a loader with a
/// `worldSize` uses, divides each batch instead and has neither problem.
///
/// The epoch is that of the loader: there is no `set_epoch` to forget.
public struct DistributedSampler: Sampler {
  /// The number of rows of the dataset.
  public let rowCount: Int
  /// The number of ranks.
  public let worldSize: Int
  /// The rank whose rows these are, from 0.
  public let rank: Int
  /// Whether each epoch has an order of its own.
  public let shuffle: Bool
  /// What the orders are drawn from; the same on each rank.
  public let seed: UInt64
  /// Whether the last rows are left out, instead of the first ones repeated.
  public let dropLast: Bool

  /// Divides `count` rows; a negative count traps.
  ///
  /// - Throws: `LoadingError` of kind `argument` where there is no such rank.
  public init(
    count: Int,
    worldSize: Int,
    rank: Int,
    shuffle: Bool = true,
    seed: UInt64 = 0,
    dropLast: Bool = false
  ) throws(LoadingError) {
    precondition(count >= 0, "a sampler of \(count) rows")
    try checkRank(rank, of: worldSize)
    rowCount = count
    self.worldSize = worldSize
    self.rank = rank
    self.shuffle = shuffle
    self.seed = seed
    self.dropLast = dropLast
  }

  /// The rank's rows of an epoch, as many as every other rank's.
  public var count: Int {
    let (full, rest) = rowCount.quotientAndRemainder(dividingBy: worldSize)
    return dropLast || rest == 0 ? full : full + 1
  }

  /// The kind, the sizes and the seed: all but the rank, since the ranks keep step.
  public var identity: String {
    "DistributedSampler(count: \(rowCount), worldSize: \(worldSize), shuffle: \(shuffle), "
      + "seed: \(seed), dropLast: \(dropLast))"
  }

  /// The rank's order of an epoch; a negative epoch traps.
  public func order(epoch: Int) -> any RowOrder {
    precondition(epoch >= 0, "epoch \(epoch): epochs count from 0")
    return StridedOrder(
      permutation: shuffle ? Permutation(count: rowCount, seed: seed, epoch: epoch) : nil,
      count: rowCount,
      start: rank,
      stride: worldSize
    )
  }
}

/// Every n-th row of an order, which begins anew at its end.
private struct StridedOrder: RowOrder {
  let permutation: Permutation?
  let count: Int
  let start: Int
  let stride: Int

  func rows(at positions: Range<Int>) -> [Int] {
    positions.map { position in
      let place = (start + position * stride) % count
      return permutation?[place] ?? place
    }
  }
}
