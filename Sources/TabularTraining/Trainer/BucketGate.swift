internal import Foundation

/// Where the buckets of a step wait until all devices of a process have completed them.
///
/// All state is touched under `condition` alone, which is what makes this `Sendable`.
final class BucketGate: @unchecked Sendable {
  private let condition = NSCondition()
  private let devices: Int
  // How many devices have completed each bucket.
  private var arrivals: [Int]

  init(buckets: Int, devices: Int) {
    self.devices = devices
    arrivals = Array(repeating: 0, count: buckets)
  }

  /// Begins a step.
  func close() {
    condition.withLock {
      for bucket in arrivals.indices { arrivals[bucket] = 0 }
    }
  }

  /// A device has completed a bucket, and writes no more of it.
  func arrive(at bucket: Int) {
    condition.withLock {
      arrivals[bucket] += 1
      if arrivals[bucket] == devices { condition.broadcast() }
    }
  }

  /// Blocks until all devices have completed a bucket, and makes their writes visible.
  func wait(for bucket: Int) {
    condition.lock()
    defer { condition.unlock() }
    while arrivals[bucket] < devices { condition.wait() }
  }
}
