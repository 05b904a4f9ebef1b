public import TabularTensor

// The arguments are those of `DataLoader` that a stream has a meaning for. PyTorch refuses shuffle,
// sampler and batchSampler for a stream; here there are none.

extension StreamLoader {
  /// Creates a loader of a stream of samples, whose parts know how to become a batch.
  ///
  /// - Throws: `LoadingError` of kind `argument` or `cursor`, saying what to change.
  @_disfavoredOverload
  @inlinable
  public init<D: IterableDataset, F: Collatable, T: Collatable>(
    _ dataset: D,
    batchSize: Int = 1,
    seed: UInt64 = 0,
    workers: Int = 0,
    dropLast: Bool = false,
    timeout: Duration? = nil,
    workerInit: (@Sendable (WorkerInfo) throws -> Void)? = nil,
    prefetchFactor: Int? = nil,
    persistentWorkers: Bool = false,
    rank: Int = 0,
    worldSize: Int = 1,
    shards: Int? = nil,
    resuming cursor: LoaderCursor? = nil
  ) throws(LoadingError)
  where D.Stream.Element == Sample<F, T>, Features == F.Collated, Target == T.Collated {
    try self.init(
      dataset,
      batchSize: batchSize,
      seed: seed,
      workers: workers,
      dropLast: dropLast,
      timeout: timeout,
      workerInit: workerInit,
      prefetchFactor: prefetchFactor,
      persistentWorkers: persistentWorkers,
      rank: rank,
      worldSize: worldSize,
      shards: shards,
      resuming: cursor,
      collate: { rows in
        let batch = try Sample.collated(rows)
        return (batch.features, batch.target)
      }
    )
  }

  /// Creates a loader of a stream of pairs, features and target, that know how to become a batch.
  ///
  /// - Throws: `LoadingError` of kind `argument` or `cursor`, saying what to change.
  @_disfavoredOverload
  @inlinable
  public init<D: IterableDataset, F: Collatable, T: Collatable>(
    _ dataset: D,
    batchSize: Int = 1,
    seed: UInt64 = 0,
    workers: Int = 0,
    dropLast: Bool = false,
    timeout: Duration? = nil,
    workerInit: (@Sendable (WorkerInfo) throws -> Void)? = nil,
    prefetchFactor: Int? = nil,
    persistentWorkers: Bool = false,
    rank: Int = 0,
    worldSize: Int = 1,
    shards: Int? = nil,
    resuming cursor: LoaderCursor? = nil
  ) throws(LoadingError)
  where D.Stream.Element == (F, T), Features == F.Collated, Target == T.Collated {
    try self.init(
      dataset,
      batchSize: batchSize,
      seed: seed,
      workers: workers,
      dropLast: dropLast,
      timeout: timeout,
      workerInit: workerInit,
      prefetchFactor: prefetchFactor,
      persistentWorkers: persistentWorkers,
      rank: rank,
      worldSize: worldSize,
      shards: shards,
      resuming: cursor,
      collate: { rows in
        (try F.collated(rows.map { $0.0 }), try T.collated(rows.map { $0.1 }))
      }
    )
  }

  /// Creates a loader of any stream, with a closure that makes a batch of elements.
  ///
  /// The closure runs on several threads at once where there are workers, and gets no elements at all
  /// where a rank's part of a batch is empty.
  ///
  /// - Throws: `LoadingError` of kind `argument` or `cursor`, saying what to change.
  public init<D: IterableDataset>(
    _ dataset: D,
    batchSize: Int = 1,
    seed: UInt64 = 0,
    workers: Int = 0,
    dropLast: Bool = false,
    timeout: Duration? = nil,
    workerInit: (@Sendable (WorkerInfo) throws -> Void)? = nil,
    prefetchFactor: Int? = nil,
    persistentWorkers: Bool = false,
    rank: Int = 0,
    worldSize: Int = 1,
    shards: Int? = nil,
    resuming cursor: LoaderCursor? = nil,
    collate:
      @escaping @Sendable ([D.Stream.Element]) throws -> (features: Features, target: Target)
  ) throws(LoadingError) {
    let options = LoaderOptions(
      batchSize: batchSize,
      seed: seed,
      workers: workers,
      dropLast: dropLast,
      timeout: timeout,
      workerInit: workerInit,
      prefetchFactor: prefetchFactor,
      persistentWorkers: persistentWorkers,
      rank: rank,
      worldSize: worldSize,
      shards: shards,
      resuming: cursor
    )
    try self.init(source: StreamSource(dataset, collate: collate), options)
  }
}

extension DataLoader where Features == Tensor<Float>, Target == Tensor<Float> {
  /// Says what to write for a stream.
  @available(
    *,
    unavailable,
    message: """
      a stream has no count: create a StreamLoader, which has no shuffle, sampler or batchSampler
      """
  )
  public init(
    _ dataset: some IterableDataset,
    batchSize: Int? = 1,
    shuffle: Bool = false,
    seed: UInt64 = 0,
    sampler: (any Sampler)? = nil,
    batchSampler: (any BatchSampling)? = nil,
    workers: Int = 0,
    pinMemory: Bool = false,
    dropLast: Bool = false,
    timeout: Duration? = nil,
    workerInit: (@Sendable (WorkerInfo) throws -> Void)? = nil,
    prefetchFactor: Int? = nil,
    persistentWorkers: Bool = false,
    inOrder: Bool = true,
    rank: Int = 0,
    worldSize: Int = 1,
    shards: Int? = nil,
    resuming cursor: LoaderCursor? = nil
  ) throws(LoadingError) {
    fatalError("not available")
  }
}
