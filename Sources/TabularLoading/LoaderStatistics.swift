internal import Foundation
public import TabularPreprocessing
public import TabularTensor

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// What a loader and its copies have delivered so far, and who waited for whom.
///
/// A consumer that waits needs more workers or a faster dataset; workers that wait are fast enough.
public struct LoaderStatistics: Sendable, Equatable {
  /// The batches that were delivered.
  public internal(set) var batches = 0
  /// The rows of these.
  public internal(set) var rows = 0
  /// The bytes of their tensors.
  public internal(set) var bytes = 0
  /// From the first request of each iteration to its last batch, in seconds.
  public internal(set) var seconds = 0.0
  /// How long consumers waited for batches, or made them where there are no workers, in seconds.
  public internal(set) var consumerWait = 0.0
  /// How long workers waited for room, all of them together, in seconds.
  public internal(set) var workerWait = 0.0
  /// The batches that lay ready when one was asked for, summed.
  var queued = 0
  /// The requests to which workers were to answer.
  var requests = 0

  /// The rows that were delivered in a second; 0 before the first.
  public var rowsPerSecond: Double { seconds > 0 ? Double(rows) / seconds : 0 }
  /// The batches that were delivered in a second; 0 before the first.
  public var batchesPerSecond: Double { seconds > 0 ? Double(batches) / seconds : 0 }
  /// The part of the time in which the consumer waited, 0 to 1.
  public var waitFraction: Double { seconds > 0 ? min(1, consumerWait / seconds) : 0 }
  /// The batches that lay ready on average when one was asked for; 0 without workers.
  public var queueDepth: Double { requests > 0 ? Double(queued) / Double(requests) : 0 }
}

extension DataLoader {
  /// What this loader and its copies have delivered since it was made, or since the last reset.
  public var statistics: LoaderStatistics { state.meter.statistics }

  /// Begins to count anew.
  public func resetStatistics() { state.meter.reset() }
}

/// Counts for statistics; any thread may.
final class LoaderMeter: @unchecked Sendable {
  /// The same numbers for a metrics backend, where there is one.
  let gauges = LoaderGauges()
  private let lock = NSLock()
  private var counts = LoaderStatistics()
  /// When the gauges are told next, in seconds of iteration.
  private var nextReport = 0.0

  var statistics: LoaderStatistics { lock.withLock { counts } }

  func reset() {
    lock.withLock {
      counts = LoaderStatistics()
      nextReport = 0
    }
  }

  func add(_ change: (inout LoaderStatistics) -> Void) { lock.withLock { change(&counts) } }

  /// Adds a batch that was delivered, and tells the gauges now and then.
  func deliver(rows: Int, bytes: Int, _ time: (elapsed: Double, waited: Double)) {
    let due: LoaderStatistics? = lock.withLock {
      counts.batches += 1
      counts.rows += rows
      counts.bytes += bytes
      counts.seconds += time.elapsed
      counts.consumerWait += time.waited
      guard counts.seconds >= nextReport else { return nil }
      nextReport = counts.seconds + LoaderGauges.interval
      return counts
    }
    if let due { gauges.record(due) }
  }

  /// Tells the gauges at the end of an iteration.
  func report() { gauges.record(statistics) }
}

/// The time that one iteration takes, and how much of it the consumer waits.
struct Stopwatch {
  private var last: Double?
  private var asked = Self.now

  /// A batch is asked for.
  mutating func ask() {
    asked = Self.now
    if last == nil { last = asked }
  }

  /// It is there: the seconds since the last one, and those of waiting.
  mutating func answer() -> (elapsed: Double, waited: Double) {
    let now = Self.now
    defer { last = now }
    return (now - (last ?? asked), now - asked)
  }

  /// Seconds of the system's clock: `Duration` divides 128 bits by 128, which takes a good part of the
  /// time of a batch that is only copied.
  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

/// What knows how many bytes it takes in memory.
protocol SizedInBytes: Sendable {
  var sizeInBytes: Int { get }
}

/// What tells the bytes of parts of batches; 0 for those that do not know.
///
/// Found once for all batches: to ask each value for its conformances takes as long as to copy rows.
func byteCounter<Part: Sendable>(for part: Part.Type) -> @Sendable (Part) -> Int {
  func counter<Sized: SizedInBytes>(_ type: Sized.Type) -> @Sendable (Part) -> Int {
    precondition(Sized.self == Part.self, "\(Sized.self) is not \(Part.self)")
    // The two are one type, which a cast of each part would find out again.
    return { part in
      withUnsafePointer(to: part) {
        UnsafeRawPointer($0).assumingMemoryBound(to: Sized.self).pointee.sizeInBytes
      }
    }
  }
  guard let sized = part as? any SizedInBytes.Type else { return { _ in 0 } }
  return counter(sized)
}

extension Tensor: SizedInBytes {
  var sizeInBytes: Int { count * MemoryLayout<Scalar>.stride }
}

extension Labels: SizedInBytes {
  var sizeInBytes: Int {
    switch self {
    case .classes(let tensor): tensor.sizeInBytes
    case .values(let tensor): tensor.sizeInBytes
    }
  }
}

extension Optional: SizedInBytes where Wrapped: SizedInBytes {
  var sizeInBytes: Int { map(\.sizeInBytes) ?? 0 }
}

extension Dictionary: SizedInBytes where Value: SizedInBytes {
  var sizeInBytes: Int { values.reduce(0) { $0 + $1.sizeInBytes } }
}
