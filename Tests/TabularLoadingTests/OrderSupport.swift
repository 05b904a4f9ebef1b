import Foundation
import TabularFrame
import TabularPreprocessing
import TabularTensor

@testable import TabularLoading

/// The seed of random tests: `TABULAR_SEED`, or one for every day.
let testSeed = ProcessInfo.processInfo.environment["TABULAR_SEED"].flatMap { UInt64($0) } ?? 2026

typealias MatrixLoader = DataLoader<Tensor<Float>, Labels<Float>?>
typealias MatrixBatch = Batch<Tensor<Float>, Labels<Float>?>

/// Row numbers that are their own features: as many as one likes, without memory.
struct Positions: BatchDataset {
  let count: Int
  func batch(_ indices: [Int]) throws -> (features: [Int], target: Bool) { (indices, true) }
}

/// The plain order of an epoch: all rows, cut into batches.
func plainBatches(_ rows: [Int], _ batchSize: Int, dropLast: Bool = false) -> [[Int]] {
  stride(from: 0, to: rows.count, by: batchSize)
    .map { Array(rows[$0..<min($0 + batchSize, rows.count)]) }
    .filter { !dropLast || $0.count == batchSize }
}

extension DataLoader {
  /// The rows of each batch of an epoch, one for one thread.
  func rows(_ epoch: Int) throws -> [[Int]] {
    var rows: [[Int]] = []
    try forEachBatch(epoch: epoch) { rows.append($0.rowIDs.map(\.record)) }
    return rows
  }

  /// The same, as a task sees it.
  func rowsOfTask(_ epoch: Int) async throws -> [[Int]] {
    var rows: [[Int]] = []
    for try await batch in self.epoch(epoch) { rows.append(batch.rowIDs.map(\.record)) }
    return rows
  }

  /// The cursor after some batches of an epoch.
  func cursor(after batches: Int, of epoch: Int) throws -> LoaderCursor {
    var cursor = start(ofEpoch: epoch)
    let puller = BatchPuller(self, epoch: epoch)
    for _ in 0..<batches { if let batch = try puller.next() { cursor = batch.cursor ?? cursor } }
    return cursor
  }
}

extension LoaderCursor {
  /// What is read after it was written as JSON.
  func throughJSON() throws -> LoaderCursor {
    try JSONDecoder().decode(LoaderCursor.self, from: JSONEncoder().encode(self))
  }
}
