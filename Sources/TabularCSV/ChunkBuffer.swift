/// Bytes that can be read 64 bytes before and behind, so that kernels load whole words.
///
/// One thread uses it at a time.
final class PaddedBytes {
  static let padding = 64

  private(set) var start: UnsafeMutablePointer<UInt8>
  private(set) var count = 0
  private var capacity: Int

  init(capacity: Int) {
    self.capacity = capacity
    start = Self.allocate(capacity)
  }

  deinit { (start - Self.padding).deallocate() }

  private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<UInt8> {
    let whole = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity + 2 * padding)
    whole.update(repeating: 0, count: padding)
    (whole + padding + capacity).update(repeating: 0, count: padding)
    return whole + padding
  }

  /// All bytes that may be written; say how many were with `fill`.
  var space: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: start, count: capacity)
  }

  func fill(_ count: Int) {
    precondition(count <= capacity)
    self.count = count
  }

  func removeAll() { count = 0 }

  func append(_ bytes: UnsafePointer<UInt8>, _ added: Int) {
    guard added > 0 else { return }
    if count + added > capacity {
      let larger = max(2 * capacity, count + added)
      let moved = Self.allocate(larger)
      moved.update(from: start, count: count)
      (start - Self.padding).deallocate()
      (start, capacity) = (moved, larger)
    }
    (start + count).update(from: bytes, count: added)
    count += added
  }

  func append(_ byte: UInt8) {
    withUnsafePointer(to: byte) { append($0, 1) }
  }
}

/// Positions in a text: numbers that grow, without initialisation or bounds checks.
///
/// One thread uses it at a time.
final class Positions {
  private(set) var start: UnsafeMutablePointer<UInt32>
  private(set) var count = 0
  private var capacity: Int

  init(capacity: Int) {
    self.capacity = capacity
    start = .allocate(capacity: capacity)
  }

  deinit { start.deallocate() }

  /// Makes room for `wanted` numbers that are written in place; what was there is lost.
  func reserve(_ wanted: Int) {
    guard wanted > capacity else { return }
    start.deallocate()
    capacity = wanted
    start = .allocate(capacity: wanted)
  }

  func append(_ position: UInt32) {
    if count == capacity {
      let moved = UnsafeMutablePointer<UInt32>.allocate(capacity: 2 * capacity)
      moved.update(from: start, count: count)
      start.deallocate()
      (start, capacity) = (moved, 2 * capacity)
    }
    start[count] = position
    count += 1
  }

  func truncate(_ count: Int) { self.count = count }
}
