internal import TabularFrame

/// A dataset with its type erased: whole batches are what is left of it.
struct BatchSource<Features: Sendable, Target: Sendable>: Sendable {
  let count: Int
  let rowID: @Sendable (Int) -> RowID
  let fetch: @Sendable ([Int]) throws -> (features: Features, target: Target)

  init(
    _ dataset: some Dataset,
    fetch: @escaping @Sendable ([Int]) throws -> (features: Features, target: Target)
  ) {
    count = dataset.count
    precondition(count >= 0, "a dataset of \(count) rows")
    rowID = { dataset.rowID(at: $0) }
    self.fetch = fetch
  }
}

/// What the batches of one epoch are; anyone can make any of them, in any order.
struct EpochPlan<Features: Sendable, Target: Sendable>: Sendable {
  let loader: DataLoader<Features, Target>
  let epoch: Int
  /// The order of the rows; nil for the dataset's own.
  private let order: Permutation?

  init(loader: DataLoader<Features, Target>, epoch: Int) {
    precondition(epoch >= 0, "epoch \(epoch): epochs count from 0")
    self.loader = loader
    self.epoch = epoch
    order =
      loader.shuffle ? Permutation(count: loader.count, seed: loader.seed, epoch: epoch) : nil
  }

  /// The rows of a batch, in their order.
  func indices(_ index: Int) -> [Int] {
    let start = index * loader.batchSize
    let positions = start..<(start + min(loader.batchSize, loader.count - start))
    guard let order else { return Array(positions) }
    return positions.map { order[$0] }
  }

  /// Makes a batch, on the thread that calls.
  func batch(_ index: Int, worker: Int?) -> Result<Batch<Features, Target>, LoadingError> {
    let indices = indices(index)
    let rowIDs = indices.map(loader.source.rowID)
    do {
      let (features, target) = try loader.source.fetch(indices)
      return .success(
        Batch(features: features, target: target, rowIDs: rowIDs, epoch: epoch, index: index)
      )
    } catch {
      return .failure(
        .batch(index, epoch: epoch, rowIDs: rowIDs, worker: worker, failed: error)
      )
    }
  }
}
