internal import Foundation

/// Delivers the batches of an epoch one by one, to callers that can neither be suspended nor called.
///
/// Several threads may ask, one after the other; each batch goes to one of them.
package final class BatchPuller<Features: Sendable, Target: Sendable>: @unchecked Sendable {
  private let plan: EpochPlan<Features, Target>
  private let workers: Prefetcher<Features, Target>?

  // Both belong to the holder of `lock`, who is also the one who asks the workers.
  private let lock = NSLock()
  private var index = 0
  private var isOver = false

  /// Starts the workers, if there are any; a negative epoch traps.
  package init(_ loader: DataLoader<Features, Target>, epoch: Int) {
    plan = EpochPlan(loader: loader, epoch: epoch)
    workers = loader.workers > 0 ? Prefetcher(plan: plan) : nil
    workers?.start()
  }

  deinit {
    workers?.stop()
    workers?.join()
  }

  /// The next batch, made by the caller where there are no workers; nil after the last one, and
  /// after one that could not be made.
  ///
  /// - Throws: `LoadingError` at the place of a batch that could not be made.
  package func next() throws(LoadingError) -> Batch<Features, Target>? {
    lock.lock()
    defer { lock.unlock() }
    guard !isOver, index < plan.stepCount else { return nil }
    let made =
      workers?.next() ?? plan.batch(plan.index(ofStep: index), worker: nil).map(Optional.some)
    index += 1
    if case .failure = made { isOver = true }
    return try made.get()
  }
}
