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

  package init(length: Int32, prefix: UInt32, buffer: UInt32, offset: UInt32) {
    (self.length, self.prefix, self.buffer, self.offset) = (length, prefix, buffer, offset)
  }

  /// The view of a text of up to 12 bytes.
  package init(short text: UnsafeBufferPointer<UInt8>) {
    self = .empty
    length = Int32(text.count)
    withUnsafeMutableBytes(of: &self) { target in
      for i in text.indices { target[4 + i] = text[i] }
    }
  }

  /// The view of a text of more than 12 bytes that stands in a heap buffer.
  package init(_ text: UnsafeBufferPointer<UInt8>, buffer: Int, offset: Int) {
    self.init(
      length: Int32(text.count),
      prefix: UnsafeRawBufferPointer(text).loadUnaligned(as: UInt32.self),
      buffer: UInt32(buffer),
      offset: UInt32(offset)
    )
  }
}

/// The buffers of a column's long texts; a text never straddles two.
package struct StringHeap: Sendable {
  package internal(set) var buffers: [ColumnMemory] = []

  package init() {}
}

/// Hands out the buffers of a column's heap to the threads that fill them.
final class SharedHeap: Sendable {
  private let buffers = Locked<[ColumnMemory]>([])

  /// A buffer for at least `size` bytes, and its number.
  func buffer(for size: Int) throws(CSVError) -> (number: Int, memory: ColumnMemory) {
    let result = buffers.withLock { buffers -> Result<(Int, ColumnMemory), CSVError> in
      do throws(CSVError) {
        // Later buffers are larger: few for a large table, small for a small one.
        let usual = min(64 * 1024 << min(buffers.count, 8), 16 << 20)
        let memory = try ColumnMemory(capacity: max(size, usual), expected: usual)
        buffers.append(memory)
        return .success((buffers.count - 1, memory))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// All buffers, once no thread fills one.
  var heap: StringHeap {
    var heap = StringHeap()
    heap.buffers = buffers.withLock { $0 }
    return heap
  }
}

/// One thread's end of a column's heap: makes views of texts.
struct HeapWriter {
  private let shared: SharedHeap
  private var memory: ColumnMemory?
  private var start: UnsafeMutableRawPointer?
  private var number: UInt32 = 0
  private var used = 0
  private var capacity = 0

  /// Bytes behind the last text that a wide store may overwrite.
  private static let slack = 32

  init(_ shared: SharedHeap) { self.shared = shared }

  /// Makes room for texts of `size` bytes in sum.
  mutating func reserve(_ size: Int) throws(CSVError) {
    guard used + size + Self.slack > capacity else { return }
    finish()
    let (number, memory) = try shared.buffer(for: size + Self.slack)
    (self.number, self.memory, start) = (UInt32(number), memory, memory.pointer)
    capacity = memory.capacity
  }

  /// What is left in the buffer.
  var room: Int { capacity - used - Self.slack }

  /// The view of a text of more than 12 bytes, for which there is room.
  ///
  /// - Precondition: 16 bytes from the text's last byte on can be read.
  @inline(__always)
  mutating func longView(_ text: UnsafePointer<UInt8>, _ count: Int) -> StringView {
    let source = UnsafeRawPointer(text)
    let target = start.unsafelyUnwrapped + used
    var copied = 0
    repeat {
      let piece = (source + copied).loadUnaligned(as: SIMD16<UInt8>.self)
      (target + copied).storeBytes(of: piece, as: SIMD16<UInt8>.self)
      copied += 16
    } while copied < count
    let view = StringView(
      length: Int32(truncatingIfNeeded: count),
      prefix: source.loadUnaligned(as: UInt32.self),
      buffer: number,
      offset: UInt32(truncatingIfNeeded: used)
    )
    used += count
    return view
  }

  /// The view of a text of any length.
  mutating func view(_ text: CellBytes) throws(CSVError) -> StringView {
    guard text.count > StringView.inlineCapacity, let base = text.baseAddress else {
      return StringView(short: text)
    }
    try reserve(text.count)
    (start.unsafelyUnwrapped + used).copyMemory(from: base, byteCount: text.count)
    defer { used += text.count }
    return StringView(text, buffer: Int(number), offset: used)
  }

  /// Says how much of the buffer is in use: before another is taken, and at the end.
  mutating func finish() {
    memory?.use(used)
    memory = nil
    (used, capacity) = (0, 0)
  }
}
