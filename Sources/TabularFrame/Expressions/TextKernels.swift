#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif
internal import TabularCSV
internal import TabularTensor

/// The texts of a column as bytes, without a string a row.
///
/// Invariant: the column is held while the reader is used, and every row is within it.
struct TextReader {
  private let views: UnsafePointer<StringView>
  private let heap: [UnsafePointer<UInt8>]

  init(_ texts: StringVector) {
    views = texts.views.pointer
    heap = texts.heap.map { UnsafePointer($0.pointer.assumingMemoryBound(to: UInt8.self)) }
  }

  /// The UTF-8 bytes of a row.
  @inline(__always)
  func bytes(_ row: Int) -> UnsafeBufferPointer<UInt8> {
    let view = views + row
    let count = Int(view.pointee.length)
    if count <= StringView.inlineCapacity {
      let start = UnsafeRawPointer(view).assumingMemoryBound(to: UInt8.self) + 4
      return UnsafeBufferPointer(start: start, count: count)
    }
    let start = heap[Int(view.pointee.buffer)] + Int(view.pointee.offset)
    return UnsafeBufferPointer(start: start, count: count)
  }

  /// The 16 bytes of a view as two numbers: a text of up to 12 bytes whole, with zeros behind it.
  @inline(__always)
  func words(_ row: Int) -> (UInt64, UInt64) {
    let start = UnsafeRawPointer(views + row)
    return (start.loadUnaligned(as: UInt64.self), (start + 8).loadUnaligned(as: UInt64.self))
  }
}

/// Writes texts one after another: views, and long texts into heap buffers.
struct TextBuilder {
  private let buffer: Buffer
  private let views: UnsafeMutablePointer<StringView>
  private let capacity: Int
  private(set) var count = 0
  private var heap: [Buffer] = []
  private var used = 0

  /// For `capacity` texts at most.
  init(capacity: Int) {
    buffer = Buffer.room(capacity * MemoryLayout<StringView>.stride)
    views = buffer.pointer.bindMemory(to: StringView.self, capacity: capacity)
    self.capacity = capacity
  }

  /// Appends a text; the bytes are copied.
  mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
    precondition(count < capacity, "more texts than there is room for")
    defer { count += 1 }
    guard text.count > StringView.inlineCapacity, let base = text.baseAddress else {
      views[count] = StringView(short: text)
      return
    }
    if heap.isEmpty || used + text.count > heap[heap.count - 1].byteCount {
      // Later buffers are larger: few for a large column, small for a small one.
      heap.append(Buffer.room(max(text.count, 4096 << min(2 * heap.count, 12))))
      used = 0
    }
    (heap[heap.count - 1].pointer + used).copyMemory(from: base, byteCount: text.count)
    views[count] = StringView(text, buffer: heap.count - 1, offset: used)
    used += text.count
  }

  /// Appends a text.
  mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append($0) }
  }

  /// Appends an empty text, as nulls have.
  mutating func appendEmpty() { append(UnsafeBufferPointer(start: nil, count: 0)) }

  /// The texts so far.
  func finish() -> StringVector {
    StringVector(views: FixedVector(buffer: buffer, count: count), heap: heap)
  }
}

/// Where the first byte order of two texts differs: below 0, 0, or above 0; by code points in UTF-8.
@inline(__always)
func byteOrder(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
  let shared = min(left.count, right.count)
  for i in 0..<shared where left[i] != right[i] { return left[i] < right[i] ? -1 : 1 }
  return left.count - right.count
}

/// Where a text occurs in another for the first time from `start` on.
@inline(__always)
func firstOccurrence(
  of needle: [UInt8],
  in text: UnsafeBufferPointer<UInt8>,
  from start: Int
) -> Int? {
  guard let first = needle.first else { return start }
  guard let base = text.baseAddress else { return nil }
  var place = start
  let last = text.count - needle.count
  while place <= last {
    // The first byte is looked for by the C library, 16 or more at a time.
    guard let found = memchr(base + place, Int32(first), last - place + 1) else { return nil }
    place = UnsafeRawPointer(found) - UnsafeRawPointer(base)
    var i = 1
    while i < needle.count, base[place + i] == needle[i] { i += 1 }
    if i == needle.count { return place }
    place += 1
  }
  return nil
}

/// The number of code points: all bytes but those that go on with one, eight at a time.
@inline(__always)
func scalarCount(_ text: UnsafeBufferPointer<UInt8>) -> Int {
  guard let base = text.baseAddress else { return 0 }
  var more = 0
  var i = 0
  while i &+ 8 <= text.count {
    let word = UnsafeRawPointer(base + i).loadUnaligned(as: UInt64.self)
    // Such a byte begins with the bits 10.
    more &+= ((word &>> 7) & ~(word &>> 6) & 0x0101_0101_0101_0101).nonzeroBitCount
    i &+= 8
  }
  while i < text.count {
    more &+= base[i] & 0xC0 == 0x80 ? 1 : 0
    i &+= 1
  }
  return text.count &- more
}

extension StringVector {
  /// The same texts without repeats, in order of first appearance, and each text's place there.
  func withoutRepeats() -> (words: StringVector, places: [Int32]) {
    var placeOf: [[UInt8]: Int32] = [:]
    var kept: [Int] = []
    let places = (0..<count).map { row in
      let key = withBytes(row) { Array($0) }
      if let place = placeOf[key] { return place }
      let place = Int32(kept.count)
      placeOf[key] = place
      kept.append(row)
      return place
    }
    return kept.count == count ? (self, places) : (taking(RowIndices(kept, below: count)), places)
  }
}
