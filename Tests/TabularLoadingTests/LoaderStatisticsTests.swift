import Foundation
import TabularTensor
import Testing

@testable import TabularLoading

struct LoaderStatisticsTests {
  @Test(arguments: [0, 2])
  func countWhatWasDelivered(workers: Int) async throws {
    let loader = try DataLoader(numberedMatrix(70), batchSize: 20, shuffle: true, workers: workers)
    #expect(loader.statistics == LoaderStatistics())
    let copy = loader
    try loader.forEachBatch(epoch: 0) { _ in }
    for try await batch in copy.epoch(1) where batch.index == 1 { break }
    let counts = loader.statistics
    #expect((counts.batches, counts.rows) == (6, 110))
    // Two features of 4 bytes and a class of 8 a row.
    #expect(counts.bytes == 110 * 16)
    #expect(counts.seconds > 0 && counts.consumerWait <= counts.seconds)
    #expect(counts.rowsPerSecond == 110 / counts.seconds)
    #expect((0...1).contains(counts.waitFraction))
    #expect(workers > 0 ? counts.queueDepth <= 5 : counts.queueDepth == 0)
    loader.resetStatistics()
    #expect(copy.statistics == LoaderStatistics())
  }

  @Test func tellWhoWaits() throws {
    // A slow consumer, for whom all four batches lie ready, on a busy machine too.
    let fast = try DataLoader(Numbers(count: 30), workers: 2)
    try fast.forEachBatch(epoch: 0) { _ in usleep(10_000) }
    #expect(fast.statistics.workerWait > 0)
    #expect(fast.statistics.queueDepth > 1)
    // A slow dataset.
    let slow = try DataLoader(Numbers(count: 30) { _ in usleep(2_000) }, workers: 1)
    try slow.forEachBatch(epoch: 0) { _ in }
    #expect(slow.statistics.consumerWait > 0.03)
    #expect(slow.statistics.queueDepth < 2)
  }
}
