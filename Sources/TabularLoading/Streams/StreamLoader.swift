/// Serves the elements of a stream in batches, in the order of the stream.
///
/// It is `DataLoader` for an `IterableDataset`: there is no count, so there is none of batches either,
/// and nothing can be shuffled or sampled. The rest is the same: workers, back-pressure, batches that
/// do not depend on the number of workers or ranks (see `StreamDivision`), errors at their place, a
/// cursor and statistics.
///
/// ```swift
/// let loader = try StreamLoader(lines, batchSize: 64, workers: 2)
/// for try await batch in loader.epoch(0) { print(batch.features.shape, batch.rowIDs) }
/// try loader.forEachBatch(epoch: 1) { batch in print(batch.count) }
/// ```
///
/// The row id of an element is its position in the stream. Where the dataset divides itself, it is
/// the worker, as the file, and the position in that worker's stream.
///
/// A cursor goes on where it stands by passing over the elements before: as long as `skip` takes for
/// them, in each worker.
///
/// A worker that waits in a stream's `next` is not interrupted: its thread ends when that returns, and
/// `forEachBatch` waits for it, unless there was a timeout.
public struct StreamLoader<Features: Sendable, Target: Sendable>: Sendable {
  /// The elements of a batch over all ranks; the last one of an epoch may have fewer.
  public var batchSize: Int { options.batchSize }
  /// Whether a last batch of fewer elements is left out: of each worker, where the dataset divides
  /// itself.
  public var dropLast: Bool { options.dropLast }
  /// What streams draw random numbers from.
  public var seed: UInt64 { options.seed }
  /// The threads that make batches; 0 where the caller does.
  public var workers: Int { options.workers }
  /// The batches that each worker may be ahead of the caller; 0 without workers.
  public var prefetchFactor: Int { workers == 0 ? 0 : options.prefetchFactor ?? 2 }
  /// Whether the workers stay from one epoch to the next.
  public var persistentWorkers: Bool { options.persistentWorkers }
  /// How long a caller waits for a batch; nil for as long as it takes.
  public var timeout: Duration? { options.timeout }

  let source: StreamSource<Features, Target>
  let options: LoaderOptions
  let state = LoaderState()

  init(source: StreamSource<Features, Target>, _ options: LoaderOptions) throws(LoadingError) {
    try options.check()
    self.source = source
    self.options = options
    try checkDivision()
    try options.resuming?.check(self)
  }

  /// Refuses what needs batches that do not depend on the number of workers.
  private func checkDivision() throws(LoadingError) {
    guard source.division == .byDataset else { return }
    if options.worldSize > 1 || options.shards != nil {
      throw LoadingError(
        .argument,
        "worldSize or shards with a dataset that divides itself among workers; let the loader divide "
          + "it, or give each rank a dataset of its part"
      )
    }
    if options.resuming != nil {
      throw LoadingError(
        .argument,
        "a cursor for a dataset that divides itself among workers, whose batches depend on their "
          + "number; let the loader divide it, or begin an epoch"
      )
    }
  }
}

// Iteration.
extension StreamLoader {
  /// The batches of an epoch, as an asynchronous sequence; a negative epoch traps.
  ///
  /// Each iterator has workers of its own. They stop when it is dropped or its task is cancelled.
  public func epoch(_ epoch: Int) -> Epoch {
    Epoch(plan: StreamPlan(loader: self, epoch: epoch))
  }

  /// Gives `body` the batches of an epoch, one after the other, on the caller's thread.
  ///
  /// With workers the thread waits for them, so a task should iterate `epoch(_:)` instead. No
  /// worker runs any more when this returns or throws. A negative epoch traps.
  ///
  /// - Throws: `LoadingError` at the place of a batch that could not be made; what `body` throws,
  ///   as it is.
  public func forEachBatch(epoch: Int, _ body: (Batch<Features, Target>) throws -> Void) throws {
    let run = StreamRun(plan: StreamPlan(loader: self, epoch: epoch))
    defer { run.finish() }
    while let batch = try run.next().get() { try body(batch) }
  }
}

// What it has done so far.
extension StreamLoader {
  /// How far the loader has come: the cursor of the batch that was delivered last.
  ///
  /// Before the first batch, where the loader begins.
  public var cursor: LoaderCursor { state.cursor ?? options.resuming ?? start(ofEpoch: 0) }

  /// The epoch to begin with: that of the cursor, or 0.
  ///
  /// Where the cursor is that of the last batch, nothing is left of its epoch.
  public var firstEpoch: Int { options.resuming?.epoch ?? 0 }

  /// What this loader and its copies have delivered since it was made, or since the last reset.
  public var statistics: LoaderStatistics { state.meter.statistics }

  /// Begins to count anew.
  public func resetStatistics() { state.meter.reset() }

  /// Names this loader's gauges, and those of its copies, as `DataLoader.nameMetrics(_:)` does.
  public func nameMetrics(_ name: String) { state.meter.gauges.name(name) }

  /// What was delivered of an epoch before it begins: nothing, unless it is the one that goes on.
  func start(ofEpoch epoch: Int) -> LoaderCursor {
    if let cursor = options.resuming, cursor.epoch == epoch { return cursor }
    return LoaderCursor(
      epoch: epoch,
      batches: 0,
      ahead: [],
      rows: 0,
      seed: seed,
      orderVersion: Permutation.orderVersion,
      rowCount: LoaderCursor.unknownCount,
      fingerprint: source.fingerprint,
      batchSize: batchSize,
      order: order
    )
  }

  /// What tells these batches from others.
  var order: String {
    let divided = source.division == .byDataset ? ", \(workers) parts" : ""
    return "Stream(batchSize: \(batchSize), dropLast: \(dropLast)\(divided))"
  }
}
