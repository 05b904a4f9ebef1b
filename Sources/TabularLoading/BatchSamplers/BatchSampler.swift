/// Batches of the rows that a sampler visits, one behind the other.
public struct BatchSampler: BatchSampling {
  /// Where the rows come from.
  public let sampler: any Sampler
  /// The rows of a batch; the last one of an epoch may have fewer.
  public let batchSize: Int
  /// Whether a last batch of fewer rows is left out.
  public let dropLast: Bool
  /// The batches of an epoch.
  public let batchCount: Int

  /// Cuts the order of a sampler into batches.
  ///
  /// - Throws: `LoadingError` of kind `argument` where `batchSize` is below 1.
  public init(_ sampler: any Sampler, batchSize: Int, dropLast: Bool = false) throws(LoadingError) {
    try checkBatchSize(batchSize)
    self.sampler = sampler
    self.batchSize = batchSize
    self.dropLast = dropLast
    let (full, rest) = sampler.count.quotientAndRemainder(dividingBy: batchSize)
    batchCount = dropLast || rest == 0 ? full : full + 1
  }

  /// The kind, the sizes, and the sampler's identity.
  public var identity: String {
    "BatchSampler(\(sampler.identity), batchSize: \(batchSize), dropLast: \(dropLast))"
  }

  /// The batches of an epoch; a negative epoch traps.
  public func order(epoch: Int) -> any BatchOrder {
    SlicedBatchOrder(
      rows: sampler.order(epoch: epoch),
      count: sampler.count,
      batchSize: batchSize
    )
  }
}

/// Batches that are slices of an order.
struct SlicedBatchOrder: BatchOrder {
  let rows: any RowOrder
  let count: Int
  let batchSize: Int

  /// The positions of a batch.
  func positions(ofBatch index: Int) -> Range<Int> {
    let start = index * batchSize
    return start..<(start + min(batchSize, count - start))
  }

  func rows(ofBatch index: Int) -> [Int] { rows.rows(at: positions(ofBatch: index)) }
}

extension SlicedBatchOrder: LocalBatchOrder {
  var locality: Locality {
    if let windows = rows as? WindowOrder { return .windowed(blockRows: windows.blockSize) }
    return rows is SequentialOrder ? .consecutive : .scattered
  }
}

/// Refuses batches of nothing.
func checkBatchSize(_ batchSize: Int) throws(LoadingError) {
  guard batchSize >= 1 else {
    throw LoadingError(.argument, "batchSize is \(batchSize); give 1 or more")
  }
}
