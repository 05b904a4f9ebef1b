/// No batch size: each element is delivered as it is, see `DataLoader.init(_:batchSize:)` with `nil`.
public struct NoBatching: ExpressibleByNilLiteral, Sendable {
  /// What `nil` means.
  @inlinable
  public init(nilLiteral: ()) {}
}

// PyTorch's `batch_size=None`. It has the arguments of the other loaders but for those that speak of
// batches: dropLast, which PyTorch refuses, batchSampler, and ranks, of which all but one would get
// nothing of each element.

extension DataLoader {
  /// Creates a loader that delivers the samples of a dataset one by one, as they are:
  /// `DataLoader(dataset, batchSize: nil)`.
  ///
  /// For a dataset whose elements are batches already. `batch.count` is 1 each time, and the row id
  /// that of the element.
  ///
  /// - Throws: `LoadingError` of kind `argument` or `cursor`, saying what to change.
  @inlinable
  public init<D: Dataset>(
    _ dataset: D,
    batchSize: NoBatching,
    shuffle: Bool = false,
    seed: UInt64 = 0,
    sampler: (any Sampler)? = nil,
    workers: Int = 0,
    timeout: Duration? = nil,
    workerInit: (@Sendable (WorkerInfo) throws -> Void)? = nil,
    prefetchFactor: Int? = nil,
    persistentWorkers: Bool = false,
    inOrder: Bool = true,
    resuming cursor: LoaderCursor? = nil
  ) throws(LoadingError) where D.Element == Sample<Features, Target> {
    try self.init(
      dataset,
      batchSize: batchSize,
      shuffle: shuffle,
      seed: seed,
      sampler: sampler,
      workers: workers,
      timeout: timeout,
      workerInit: workerInit,
      prefetchFactor: prefetchFactor,
      persistentWorkers: persistentWorkers,
      inOrder: inOrder,
      resuming: cursor,
      convert: { ($0.features, $0.target) }
    )
  }

  /// Creates a loader that delivers the pairs of a dataset one by one, as they are.
  ///
  /// - Throws: `LoadingError` of kind `argument` or `cursor`, saying what to change.
  @inlinable
  public init<D: Dataset>(
    _ dataset: D,
    batchSize: NoBatching,
    shuffle: Bool = false,
    seed: UInt64 = 0,
    sampler: (any Sampler)? = nil,
    workers: Int = 0,
    timeout: Duration? = nil,
    workerInit: (@Sendable (WorkerInfo) throws -> Void)? = nil,
    prefetchFactor: Int? = nil,
    persistentWorkers: Bool = false,
    inOrder: Bool = true,
    resuming cursor: LoaderCursor? = nil
  ) throws(LoadingError) where D.Element == (Features, Target) {
    try self.init(
      dataset,
      batchSize: batchSize,
      shuffle: shuffle,
      seed: seed,
      sampler: sampler,
      workers: workers,
      timeout: timeout,
      workerInit: workerInit,
      prefetchFactor: prefetchFactor,
      persistentWorkers: persistentWorkers,
      inOrder: inOrder,
      resuming: cursor,
      convert: { ($0.0, $0.1) }
    )
  }

  /// Creates a loader that delivers the elements of a dataset one by one, each as `convert` makes it.
  ///
  /// The closure runs on several threads at once where there are workers.
  ///
  /// - Throws: `LoadingError` of kind `argument` or `cursor`, saying what to change.
  @inlinable
  public init<D: Dataset>(
    _ dataset: D,
    batchSize: NoBatching,
    shuffle: Bool = false,
    seed: UInt64 = 0,
    sampler: (any Sampler)? = nil,
    workers: Int = 0,
    timeout: Duration? = nil,
    workerInit: (@Sendable (WorkerInfo) throws -> Void)? = nil,
    prefetchFactor: Int? = nil,
    persistentWorkers: Bool = false,
    inOrder: Bool = true,
    resuming cursor: LoaderCursor? = nil,
    convert: @escaping @Sendable (D.Element) throws -> (features: Features, target: Target)
  ) throws(LoadingError) {
    try self.init(
      dataset,
      batchSize: 1,
      shuffle: shuffle,
      seed: seed,
      sampler: sampler,
      workers: workers,
      timeout: timeout,
      workerInit: workerInit,
      prefetchFactor: prefetchFactor,
      persistentWorkers: persistentWorkers,
      inOrder: inOrder,
      resuming: cursor,
      collate: { try convert($0[0]) }
    )
  }
}
