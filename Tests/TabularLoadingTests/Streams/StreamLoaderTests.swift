import CoreMetrics
import Foundation
import MetricsTestKit
import TabularFrame
import TabularTensor
import Testing

@testable import TabularLoading

// Tests that have workers belong into this suite, which goes through them one after the other.
extension DataLoaderTests {
  @Suite struct Streams {}
}

extension DataLoaderTests.Streams {
  @Test(arguments: [0, 1, 2, 3, 5], [0, 1, 9, 10, 11, 100])
  func areTheSameForAnyNumberOfWorkers(workers: Int, count: Int) async throws {
    for (batchSize, dropLast) in [(1, false), (10, false), (10, true), (7, false), (200, false)] {
      let loader = try StreamLoader(
        NumberStream(count: count),
        batchSize: batchSize,
        workers: workers,
        dropLast: dropLast
      )
      let expected = plainBatches(Array(0..<count), batchSize, dropLast: dropLast)
      #expect(try loader.numbers(3) == expected)
      #expect(try await loader.numbersOfTask(0) == expected)
      var index = 0
      try loader.forEachBatch(epoch: 2) { batch in
        #expect((batch.index, batch.epoch) == (index, 2))
        #expect(batch.rowIDs == expected[index].map { RowID(record: $0) })
        #expect(batch.features.shape == [expected[index].count, 1])
        index += 1
      }
    }
  }

  @Test(arguments: [0, 1, 2, 3])
  func giveRanksTheirPartOfEachBatch(workers: Int) throws {
    for (count, worldSize) in [(100, 2), (103, 3), (41, 4), (3, 5), (0, 2)] {
      let whole = plainBatches(Array(0..<count), 10)
      var joined = whole.map { _ in [Int]() }
      for rank in 0..<worldSize {
        let loader = try StreamLoader(
          NumberStream(count: count),
          batchSize: 10,
          workers: workers,
          rank: rank,
          worldSize: worldSize
        )
        var index = 0
        try loader.forEachBatch(epoch: 0) { batch in
          #expect(batch.offset == joined[index].count)
          #expect(batch.wholeCount == whole[index].count)
          joined[index] += batch.target.scalars.map(Int.init)
          index += 1
        }
        #expect(index == whole.count)
      }
      #expect(joined == whole)
      // As `ShardedSampler` divides the rows of a dataset.
      let rows = try DataLoader(
        Numbers(count: count),
        batchSize: 10,
        rank: worldSize - 1,
        worldSize: worldSize
      )
      let last = try StreamLoader(
        NumberStream(count: count),
        batchSize: 10,
        rank: worldSize - 1,
        worldSize: worldSize
      )
      #expect(try last.numbers(0) == rows.rows(0))
    }
  }

  @Test(arguments: [1, 2, 3])
  func divideThemselvesAsInPyTorch(workers: Int) async throws {
    let told = Contexts()
    let dataset = NumberStream(
      count: 10,
      division: .byDataset,
      gives: { number, context in number % context.workerCount == context.worker },
      open: { told.add($0) }
    )
    let loader = try StreamLoader(dataset, batchSize: 2, seed: 5, workers: workers)
    // What torch 2 delivers for `DataLoader(dataset, batch_size=2, num_workers=workers)` of a dataset
    // that yields `i for i in range(10) if i % info.num_workers == info.id`.
    let expected = [
      1: [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]],
      2: [[0, 2], [1, 3], [4, 6], [5, 7], [8], [9]],
      3: [[0, 3], [1, 4], [2, 5], [6, 9], [7], [8]],
    ]
    #expect(try await loader.numbersOfTask(4) == expected[workers])
    #expect(
      told.sorted
        == (0..<workers).map {
          StreamContext(seed: 5, epoch: 4, worker: $0, workerCount: workers, batchSize: 2)
        }
    )
    var ids: [RowID] = []
    try loader.forEachBatch(epoch: 0) { ids += $0.rowIDs }
    #expect(ids.count == 10 && Set(ids).count == 10)
    #expect(ids.filter { $0.file == workers - 1 }.map(\.record) == Array(0..<(10 / workers)))
  }

  @Test func leaveTheTurnToOthersWhenTheyEnd() throws {
    // Worker 1 has nothing, worker 0 the first three numbers, worker 2 all others.
    let dataset = NumberStream(
      count: 12,
      division: .byDataset,
      gives: { number, context in
        context.worker == 0 ? number < 3 : context.worker == 2 && number >= 3
      }
    )
    let loader = try StreamLoader(dataset, batchSize: 2, workers: 3)
    #expect(try loader.numbers(0) == [[0, 1], [3, 4], [2], [5, 6], [7, 8], [9, 10], [11]])
    let full = try StreamLoader(dataset, batchSize: 2, workers: 3, dropLast: true)
    #expect(try full.numbers(0) == [[0, 1], [3, 4], [5, 6], [7, 8], [9, 10]])
  }

  @Test(arguments: [0, 1, 2, 5])
  func divideThemselvesIntoTheSameBatchesByWhatAWorkerOwns(workers: Int) throws {
    let dataset = NumberStream(
      count: 47,
      division: .byDataset,
      gives: { number, context in context.owns(number) }
    )
    let loader = try StreamLoader(dataset, batchSize: 5, workers: workers)
    #expect(try loader.numbers(0) == plainBatches(Array(0..<47), 5))
  }

  @Test func areToldOfOneWorkerWhereTheLoaderDivides() throws {
    let told = Contexts()
    // Divided by what it is told, and nothing is lost.
    let dataset = NumberStream(
      count: 20,
      gives: { number, context in number % context.workerCount == context.worker },
      open: { told.add($0) }
    )
    let loader = try StreamLoader(dataset, batchSize: 3, workers: 3)
    #expect(try loader.numbers(1) == plainBatches(Array(0..<20), 3))
    #expect(told.sorted == Array(repeating: StreamContext(epoch: 1, batchSize: 3), count: 3))
  }

  @Test func drawTheSameNumbersForAnyWorker() throws {
    struct Noise: IterableDataset {
      func makeStream(_ context: StreamContext) -> ClosureStream<(Double, Int64)> {
        var position = 0
        return ClosureStream {
          guard position < 30 else { return nil }
          defer { position += 1 }
          var generator = context.generator(position: position)
          return (Double(generator.next() >> 11), Int64(position))
        }
      }
    }
    func draws(_ workers: Int, epoch: Int, seed: UInt64 = 1) throws -> [Double] {
      var draws: [Double] = []
      let loader = try StreamLoader(Noise(), batchSize: 4, seed: seed, workers: workers)
      try loader.forEachBatch(epoch: epoch) { draws += $0.features.scalars }
      return draws
    }
    let alone = try draws(0, epoch: 2)
    #expect(Set(alone).count == 30)
    #expect(try draws(3, epoch: 2) == alone)
    #expect(try draws(0, epoch: 3) != alone)
    #expect(try draws(0, epoch: 2, seed: 2) != alone)
  }

  @Test(arguments: [0, 1, 4])
  func readTheLinesOfAFile(workers: Int) throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "lines-\(UUID().uuidString).csv")
    defer { try? FileManager.default.removeItem(at: path) }
    let text = (0..<50).map { "\($0),\($0 * 2),\($0 * 3)\n" }.joined()
    try text.write(to: path, atomically: true, encoding: .utf8)
    let loader = try StreamLoader(Lines(path: path.path), batchSize: 8, workers: workers)
    var features: [Float] = []
    var targets: [Float] = []
    try loader.forEachBatch(epoch: 0) { batch in
      #expect(batch.features.shape == [batch.index == 6 ? 2 : 8, 2])
      features += batch.features.scalars
      targets += batch.target.scalars
    }
    let numbers = (0..<50).map { Float($0) }
    #expect(features == numbers.flatMap { [$0, $0 * 2] })
    #expect(targets == numbers.map { $0 * 3 })
  }

  @Test func comeFromAnIteratorAndAClosureOfOnesOwn() throws {
    struct Range: IterableDataset {
      struct Stream: ElementStream {
        var iterator = (0..<10).makeIterator()
        mutating func next() -> Int? { iterator.next() }
      }
      func makeStream(_ context: StreamContext) -> Stream { Stream() }
    }
    let loader = try StreamLoader(Range(), batchSize: 4, workers: 2) { numbers in
      (features: numbers.map { $0 * 10 }, target: numbers.count)
    }
    var batches: [[Int]] = []
    try loader.forEachBatch(epoch: 0) { batches.append($0.features) }
    #expect(batches == [[0, 10, 20, 30], [40, 50, 60, 70], [80, 90]])
    #expect(Range().fingerprint != NumberStream(count: 1).fingerprint)
  }

  @Test func countWhatTheyDeliver() throws {
    let loader = try StreamLoader(NumberStream(count: 25), batchSize: 10, workers: 2)
    #expect((loader.batchSize, loader.prefetchFactor, loader.workers) == (10, 2, 2))
    try loader.forEachBatch(epoch: 0) { _ in usleep(1_000) }
    let counts = loader.statistics
    #expect((counts.batches, counts.rows, counts.bytes) == (3, 25, 25 * 12))
    #expect(counts.seconds > 0 && counts.consumerWait <= counts.seconds)
    #expect(counts.queueDepth <= 4)
    loader.resetStatistics()
    #expect(loader.statistics == LoaderStatistics())
  }

  @Test(arguments: [0, 2])
  func tellTheirGauges(workers: Int) async throws {
    let metrics = TestMetrics()
    func last(_ name: String, _ loader: String) throws -> Double? {
      try metrics.expectGauge("tabular_loader_\(name)", [("loader", loader)]).lastValue
    }
    try await withMetricsFactory(metrics) {
      let loader = try StreamLoader(NumberStream(count: 30), batchSize: 20, workers: workers)
      try loader.forEachBatch(epoch: 0) { _ in }
      #expect(try last("rows", "default") == 30)
      loader.nameMetrics("stream")
      for try await _ in loader.epoch(1) {}
      #expect(try last("batches", "stream") == 4)
      #expect(try last("rows", "default") == 30)
    }
  }

  @Test(arguments: [0, 1, 3])
  func areDeliveredOneByOneWithoutABatchSize(workers: Int) throws {
    struct Words: IterableDataset {
      func makeStream(_ context: StreamContext) -> ClosureStream<(String, Int)> {
        var next = 0
        return ClosureStream {
          defer { next += 1 }
          return next < 7 ? ("word \(next)", next) : nil
        }
      }
    }
    let loader = try StreamLoader(Words(), batchSize: nil, workers: workers)
    var words: [String] = []
    try loader.forEachBatch(epoch: 0) { words.append($0.features) }
    #expect(words == (0..<7).map { "word \($0)" })
    let samples = try StreamLoader(NumberStream(count: 7), batchSize: nil, workers: workers)
    var numbers: [Int64] = []
    try samples.forEachBatch(epoch: 0) { numbers.append($0.target) }
    #expect(numbers == Array(0..<7))
    let converting = try StreamLoader(Words(), batchSize: nil, workers: workers) {
      (features: $0.0.count, target: Double($0.1))
    }
    try converting.forEachBatch(epoch: 0) {
      #expect(($0.features, $0.target) == (6, Double($0.index)))
    }
  }
}

/// What streams were told.
private final class Contexts: @unchecked Sendable {
  private let lock = NSLock()
  private var contexts: [StreamContext] = []
  func add(_ context: StreamContext) { lock.withLock { contexts.append(context) } }
  var sorted: [StreamContext] {
    lock.withLock { contexts.sorted { $0.worker < $1.worker } }
  }
}
