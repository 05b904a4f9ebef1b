public import TabularPreprocessing
public import TabularTensor

// Every way to create a loader, for every kind of dataset. The arguments are the same, PyTorch's:
//
// - batchSize: the rows of a batch, over all devices and ranks; nil in `DataLoader+Elements.swift`.
// - shuffle: whether each epoch has its own order, drawn from `seed`.
// - seed: what orders are drawn from.
// - sampler: the order of the rows, instead of `shuffle`.
// - batchSampler: the rows of each batch, instead of `batchSize`, `shuffle`, `sampler`, `dropLast`.
// - workers: the threads that make batches; 0 makes them in the caller, who also copies what lies in
//   memory one behind the other, since reading it out of another core's cache takes as long. Where the
//   caller copies rows beside them, as of a matrix, no more threads start than there are processors
//   for.
// - pinMemory: whether the tensors of a batch lie in locked pages.
// - dropLast: whether a last batch of fewer rows is left out.
// - timeout: how long to wait for a batch before it is an error; nil for as long as it takes.
// - workerInit: what each worker does first, on its thread.
// - prefetchFactor: the batches that each worker may be ahead; 2 unless given.
// - persistentWorkers: whether the workers stay from one epoch to the next.
// - inOrder: whether batches come in their order; false takes them as they are ready.
// - rank, worldSize: which part of each batch is this process's, see `ShardedSampler`.
// - shards: the runs into which a batch is cut, of which a rank takes whole ones.
// - cursor: where to go on.

extension DataLoader {
  /// Creates a loader of a feature matrix: the usual case, and the fastest.
  ///
  /// - Throws: `LoadingError` of kind `argument` or `cursor`, saying what to change.
  @specialized(where Scalar == Float, Features == Tensor<Float>, Target == Labels<Float>?)
  public init<Scalar>(
    _ matrix: FeatureMatrix<Scalar>,
    batchSize: Int = 1,
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
  ) throws(LoadingError) where Features == Tensor<Scalar>, Target == Labels<Scalar>? {
    try self.init(
      MatrixDataset(matrix),
      batchSize: batchSize,
      shuffle: shuffle,
      seed: seed,
      sampler: sampler,
      batchSampler: batchSampler,
      workers: workers,
      pinMemory: pinMemory,
      dropLast: dropLast,
      timeout: timeout,
      workerInit: workerInit,
      prefetchFactor: prefetchFactor,
      persistentWorkers: persistentWorkers,
      inOrder: inOrder,
      rank: rank,
      worldSize: worldSize,
      shards: shards,
      resuming: cursor
    )
  }

  /// Creates a loader of a dataset that serves whole batches.
  ///
  /// - Throws: `LoadingError` of kind `argument` or `cursor`, saying what to change.
  public init<D: BatchDataset>(
    _ dataset: D,
    batchSize: Int = 1,
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
  ) throws(LoadingError) where Features == D.Features, Target == D.Target {
    let options = LoaderOptions(
      batchSize: batchSize,
      shuffle: shuffle,
      seed: seed,
      sampler: sampler,
      batchSampler: batchSampler,
      workers: workers,
      pinMemory: pinMemory,
      dropLast: dropLast,
      timeout: timeout,
      workerInit: workerInit,
      prefetchFactor: prefetchFactor,
      persistentWorkers: persistentWorkers,
      inOrder: inOrder,
      rank: rank,
      worldSize: worldSize,
      shards: shards,
      resuming: cursor
    )
    try self.init(source: BatchSource(dataset, fetch: dataset.batch(_:in:)), options)
  }

  /// Creates a loader of a dataset of samples, whose parts know how to become a batch.
  ///
  /// - Throws: `LoadingError` of kind `argument` or `cursor`, saying what to change.
  @_disfavoredOverload
  @inlinable
  public init<D: Dataset, F: Collatable, T: Collatable>(
    _ dataset: D,
    batchSize: Int = 1,
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
  ) throws(LoadingError)
  where D.Element == Sample<F, T>, Features == F.Collated, Target == T.Collated {
    try self.init(
      dataset,
      batchSize: batchSize,
      shuffle: shuffle,
      seed: seed,
      sampler: sampler,
      batchSampler: batchSampler,
      workers: workers,
      pinMemory: pinMemory,
      dropLast: dropLast,
      timeout: timeout,
      workerInit: workerInit,
      prefetchFactor: prefetchFactor,
      persistentWorkers: persistentWorkers,
      inOrder: inOrder,
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

  /// Creates a loader of a dataset of pairs, features and target, that know how to become a batch.
  ///
  /// - Throws: `LoadingError` of kind `argument` or `cursor`, saying what to change.
  @_disfavoredOverload
  @inlinable
  public init<D: Dataset, F: Collatable, T: Collatable>(
    _ dataset: D,
    batchSize: Int = 1,
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
  ) throws(LoadingError)
  where D.Element == (F, T), Features == F.Collated, Target == T.Collated {
    try self.init(
      dataset,
      batchSize: batchSize,
      shuffle: shuffle,
      seed: seed,
      sampler: sampler,
      batchSampler: batchSampler,
      workers: workers,
      pinMemory: pinMemory,
      dropLast: dropLast,
      timeout: timeout,
      workerInit: workerInit,
      prefetchFactor: prefetchFactor,
      persistentWorkers: persistentWorkers,
      inOrder: inOrder,
      rank: rank,
      worldSize: worldSize,
      shards: shards,
      resuming: cursor,
      collate: { rows in
        (try F.collated(rows.map { $0.0 }), try T.collated(rows.map { $0.1 }))
      }
    )
  }

  /// Creates a loader of any dataset, with a closure that makes a batch of rows.
  ///
  /// The closure runs on several threads at once where there are workers, and gets no rows at all
  /// where a rank's part of a batch is empty.
  ///
  /// - Throws: `LoadingError` of kind `argument` or `cursor`, saying what to change.
  public init<D: Dataset>(
    _ dataset: D,
    batchSize: Int = 1,
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
    resuming cursor: LoaderCursor? = nil,
    collate: @escaping @Sendable ([D.Element]) throws -> (features: Features, target: Target)
  ) throws(LoadingError) {
    let options = LoaderOptions(
      batchSize: batchSize,
      shuffle: shuffle,
      seed: seed,
      sampler: sampler,
      batchSampler: batchSampler,
      workers: workers,
      pinMemory: pinMemory,
      dropLast: dropLast,
      timeout: timeout,
      workerInit: workerInit,
      prefetchFactor: prefetchFactor,
      persistentWorkers: persistentWorkers,
      inOrder: inOrder,
      rank: rank,
      worldSize: worldSize,
      shards: shards,
      resuming: cursor
    )
    let source = BatchSource<Features, Target>(dataset) { indices, context in
      try collate(dataset.elements(at: indices, in: context))
    }
    try self.init(source: source, options)
  }
}
