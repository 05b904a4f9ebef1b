/// One rank's part of each batch of all ranks.
///
/// A batch is cut into runs of rows, one a rank and as even as they go: rank r of R takes the rows
/// from ⌊r · n / R⌋ to ⌊(r + 1) · n / R⌋ of n. Nothing is padded and nothing dropped, so that all
/// ranks together see each row exactly once, and the rows of a step are the same for any number of
/// ranks. Where a batch has fewer rows than there are ranks, some get an empty part of it: every
/// rank takes the same number of steps.
///
/// With `shards`, a batch is first cut into that many runs, and a rank takes a run of whole shards:
/// a sum that is made shard by shard then has the same bits for any number of ranks.
public struct ShardedSampler: BatchSampling {
  /// The batches of all ranks.
  public let base: any BatchSampling
  /// The rank whose part this is, from 0.
  public let rank: Int
  /// The number of ranks.
  public let worldSize: Int
  /// The shards of a batch; nil where ranks cut it themselves.
  public let shards: Int?

  /// Takes a rank's part of batches.
  ///
  /// - Throws: `LoadingError` of kind `argument` where there is no such rank, or no shard.
  public init(
    _ base: any BatchSampling,
    rank: Int,
    of worldSize: Int,
    shards: Int? = nil
  ) throws(LoadingError) {
    try checkRank(rank, of: worldSize)
    if let shards, shards < 1 {
      throw LoadingError(.argument, "shards is \(shards); give 1 or more, or leave it out")
    }
    guard !(base is ShardedSampler) else {
      throw LoadingError(
        .argument,
        "the batches are a ShardedSampler's, one rank's part already; give those of all ranks"
      )
    }
    self.base = base
    self.rank = rank
    self.worldSize = worldSize
    self.shards = shards
  }

  /// The rows of a batch over all ranks.
  public var batchSize: Int { base.batchSize }
  /// The batches of an epoch, the same for each rank.
  public var batchCount: Int { base.batchCount }
  /// That of the whole batches: who takes which part is not part of the order.
  public var identity: String { base.identity }

  /// The rank's parts of an epoch; a negative epoch traps.
  public func order(epoch: Int) -> any BatchOrder {
    ShardedOrder(
      base: base.order(epoch: epoch),
      share: RankShare(rank: rank, worldSize: worldSize, shards: shards)
    )
  }
}

private struct ShardedOrder: PartialBatchOrder {
  let base: any BatchOrder
  let share: RankShare

  func part(ofBatch index: Int) -> BatchPart {
    if let sliced = base as? SlicedBatchOrder {
      let positions = sliced.positions(ofBatch: index)
      let run = share.run(outOf: positions.count)
      let start = positions.lowerBound
      return BatchPart(
        rows: sliced.rows.rows(at: (start + run.lowerBound)..<(start + run.upperBound)),
        offset: run.lowerBound,
        wholeCount: positions.count
      )
    }
    let rows = base.rows(ofBatch: index)
    let run = share.run(outOf: rows.count)
    return BatchPart(rows: Array(rows[run]), offset: run.lowerBound, wholeCount: rows.count)
  }
}

extension ShardedOrder: LocalBatchOrder {
  var locality: Locality { (base as? any LocalBatchOrder)?.locality ?? .scattered }
}

/// A rank's run of the rows of a batch.
struct RankShare: Sendable {
  let rank: Int
  let worldSize: Int
  let shards: Int?

  /// The rank's rows of a batch of `total` rows.
  func run(outOf total: Int) -> Range<Int> {
    let parts = shards ?? worldSize
    func border(_ rank: Int) -> Int { share(share(parts, rank, worldSize), total, parts) }
    return border(rank)..<border(rank + 1)
  }

  /// ⌊a · b / c⌋ for a result that fits.
  private func share(_ a: Int, _ b: Int, _ c: Int) -> Int {
    let (high, low) = a.multipliedFullWidth(by: b)
    return c.dividingFullWidth((high, low)).quotient
  }
}

/// Refuses ranks that do not exist.
func checkRank(_ rank: Int, of worldSize: Int) throws(LoadingError) {
  guard worldSize >= 1 else {
    throw LoadingError(.argument, "worldSize is \(worldSize); give 1 or more")
  }
  guard rank >= 0, rank < worldSize else {
    throw LoadingError(
      .argument,
      "rank is \(rank) and worldSize \(worldSize); ranks go from 0 to \(worldSize - 1)"
    )
  }
}
