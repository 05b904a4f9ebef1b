internal import Foundation

extension DataLoader {
  /// Whether the caller makes batches too while the next one is not ready: where rows are copied only,
  /// that takes less time than to sleep and be woken.
  var callerHelps: Bool { source.isLight && inOrder && options.workerInit == nil }

  /// How many threads the workers are; no thread can be told from another where the caller helps.
  ///
  /// One more than processors that the caller leaves would take turns with it, and keep the batch that
  /// it has begun from all who wait for it.
  var threadCount: Int {
    guard callerHelps else { return workers }
    return min(workers, max(1, ProcessInfo.processInfo.activeProcessorCount - 1))
  }

  /// The workers that stay from one iteration to the next.
  func persistentThreads() -> WorkerThreads { state.threads { threads(threadCount, for: nil) } }

  /// Starts workers, for one job alone or for those to come.
  func threads(_ count: Int, for job: (any WorkerJob)?) -> WorkerThreads {
    WorkerThreads(
      (0..<count).map { WorkerInfo(id: $0, count: workers, seed: seed) },
      for: job,
      prepare: options.workerInit
    )
  }
}
