extension LoaderCursor {
  /// The rows of a stream.
  static let unknownCount = -1

  /// Refuses a cursor of another stream, seed or order.
  func check(_ loader: StreamLoader<some Sendable, some Sendable>) throws(LoadingError) {
    try require(
      rowCount == Self.unknownCount,
      "it is of a dataset of \(rowCount) rows; give it to a DataLoader"
    )
    try require(
      fingerprint == loader.source.fingerprint,
      "it is of another stream: its fingerprint is \(fingerprint), and this one's "
        + "\(loader.source.fingerprint); give the dataset that it was saved with"
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
    try require(
      order == loader.order,
      "it is of the order \(order), and this loader has \(loader.order); "
        + "give the arguments that it was saved with"
    )
    let (most, overflow) = batches.multipliedReportingOverflow(by: batchSize)
    try require(
      epoch >= 0 && batches >= 0 && ahead.isEmpty && !overflow && rows <= most
        && rows > most - (batches == 0 ? 1 : batchSize),
      "it is damaged: epoch \(epoch), \(batches) batches and \(ahead) delivered, \(rows) rows; "
        + "save another"
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

extension LoadingError {
  /// Says that a stream could not be made.
  static func noStream(
    _ index: Int,
    epoch: Int,
    worker: Int?,
    failed failure: any Error
  ) -> LoadingError {
    let place = worker.map { ", worker \($0)" } ?? ""
    return LoadingError(
      .dataset,
      "epoch \(epoch), batch \(index)\(place): the stream could not be made: \(failure)",
      worker: worker,
      underlying: failure
    )
  }

  /// Says that a stream is shorter than it was.
  static func shortStream(_ count: Int, _ cursor: LoaderCursor) -> LoadingError {
    LoadingError(
      .cursor,
      "cannot go on from the cursor: \(cursor.rows) elements of epoch \(cursor.epoch) were delivered, "
        + "and the stream has \(count) now; give the dataset that it was saved with"
    )
  }

  /// Says which batch of a stream was not there in time, and who is at it.
  static func lateStream(
    _ index: Int,
    epoch: Int,
    worker: Int,
    timeout: Duration
  ) -> LoadingError {
    LoadingError(
      .timeout,
      "epoch \(epoch), batch \(index), worker \(worker): not there within \(timeout); give a longer "
        + "timeout, or find out what the stream waits for",
      worker: worker
    )
  }
}
