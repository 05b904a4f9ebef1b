internal import TabularFrame

/// What the batches of one epoch are; anyone can make any of them, in any order.
///
/// A step is the position of a batch among those that are still to be delivered: where the epoch is
/// resumed, step 0 is not batch 0.
struct EpochPlan<Features: Sendable, Target: Sendable>: Sendable {
  let loader: DataLoader<Features, Target>
  let epoch: Int
  /// What was delivered before the first step.
  let start: LoaderCursor
  /// The number of steps.
  let stepCount: Int
  private let order: any BatchOrder
  /// The same where it is a part of one, as cast once.
  private let partialOrder: (any PartialBatchOrder)?
  private let locality: Locality

  init(loader: DataLoader<Features, Target>, epoch: Int) {
    precondition(epoch >= 0, "epoch \(epoch): epochs count from 0")
    self.loader = loader
    self.epoch = epoch
    start = loader.start(ofEpoch: epoch)
    stepCount = loader.batchCount - start.batches - start.ahead.count
    order = loader.batchSampler.order(epoch: epoch)
    partialOrder = order as? any PartialBatchOrder
    locality = (order as? any LocalBatchOrder)?.locality ?? .scattered
  }

  /// Whether workers are of use, where there are any.
  ///
  /// A batch that is one piece of memory takes the caller no longer to copy than to read out of
  /// another core's cache.
  var wantsWorkers: Bool {
    loader.workers > 0
      && !(locality == .consecutive && loader.source.isLight && loader.options.workerInit == nil)
  }

  /// The batch of a step.
  func index(ofStep step: Int) -> Int {
    var index = start.batches + step
    for delivered in start.ahead where delivered <= index { index += 1 }
    return index
  }

  /// The rows of a batch, in their order.
  func part(ofBatch index: Int) -> BatchPart {
    partialOrder?.part(ofBatch: index)
      ?? BatchPart(whole: order.rows(ofBatch: index))
  }

  /// Where the rows of a batch come from, as far as they exist.
  func rowIDs(ofBatch index: Int) -> [RowID] {
    let rows = part(ofBatch: index).rows.filter { (0..<loader.count).contains($0) }
    return loader.source.rowIDs(rows, .alone)
  }

  /// Makes a batch, on the thread that calls: never nil, but an optional as it is delivered, so that
  /// nothing copies it into one.
  func batch(_ index: Int, worker: Int?) -> Result<Batch<Features, Target>?, LoadingError> {
    let part = part(ofBatch: index)
    let surveyed =
      locality == .consecutive
      ? SurveyedRows(consecutive: part.rows, rowCount: loader.count)
      : SurveyedRows(part.rows, rowCount: loader.count)
    guard let surveyed else {
      let row = firstOutside(part.rows, of: loader.count) ?? 0
      return .failure(.sampledRow(row, of: loader.count, epoch: epoch, batch: index))
    }
    let context = BatchContext(
      seed: loader.seed,
      epoch: epoch,
      index: index,
      worker: worker,
      ring: loader.ring,
      surveyed: surveyed,
      locality: locality
    )
    let rowIDs = loader.source.rowIDs(part.rows, context)
    do {
      let (features, target) = try loader.source.fetch(part.rows, context)
      return .success(
        Batch(
          features: features,
          target: target,
          rowIDs: rowIDs,
          epoch: epoch,
          index: index,
          offset: part.offset,
          wholeCount: part.wholeCount
        )
      )
    } catch {
      return .failure(
        .batch(index, epoch: epoch, rowIDs: rowIDs, worker: worker, failed: error)
      )
    }
  }
}
