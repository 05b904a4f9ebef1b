internal import Foundation

/// What the copies of a loader share: what they have done so far, and the workers that stay.
final class LoaderState: @unchecked Sendable {
  /// What was delivered, and how long it took.
  let meter = LoaderMeter()
  private let lock = NSLock()
  private var lastCursor: LoaderCursor?
  private var persistentThreads: WorkerThreads?

  /// Where the loader was when it last delivered a batch; nil before the first.
  var cursor: LoaderCursor? {
    get { lock.withLock { lastCursor } }
    set { lock.withLock { lastCursor = newValue } }
  }

  /// The workers that stay from one iteration to the next; nil before the first.
  var threads: WorkerThreads? { lock.withLock { persistentThreads } }

  /// The workers that stay, started where they are not there yet.
  func threads(_ start: () -> WorkerThreads) -> WorkerThreads {
    lock.withLock {
      let threads = persistentThreads ?? start()
      persistentThreads = threads
      return threads
    }
  }
}
