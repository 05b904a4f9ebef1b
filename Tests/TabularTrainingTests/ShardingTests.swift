import Testing

@testable import TabularTraining

struct ShardingTests {
  @Test(
    arguments: zip(
      [1, 31, 32, 63, 64, 127, 128, 256, 1_000, 2_048, 4_096, 1_000_000],
      [1, 1, 1, 1, 2, 2, 4, 8, 16, 64, 64, 64]
    )
  )
  func leavesAShard32Rows(batchSize: Int, count: Int) {
    #expect(Sharding(batchSize: batchSize).count == count)
  }

  @Test(arguments: [1, 2, 8, 64])
  func cutsRowsIntoRuns(count: Int) throws {
    let sharding = try Sharding(count: count)
    for rows in [1, 3, 59, 64, 100, 1_001] {
      let runs = (0..<count).map { sharding.rows(of: $0, outOf: rows) }
      #expect(runs.flatMap(\.self) == Array(0..<rows))
      #expect(
        runs.allSatisfy { $0.count == rows / count || $0.count == (rows + count - 1) / count }
      )
      #expect(runs.map(\.count).max() == sharding.mostRows(outOf: rows))
    }
    for devices in [1, 2, 3, 5, 8, 100] {
      let runs = (0..<devices).map { sharding.shards(of: $0, outOf: devices) }
      #expect(runs.flatMap(\.self) == Array(0..<count))
    }
  }

  @Test(arguments: [-1, 0, 3, 6, 100])
  func refusesOtherThanPowersOfTwo(count: Int) {
    #expect(throws: TrainingError.self) { try Sharding(count: count) }
  }
}
