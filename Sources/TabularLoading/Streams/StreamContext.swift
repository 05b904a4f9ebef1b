/// What a stream is told when it begins.
public struct StreamContext: Sendable, Equatable {
  /// The loader's seed.
  public let seed: UInt64
  /// The epoch, from 0.
  public let epoch: Int
  /// The worker that the stream is for, from 0.
  ///
  /// 0 of 1 where all elements are asked for: where the loader divides them, or has no workers.
  public let worker: Int
  /// The workers that share the elements.
  public let workerCount: Int
  /// The elements of a batch.
  public let batchSize: Int

  /// Describes a stream, such as to read a dataset without a loader.
  public init(
    seed: UInt64 = 0,
    epoch: Int = 0,
    worker: Int = 0,
    workerCount: Int = 1,
    batchSize: Int = 1
  ) {
    (self.seed, self.epoch, self.batchSize) = (seed, epoch, batchSize)
    (self.worker, self.workerCount) = (worker, workerCount)
  }

  /// Whether the element at a position of the whole stream is this worker's, where elements are dealt
  /// out a batch at a time.
  ///
  /// A dataset that divides itself by this gives the same batches for any number of workers.
  public func owns(_ position: Int) -> Bool { position / batchSize % workerCount == worker }

  /// Random numbers of the element at a position of the whole stream, the same whoever reads it.
  public func generator(position: Int) -> RowGenerator {
    RowGenerator(seed: seed, epoch: epoch, row: position)
  }
}
