import TabularFrame
import Testing

@testable import TabularLoading

/// What random cases are made of: everything that decides an order, and everything that must not.
private struct Case: CustomStringConvertible {
  var rows: Int
  var batchSize: Int
  var dropLast: Bool
  var shuffle: Bool
  var seed: UInt64
  var epoch: Int
  /// Worker and rank counts before and after the interruption.
  var workers: [Int]
  var ranks: [Int]
  var shards: [Int?]
  /// The batches that were delivered before it.
  var batches: Int
  let source: UInt64

  init(source: UInt64) {
    var random = SplitMix64(seed: source)
    self.source = source
    rows = random.pick([0, 1, 2, 3, 10, 64, 100, 101, 128, 1 + random.below(400)])
    batchSize = random.pick([1, 2, 3, 7, 10, 32, 64, 1 + random.below(150)])
    dropLast = random.chance(1, in: 4)
    // Nothing cannot be shuffled.
    shuffle = random.chance(3, in: 4) && rows > 0
    seed = random.pick([0, 1, .max, random.next()])
    epoch = random.pick([0, 1, 2, 1_000, random.below(1 << 40)])
    workers = [random.below(4), random.below(4)]
    ranks = [1 + random.below(5), 1 + random.below(5)]
    shards = [nil, random.pick([nil, 1, 2, 4, 16])]
    let count = plainBatches(Array(0..<rows), batchSize, dropLast: dropLast).count
    batches = random.below(count + 1)
  }

  var description: String {
    "TABULAR_SEED=\(source): \(rows) rows by \(batchSize), dropLast \(dropLast), shuffle "
      + "\(shuffle), seed \(seed), epoch \(epoch), workers \(workers), ranks \(ranks), "
      + "shards \(shards), \(batches) batches before"
  }

  /// The loaders of all ranks, before the interruption or after it.
  func loaders(_ side: Int, resuming cursor: LoaderCursor? = nil) throws -> [DataLoader<
    [Int], Bool
  >] {
    try (0..<ranks[side]).map { rank in
      try DataLoader(
        Positions(count: rows),
        batchSize: batchSize,
        shuffle: shuffle,
        seed: seed,
        workers: workers[side],
        dropLast: dropLast,
        rank: rank,
        worldSize: ranks[side],
        shards: shards[side],
        resuming: cursor
      )
    }
  }

  /// The batches that the order consists of, without any of the machinery.
  var expected: [[Int]] {
    let permutation = Permutation(count: rows, seed: seed, epoch: epoch)
    let order = shuffle ? (0..<rows).map { permutation[$0] } : Array(0..<rows)
    return plainBatches(order, batchSize, dropLast: dropLast)
  }
}

/// The batches of all ranks, put together from their parts; the parts' sizes.
private func joined(_ ranks: [[[Int]]]) -> (batches: [[Int]], sizes: [[Int]]) {
  guard let steps = ranks.first?.count, ranks.allSatisfy({ $0.count == steps }) else {
    return ([[-1]], [])  // Not the same number of steps: equal to nothing that is expected.
  }
  return (
    (0..<steps).map { step in ranks.flatMap { $0[step] } },
    (0..<steps).map { step in ranks.map { $0[step].count } }
  )
}

extension DataLoaderTests {
  @Suite struct Orders {}
}

extension DataLoaderTests.Orders {
  @Test func isOneForAnyWorkersAndRanksAndResumesExactly() throws {
    for offset in 0..<150 as Range<UInt64> {
      let it = Case(source: testSeed &+ offset)
      let expected = it.expected
      let before = joined(try it.loaders(0).map { try $0.rows(it.epoch) })
      #expect(before.batches == expected, "\(it)")
      // Ranks without shards share as evenly as it goes.
      #expect(before.sizes.allSatisfy { ($0.max() ?? 0) - ($0.min() ?? 0) <= 1 }, "\(it)")
      if !it.dropLast {
        #expect(before.batches.flatMap(\.self).sorted() == Array(0..<it.rows), "\(it)")
      }
      // Every rank saves the same cursor.
      let cursors = try it.loaders(0).map { try $0.cursor(after: it.batches, of: it.epoch) }
      #expect(Set(cursors).count == 1, "\(it)")
      let cursor = try #require(cursors.first).throughJSON()
      #expect(cursor.rows == expected.prefix(it.batches).joined().count, "\(it)")
      let after = joined(try it.loaders(1, resuming: cursor).map { try $0.rows(it.epoch) })
      #expect(after.batches == Array(expected[it.batches...]), "\(it)")
    }
  }

  @Test func tellsEachRankItsPlace() throws {
    let whole = try DataLoader(Positions(count: 23), batchSize: 10, shuffle: true).rows(0)
    for rank in 0..<3 {
      let loader = try DataLoader(
        Positions(count: 23),
        batchSize: 10,
        shuffle: true,
        rank: rank,
        worldSize: 3
      )
      #expect((loader.batchSize, loader.batchCount) == (10, 3))
      try loader.forEachBatch(epoch: 0) { batch in
        let rows = whole[batch.index]
        #expect(batch.wholeCount == rows.count)
        #expect(batch.offset == rank * rows.count / 3)
        #expect(Array(rows[batch.offset...].prefix(batch.count)) == batch.features)
      }
    }
  }
}

/// A sampler or batch sampler that a seed chooses, for `rows` rows.
private func batches(_ random: inout SplitMix64, rows: Int) throws -> any BatchSampling {
  let batchSize = 1 + random.below(40)
  let seed = random.next()
  let dropLast = random.chance(1, in: 3)
  let sampler: any Sampler
  switch random.below(7) {
  case 0:
    sampler = try WindowShuffleSampler(
      count: rows,
      blockSize: 1 + random.below(20),
      windowBlocks: 1 + random.below(6),
      seed: seed
    )
  case 1:
    sampler = try WeightedRandomSampler(
      weights: (0..<rows).map { _ in 0.1 + random.unit() },
      sampleCount: 1 + random.below(200),
      seed: seed
    )
  case 2:
    sampler = try RandomSampler(count: rows, sampleCount: 1 + random.below(3 * rows), seed: seed)
  case 3:
    sampler = try RandomSampler(count: rows, replacement: true, seed: seed)
  case 4: sampler = try SubsetRandomSampler((0..<rows).filter { $0 % 3 > 0 }, seed: seed)
  case 5:
    sampler = try DistributedSampler(
      count: rows,
      worldSize: 1 + random.below(4),
      rank: 0,
      seed: seed
    )
  default:
    return try StratifiedBatchSampler(
      labels: (0..<rows).map { _ in random.below(4) },
      batchSize: batchSize,
      dropLast: dropLast,
      seed: seed
    )
  }
  return try BatchSampler(sampler, batchSize: batchSize, dropLast: dropLast)
}

extension DataLoaderTests.Orders {
  @Test func isThatOfAnySamplerForAnyWorkersAndRanks() throws {
    for offset in 0..<100 as Range<UInt64> {
      var random = SplitMix64(seed: testSeed &+ offset)
      let rows = 1 + random.below(150)
      let sampler = try batches(&random, rows: rows)
      let epoch = random.below(100)
      let expected = sampler.batches(epoch)
      let ranks = 1 + random.below(4)
      let workers = random.below(3)
      let place: Comment = "TABULAR_SEED=\(testSeed &+ offset): \(sampler.identity), epoch \(epoch)"
      func loaders(_ ranks: Int, resuming cursor: LoaderCursor? = nil) throws -> [DataLoader<
        [Int], Bool
      >] {
        try (0..<ranks).map { rank in
          try DataLoader(
            Positions(count: rows),
            batchSampler: sampler,
            workers: workers,
            persistentWorkers: workers > 1,
            rank: rank,
            worldSize: ranks,
            resuming: cursor
          )
        }
      }
      #expect(joined(try loaders(ranks).map { try $0.rows(epoch) }).batches == expected, place)
      let batches = random.below(expected.count + 1)
      let cursor = try #require(loaders(ranks).last).cursor(after: batches, of: epoch)
      let after = try loaders(1 + random.below(4), resuming: cursor.throughJSON())
      #expect(
        joined(try after.map { try $0.rows(epoch) }).batches == Array(expected[batches...]),
        place
      )
    }
  }
}
