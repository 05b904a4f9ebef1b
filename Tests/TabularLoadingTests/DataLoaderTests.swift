import TabularFrame
import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularLoading

// One after the other: the tests of threads count those of the whole process. So every test that
// has workers belongs in here.
@Suite(.serialized) struct DataLoaderTests {
  @Suite struct Batches {}
  @Suite struct Failures {}
  @Suite struct Threads {}
}

extension DataLoaderTests.Batches {
  @Test func cutsTheRowsInTheirOrder() throws {
    let loader = try DataLoader(numberedMatrix(7), batchSize: 3)
    #expect((loader.count, loader.batchCount) == (7, 3))
    var batches: [Batch<Tensor<Float>, Labels<Float>?>] = []
    try loader.forEachBatch(epoch: 4) { batches.append($0) }
    #expect(batches.map(\.count) == [3, 3, 1])
    #expect(batches.map(\.index) == [0, 1, 2])
    #expect(batches.allSatisfy { $0.epoch == 4 })
    #expect(batches[1].features == Tensor([[3, -3], [4, -4], [5, -5]]))
    #expect(batches[1].target == .classes(Tensor([3, 4, 5])))
    #expect(batches[2].rowIDs == [RowID(record: 6)])
  }

  @Test func dropsARaggedLastBatchOnDemand() throws {
    let loader = try DataLoader(numberedMatrix(7), batchSize: 3, dropLast: true)
    #expect(loader.batchCount == 2)
    #expect(try rows(of: loader, epoch: 0) == [[0, 1, 2], [3, 4, 5]])
    #expect(try DataLoader(numberedMatrix(6), batchSize: 3, dropLast: true).batchCount == 2)
    let oversized = try DataLoader(numberedMatrix(7), batchSize: .max)
    #expect(try rows(of: oversized, epoch: 0) == [Array(0..<7)])
  }

  @Test(arguments: [0, 1, 2, 5])
  func areTheSameForAnyNumberOfWorkers(workers: Int) async throws {
    for (count, batchSize) in [(0, 4), (1, 4), (150, 7), (64, 1)] {
      let matrix = numberedMatrix(count)
      // Nothing cannot be shuffled.
      let shuffle = count > 0
      let alone = try DataLoader(matrix, batchSize: batchSize, shuffle: shuffle, seed: 9)
      let loader = try DataLoader(
        matrix,
        batchSize: batchSize,
        shuffle: shuffle,
        seed: 9,
        workers: workers
      )
      for epoch in 0..<3 {
        var expected: [Batch<Tensor<Float>, Labels<Float>?>] = []
        try alone.forEachBatch(epoch: epoch) { expected.append($0) }
        var index = 0
        for try await batch in loader.epoch(epoch) {
          #expect(batch.features == expected[index].features)
          #expect(batch.target == expected[index].target)
          #expect(batch.rowIDs == expected[index].rowIDs)
          #expect(batch.index == index)
          index += 1
        }
        #expect(index == expected.count)
        #expect(try rows(of: loader, epoch: epoch) == expected.map { $0.rowIDs.map(\.record) })
      }
    }
  }

  @Test func holdEveryRowOnceInAnotherOrderEachEpoch() throws {
    let loader = try DataLoader(numberedMatrix(150), batchSize: 16, shuffle: true, workers: 2)
    let orders = try (0..<10).map { try rows(of: loader, epoch: $0).flatMap(\.self) }
    #expect(Set(orders).count == 10)
    #expect(orders.allSatisfy { $0.sorted() == Array(0..<150) })
    #expect(try rows(of: loader, epoch: 3).flatMap(\.self) == orders[3])
    let other = try DataLoader(numberedMatrix(150), batchSize: 16, shuffle: true, seed: 1)
    #expect(try rows(of: other, epoch: 0).flatMap(\.self) != orders[0])
  }

  @Test func comeFromADatasetOfOnesOwn() async throws {
    let loader = try DataLoader(IrisDataset(), batchSize: 64, shuffle: true, seed: 7, workers: 2)
    var shapes: [Shape] = []
    var classes: [Int64] = []
    for try await batch in loader.epoch(0) {
      shapes.append(batch.features.shape)
      classes += batch.target?.scalars ?? []
    }
    #expect(shapes == [[64, 4], [64, 4], [22, 4]])
    #expect(classes.sorted() == IrisTable.classNumbers)
    let blind = try DataLoader(IrisDataset(hasTarget: false), batchSize: 50)
    try blind.forEachBatch(epoch: 0) { #expect($0.target == nil) }
  }

  @Test func comeFromACollateClosureOfOnesOwn() throws {
    let loader = try DataLoader(Numbers(count: 5), batchSize: 2) { samples in
      (features: samples.map { $0.features[0] * 10 }, target: samples.count)
    }
    var batches: [[Float]] = []
    try loader.forEachBatch(epoch: 0) { batches.append($0.features) }
    #expect(batches == [[0, 10], [20, 30], [40]])
  }

  @Test func comeWholeFromABatchDataset() throws {
    struct Whole: BatchDataset {
      let count = 5
      func batch(_ indices: [Int]) throws -> (features: [Float], target: Int) {
        if indices.contains(4) { throw Unreadable(index: 4) }
        return (indices.map(Float.init), indices.count)
      }
    }
    let loader = try DataLoader(Whole(), batchSize: 2)
    var features: [[Float]] = []
    let error = #expect(throws: LoadingError.self) {
      try loader.forEachBatch(epoch: 0) { features.append($0.features) }
    }
    #expect(features == [[0, 1], [2, 3]])
    #expect(error?.description == "epoch 0, batch 2: Unreadable(index: 4) (rows 4)")
    #expect(try Whole()[3] == Sample(features: [3], target: 1))
  }

  func rows(of loader: DataLoader<Tensor<Float>, Labels<Float>?>, epoch: Int) throws -> [[Int]] {
    var rows: [[Int]] = []
    try loader.forEachBatch(epoch: epoch) { rows.append($0.rowIDs.map(\.record)) }
    return rows
  }
}

extension DataLoaderTests.Failures {
  @Test func fillInDefaults() throws {
    let alone = try DataLoader(numberedMatrix(3))
    #expect((alone.batchSize, alone.workers, alone.prefetchFactor) == (1, 0, 0))
    #expect(try DataLoader(numberedMatrix(3), workers: 3).prefetchFactor == 2)
  }

  @Test(arguments: [0, 1, 3])
  func reachTheCallerAtTheirPlace(workers: Int) async throws {
    let dataset = Numbers(count: 20) { if $0 == 13 || $0 == 17 { throw Unreadable(index: $0) } }
    let loader = try DataLoader(dataset, batchSize: 3, workers: workers)
    var delivered: [Int] = []
    var iterator = loader.epoch(0).makeAsyncIterator()
    let asynchronous = await #expect(throws: LoadingError.self) {
      while let batch = try await iterator.next() { delivered.append(batch.index) }
    }
    #expect(delivered == [0, 1, 2, 3])
    #expect(try await iterator.next() == nil)
    delivered = []
    let synchronous = #expect(throws: LoadingError.self) {
      try loader.forEachBatch(epoch: 0) { delivered.append($0.index) }
    }
    #expect(delivered == [0, 1, 2, 3])
    for error in [asynchronous, synchronous] {
      #expect(error?.kind == .dataset)
      #expect(error?.underlying as? Unreadable == Unreadable(index: 13))
      #expect(error?.rowIDs == [12, 13, 14].map { RowID(record: $0) })
      #expect((error?.worker != nil) == (workers > 0))
      let place = error?.worker.map { ", worker \($0)" } ?? ""
      #expect(
        error?.description
          == "epoch 0, batch 4\(place): row 13: Unreadable(index: 13) (rows 12, 13, 14)"
      )
    }
  }

  @Test func nameTheRowThatDoesNotCollate() throws {
    struct Ragged: Dataset {
      let count = 30
      subscript(index: Int) -> Sample<[Float], Int64?> {
        Sample(features: Array(repeating: 0, count: index == 25 ? 3 : 2), target: nil)
      }
      func rowID(at index: Int) -> RowID { RowID(file: 2, record: 100 + index) }
    }
    let loader = try DataLoader(Ragged(), batchSize: 10)
    let error = #expect(throws: LoadingError.self) { try loader.forEachBatch(epoch: 0) { _ in } }
    #expect(error?.kind == .collate)
    #expect(
      error?.description == """
        epoch 0, batch 2: row 2:125: it has 3 features, and the first row of the batch has 2 \
        (rows 2:120, 2:121, 2:122, 2:123, 2:124, 2:125, 2:126, 2:127 and 2 more)
        """
    )
  }

  @Test func ofACollateClosureAreKept() throws {
    let loader = try DataLoader(Numbers(count: 5), batchSize: 2) { samples in
      if samples[0].target == 2 { throw CollationError(position: 99, "two\nlines") }
      return (features: 0, target: 0)
    }
    let error = #expect(throws: LoadingError.self) { try loader.forEachBatch(epoch: 0) { _ in } }
    #expect(
      error?.description
        == "epoch 0, batch 1: value 99 of the batch: two lines (rows 2, 3)"
    )
  }

  @Test(arguments: [0, 2])
  func ofTheBodyAreRethrownAsTheyAre(workers: Int) throws {
    let loader = try DataLoader(numberedMatrix(10), workers: workers)
    #expect(throws: Unreadable(index: 3)) {
      try loader.forEachBatch(epoch: 0) { if $0.index == 3 { throw Unreadable(index: 3) } }
    }
    #expect(loaderThreadsAreGone())
  }
}

/// True when every loader thread has ended, after a wait where needed.
func loaderThreadsAreGone() -> Bool { eventually { loaderThreads().isEmpty } }
