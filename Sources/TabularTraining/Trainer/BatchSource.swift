public import TabularLoading
public import TabularTensor

/// Where a trainer gets its batches from: the loader, or anything that delivers the same.
public protocol BatchSource<Target> {
  /// What a batch has to learn from.
  associatedtype Target: LabelsConvertible

  /// The number of rows of each batch but the last, which may have fewer.
  var batchSize: Int { get }
  /// The number of rows of an epoch.
  var rowCount: Int { get }
  /// Gives `body` the batches of an epoch in order, and ends early with the error it throws.
  func forEachBatch(epoch: Int, _ body: (Batch<Tensor<Float>, Target>) throws -> Void) throws
  /// Gives `body` the batches of an epoch that come after a cursor; a source that cannot throws,
  /// which is the default.
  func forEachBatch(
    after cursor: LoaderCursor,
    _ body: (Batch<Tensor<Float>, Target>) throws -> Void
  ) throws
}

extension BatchSource {
  /// Refuses to go on in the middle of an epoch.
  public func forEachBatch(
    after cursor: LoaderCursor,
    _ body: (Batch<Tensor<Float>, Target>) throws -> Void
  ) throws {
    throw TrainingError(
      .checkpoint,
      "the checkpoint is in the middle of epoch \(cursor.epoch), where \(Self.self) cannot go on; "
        + "give a DataLoader"
    )
  }
}

extension DataLoader: BatchSource where Features == Tensor<Float>, Target: LabelsConvertible {
  /// The number of rows of the dataset.
  public var rowCount: Int { count }

  /// Gives `body` the batches of an epoch that come after a cursor.
  ///
  /// - Throws: `LoadingError` for a cursor of another dataset or order; what `body` throws.
  public func forEachBatch(
    after cursor: LoaderCursor,
    _ body: (Batch<Tensor<Float>, Target>) throws -> Void
  ) throws {
    try resuming(cursor).forEachBatch(epoch: cursor.epoch, body)
  }
}
