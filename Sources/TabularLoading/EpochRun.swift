internal import Foundation

/// One pass over an epoch: delivers its batches one by one, each with its cursor.
///
/// All ways to iterate a loader come through here. The workers stop when it goes away.
final class EpochRun<Features: Sendable, Target: Sendable>: @unchecked Sendable {
  /// A batch, nil after the last one, or what kept it from being made.
  typealias Delivery = Result<Batch<Features, Target>?, LoadingError>

  let plan: EpochPlan<Features, Target>
  private let workers: Prefetcher<Features, Target>?

  // What follows is read and written with `lock` locked.
  private let lock = NSLock()
  private var step = 0
  private var isOver = false
  private var cursor: LoaderCursor
  private var watch = Stopwatch()

  /// Starts the workers, if there are any.
  init(plan: EpochPlan<Features, Target>) {
    self.plan = plan
    cursor = plan.start
    workers = plan.wantsWorkers ? Prefetcher(plan: plan) : nil
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
    guard let step = nextStep() else { return .success(nil) }
    return delivered(workers?.next() ?? made(step))
  }

  /// The next batch, for which the task is suspended.
  ///
  /// Without workers the caller makes it.
  func next(isolation actor: isolated (any Actor)?) async -> Delivery {
    guard let step = nextStep() else { return .success(nil) }
    if let workers { return delivered(await workers.next(isolation: actor)) }
    return delivered(Task.isCancelled ? .failure(.cancelled) : made(step))
  }

  private func nextStep() -> Int? {
    lock.withLock {
      guard !isOver, step < plan.stepCount else { return nil }
      watch.ask()
      step += 1
      return step - 1
    }
  }

  private func made(_ step: Int) -> Delivery {
    plan.batch(plan.index(ofStep: step), worker: nil)
  }

  /// Writes down what was delivered.
  ///
  /// The batch goes through as it is: each copy would count all its references.
  private func delivered(_ delivery: consuming Delivery) -> Delivery {
    lock.lock()
    defer { lock.unlock() }
    switch consume delivery {
    case .success(var batch?):
      cursor.deliver(batch.index, rows: batch.wholeCount)
      batch.cursor = cursor
      plan.loader.state.cursor = cursor
      let source = plan.loader.source
      let bytes = source.featureBytes(batch.features) + source.targetBytes(batch.target)
      plan.loader.state.meter.deliver(rows: batch.count, bytes: bytes, watch.answer())
      return .success(batch)
    case let end:
      isOver = true
      return end
    }
  }
}
