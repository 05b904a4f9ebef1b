import Synchronization
import Testing

@testable import TabularTraining

struct ShardRunTests {
  private final class Counts: Sendable {
    let front = Atomic(0)
    let back = Atomic(0)
  }

  /// Two threads take shards from both ends, as fast as they can, one of them with pauses.
  @Test(arguments: [0..<1, 5..<6, 0..<2, 3..<10, 0..<64])
  func givesEachShardToOneEnd(shards: Range<Int>) {
    let run = ShardRun(shards)
    let back = CPUDevice(1)
    let counts = Counts()
    for step in 0..<50 {
      run.refill()
      counts.front.store(0, ordering: .relaxed)
      counts.back.store(0, ordering: .relaxed)
      let ticket = back.start {
        while run.take() {
          counts.back.wrappingAdd(1, ordering: .relaxed)
          for _ in 0..<step * 10 { _ = counts.front.load(ordering: .acquiring) }
        }
      }
      while run.take() { counts.front.wrappingAdd(1, ordering: .relaxed) }
      back.wait(for: ticket)
      let front = run.taken(counts.front.load(ordering: .relaxed), from: .front)
      let rest = run.taken(counts.back.load(ordering: .relaxed), from: .back)
      #expect(front.lowerBound == shards.lowerBound && rest.upperBound == shards.upperBound)
      #expect(front.upperBound == rest.lowerBound, "\(front) and \(rest)")
    }
  }

  @Test func isTakenOnceAStep() {
    let run = ShardRun(2..<4)
    for _ in 0..<2 {
      run.refill()
      #expect((0..<5).map { _ in run.take() } == [true, true, false, false, false])
    }
    #expect(run.taken(0, from: .front) == 2..<2)
    #expect(run.taken(0, from: .back) == 4..<4)
    #expect(run.taken(1, from: .back) == 3..<4)
  }
}
