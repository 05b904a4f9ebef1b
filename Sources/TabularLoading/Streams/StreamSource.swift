internal import TabularFrame

/// A stream with its type erased: batches are what is left of it.
struct StreamSource<Features: Sendable, Target: Sendable>: Sendable {
  let fingerprint: String
  let division: StreamDivision
  /// The bytes of the tensors of a batch.
  let featureBytes: @Sendable (Features) -> Int
  let targetBytes: @Sendable (Target) -> Int
  let reader: @Sendable (StreamPass) -> any BatchReading<Features, Target>

  init<D: IterableDataset>(
    _ dataset: D,
    collate: @escaping @Sendable ([D.Stream.Element]) throws -> (features: Features, target: Target)
  ) {
    fingerprint = dataset.fingerprint
    division = dataset.division
    featureBytes = byteCounter(for: Features.self)
    targetBytes = byteCounter(for: Target.self)
    reader = { BatchReader(dataset, $0, collate: collate) }
  }
}

/// One worker's pass over a stream.
protocol BatchReading<Features, Target>: AnyObject {
  associatedtype Features: Sendable
  associatedtype Target: Sendable

  /// The worker's next batch; nothing is asked any more after one that is none.
  func next() -> StreamBatch<Features, Target>
}

/// The pass over a stream of a known type.
final class BatchReader<D: IterableDataset, Features: Sendable, Target: Sendable>: BatchReading {
  private typealias Element = D.Stream.Element

  private let dataset: D
  private let pass: StreamPass
  private let collate: @Sendable ([D.Stream.Element]) throws -> (features: Features, target: Target)
  private var stream: D.Stream?
  /// The elements that were read or passed over.
  private var position = 0
  /// The next batch of the worker.
  private var index: Int
  private var isOver = false

  init(
    _ dataset: D,
    _ pass: StreamPass,
    collate: @escaping @Sendable ([D.Stream.Element]) throws -> (features: Features, target: Target)
  ) {
    (self.dataset, self.pass, self.collate) = (dataset, pass, collate)
    index = pass.first
  }

  func next() -> StreamBatch<Features, Target> {
    let batch = isOver ? .end : made()
    if case .rows = batch, !isOver { return batch }
    isOver = true
    stream = nil
    return batch
  }

  private func made() -> StreamBatch<Features, Target> {
    if stream == nil {
      do { stream = try dataset.makeStream(pass.context) } catch { return .noStream(error) }
    }
    if let end = passOver() { return end }
    let batchSize = pass.context.batchSize
    let start = position
    let elements: [Element]
    do {
      elements = try stream?.elements(batchSize) ?? []
      try checkCount(elements.count, of: batchSize)
    } catch {
      return failure(error, at: start)
    }
    index += pass.stride
    position += elements.count
    isOver = elements.count < batchSize
    if elements.isEmpty || pass.dropLast && elements.count < batchSize { return .end }
    return collated(elements, at: start)
  }

  /// Passes over the batches of others; how that ended if it did not come to the worker's own.
  private func passOver() -> StreamBatch<Features, Target>? {
    guard pass.division == .byLoader else { return nil }
    let (goal, overflow) = index.multipliedReportingOverflow(by: pass.context.batchSize)
    guard position < goal || overflow else { return nil }
    let count = overflow ? Int.max - position : goal - position
    do {
      let passed = try stream?.skip(count) ?? 0
      try checkCount(passed, of: count)
      position += passed
      if passed == count, !overflow { return nil }
      // What was delivered must be there; what ends behind it is over.
      return position < pass.deliveredRows ? .short(count: position) : .end
    } catch {
      return failure(error, at: position)
    }
  }

  private func collated(_ elements: [Element], at start: Int) -> StreamBatch<Features, Target> {
    let run = pass.share?.run(outOf: elements.count) ?? 0..<elements.count
    let rowIDs = run.map { rowID(start + $0) }
    do {
      let own = run.count == elements.count ? elements : Array(elements[run])
      let (features, target) = try collate(own)
      return .rows(
        features,
        target,
        rowIDs: rowIDs,
        offset: run.lowerBound,
        wholeCount: elements.count
      )
    } catch {
      return .failure(error, rowIDs: rowIDs)
    }
  }

  /// What kept elements from being read, of which the first one is at `start`.
  private func failure(_ error: any Error, at start: Int) -> StreamBatch<Features, Target> {
    guard let error = error as? RowError, error.position >= 0 else {
      return .failure(error, rowIDs: [rowID(start)])
    }
    // The elements before it, as far as a message has room for them.
    let first = max(0, error.position - 7)
    return .failure(
      RowError(position: error.position - first, underlying: error.underlying),
      rowIDs: (first...error.position).map { rowID(start + $0) }
    )
  }

  private func rowID(_ position: Int) -> RowID {
    // A stream without an end comes to the end of the numbers of rows, but does not stop there.
    let record = position & 0xFF_FFFF_FFFF
    return pass.division == .byLoader
      ? RowID(record: record) : RowID(file: pass.worker & 0xFF_FFFF, record: record)
  }

  private func checkCount(_ count: Int, of asked: Int) throws {
    if count < 0 || count > asked { throw StreamCountError(count: count, asked: asked) }
  }
}

/// A stream that gives more elements than it was asked for, or passes over more.
struct StreamCountError: Error, CustomStringConvertible {
  let count: Int
  let asked: Int

  var description: String {
    "the stream gave or passed over \(count) elements where \(asked) were asked for; "
      + "0 to \(asked) are expected"
  }
}
