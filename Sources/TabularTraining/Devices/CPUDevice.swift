internal import Foundation
internal import Synchronization
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
  private let pool: MemoryPool

  /// Creates a device; its thread starts with the first work.
  ///
  /// - Parameters:
  ///   - index: the position among the devices, from 0.
  ///   - memoryLimit: the bytes that it may use; nil for as many as the system gives.
  public init(_ index: Int = 0, memoryLimit: Int? = nil) {
    precondition(index >= 0, "cpu(\(index))")
    self.index = index
    pool = MemoryPool(device: "cpu:\(index)", limit: memoryLimit)
    BLAS.useOneThread
  }

  deinit { worker.stop() }

  /// The name, such as `cpu:0`.
  public var name: String { "cpu:\(index)" }

  /// Allocates floats, all zero, aligned to 64 bytes.
  ///
  /// - Throws: `OutOfMemory` when the device has a limit, and less is left.
  public func allocate(_ count: Int) throws(OutOfMemory) -> DeviceMemory {
    try pool.allocate(count)
  }

  /// What the device's memory is used for.
  public var memory: DeviceMemoryUse { pool.use }

  /// Gives memory that nobody uses back to the system.
  public func emptyCache() { pool.emptyCache() }

  /// Counts `memory.peak` from what is in use now.
  public func resetPeakMemory() { pool.resetPeak() }

  /// Queues work for the device's thread.
  public func start(_ work: @escaping @Sendable () -> Void) -> Int { worker.start(work) }

  /// Blocks until the work of a ticket is done.
  public func wait(for ticket: Int) { worker.wait(for: ticket) }
}

extension Device where Self == CPUDevice {
  /// A thread of this machine's processor, with as much memory as the system gives unless told.
  public static func cpu(_ index: Int, memoryLimit: Int? = nil) -> CPUDevice {
    CPUDevice(index, memoryLimit: memoryLimit)
  }
}

extension Array where Element == any Device {
  /// As many threads of this machine's processor; a count below 1 traps.
  ///
  /// - Parameters:
  ///   - count: the number of devices.
  ///   - memoryLimit: the bytes that each may use; nil for as many as the system gives.
  /// - Returns: the devices.
  public static func cpu(count: Int, memoryLimit: Int? = nil) -> [any Device] {
    precondition(count >= 1, "\(count) devices")
    return (0..<count).map { CPUDevice($0, memoryLimit: memoryLimit) }
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
  // The counts once more, to be looked at without the lock.
  private let announced = Atomic(0)
  private let completed = Atomic(0)

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
    announced.store(queued, ordering: .releasing)
    condition.broadcast()
    return queued
  }

  func wait(for ticket: Int) {
    Patience.look(at: completed, until: ticket)
    condition.lock()
    defer { condition.unlock() }
    while finished < ticket { condition.wait() }
  }

  func stop() {
    condition.lock()
    defer { condition.unlock() }
    isStopped = true
    announced.store(.max, ordering: .releasing)
    condition.broadcast()
  }

  private func run() {
    condition.lock()
    defer { condition.unlock() }
    while true {
      while queue.isEmpty && !isStopped { condition.wait() }
      guard !queue.isEmpty else { return }
      Patience.threadWakes()
      while !queue.isEmpty { runFirst() }
      Patience.threadSleeps()
    }
  }

  /// Does the first work of the queue without the lock, which is held before and after, and looks
  /// for more.
  private func runFirst() {
    let work = queue.removeFirst()
    condition.unlock()
    work()
    condition.lock()
    finished += 1
    completed.store(finished, ordering: .releasing)
    condition.broadcast()
    guard queue.isEmpty && !isStopped else { return }
    let wanted = queued + 1
    condition.unlock()
    Patience.look(at: announced, until: wanted)
    condition.lock()
  }
}
