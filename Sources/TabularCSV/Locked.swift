internal import Foundation

/// A value that one thread at a time can reach.
///
/// NSLock rather than `Synchronization.Mutex`, which the thread sanitizer misjudges.
package final class Locked<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  package init(_ value: Value) { self.value = value }

  package func withLock<Result, E: Error>(_ body: (inout Value) throws(E) -> Result) throws(E)
    -> Result
  {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}

/// The processors that this process may use, as they were when it first asked: Foundation reads files
/// of the system for each answer.
package let processorCount = ProcessInfo.processInfo.activeProcessorCount

/// Runs `body` on `count` threads, of which this is one, and waits for all.
package func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  let group = Countdown(count - 1)
  for index in 1..<max(count, 1) {
    let thread = Thread {
      body(index)
      group.leave()
    }
    thread.stackSize = 1 << 20
    thread.start()
  }
  body(0)
  group.wait()
}

/// Runs `body` on `count` other threads and `meanwhile` on this one, and waits for all.
package func onThreads<E: Error>(
  _ count: Int,
  _ body: @escaping @Sendable (Int) -> Void,
  meanwhile: () throws(E) -> Void
) throws(E) {
  let group = Countdown(count)
  for index in 0..<count {
    let thread = Thread {
      body(index)
      group.leave()
    }
    thread.stackSize = 1 << 20
    thread.start()
  }
  defer { group.wait() }
  try meanwhile()
}

/// Counts threads down to none.
private final class Countdown: @unchecked Sendable {
  private let condition = NSCondition()
  private var left: Int

  init(_ count: Int) { left = count }

  func leave() {
    condition.lock()
    left -= 1
    condition.broadcast()
    condition.unlock()
  }

  func wait() {
    condition.lock()
    while left > 0 { condition.wait() }
    condition.unlock()
  }
}
