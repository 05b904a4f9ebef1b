public import TabularPreprocessing
public import TabularTensor

// Every way to create a loader, for every kind of dataset. The arguments are the same:
//
// - batchSize: the rows of a batch, over all devices and ranks.
// - shuffle: whether each epoch has its own order, drawn from `seed`.
// - workers: the threads that make batches; 0 makes them in the caller.
// - prefetch: the batches that each worker may be ahead; 2 unless given.
// - dropLast: whether a last batch of fewer rows is left out.

extension DataLoader {
  /// Creates a loader of a feature matrix: the usual case, and the fastest.
  ///
  /// - Throws: `LoadingError` of kind `argument`, saying what to change.
  public init<Scalar>(
    _ matrix: FeatureMatrix<Scalar>,
    batchSize: Int = 1,
    shuffle: Bool = false,
    seed: UInt64 = 0,
    workers: Int = 0,
    prefetch: Int? = nil,
    dropLast: Bool = false
  ) throws(LoadingError) where Features == Tensor<Scalar>, Target == Labels<Scalar>? {
    try self.init(
      MatrixDataset(matrix),
      batchSize: batchSize,
      shuffle: shuffle,
      seed: seed,
      workers: workers,
      prefetch: prefetch,
      dropLast: dropLast
    )
  }

  /// Creates a loader of a dataset that serves whole batches.
  ///
  /// - Throws: `LoadingError` of kind `argument`, saying what to change.
  public init<D: BatchDataset>(
    _ dataset: D,
    batchSize: Int = 1,
    shuffle: Bool = false,
    seed: UInt64 = 0,
    workers: Int = 0,
    prefetch: Int? = nil,
    dropLast: Bool = false
  ) throws(LoadingError) where Features == D.Features, Target == D.Target {
    let options = LoaderOptions(
      batchSize: batchSize,
      shuffle: shuffle,
      seed: seed,
      workers: workers,
      prefetch: prefetch,
      dropLast: dropLast
    )
    try self.init(source: BatchSource(dataset, fetch: dataset.batch), options)
  }

  /// Creates a loader of a dataset of samples, whose parts know how to become a batch.
  ///
  /// - Throws: `LoadingError` of kind `argument`, saying what to change.
  @_disfavoredOverload
  public init<D: Dataset, F: Collatable, T: Collatable>(
    _ dataset: D,
    batchSize: Int = 1,
    shuffle: Bool = false,
    seed: UInt64 = 0,
    workers: Int = 0,
    prefetch: Int? = nil,
    dropLast: Bool = false
  ) throws(LoadingError)
  where D.Element == Sample<F, T>, Features == F.Collated, Target == T.Collated {
    try self.init(
      dataset,
      batchSize: batchSize,
      shuffle: shuffle,
      seed: seed,
      workers: workers,
      prefetch: prefetch,
      dropLast: dropLast,
      collate: { rows in
        let batch = try Sample.collated(rows)
        return (batch.features, batch.target)
      }
    )
  }

  /// Creates a loader of any dataset, with a closure that makes a batch of rows.
  ///
  /// The closure runs on several threads at once where there are workers.
  ///
  /// - Throws: `LoadingError` of kind `argument`, saying what to change.
  public init<D: Dataset>(
    _ dataset: D,
    batchSize: Int = 1,
    shuffle: Bool = false,
    seed: UInt64 = 0,
    workers: Int = 0,
    prefetch: Int? = nil,
    dropLast: Bool = false,
    collate: @escaping @Sendable ([D.Element]) throws -> (features: Features, target: Target)
  ) throws(LoadingError) {
    let options = LoaderOptions(
      batchSize: batchSize,
      shuffle: shuffle,
      seed: seed,
      workers: workers,
      prefetch: prefetch,
      dropLast: dropLast
    )
    let source = BatchSource<Features, Target>(dataset) { indices in
      try collate(
        indices.map { index in
          do {
            return try dataset[index]
          } catch {
            throw RowFailure(row: dataset.rowID(at: index), underlying: error)
          }
        }
      )
    }
    try self.init(source: source, options)
  }
}
