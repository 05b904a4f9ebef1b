public import TabularFrame

/// An error of the loading floor: a wrong argument, or a batch that could not be made.
public struct LoadingError: Error, Sendable, CustomStringConvertible {
  /// What went wrong.
  public enum Kind: String, Sendable {
    /// An argument of the loader is out of range; the message says what to change.
    case argument
    /// The dataset threw while it was read; see `underlying`.
    case dataset
    /// Rows do not go together in one batch.
    case collate
    /// A cursor is of another dataset, seed or order; the message says which.
    case cursor
    /// A worker could not start.
    case worker
    /// A batch was not there in time.
    case timeout
    /// The task was cancelled before the epoch was over.
    case cancelled
  }

  /// What went wrong.
  public let kind: Kind
  /// What was expected, what was found, and where, in one line.
  public let message: String
  /// The rows of the batch that could not be made; empty when there is no batch concerned.
  public let rowIDs: [RowID]
  /// The worker that made the batch, from 0; nil when the caller itself did.
  public let worker: Int?
  /// What the dataset, or its collate closure, threw.
  public let underlying: (any Error)?

  package init(
    _ kind: Kind,
    _ message: String,
    rowIDs: [RowID] = [],
    worker: Int? = nil,
    underlying: (any Error)? = nil
  ) {
    self.kind = kind
    self.message = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    self.rowIDs = rowIDs
    self.worker = worker
    self.underlying = underlying
  }

  /// The message, in one line.
  public var description: String { message }
}

extension LoadingError {
  static let cancelled = LoadingError(
    .cancelled,
    "the task was cancelled before the epoch was over"
  )

  /// Says at which place a batch could not be made, and which rows it holds.
  static func batch(
    _ index: Int,
    epoch: Int,
    rowIDs: [RowID],
    worker: Int?,
    failed failure: any Error
  ) -> LoadingError {
    let place = worker.map { ", worker \($0)" } ?? ""
    let (kind, reason, underlying): (Kind, String, (any Error)?) =
      switch failure {
      case let failure as RowError where rowIDs.indices.contains(failure.position):
        (.dataset, "row \(rowIDs[failure.position]): \(failure.underlying)", failure.underlying)
      case let failure as CollationError where rowIDs.indices.contains(failure.position):
        (.collate, "row \(rowIDs[failure.position]): \(failure.message)", failure)
      case let failure as CollationError: (.collate, "\(failure)", failure)
      default: (.dataset, "\(failure)", failure)
      }
    return LoadingError(
      kind,
      "epoch \(epoch), batch \(index)\(place): \(reason) (\(shown(rowIDs)))",
      rowIDs: rowIDs,
      worker: worker,
      underlying: underlying
    )
  }
}

extension LoadingError {
  /// Refuses a row that a sampler has and the dataset has not.
  static func sampledRow(_ row: Int, of count: Int, epoch: Int, batch: Int) -> LoadingError {
    LoadingError(
      .argument,
      "epoch \(epoch), batch \(batch): the sampler gives row \(row), and the dataset has \(count) "
        + "rows; give a sampler for rows 0 ..< \(count)"
    )
  }
}

extension LoadingError {
  /// Says that a worker could not start.
  static func worker(_ worker: Int, of count: Int, failed failure: any Error) -> LoadingError {
    LoadingError(
      .worker,
      "worker \(worker) of \(count) could not start: \(failure)",
      worker: worker,
      underlying: failure
    )
  }

  /// Says which batch was not there in time, and who is at it.
  static func late(
    _ index: Int,
    epoch: Int,
    rowIDs: [RowID],
    worker: Int?,
    timeout: Duration
  ) -> LoadingError {
    let place = worker.map { ", worker \($0)" } ?? ""
    return LoadingError(
      .timeout,
      "epoch \(epoch), batch \(index)\(place): not there within \(timeout); give a longer timeout, "
        + "or find out what the dataset waits for (\(shown(rowIDs)))",
      rowIDs: rowIDs,
      worker: worker
    )
  }

  /// The first rows of a batch, as text.
  private static func shown(_ rowIDs: [RowID]) -> String {
    let shown = rowIDs.prefix(8).map(\.description).joined(separator: ", ")
    if rowIDs.isEmpty { return "no rows" }
    let more = rowIDs.count > 8 ? " and \(rowIDs.count - 8) more" : ""
    return "rows \(shown)\(more)"
  }
}
