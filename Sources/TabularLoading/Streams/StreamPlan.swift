internal import TabularFrame

/// What one pass over a stream has to deliver.
struct StreamPlan<Features: Sendable, Target: Sendable>: Sendable {
  let loader: StreamLoader<Features, Target>
  let epoch: Int
  /// What was delivered before the first batch.
  let start: LoaderCursor

  init(loader: StreamLoader<Features, Target>, epoch: Int) {
    precondition(epoch >= 0, "epoch \(epoch): epochs count from 0")
    self.loader = loader
    self.epoch = epoch
    start = loader.start(ofEpoch: epoch)
  }

  /// Begins the pass of a worker, or of the caller alone.
  func reader(worker: Int?) -> any BatchReading<Features, Target> {
    loader.source.reader(StreamPass(plan: self, worker: worker))
  }

  /// The batch at a place of the epoch, of what a worker made for it.
  func batch(
    _ made: StreamBatch<Features, Target>,
    index: Int,
    worker: Int?
  ) -> Result<Batch<Features, Target>?, LoadingError> {
    switch made {
    case .end: return .success(nil)
    case .rows(let features, let target, let rowIDs, let offset, let wholeCount):
      return .success(
        Batch(
          features: features,
          target: target,
          rowIDs: rowIDs,
          epoch: epoch,
          index: index,
          offset: offset,
          wholeCount: wholeCount
        )
      )
    case .failure(let error, let rowIDs):
      return .failure(.batch(index, epoch: epoch, rowIDs: rowIDs, worker: worker, failed: error))
    case .noStream(let error):
      return .failure(.noStream(index, epoch: epoch, worker: worker, failed: error))
    case .short(let count):
      return .failure(.shortStream(count, start))
    }
  }
}

/// Which batches of a stream one worker makes.
struct StreamPass: Sendable {
  let context: StreamContext
  let division: StreamDivision
  let dropLast: Bool
  let share: RankShare?
  /// The elements that were delivered before the epoch goes on.
  let deliveredRows: Int
  /// The first batch of the worker, and how many there are from one to the next.
  let first: Int
  let stride: Int
  /// The worker, from 0; 0 for the caller.
  let worker: Int

  init(plan: StreamPlan<some Sendable, some Sendable>, worker: Int?) {
    let loader = plan.loader
    division = loader.source.division
    dropLast = loader.dropLast
    let options = loader.options
    share =
      options.worldSize > 1
      ? RankShare(rank: options.rank, worldSize: options.worldSize, shards: options.shards) : nil
    deliveredRows = plan.start.rows
    self.worker = worker ?? 0
    let count = worker == nil ? 1 : loader.workers
    first = division == .byLoader ? plan.start.batches + self.worker : 0
    stride = division == .byLoader ? count : 1
    context = StreamContext(
      seed: loader.seed,
      epoch: plan.epoch,
      worker: division == .byLoader ? 0 : self.worker,
      workerCount: division == .byLoader ? 1 : count,
      batchSize: loader.batchSize
    )
  }
}

/// What a worker makes of the next elements of its stream.
enum StreamBatch<Features: Sendable, Target: Sendable>: Sendable {
  case rows(Features, Target, rowIDs: [RowID], offset: Int, wholeCount: Int)
  /// There are no more.
  case end
  /// An element could not be read, or the batch not put together.
  case failure(any Error, rowIDs: [RowID])
  /// The stream could not be made.
  case noStream(any Error)
  /// The stream ended before the place where the epoch was to go on.
  case short(count: Int)
}
