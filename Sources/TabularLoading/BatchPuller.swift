internal import Foundation

/// Delivers the batches of an epoch one by one, to callers that can neither be suspended nor called.
///
/// Several threads may ask, one after the other; each batch goes to one of them.
package final class BatchPuller<Features: Sendable, Target: Sendable>: Sendable {
  private let run: EpochRun<Features, Target>
  /// Held by the thread that asks.
  private let asking = NSLock()

  /// Starts the workers, if there are any; a negative epoch traps.
  package init(_ loader: DataLoader<Features, Target>, epoch: Int) {
    run = EpochRun(plan: EpochPlan(loader: loader, epoch: epoch))
  }

  deinit { run.finish() }

  /// The next batch, made by the caller where there are no workers; nil after the last one, and
  /// after one that could not be made.
  ///
  /// - Throws: `LoadingError` at the place of a batch that could not be made.
  package func next() throws(LoadingError) -> Batch<Features, Target>? {
    asking.lock()
    defer { asking.unlock() }
    return try run.next().get()
  }
}
