internal import CoreMetrics
internal import Foundation

/// The numbers of `LoaderStatistics` as gauges of swift-metrics.
///
/// | gauge | `LoaderStatistics` |
/// |---|---|
/// | `tabular_loader_batches`, `tabular_loader_rows`, `tabular_loader_bytes` | what was delivered |
/// | `tabular_loader_rows_per_second`, `tabular_loader_batches_per_second` | the same in a second |
/// | `tabular_loader_consumer_wait_seconds`, `tabular_loader_worker_wait_seconds` | who waited |
/// | `tabular_loader_queue_depth` | the batches that lay ready on average |
///
/// Each has the dimension `loader`. Without a backend nothing is recorded but the question whether
/// there is one is asked, ten times a second of iteration.
final class LoaderGauges: @unchecked Sendable {
  /// The seconds of iteration from one report to the next, at least.
  static let interval = 0.1

  private let lock = NSLock()
  private var loaderName = "default"
  /// nil as long as there is no backend.
  private var gauges: Gauges?

  /// Tells these gauges from those of other loaders.
  func name(_ name: String) {
    lock.withLock {
      loaderName = name
      gauges = nil
    }
  }

  /// Records the numbers where there is a backend.
  func record(_ counts: LoaderStatistics) {
    let gauges = lock.withLock {
      if self.gauges == nil {
        let factory = MetricsSystem.factory
        if !(factory is NOOPMetricsHandler) { self.gauges = Gauges(loaderName, factory) }
      }
      return self.gauges
    }
    gauges?.record(counts)
  }
}

/// A gauge for each number.
private struct Gauges {
  private let batches: Gauge
  private let rows: Gauge
  private let bytes: Gauge
  private let rowsPerSecond: Gauge
  private let batchesPerSecond: Gauge
  private let consumerWait: Gauge
  private let workerWait: Gauge
  private let queueDepth: Gauge

  init(_ loader: String, _ factory: any MetricsFactory) {
    func gauge(_ name: String) -> Gauge {
      Gauge(label: "tabular_loader_\(name)", dimensions: [("loader", loader)], factory: factory)
    }
    batches = gauge("batches")
    rows = gauge("rows")
    bytes = gauge("bytes")
    rowsPerSecond = gauge("rows_per_second")
    batchesPerSecond = gauge("batches_per_second")
    consumerWait = gauge("consumer_wait_seconds")
    workerWait = gauge("worker_wait_seconds")
    queueDepth = gauge("queue_depth")
  }

  func record(_ counts: LoaderStatistics) {
    batches.record(counts.batches)
    rows.record(counts.rows)
    bytes.record(counts.bytes)
    rowsPerSecond.record(counts.rowsPerSecond)
    batchesPerSecond.record(counts.batchesPerSecond)
    consumerWait.record(counts.consumerWait)
    workerWait.record(counts.workerWait)
    queueDepth.record(counts.queueDepth)
  }
}

extension DataLoader {
  /// Names this loader's gauges, and those of its copies, where a program has several.
  ///
  /// A program that bootstraps a swift-metrics backend gets the loader's `statistics` as gauges, at
  /// most ten times a second and at the end of each epoch: `tabular_loader_rows_per_second`,
  /// `tabular_loader_batches_per_second`, `tabular_loader_consumer_wait_seconds`,
  /// `tabular_loader_worker_wait_seconds`, `tabular_loader_queue_depth`, and the counts
  /// `tabular_loader_batches`, `tabular_loader_rows` and `tabular_loader_bytes`. Their dimension
  /// `loader` is this name, or `default`.
  public func nameMetrics(_ name: String) { state.meter.gauges.name(name) }
}
