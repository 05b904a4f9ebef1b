internal import TabularPreprocessing
internal import TabularTensor

/// Serves the rows of a dataset in batches, epoch after epoch, in an order that depends on the
/// seed and the epoch alone.
///
/// A loader is an immutable configuration: it can be shared, and iterated by many at once. Workers
/// decide who makes a batch, never which rows are in it; and so do ranks, each of which takes its part
/// of every batch. Only what it has done so far is shared by its copies: the last cursor, and workers
/// that stay.
///
/// ```swift
/// let loader = try DataLoader(matrix, batchSize: 64, shuffle: true, seed: 7, workers: 2)
/// for try await batch in loader.epoch(0) { print(batch.features.shape, batch.rowIDs) }
/// try loader.forEachBatch(epoch: 1) { batch in print(batch.count) }
///
/// // Another day, in the middle of an epoch, on one of three processes:
/// let later = try DataLoader(
///   matrix, batchSize: 64, shuffle: true, seed: 7, rank: 0, worldSize: 3, resuming: loader.cursor)
/// ```
public struct DataLoader<Features: Sendable, Target: Sendable>: Sendable {
  /// The number of rows of the dataset.
  public var count: Int { source.count }
  /// The rows of a batch over all ranks; the last one of an epoch may have fewer.
  public var batchSize: Int { batchSampler.batchSize }
  /// The number of batches of an epoch, the same on each rank.
  public var batchCount: Int { batchSampler.batchCount }
  /// What each batch holds.
  public let batchSampler: any BatchSampling
  /// What the orders of the epochs are drawn from.
  public var seed: UInt64 { options.seed }
  /// The threads that make batches; 0 where the caller does.
  public var workers: Int { options.workers }
  /// The batches that each worker may be ahead of the caller; 0 without workers.
  public var prefetchFactor: Int { workers == 0 ? 0 : options.prefetchFactor ?? 2 }
  /// Whether the workers stay from one epoch to the next.
  public var persistentWorkers: Bool { options.persistentWorkers }
  /// Whether the tensors of a batch lie in locked pages.
  public var pinMemory: Bool { options.pinMemory }
  /// Whether batches come in their order, and not as they are ready.
  public var inOrder: Bool { options.inOrder }
  /// How long a caller waits for a batch; nil for as long as it takes.
  public var timeout: Duration? { options.timeout }

  let source: BatchSource<Features, Target>
  let options: LoaderOptions
  /// The memory of batches, for all epochs.
  let ring: BufferRing
  let state = LoaderState()

  init(source: BatchSource<Features, Target>, _ options: LoaderOptions) throws(LoadingError) {
    try options.check()
    batchSampler = try options.batches(count: source.count)
    self.source = source
    self.options = options
    ring = BufferRing(slots: options.batchesInFlight + 2, isLocked: options.pinMemory)
    try options.resuming?.check(self)
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
  @specialized(where Features == Tensor<Float>, Target == Labels<Float>?)
  @specialized(where Features == Tensor<Float>, Target == Tensor<Int64>)
  public func forEachBatch(epoch: Int, _ body: (Batch<Features, Target>) throws -> Void) throws {
    let run = EpochRun(plan: EpochPlan(loader: self, epoch: epoch))
    defer {
      run.finish()
      state.meter.report()
    }
    while let batch = try run.next().get() { try body(batch) }
  }
}
