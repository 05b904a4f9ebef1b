import TabularFrame
import Testing

@testable import TabularPreprocessing

struct ValueCountsTests {
  /// Against a dictionary, up to the value that there is no room for.
  @Test(arguments: [1, 3, 200, 1024, 1025, 5_000])
  func countsUpToItsLimit(distinct: Int) {
    var random = SplitMix64(seed: testSeed &+ UInt64(distinct))
    let comment: Comment = "TABULAR_SEED=\(testSeed), \(distinct) different values"
    let values = (0..<20_000).map { _ in Double(random.below(distinct)) * 0.37 - 11 }
    var oracle: [Double: Int] = [:]
    var expected = 0
    for value in values {
      if oracle[value] == nil, oracle.count == ValueCounts.limit { break }
      oracle[value, default: 0] += 1
      expected += 1
    }
    var counts = ValueCounts()
    var taken = 0
    values.withUnsafeBufferPointer { values in
      for first in stride(from: 0, to: values.count, by: 777) where taken == first {
        let piece = values[first..<min(first + 777, values.count)]
        taken += counts.add(UnsafeBufferPointer(rebasing: piece))
      }
    }
    #expect(taken == expected && counts.total == expected, comment)
    #expect(counts.distinct == oracle.count, comment)
    let found = Dictionary(uniqueKeysWithValues: counts.values.map { ($0.value, $0.times) })
    #expect(found == oracle, comment)
  }

  /// Bags that count, and bags that no longer do, in every order.
  @Test(arguments: 0..<6)
  func bagsOfFewAndOfManyValuesMerge(round: Int) {
    var random = SplitMix64(seed: testSeed &+ UInt64(round))
    var all: [Double] = []
    var bag = ValueBag()
    for part in 0..<5 {
      let distinct = random.pick([1, 40, 900, 3_000, 200_000])
      let count = random.below(6_000)
      let values = (0..<count).map { _ in Double(random.below(distinct) + 100 * part) }
      var next = ValueBag()
      values.withUnsafeBufferPointer { next.add($0) }
      bag.merge(next)
      all += values
    }
    all.sort()
    let comment: Comment = "TABULAR_SEED=\(testSeed), round \(round)"
    #expect(bag.count == all.count, comment)
    let sorted = bag.sorted
    for rank in stride(from: 0, to: all.count, by: 97) {
      #expect(sorted[rank] == all[rank] && bag[rank] == all[rank], comment)
    }
  }
}
