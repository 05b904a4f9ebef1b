/// The arguments that all ways to create a loader share.
///
/// PyTorch's names, meanings and defaults, but for `seed` and what concerns ranks.
struct LoaderOptions: Sendable {
  var batchSize = 1
  var shuffle = false
  var seed: UInt64 = 0
  var sampler: (any Sampler)?
  var batchSampler: (any BatchSampling)?
  var workers = 0
  var pinMemory = false
  var dropLast = false
  var timeout: Duration?
  var workerInit: (@Sendable (WorkerInfo) throws -> Void)?
  var prefetchFactor: Int?
  var persistentWorkers = false
  var inOrder = true
  var rank = 0
  var worldSize = 1
  var shards: Int?
  var resuming: LoaderCursor?
}

// What is refused.
extension LoaderOptions {
  /// Refuses what PyTorch's loader refuses, and ranks that do not exist.
  func check() throws(LoadingError) {
    try checkWorkers()
    try checkSamplers()
    try checkRanks()
  }

  private func checkWorkers() throws(LoadingError) {
    try require(workers >= 0, "workers is \(workers); give 1 or more, or 0 for none")
    if let timeout {
      try require(timeout > .zero, "timeout is \(timeout); give more than 0, or leave it out")
      try require(
        workers > 0,
        "timeout is \(timeout) without workers; give workers 1 or more, or leave timeout out"
      )
    }
    if let prefetchFactor {
      try require(
        workers > 0,
        "prefetchFactor is \(prefetchFactor) without workers; "
          + "give workers 1 or more, or leave prefetchFactor out"
      )
      try require(
        prefetchFactor >= 1,
        "prefetchFactor is \(prefetchFactor); give 1 or more, or leave it out"
      )
    }
    try require(
      !persistentWorkers || workers > 0,
      "persistentWorkers without workers; give workers 1 or more, or leave persistentWorkers out"
    )
  }

  private func checkSamplers() throws(LoadingError) {
    try require(
      sampler == nil || !shuffle,
      "shuffle with a sampler, which has the order; leave shuffle or the sampler out"
    )
    if batchSampler != nil {
      try require(
        sampler == nil,
        "a sampler with a batchSampler, which has the order; leave one of them out"
      )
      try require(
        !shuffle,
        "shuffle with a batchSampler, which has the order; leave shuffle or the batchSampler out"
      )
      try require(
        batchSize == 1,
        "batchSize is \(batchSize) with a batchSampler, which has the sizes; leave one of them out"
      )
      try require(
        !dropLast,
        "dropLast with a batchSampler, which has the sizes; leave dropLast or the batchSampler out"
      )
    }
    try checkBatchSize(batchSize)
  }

  private func checkRanks() throws(LoadingError) {
    try checkRank(rank, of: worldSize)
    try require(
      worldSize == 1 || !(sampler is DistributedSampler),
      "worldSize is \(worldSize) with a DistributedSampler, which takes a rank's rows itself; "
        + "leave one of them out"
    )
    if let shards {
      try require(shards >= 1, "shards is \(shards); give 1 or more, or leave it out")
    }
  }

  private func require(
    _ condition: Bool,
    _ message: @autoclosure () -> String
  ) throws(LoadingError) {
    guard condition else { throw LoadingError(.argument, message()) }
  }
}

// What is made of them.
extension LoaderOptions {
  /// The batches that are being made or waiting, at most; the caller's beside.
  var batchesInFlight: Int {
    let (ahead, overflow) = workers.multipliedReportingOverflow(by: prefetchFactor ?? 2)
    return overflow ? .max / 2 : min(ahead, .max / 2)
  }

  /// The batches of a dataset of `count` rows, or the rank's part of them.
  func batches(count: Int) throws(LoadingError) -> any BatchSampling {
    let whole = try wholeBatches(count: count)
    guard worldSize > 1 || shards != nil else { return whole }
    return try ShardedSampler(whole, rank: rank, of: worldSize, shards: shards)
  }

  private func wholeBatches(count: Int) throws(LoadingError) -> any BatchSampling {
    if let batchSampler { return batchSampler }
    let rows = if let sampler { sampler } else { try defaultSampler(count: count) }
    return try BatchSampler(
      rows,
      batchSize: batchSize,
      dropLast: dropLast
    )
  }

  private func defaultSampler(count: Int) throws(LoadingError) -> any Sampler {
    guard shuffle else { return SequentialSampler(count: count) }
    try require(
      count > 0,
      "shuffle with a dataset of 0 rows; leave shuffle out, or give a dataset that has rows"
    )
    return try RandomSampler(count: count, seed: seed)
  }
}
