import TabularFrame
import TabularTensor
import Testing

@testable import TabularLoading

extension DataLoaderTests {
  @Suite struct Elements {}
}

/// Elements that are batches already: element i has i + 1 rows.
private struct Chunks: Dataset {
  let count = 5
  subscript(index: Int) -> Sample<Tensor<Float>, [Int]> {
    get throws {
      if index == 4 { throw Unreadable(index: 4) }
      return Sample(features: Tensor(zeros: [index + 1, 2]), target: Array(0...index))
    }
  }
}

extension DataLoaderTests.Elements {
  @Test(arguments: [0, 2])
  func areDeliveredAsTheyAre(workers: Int) throws {
    let loader = try DataLoader(Chunks(), batchSize: nil, workers: workers)
    var targets: [[Int]] = []
    let error = #expect(throws: LoadingError.self) {
      try loader.forEachBatch(epoch: 0) { batch in
        // Not [1, rows, 2], as a batch of one element has it.
        #expect(batch.features.shape == [batch.index + 1, 2])
        #expect(batch.rowIDs == [RowID(record: batch.index)])
        targets.append(batch.target)
      }
    }
    #expect(targets == (0..<4).map { Array(0...$0) })
    #expect(error?.underlying as? Unreadable == Unreadable(index: 4))
    #expect((loader.batchSize, loader.batchCount) == (1, 5))
  }

  @Test func areShuffledAndResumed() throws {
    let loader = try DataLoader(Numbers(count: 30), batchSize: nil, shuffle: true, seed: 3)
    let plain = try DataLoader(Numbers(count: 30), shuffle: true, seed: 3)
    var rows: [[Int]] = []
    try loader.forEachBatch(epoch: 2) { batch in
      #expect(batch.features == [Float(batch.target)])
      rows.append([Int(batch.target)])
    }
    #expect(rows == (try plain.rows(2)))
    let cursor = try loader.cursor(after: 11, of: 2)
    let resumed = try DataLoader(
      Numbers(count: 30),
      batchSize: nil,
      shuffle: true,
      seed: 3,
      resuming: cursor
    )
    #expect(try resumed.rows(2) == Array(rows[11...]))
  }

  @Test func areConvertedOneByOne() throws {
    struct Pairs: Dataset {
      let count = 3
      subscript(index: Int) -> (String, Int) { ("\(index)", index) }
    }
    var pairs: [String] = []
    try DataLoader(Pairs(), batchSize: nil).forEachBatch(epoch: 0) {
      pairs.append("\($0.features) \($0.target)")
    }
    #expect(pairs == ["0 0", "1 1", "2 2"])
    let converting = try DataLoader(Pairs(), batchSize: nil, sampler: SequentialSampler(count: 2)) {
      (features: $0.0 + "!", target: -$0.1)
    }
    pairs = []
    try converting.forEachBatch(epoch: 0) { pairs.append("\($0.features) \($0.target)") }
    #expect(pairs == ["0! 0", "1! -1"])
  }
}
