import TabularFrame
import Testing

@testable import TabularLoading

extension Sampler {
  /// The rows of an epoch, asked for all at once.
  func rows(_ epoch: Int = 0) -> [Int] { order(epoch: epoch).rows(at: 0..<count) }

  /// The rows of an epoch, asked for in pieces of a length that a seed decides.
  func rows(_ epoch: Int, inPiecesOf seed: UInt64) -> [Int] {
    var random = SplitMix64(seed: seed)
    let order = order(epoch: epoch)
    var rows: [Int] = []
    while rows.count < count {
      rows += order.rows(at: rows.count..<min(count, rows.count + 1 + random.below(9)))
    }
    return rows
  }
}

extension DataLoaderTests {
  @Suite struct Samplers {}
}

extension DataLoaderTests.Samplers {
  @Test func goesThroughTheRowsInTheirOrder() {
    let sampler = SequentialSampler(count: 5)
    #expect(sampler.rows() == [0, 1, 2, 3, 4])
    #expect(sampler.rows(7) == [0, 1, 2, 3, 4])
    #expect(sampler.identity == "SequentialSampler(count: 5)")
    #expect(SequentialSampler(count: 0).rows().isEmpty)
  }

  @Test func isTheShuffleOfALoader() throws {
    let sampler = try RandomSampler(count: 100, seed: 3)
    let loader = try DataLoader(Positions(count: 100), batchSize: 9, shuffle: true, seed: 3)
    let other = try DataLoader(Positions(count: 100), batchSize: 9, sampler: sampler)
    for epoch in 0..<3 {
      #expect(sampler.rows(epoch).sorted() == Array(0..<100))
      #expect(try loader.rows(epoch).flatMap(\.self) == sampler.rows(epoch))
      #expect(try other.rows(epoch) == loader.rows(epoch))
    }
    #expect(sampler.identity == "RandomSampler(count: 100, seed: 3)")
    #expect(loader.batchSampler.identity == other.batchSampler.identity)
  }

  @Test func answersPiecesAsTheWhole() throws {
    let samplers: [any Sampler] = [
      SequentialSampler(count: 50),
      try RandomSampler(count: 50, seed: 1),
      try RandomSampler(count: 50, replacement: true, sampleCount: 120, seed: 1),
      try RandomSampler(count: 7, sampleCount: 50, seed: 1),
      try RandomSampler(count: 50, sampleCount: 7, seed: 1),
      try SubsetRandomSampler(stride(from: 0, to: 100, by: 3), seed: 1),
      try SubsetSequentialSampler([5, 3, 9, 9, 0]),
      try WeightedRandomSampler(weights: [1, 2, 3], sampleCount: 50, seed: 1),
      try WeightedRandomSampler(weights: [1, 2, 3], sampleCount: 2, replacement: false, seed: 1),
      try DistributedSampler(count: 50, worldSize: 3, rank: 2, seed: 1),
      try WindowShuffleSampler(count: 50, blockSize: 4, windowBlocks: 3, seed: 1),
    ]
    for sampler in samplers {
      let epochs = [0, 1, 5].map { sampler.rows($0) }
      for (epoch, rows) in zip([0, 1, 5], epochs) {
        #expect(rows.count == sampler.count)
        for seed in 0..<5 as Range<UInt64> {
          #expect(sampler.rows(epoch, inPiecesOf: seed) == rows, "\(sampler.identity)")
        }
      }
      let isFixed = sampler is SequentialSampler || sampler is SubsetSequentialSampler
      #expect((Set(epochs).count == 1) == isFixed, "\(sampler.identity)")
    }
  }

  @Test func drawsWithReplacement() throws {
    let sampler = try RandomSampler(count: 10, replacement: true, sampleCount: 50_000, seed: 4)
    var hits = Array(repeating: 0, count: 10)
    for row in sampler.rows(1) { hits[row] += 1 }
    // Nine degrees of freedom: 99.9 % of all seeds stay below 27.9.
    let statistic = hits.reduce(0) { $0 + Double(($1 - 5_000) * ($1 - 5_000)) / 5_000 }
    #expect(statistic < 27.9, "chi-square of \(hits)")
    #expect(try RandomSampler(count: 10, replacement: true).count == 10)
    #expect(
      sampler.identity == "RandomSampler(count: 10, replacement: true, sampleCount: 50000, seed: 4)"
    )
  }

  @Test func drawsWholeOrdersOneBehindTheOther() throws {
    let sampler = try RandomSampler(count: 30, sampleCount: 100, seed: 4)
    let rows = sampler.rows(2)
    let rounds = stride(from: 0, to: 90, by: 30).map { Array(rows[$0..<$0 + 30]) }
    #expect(rounds.allSatisfy { $0.sorted() == Array(0..<30) })
    #expect(Set(rounds).count == 3)
    #expect(Set(rows[90...]).count == 10)
    #expect(try rounds[0] == RandomSampler(count: 30, seed: 4).rows(2))
    #expect(try RandomSampler(count: 30, sampleCount: 7, seed: 4).rows(2) == Array(rows[..<7]))
    #expect(sampler.identity == "RandomSampler(count: 30, sampleCount: 100, seed: 4)")
  }

  @Test func visitsSomeRows() throws {
    let sampler = try SubsetRandomSampler([8, 8, 2, 5], seed: 1)
    let orders = Set((0..<100).map { sampler.rows($0) })
    #expect(orders.count == 12)
    #expect(orders.allSatisfy { $0.sorted() == [2, 5, 8, 8] })
    #expect(try SubsetRandomSampler([]).rows().isEmpty)
    #expect(try SubsetSequentialSampler([8, 8, 2, 5]).rows(3) == [8, 8, 2, 5])
    let other = try SubsetRandomSampler([8, 8, 2, 6], seed: 1)
    #expect(other.identity != sampler.identity)
    #expect(sampler.identity.hasPrefix("SubsetRandomSampler(count: 4, rows: "))
  }

  // Frozen when they were first made. A change is another order: raise `orderVersion` with it.
  @Test func answersAsItAlwaysDid() throws {
    let replacement = try RandomSampler(count: 50, replacement: true, sampleCount: 9, seed: 7)
    #expect(replacement.rows(2) == [12, 34, 34, 43, 47, 35, 8, 49, 41])
    let repeated = try RandomSampler(count: 5, sampleCount: 14, seed: 7)
    #expect(repeated.rows(2) == [0, 4, 2, 3, 1, 1, 4, 3, 0, 2, 4, 1, 0, 2])
    let window = try WindowShuffleSampler(count: 14, blockSize: 4, windowBlocks: 2, seed: 7)
    #expect(window.rows(2) == [5, 2, 6, 1, 0, 7, 3, 4, 10, 8, 13, 12, 11, 9])
    let labels = [0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1]
    let stratified = try StratifiedBatchSampler(labels: labels, batchSize: 4, seed: 7)
    #expect(stratified.batches(2) == [[7, 8, 0, 4], [3, 5, 10, 6], [9, 2, 1]])
    #expect(Permutation.orderVersion == 1)
  }

  @Test func canBeOnesOwn() throws {
    struct Reversed: Sampler {
      let count: Int
      var identity: String { "Reversed(count: \(count))" }
      func order(epoch: Int) -> any RowOrder { RowList((0..<count).reversed()) }
    }
    let loader = try DataLoader(Positions(count: 7), batchSize: 3, sampler: Reversed(count: 7))
    #expect(try loader.rows(0) == [[6, 5, 4], [3, 2, 1], [0]])
    let ranks = try (0..<2).map { rank in
      try DataLoader(
        Positions(count: 7),
        batchSize: 3,
        sampler: Reversed(count: 7),
        workers: 2,
        rank: rank,
        worldSize: 2
      )
      .rows(0)
    }
    #expect(ranks == [[[6], [3], []], [[5, 4], [2, 1], [0]]])
  }
}
