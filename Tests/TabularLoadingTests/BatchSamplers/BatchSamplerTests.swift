import TabularFrame
import Testing

@testable import TabularLoading

extension BatchSampling {
  /// The rows of each batch of an epoch.
  func batches(_ epoch: Int = 0) -> [[Int]] {
    let order = order(epoch: epoch)
    return (0..<batchCount).map { order.rows(ofBatch: $0) }
  }
}

extension DataLoaderTests {
  @Suite struct BatchSamplers {}
}

extension DataLoaderTests.BatchSamplers {
  @Test func cutsAnOrderIntoBatches() throws {
    let sampler = SequentialSampler(count: 7)
    let batches = try BatchSampler(sampler, batchSize: 3)
    #expect(batches.batches() == [[0, 1, 2], [3, 4, 5], [6]])
    #expect(
      try BatchSampler(sampler, batchSize: 3, dropLast: true).batches() == [[0, 1, 2], [3, 4, 5]]
    )
    #expect(try BatchSampler(sampler, batchSize: 7, dropLast: true).batchCount == 1)
    #expect(try BatchSampler(sampler, batchSize: .max).batches() == [Array(0..<7)])
    #expect(try BatchSampler(SequentialSampler(count: 0), batchSize: 3).batchCount == 0)
    #expect(
      batches.identity
        == "BatchSampler(SequentialSampler(count: 7), batchSize: 3, dropLast: false)"
    )
  }

  @Test func isWhatALoaderMakesOfItsArguments() throws {
    let made = try BatchSampler(RandomSampler(count: 50, seed: 3), batchSize: 8, dropLast: true)
    let loader = try DataLoader(
      Positions(count: 50),
      batchSize: 8,
      shuffle: true,
      seed: 3,
      dropLast: true
    )
    #expect(loader.batchSampler.identity == made.identity)
    let given = try DataLoader(Positions(count: 50), batchSampler: made)
    #expect((given.batchSize, given.batchCount) == (8, 6))
    #expect(try given.rows(4) == loader.rows(4))
  }

  @Test func canBeOnesOwn() throws {
    // Batches of growing length, two of which share a row.
    struct Growing: BatchSampling, BatchOrder {
      var batchSize: Int { 3 }
      var batchCount: Int { 3 }
      var identity: String { "Growing" }
      func order(epoch: Int) -> any BatchOrder { self }
      func rows(ofBatch index: Int) -> [Int] { Array(index...2 * index) }
    }
    let loader = try DataLoader(Positions(count: 5), batchSampler: Growing(), workers: 2)
    #expect(try loader.rows(0) == [[0], [1, 2], [2, 3, 4]])
    let ranks = try (0..<2).map {
      try DataLoader(Positions(count: 5), batchSampler: Growing(), rank: $0, worldSize: 2).rows(0)
    }
    #expect(ranks == [[[], [1], [2]], [[0], [2], [3, 4]]])
    let cursor = try loader.cursor(after: 2, of: 0)
    #expect((cursor.batches, cursor.rows, cursor.order) == (2, 3, "Growing"))
    let resumed = try DataLoader(
      Positions(count: 5),
      batchSampler: Growing(),
      resuming: cursor.throughJSON()
    )
    #expect(try resumed.rows(0) == [[2, 3, 4]])
  }
}
