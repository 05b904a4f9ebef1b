// PyTorch's `batch_size=None`, as `DataLoader` has it.

extension StreamLoader {
  /// Creates a loader that delivers the samples of a stream one by one, as they are:
  /// `StreamLoader(dataset, batchSize: nil)`.
  ///
  /// For a stream whose elements are batches already. `batch.count` is 1 each time, and the row id
  /// that of the element.
  ///
  /// - Throws: `LoadingError` of kind `argument` or `cursor`, saying what to change.
  @inlinable
  public init<D: IterableDataset>(
    _ dataset: D,
    batchSize: NoBatching,
    seed: UInt64 = 0,
    workers: Int = 0,
    timeout: Duration? = nil,
    workerInit: (@Sendable (WorkerInfo) throws -> Void)? = nil,
    prefetchFactor: Int? = nil,
    persistentWorkers: Bool = false,
    resuming cursor: LoaderCursor? = nil
  ) throws(LoadingError) where D.Stream.Element == Sample<Features, Target> {
    try self.init(
      dataset,
      batchSize: batchSize,
      seed: seed,
      workers: workers,
      timeout: timeout,
      workerInit: workerInit,
      prefetchFactor: prefetchFactor,
      persistentWorkers: persistentWorkers,
      resuming: cursor,
      convert: { ($0.features, $0.target) }
    )
  }

  /// Creates a loader that delivers the pairs of a stream one by one, as they are.
  ///
  /// - Throws: `LoadingError` of kind `argument` or `cursor`, saying what to change.
  @inlinable
  public init<D: IterableDataset>(
    _ dataset: D,
    batchSize: NoBatching,
    seed: UInt64 = 0,
    workers: Int = 0,
    timeout: Duration? = nil,
    workerInit: (@Sendable (WorkerInfo) throws -> Void)? = nil,
    prefetchFactor: Int? = nil,
    persistentWorkers: Bool = false,
    resuming cursor: LoaderCursor? = nil
  ) throws(LoadingError) where D.Stream.Element == (Features, Target) {
    try self.init(
      dataset,
      batchSize: batchSize,
      seed: seed,
      workers: workers,
      timeout: timeout,
      workerInit: workerInit,
      prefetchFactor: prefetchFactor,
      persistentWorkers: persistentWorkers,
      resuming: cursor,
      convert: { ($0.0, $0.1) }
    )
  }

  /// Creates a loader that delivers the elements of a stream one by one, each as `convert` makes it.
  ///
  /// The closure runs on several threads at once where there are workers.
  ///
  /// - Throws: `LoadingError` of kind `argument` or `cursor`, saying what to change.
  @inlinable
  public init<D: IterableDataset>(
    _ dataset: D,
    batchSize: NoBatching,
    seed: UInt64 = 0,
    workers: Int = 0,
    timeout: Duration? = nil,
    workerInit: (@Sendable (WorkerInfo) throws -> Void)? = nil,
    prefetchFactor: Int? = nil,
    persistentWorkers: Bool = false,
    resuming cursor: LoaderCursor? = nil,
    convert: @escaping @Sendable (D.Stream.Element) throws -> (features: Features, target: Target)
  ) throws(LoadingError) {
    try self.init(
      dataset,
      batchSize: 1,
      seed: seed,
      workers: workers,
      timeout: timeout,
      workerInit: workerInit,
      prefetchFactor: prefetchFactor,
      persistentWorkers: persistentWorkers,
      resuming: cursor,
      collate: { try convert($0[0]) }
    )
  }
}
