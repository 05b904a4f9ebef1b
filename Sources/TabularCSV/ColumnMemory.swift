/// Memory that grows at its end, aligned to 64 bytes, and is handed on without a copy.
///
/// Invariant: `count <= capacity`, and bytes from `count` on are uninitialised. It is written by
/// one builder only; after the builder's end it is immutable, which makes it `Sendable`.
package final class ColumnMemory: @unchecked Sendable {
  package private(set) var pointer: UnsafeMutableRawPointer
  package private(set) var count = 0
  private var capacity: Int

  static let alignment = 64

  init(capacity: Int = 4096) {
    self.capacity = max(capacity, Self.alignment)
    pointer = .allocate(byteCount: self.capacity, alignment: Self.alignment)
  }

  deinit { pointer.deallocate() }

  /// Makes room for `size` bytes more, and counts them as there: the caller writes them at once.
  func extend(by size: Int) -> UnsafeMutableRawPointer {
    if count + size > capacity {
      let larger = max(capacity * 2, count + size)
      let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: Self.alignment)
      moved.copyMemory(from: pointer, byteCount: count)
      pointer.deallocate()
      pointer = moved
      capacity = larger
    }
    defer { count += size }
    return pointer + count
  }

  var room: Int { capacity - count }
}

/// A bitmap that grows: least significant bit first, as Arrow's.
struct GrowingBitmap {
  private(set) var memory = ColumnMemory()
  private(set) var count = 0

  mutating func append(_ bit: Bool) {
    if count & 7 == 0 { memory.extend(by: 1).storeBytes(of: 0, as: UInt8.self) }
    if bit {
      let byte = (memory.pointer + count >> 3).assumingMemoryBound(to: UInt8.self)
      byte.pointee |= 1 << UInt8(count & 7)
    }
    count += 1
  }
}

/// Which rows have a value: absent until the first null.
struct GrowingValidity {
  private(set) var bitmap: GrowingBitmap?
  private(set) var nullCount = 0
  private var count = 0

  @inline(__always)
  mutating func append(valid: Bool) {
    if bitmap == nil {
      if valid {
        count += 1
        return
      }
      var started = GrowingBitmap()
      for _ in 0..<count { started.append(true) }
      bitmap = started
    }
    bitmap?.append(valid)
    count += 1
    if !valid { nullCount += 1 }
  }
}

/// A text of any length in 16 bytes, as Arrow's string view.
///
/// Up to 12 bytes stand inline after the length; of a longer text the first 4 bytes, the number of
/// its heap buffer and its offset there. Source: Arrow columnar format, "Variable-size Binary View
/// Layout".
package struct StringView: BitwiseCopyable, Sendable {
  package static let inlineCapacity = 12

  package var length: Int32
  /// Inline: bytes 0-3; else the prefix.
  package var prefix: UInt32
  /// Inline: bytes 4-7; else the number of the heap buffer.
  package var buffer: UInt32
  /// Inline: bytes 8-11; else the offset in the heap buffer.
  package var offset: UInt32

  package static let empty = StringView(length: 0, prefix: 0, buffer: 0, offset: 0)
}

/// The heap of a column's long texts: buffers of growing size that a text never straddles.
package struct StringHeap: Sendable {
  package private(set) var buffers: [ColumnMemory] = []

  package init() {}

  /// Makes the view of a text, whose bytes go to the heap where they are more than 12.
  package mutating func view(_ bytes: UnsafeBufferPointer<UInt8>) -> StringView {
    var view = StringView.empty
    view.length = Int32(bytes.count)
    guard bytes.count > StringView.inlineCapacity else {
      withUnsafeMutableBytes(of: &view) { target in
        for i in bytes.indices { target[4 + i] = bytes[i] }
      }
      return view
    }
    withUnsafeMutableBytes(of: &view) { target in
      for i in 0..<4 { target[4 + i] = bytes[i] }
    }
    if buffers.last.map({ $0.room < bytes.count }) ?? true {
      let size = min(64 * 1024 << min(buffers.count, 8), 16 << 20)
      buffers.append(ColumnMemory(capacity: max(size, bytes.count)))
    }
    let heap = buffers[buffers.count - 1]
    view.buffer = UInt32(buffers.count - 1)
    view.offset = UInt32(heap.count)
    if let base = bytes.baseAddress {
      heap.extend(by: bytes.count).copyMemory(from: base, byteCount: bytes.count)
    }
    return view
  }
}
