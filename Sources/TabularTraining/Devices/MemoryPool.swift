internal import Foundation
internal import TabularTensor

/// The memory of a device: blocks that are given back are kept for the next who asks for as much.
///
/// All state is touched under `lock` alone, which is what makes this `Sendable`.
final class MemoryPool: @unchecked Sendable {
  private let device: String
  private let lock = NSLock()
  private var counts: DeviceMemoryUse
  /// The blocks that nobody uses, by their bytes.
  private var free: [Int: [Buffer]] = [:]

  /// Blocks are multiples of this, so that one that is a little smaller is served by the same.
  private static let granule = 512

  init(device: String, limit: Int?) {
    self.device = device
    counts = DeviceMemoryUse(limit: limit)
  }

  /// What the memory is used for.
  var use: DeviceMemoryUse { lock.withLock { counts } }

  /// Floats, all zero, aligned to 64 bytes; they come back when they are released.
  func allocate(_ count: Int) throws(OutOfMemory) -> DeviceMemory {
    let wanted = count * MemoryLayout<Float>.stride
    let bytes = (wanted + Self.granule - 1) / Self.granule * Self.granule
    let buffer = try take(bytes)
    let base = buffer.pointer.bindMemory(to: Float.self, capacity: bytes / 4)
    return DeviceMemory(base: base, count: count) { [self] _ in give(buffer) }
  }

  private func take(_ bytes: Int) throws(OutOfMemory) -> Buffer {
    lock.lock()
    defer { lock.unlock() }
    if let buffer = free[bytes]?.popLast() {
      counts.cached -= bytes
      count(bytes)
      buffer.pointer.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      return buffer
    }
    if let limit = counts.limit, counts.inUse + counts.cached + bytes > limit {
      // What nobody uses is given up before anybody is refused.
      dropCache()
      guard counts.inUse + bytes <= limit else {
        throw OutOfMemory(device: device, requested: bytes, inUse: counts.inUse, limit: limit)
      }
    }
    count(bytes)
    return Buffer(zeroed: bytes)
  }

  private func count(_ bytes: Int) {
    counts.inUse += bytes
    counts.peak = max(counts.peak, counts.inUse)
  }

  private func give(_ buffer: Buffer) {
    lock.withLock {
      counts.inUse -= buffer.byteCount
      counts.cached += buffer.byteCount
      free[buffer.byteCount, default: []].append(buffer)
    }
  }

  /// Gives back to the system what nobody uses.
  func emptyCache() { lock.withLock { dropCache() } }

  /// Counts the peak from what is in use now.
  func resetPeak() { lock.withLock { counts.peak = counts.inUse } }

  private func dropCache() {
    free.removeAll()
    counts.cached = 0
  }
}
