internal import Foundation
internal import TabularTensor

/// A thread of this machine's processor, on which the shards that it holds run one by one.
///
/// `cpu(0)`, `cpu(1)`, ... are threads of one processor and share its memory: replicas on them read
/// one set of parameters without a copy. The thread starts with the first work and ends with the
/// device. Matrix products are OpenBLAS's, on the calling thread alone.
public final class CPUDevice: Device {
  /// The position among the devices, from 0.
  public let index: Int
  private let worker = Worker()

  /// Creates a device; its thread starts with the first work.
  public init(_ index: Int = 0) {
    precondition(index >= 0, "cpu(\(index))")
    self.index = index
    BLAS.useOneThread
  }

  deinit { worker.stop() }

  /// The name, such as `cpu:0`.
  public var name: String { "cpu:\(index)" }

  /// Allocates floats, all zero, aligned to 64 bytes.
  public func allocate(_ count: Int) -> DeviceMemory {
    let buffer = Buffer(zeroed: count * MemoryLayout<Float>.stride)
    let base = buffer.pointer.bindMemory(to: Float.self, capacity: count)
    return DeviceMemory(base: base, count: count) { _ in withExtendedLifetime(buffer) {} }
  }

  /// Queues work for the device's thread.
  public func start(_ work: @escaping @Sendable () -> Void) -> Int { worker.start(work) }

  /// Blocks until the work of a ticket is done.
  public func wait(for ticket: Int) { worker.wait(for: ticket) }
}

extension Device where Self == CPUDevice {
  /// A thread of this machine's processor.
  public static func cpu(_ index: Int) -> CPUDevice { CPUDevice(index) }
}

extension Array where Element == any Device {
  /// As many threads of this machine's processor; a count below 1 traps.
  public static func cpu(count: Int) -> [any Device] {
    precondition(count >= 1, "\(count) devices")
    return (0..<count).map { CPUDevice($0) }
  }
}

/// A thread and its queue.
///
/// All state is touched under `condition` alone, which is what makes this `Sendable`.
private final class Worker: @unchecked Sendable {
  private let condition = NSCondition()
  private var queue: [@Sendable () -> Void] = []
  private var queued = 0
  private var finished = 0
  private var isRunning = false
  private var isStopped = false

  func start(_ work: @escaping @Sendable () -> Void) -> Int {
    condition.lock()
    defer { condition.unlock() }
    if !isRunning {
      isRunning = true
      // The thread keeps the worker alive, not the device: the device's end stops it.
      Thread.detachNewThread { self.run() }
    }
    queue.append(work)
    queued += 1
    condition.broadcast()
    return queued
  }

  func wait(for ticket: Int) {
    condition.lock()
    defer { condition.unlock() }
    while finished < ticket { condition.wait() }
  }

  func stop() {
    condition.lock()
    defer { condition.unlock() }
    isStopped = true
    condition.broadcast()
  }

  private func run() {
    condition.lock()
    defer { condition.unlock() }
    while true {
      while queue.isEmpty && !isStopped { condition.wait() }
      guard !queue.isEmpty else { return }
      let work = queue.removeFirst()
      condition.unlock()
      work()
      condition.lock()
      finished += 1
      condition.broadcast()
    }
  }
}
