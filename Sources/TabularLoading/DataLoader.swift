/// Serves the rows of a dataset in batches, epoch after epoch, in an order that depends on the
/// seed and the epoch alone.
///
/// A loader is an immutable configuration: it can be shared, and iterated by many at once. Workers
/// decide who makes a batch, never which rows are in it.
///
/// ```swift
/// let loader = try DataLoader(matrix, batchSize: 64, shuffle: true, seed: 7, workers: 2)
/// for try await batch in loader.epoch(0) { print(batch.features.shape, batch.rowIDs) }
/// try loader.forEachBatch(epoch: 1) { batch in print(batch.count) }
/// ```
public struct DataLoader<Features: Sendable, Target: Sendable>: Sendable {
  /// The number of rows of the dataset.
  public var count: Int { source.count }
  /// The rows of a batch; the last one of an epoch may have fewer.
  public let batchSize: Int
  /// Whether each epoch has an order of its own, or all have the dataset's.
  public let shuffle: Bool
  /// What the orders of the epochs are drawn from.
  public let seed: UInt64
  /// The threads that make batches; 0 where the caller does.
  public let workers: Int
  /// The batches that each worker may be ahead of the caller; 0 without workers.
  public let prefetch: Int
  /// Whether a last batch of fewer rows is left out.
  public let dropLast: Bool
  let source: BatchSource<Features, Target>

  /// The number of batches of an epoch.
  public var batchCount: Int {
    let (full, rest) = count.quotientAndRemainder(dividingBy: batchSize)
    return dropLast || rest == 0 ? full : full + 1
  }

  init(source: BatchSource<Features, Target>, _ options: LoaderOptions) throws(LoadingError) {
    try options.check()
    batchSize = options.batchSize
    shuffle = options.shuffle
    seed = options.seed
    workers = options.workers
    prefetch = options.workers == 0 ? 0 : options.prefetch ?? 2
    dropLast = options.dropLast
    self.source = source
  }
}

// Iteration.
extension DataLoader {
  /// The batches of an epoch, as an asynchronous sequence; a negative epoch traps.
  ///
  /// Each iterator has workers of its own. They stop when it is dropped or its task is cancelled.
  public func epoch(_ epoch: Int) -> Epoch {
    Epoch(plan: EpochPlan(loader: self, epoch: epoch))
  }

  /// Gives `body` the batches of an epoch, one after the other, on the caller's thread.
  ///
  /// With workers the thread waits for them, so a task should iterate `epoch(_:)` instead. No
  /// worker runs any more when this returns or throws. A negative epoch traps.
  ///
  /// - Throws: `LoadingError` at the place of a batch that could not be made; what `body` throws,
  ///   as it is.
  public func forEachBatch(epoch: Int, _ body: (Batch<Features, Target>) throws -> Void) throws {
    let plan = EpochPlan(loader: self, epoch: epoch)
    guard workers > 0 else {
      for index in 0..<batchCount { try body(plan.batch(index, worker: nil).get()) }
      return
    }
    let prefetcher = Prefetcher(plan: plan)
    prefetcher.start()
    defer {
      prefetcher.stop()
      prefetcher.join()
    }
    while let batch = try prefetcher.next().get() { try body(batch) }
  }
}

/// The arguments that all ways to create a loader share.
struct LoaderOptions {
  var batchSize = 1
  var shuffle = false
  var seed: UInt64 = 0
  var workers = 0
  var prefetch: Int?
  var dropLast = false

  /// Refuses what PyTorch's loader refuses.
  func check() throws(LoadingError) {
    guard batchSize >= 1 else {
      throw LoadingError(.argument, "batchSize is \(batchSize); give 1 or more")
    }
    guard workers >= 0 else {
      throw LoadingError(.argument, "workers is \(workers); give 1 or more, or 0 for none")
    }
    guard let prefetch else { return }
    guard workers > 0 else {
      throw LoadingError(
        .argument,
        "prefetch is \(prefetch) without workers; give workers 1 or more, or leave prefetch out"
      )
    }
    guard prefetch >= 1 else {
      throw LoadingError(.argument, "prefetch is \(prefetch); give 1 or more, or leave it out")
    }
  }
}
