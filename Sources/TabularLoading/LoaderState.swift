internal import Foundation

/// What the copies of a loader share: what they have done so far.
final class LoaderState: @unchecked Sendable {
  private let lock = NSLock()
  private var lastCursor: LoaderCursor?

  /// Where the loader was when it last delivered a batch; nil before the first.
  var cursor: LoaderCursor? {
    get { lock.withLock { lastCursor } }
    set { lock.withLock { lastCursor = newValue } }
  }
}
