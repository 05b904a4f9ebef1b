import CoreMetrics
import MetricsTestKit
import TabularTensor
import Testing

@testable import TabularLoading

extension DataLoaderTests {
  @Suite struct Gauges {}
}

extension DataLoaderTests.Gauges {
  private static let names = [
    "batches", "rows", "bytes", "rows_per_second", "batches_per_second", "consumer_wait_seconds",
    "worker_wait_seconds", "queue_depth",
  ]

  /// The last value of a gauge.
  private func last(_ name: String, _ loader: String, _ metrics: TestMetrics) throws -> Double {
    let gauge = try metrics.expectGauge("tabular_loader_\(name)", [("loader", loader)])
    return try #require(gauge.lastValue)
  }

  @Test(arguments: [0, 2])
  func areTheStatistics(workers: Int) async throws {
    let metrics = TestMetrics()
    try await withMetricsFactory(metrics) {
      let loader = try DataLoader(numberedMatrix(70), batchSize: 20, workers: workers)
      loader.nameMetrics("train")
      try loader.forEachBatch(epoch: 0) { _ in }
      for try await _ in loader.epoch(1) {}
      let counts = loader.statistics
      for (name, value) in zip(
        Self.names,
        [
          Double(counts.batches), Double(counts.rows), Double(counts.bytes), counts.rowsPerSecond,
          counts.batchesPerSecond, counts.consumerWait, counts.workerWait, counts.queueDepth,
        ]
      ) {
        #expect(try last(name, "train", metrics) == value, "\(name)")
      }
      #expect(try last("rows", "train", metrics) == 140)
      // Another loader has gauges of its own.
      let other = try DataLoader(numberedMatrix(30), batchSize: 20, workers: workers)
      try other.forEachBatch(epoch: 0) { _ in }
      #expect(try last("rows", "default", metrics) == 30)
      #expect(try last("rows", "train", metrics) == 140)
    }
    #expect(metrics.recorders.count == 2 * Self.names.count)
  }

  /// Ten times a second, and not for each of many batches.
  @Test func areToldNowAndThen() throws {
    let metrics = TestMetrics()
    let loader = try DataLoader(numberedMatrix(3_000))
    try withMetricsFactory(metrics) {
      try loader.forEachBatch(epoch: 0) { batch in
        if batch.index == 0 { #expect(metrics.recorders.count == Self.names.count) }
      }
    }
    let gauge = try metrics.expectGauge("tabular_loader_batches", [("loader", "default")])
    // The first batch, the end, and ten times a second between them.
    let most = 2 + loader.statistics.seconds * 10
    #expect(gauge.values.count >= 2 && Double(gauge.values.count) <= most)
    #expect(gauge.lastValue == 3_000)
  }

  @Test func areNotMadeWithoutABackend() throws {
    let loader = try DataLoader(numberedMatrix(10))
    try loader.forEachBatch(epoch: 0) { _ in }
    // A backend that comes later gets all of it.
    let metrics = TestMetrics()
    try withMetricsFactory(metrics) { try loader.forEachBatch(epoch: 1) { _ in } }
    #expect(try last("rows", "default", metrics) == 20)
  }
}
