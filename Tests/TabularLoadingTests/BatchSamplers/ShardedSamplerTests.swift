import TabularFrame
import Testing

@testable import TabularLoading

@Suite struct ShardedSamplerTests {
  func parts(_ rows: Int, _ batchSize: Int, ranks: Int, shards: Int? = nil) throws -> [[[Int]]] {
    let whole = try BatchSampler(SequentialSampler(count: rows), batchSize: batchSize)
    return try (0..<ranks).map {
      try ShardedSampler(whole, rank: $0, of: ranks, shards: shards).batches()
    }
  }

  @Test func sharesEachBatchAsEvenlyAsItGoes() throws {
    let five = try parts(12, 5, ranks: 3)
    #expect(five[0] == [[0], [5], []])
    #expect(five[1] == [[1, 2], [6, 7], [10]])
    #expect(five[2] == [[3, 4], [8, 9], [11]])
    #expect(try parts(3, 2, ranks: 1) == [[[0, 1], [2]]])
    #expect(try parts(2, 2, ranks: 4) == [[[]], [[0]], [[]], [[1]]])
    #expect(try parts(0, 2, ranks: 2) == [[], []])
  }

  @Test func givesWholeShardsToARank() throws {
    // Eight rows in four shards of two; three ranks hold one, one and two of them.
    #expect(
      try parts(8, 8, ranks: 3, shards: 4) == [[[0, 1]], [[2, 3]], [[4, 5, 6, 7]]]
    )
    // More ranks than shards: some rest.
    #expect(try parts(4, 4, ranks: 3, shards: 2) == [[[]], [[0, 1]], [[2, 3]]])
    // More shards than rows: some shards are empty.
    #expect(try parts(3, 3, ranks: 2, shards: 8) == [[[0]], [[1, 2]]])
  }

  @Test func cutsShardsLikeAPlainDivision() throws {
    var random = SplitMix64(seed: testSeed)
    for _ in 0..<200 {
      let total = random.below(100)
      let shards = 1 << random.below(7)
      let ranks = 1 + random.below(9)
      let parts = try parts(total, max(total, 1), ranks: ranks, shards: shards)
      guard total > 0 else { continue }
      let runs = (0..<shards).map { shard in
        Array((shard * total / shards)..<((shard + 1) * total / shards))
      }
      for rank in 0..<ranks {
        let held = (rank * shards / ranks)..<((rank + 1) * shards / ranks)
        #expect(
          parts[rank][0] == runs[held].flatMap(\.self),
          "TABULAR_SEED=\(testSeed): \(total) rows, \(shards) shards, rank \(rank) of \(ranks)"
        )
      }
    }
  }

  @Test func hasTheOrderOfTheWhole() throws {
    let whole = try BatchSampler(RandomSampler(count: 30, seed: 1), batchSize: 7)
    let part = try ShardedSampler(whole, rank: 1, of: 2)
    #expect(part.identity == whole.identity)
    #expect((part.batchSize, part.batchCount) == (7, 5))
    // Any batches can be shared, not only slices of an order.
    let stratified = try StratifiedBatchSampler(labels: (0..<30).map { $0 % 3 }, batchSize: 7)
    let parts = try (0..<3).map { try ShardedSampler(stratified, rank: $0, of: 3).batches(2) }
    #expect((0..<5).map { step in parts.flatMap { $0[step] } } == stratified.batches(2))
  }
}
