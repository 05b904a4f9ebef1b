import Foundation
import Testing

@testable import TabularLoading

@Suite struct DistributedSamplerTests {
  /// What `DistributedSampler` of torch 2.15.0 gives, beside the package.
  static let reference = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "shared/reference/distributed_sampler.json")

  private struct Reference: Decodable {
    struct Case: Decodable {
      var num_replicas: Int
      var drop_last: Bool
      var indices: [[Int]]
    }
    var cases: [Case]
  }

  func rows(
    _ count: Int,
    worldSize: Int,
    shuffle: Bool = false,
    dropLast: Bool
  ) throws -> [[Int]] {
    try (0..<worldSize).map { rank in
      try DistributedSampler(
        count: count,
        worldSize: worldSize,
        rank: rank,
        shuffle: shuffle,
        dropLast: dropLast
      )
      .rows(0)
    }
  }

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: reference.path),
      "shared/reference is not beside the package"
    )
  )
  func equalsPyTorchOnElevenRows() throws {
    let data = try Data(contentsOf: Self.reference)
    let cases = try JSONDecoder().decode(Reference.self, from: data).cases
    #expect(cases.count == 10)
    for one in cases {
      let rows = try rows(11, worldSize: one.num_replicas, dropLast: one.drop_last)
      #expect(rows == one.indices, "\(one.num_replicas) ranks, dropLast \(one.drop_last)")
    }
  }

  // torch 2.15.0: DistributedSampler([0, 1], 5, rank, shuffle=False), and of an empty list.
  @Test func repeatsFewRowsOftenEnough() throws {
    #expect(try rows(2, worldSize: 5, dropLast: false) == [[0], [1], [0], [1], [0]])
    #expect(try rows(2, worldSize: 5, dropLast: true) == [[], [], [], [], []])
    #expect(try rows(0, worldSize: 3, dropLast: false) == [[], [], []])
  }

  @Test func dividesTheShuffledOrder() throws {
    let order = try RandomSampler(count: 11, seed: 0).rows(0)
    let ranks = try rows(11, worldSize: 3, shuffle: true, dropLast: false)
    let joined = (0..<12).map { (place: Int) -> Int in ranks[place % 3][place / 3] }
    #expect(joined == order + [order[0]])
    let sampler = try DistributedSampler(count: 11, worldSize: 3, rank: 1)
    #expect(sampler.shuffle)
    #expect(sampler.rows(0) != sampler.rows(1))
    // Ranks keep step: the cursor of one is that of all.
    #expect(
      sampler.identity
        == "DistributedSampler(count: 11, worldSize: 3, shuffle: true, seed: 0, dropLast: false)"
    )
  }
}
