import TabularFrame
import Testing

@testable import TabularLoading

@Suite struct BatchQueueTests {
  /// Workers and a caller that do something whenever a seed says so.
  func simulate(_ seed: UInt64, inOrder: Bool, failing: Int? = nil) -> [Int] {
    var random = SplitMix64(seed: seed)
    let count = random.below(60)
    let limit = 1 + random.below(8)
    var queue = BatchQueue<Int>(limit: min(limit, count), count: count, inOrder: inOrder)
    var making: [Int] = []
    var delivered: [Int] = []
    var seen: Set<Int> = []
    var oldest = 0
    let place: Comment = "TABULAR_SEED=\(testSeed), case \(seed &- testSeed)"
    while !queue.isDelivered {
      switch random.below(3) {
      case 0 where !queue.isTaken && queue.hasRoom:
        making.append(queue.take(random.below(4)))
      case 1 where !making.isEmpty:
        let step = making.remove(at: random.below(making.count))
        queue.put(step, step: step, isFailure: step == failing)
      case 2:
        if let step = queue.next() {
          delivered.append(step)
          seen.insert(step)
          if step == failing { return delivered }
        }
      default: break
      }
      #expect(making.count + queue.readyCount <= limit, place)
      // As far ahead of the oldest one as agreed.
      while seen.contains(oldest) { oldest += 1 }
      #expect(queue.nextToMake - oldest <= (inOrder ? 1 : 16) * limit, place)
    }
    #expect(queue.next() == nil, place)
    if failing == nil { #expect(delivered.sorted() == Array(0..<count), place) }
    return delivered
  }

  @Test func deliversEachBatchOnce() {
    for offset in 0..<60 as Range<UInt64> {
      let ordered = simulate(testSeed &+ offset, inOrder: true)
      #expect(ordered == ordered.sorted())
      _ = simulate(testSeed &+ offset, inOrder: false)
    }
  }

  @Test func endsAfterAFailure() {
    for offset in 0..<40 as Range<UInt64> {
      let ordered = simulate(testSeed &+ offset, inOrder: true, failing: 5)
      #expect(ordered == Array(0..<min(ordered.count, 6)))
      _ = simulate(testSeed &+ offset, inOrder: false, failing: 5)
    }
  }

  @Test func knowsWhatIsWaitedFor() {
    for inOrder in [true, false] {
      var queue = BatchQueue<Int>(limit: 3, count: 9, inOrder: inOrder)
      #expect(queue.awaited == (0, nil))
      _ = queue.take(2)
      _ = queue.take(7)
      queue.put(0, step: 0, isFailure: false)
      #expect(queue.next() == 0)
      #expect(queue.awaited == (1, 7))
    }
  }

  @Test func waitsForABatchThatIsFarBehind() {
    var queue = BatchQueue<Int>(limit: 2, count: 1_000, inOrder: false)
    #expect(queue.take(0) == 0)
    while queue.hasRoom {
      let step = queue.take(1)
      queue.put(step, step: step, isFailure: false)
      #expect(queue.next() == step)
    }
    #expect(queue.nextToMake == 32)
    queue.put(0, step: 0, isFailure: false)
    #expect(queue.next() == 0)
    #expect(queue.hasRoom)
  }
}
