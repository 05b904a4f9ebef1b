internal import Foundation

/// One pass over a stream: delivers its batches one by one, each with its cursor.
///
/// All ways to iterate a stream loader come through here. The workers stop when it goes away.
final class StreamRun<Features: Sendable, Target: Sendable>: @unchecked Sendable {
  /// A batch, nil after the last one, or what kept it from being made.
  typealias Delivery = Result<Batch<Features, Target>?, LoadingError>

  private let plan: StreamPlan<Features, Target>
  private let workers: StreamWorkers<Features, Target>?
  /// What the caller reads by itself, with `reading` locked; nil where workers do.
  private var reader: (any BatchReading<Features, Target>)?
  private let reading = NSLock()

  // What follows is read and written with `lock` locked.
  private let lock = NSLock()
  private var isOver = false
  /// The place of the next batch.
  private var index: Int
  private var cursor: LoaderCursor
  private var watch = Stopwatch()

  /// Starts the workers, if there are any.
  init(plan: StreamPlan<Features, Target>) {
    self.plan = plan
    cursor = plan.start
    index = plan.start.batches
    workers = plan.loader.workers > 0 ? StreamWorkers(plan: plan) : nil
    reader = workers == nil ? plan.reader(worker: nil) : nil
    workers?.start()
  }

  deinit { workers?.stop() }

  /// Tells the workers to stop, and waits until they have.
  func finish() {
    workers?.stop()
    workers?.join()
  }

  /// The next batch, for which the calling thread waits; nil after the last one, and after one that
  /// could not be made.
  func next() -> Delivery {
    guard let index = nextIndex() else { return .success(nil) }
    return delivered(workers?.next(index) ?? made(index))
  }

  /// The next batch, for which the task is suspended.
  ///
  /// Without workers the caller makes it.
  func next(isolation actor: isolated (any Actor)?) async -> Delivery {
    guard let index = nextIndex() else { return .success(nil) }
    if let workers { return delivered(await workers.next(index, isolation: actor)) }
    return delivered(Task.isCancelled ? .failure(.cancelled) : made(index))
  }

  private func nextIndex() -> Int? {
    lock.withLock {
      guard !isOver else { return nil }
      watch.ask()
      index += 1
      return index - 1
    }
  }

  private func made(_ index: Int) -> Delivery {
    reading.withLock {
      plan.batch(reader?.next() ?? .end, index: index, worker: nil)
    }
  }

  /// Writes down what was delivered.
  private func delivered(_ delivery: Delivery) -> Delivery {
    let result = lock.withLock { () -> Delivery in
      guard case .success(var batch?) = delivery else {
        isOver = true
        return delivery
      }
      cursor.deliver(batch.index, rows: batch.wholeCount)
      batch.cursor = cursor
      plan.loader.state.cursor = cursor
      let source = plan.loader.source
      let bytes = source.featureBytes(batch.features) + source.targetBytes(batch.target)
      plan.loader.state.meter.deliver(rows: batch.count, bytes: bytes, watch.answer())
      return .success(batch)
    }
    guard case .success(_?) = result else {
      plan.loader.state.meter.report()
      // What a stream holds open goes as soon as it is over.
      reading.withLock { reader = nil }
      return result
    }
    return result
  }
}
