internal import Foundation

/// Work on elements by a thread of its own, in their order: one is worked on while the caller makes
/// the next, and no third one is made before.
///
/// Invariant: `work` runs on that thread alone, until `finish` returns or the object is let go.
final class WriteBehind<Element: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private var next: Element?
  private var failure: PreprocessingError?
  private var isClosed = false
  private var hasEnded = false

  /// - Parameter work: takes each element; after its first error it is given no more.
  init(_ work: @escaping (Element) throws(PreprocessingError) -> Void) {
    // Handed over to the one thread that runs it.
    nonisolated(unsafe) let work = work
    let thread = Thread { [self] in run(work) }
    thread.stackSize = 1 << 20
    thread.start()
  }

  private func run(_ work: (Element) throws(PreprocessingError) -> Void) {
    while let element = take() {
      do throws(PreprocessingError) {
        try work(element)
      } catch {
        condition.withLock {
          failure = error
          isClosed = true
          next = nil
          condition.broadcast()
        }
      }
    }
    condition.withLock {
      hasEnded = true
      condition.broadcast()
    }
  }

  private func take() -> Element? {
    condition.lock()
    defer { condition.unlock() }
    while next == nil, !isClosed { condition.wait() }
    defer {
      next = nil
      condition.broadcast()
    }
    return next
  }

  /// Hands an element over, once the one before is taken.
  ///
  /// - Throws: what an earlier one has failed with.
  func put(_ element: Element) throws(PreprocessingError) {
    condition.lock()
    defer { condition.unlock() }
    while next != nil, failure == nil { condition.wait() }
    if let failure { throw failure }
    next = element
    condition.broadcast()
  }

  /// Waits until all elements are worked on.
  ///
  /// - Throws: what one has failed with.
  func finish() throws(PreprocessingError) {
    condition.lock()
    defer { condition.unlock() }
    isClosed = true
    condition.broadcast()
    while !hasEnded { condition.wait() }
    if let failure { throw failure }
  }
}

/// Makes elements and works on them at once, the making on this thread and the work on another.
///
/// - Parameters:
///   - make: gives each element to the closure that it is called with.
///   - work: takes the elements in order.
/// - Throws: the first error of either.
package func overlapping<Element: Sendable>(
  make: ((Element) throws(PreprocessingError) -> Void) throws(PreprocessingError) -> Void,
  work: @escaping (Element) throws(PreprocessingError) -> Void
) throws(PreprocessingError) {
  let behind = WriteBehind<Element>(work)
  do throws(PreprocessingError) {
    try make { element throws(PreprocessingError) in try behind.put(element) }
  } catch {
    // The thread must be done with what it writes before anybody goes on; the first error counts.
    try behind.finish()
    throw error
  }
  try behind.finish()
}
