extension DataLoader {
  /// How far the loader has come: the cursor of the batch that was delivered last.
  ///
  /// Before the first batch, where the loader begins. Where it is iterated by several at once, the
  /// last batch is that of any of them; `batch.cursor` is that of one's own.
  public var cursor: LoaderCursor { state.cursor ?? options.resuming ?? start(ofEpoch: 0) }

  /// The epoch to begin with: that of the cursor, the one after it if it was complete, or 0.
  ///
  /// `loader.epoch(loader.firstEpoch)` goes on where the cursor stands; all others are whole.
  public var firstEpoch: Int {
    guard let cursor = options.resuming else { return 0 }
    return cursor.batches == batchCount ? cursor.epoch + 1 : cursor.epoch
  }

  /// What was delivered of an epoch before it begins: nothing, unless it is the one that goes on.
  func start(ofEpoch epoch: Int) -> LoaderCursor {
    if let cursor = options.resuming, cursor.epoch == epoch { return cursor }
    return LoaderCursor(
      epoch: epoch,
      batches: 0,
      ahead: [],
      rows: 0,
      seed: seed,
      orderVersion: Permutation.orderVersion,
      rowCount: count,
      fingerprint: source.fingerprint,
      batchSize: batchSize,
      order: batchSampler.identity
    )
  }
}

extension DataLoader {
  /// The same loader, going on where a cursor stands.
  ///
  /// - Throws: `LoadingError` of kind `cursor`, for one of another dataset, seed or order.
  public func resuming(_ cursor: LoaderCursor) throws(LoadingError) -> DataLoader {
    var options = options
    options.resuming = cursor
    return try DataLoader(source: source, options)
  }
}

// What is refused.
extension LoaderCursor {
  /// Refuses a cursor of another dataset, seed or order.
  func check(_ loader: DataLoader<some Sendable, some Sendable>) throws(LoadingError) {
    try require(rowCount >= 0, "it is of a stream; give it to a StreamLoader")
    try require(
      rowCount == loader.count,
      "it is of a dataset of \(rowCount) rows, and this one has \(loader.count); "
        + "give the dataset that it was saved with"
    )
    try require(
      fingerprint == loader.source.fingerprint,
      "it is of another dataset: its fingerprint is \(fingerprint), and this one's "
        + "\(loader.source.fingerprint); give the dataset that it was saved with"
    )
    try require(
      orderVersion == Permutation.orderVersion,
      "it is of order version \(orderVersion), and this release has \(Permutation.orderVersion), "
        + "with other rows in a batch; use the release that it was saved with, or begin an epoch"
    )
    try require(
      seed == loader.seed,
      "it is of seed \(seed), and this loader's is \(loader.seed); give seed \(seed)"
    )
    try require(
      batchSize == loader.batchSize,
      "it counts batches of \(batchSize) rows, and this loader's have \(loader.batchSize); "
        + "give batchSize \(batchSize), over all ranks"
    )
    let identity = loader.batchSampler.identity
    try require(
      order == identity,
      "it is of the order \(order), and this loader has \(identity); "
        + "give the samplers and arguments that it was saved with"
    )
    try checkPosition(of: loader.batchCount)
  }

  private func checkPosition(of batchCount: Int) throws(LoadingError) {
    let places = [batches] + ahead
    let ascends = zip(places, places.dropFirst()).allSatisfy { $0 < $1 }
    try require(
      epoch >= 0 && rows >= 0 && batches >= 0 && ascends && (places.last ?? 0) <= batchCount
        && (ahead.last ?? -1) < batchCount,
      "it is damaged: epoch \(epoch), \(batches) of \(batchCount) batches and \(ahead) delivered, "
        + "\(rows) rows; save another"
    )
  }

  private func require(
    _ condition: Bool,
    _ reason: @autoclosure () -> String
  ) throws(LoadingError) {
    guard condition else {
      throw LoadingError(.cursor, "cannot go on from the cursor: \(reason())")
    }
  }
}
