internal import Foundation
internal import Synchronization

/// How far the stages of a pipeline are with the shards of a batch, and where they wait for each other.
///
/// A stage that counts a shard has written what its neighbour reads, and makes it visible.
final class PipelineGate: Sendable {
  private let forwards: [Counter]
  private let backwards: [Counter]

  init(stages: Int) {
    forwards = (0..<stages).map { _ in Counter() }
    backwards = (0..<stages).map { _ in Counter() }
  }

  /// Begins a batch, while no stage runs.
  func close() {
    for counter in forwards + backwards { counter.reset() }
  }

  func forwardIsDone(by stage: Int) { forwards[stage].increment() }
  func backwardIsDone(by stage: Int) { backwards[stage].increment() }
  /// Blocks until a stage has passed on a shard.
  func waitForForward(of shard: Int, by stage: Int) { forwards[stage].wait(for: shard + 1) }
  /// Blocks until a stage has passed back the gradient of a shard.
  func waitForBackward(of shard: Int, by stage: Int) { backwards[stage].wait(for: shard + 1) }
}

extension PipelineGate {
  /// A count that one thread raises and another waits for.
  ///
  /// A stage takes some tens of microseconds for a small shard, less than it takes to wake a thread:
  /// so who waits looks for a while before it sleeps.
  private final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    private let condition = NSCondition()

    func reset() { count.store(0, ordering: .relaxed) }

    func increment() {
      count.wrappingAdd(1, ordering: .releasing)
      // Under the lock, so that nobody looks before and sleeps after.
      condition.withLock { condition.broadcast() }
    }

    func wait(for value: Int) {
      Patience.look(at: count, until: value)
      condition.lock()
      defer { condition.unlock() }
      while count.load(ordering: .acquiring) < value { condition.wait() }
    }
  }
}
