extension DataLoader {
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
