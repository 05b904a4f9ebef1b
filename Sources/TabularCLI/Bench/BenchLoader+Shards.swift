import TabularTensor
import TabularLoading

// A folder of shards, which may be larger than memory.
extension BenchLoader {
  /// Times an epoch in order, and one that is shuffled in windows, with the most memory that each
  /// takes.
  func timeShards(_ folder: String) throws {
    let dataset = try ShardDataset<Float>(folder, memory: rowMemory)
    let inOrder = try DataLoader(dataset, batchSize: batchSize, workers: workers)
    let shuffled = try DataLoader(
      dataset,
      batchSize: batchSize,
      sampler: dataset.windowShuffle(seed: seed),
      workers: workers
    )
    let name = folder.split(separator: "/").last.map(String.init) ?? folder
    var results = ["in order", "shuffled in windows"].map { order in
      BenchResult(
        subject: "loader",
        name: "\(name), \(order), \(workers) workers",
        rows: dataset.count,
        bytes: dataset.count * dataset.featureNames.count * MemoryLayout<Float>.stride
      )
    }
    var expected: UInt32?
    for run in 0..<bench.runs {
      for (index, loader) in [inOrder, shuffled].enumerated() {
        BenchResult.forgetPeak()
        let start = ContinuousClock.now
        var sum: UInt32 = 0
        try loader.forEachBatch(epoch: run) { sum &+= checksum($0.features) }
        results[index].seconds = min(
          results[index].seconds,
          start.duration(to: .now) / .seconds(1)
        )
        results[index].peak = max(results[index].peak ?? 0, BenchResult.peakMemory)
        guard sum == expected ?? sum else {
          throw Failure("the rows of '\(results[index].name)' are wrong; please report it")
        }
        expected = sum
      }
    }
    results[0].show(json: bench.json, against: nil)
    results[1].show(json: bench.json, against: results[0])
  }

  /// The bytes of rows that may be in memory: what the process takes beside them is left out.
  private var rowMemory: Int {
    memory.limit.map { max($0 / 2, $0 - (80 << 20)) } ?? 256 << 20
  }
}
