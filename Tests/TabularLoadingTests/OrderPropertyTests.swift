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
    shuffle = random.chance(3, in: 4)
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
