internal import TabularCSV
internal import TabularTensor

// Texts: views are shared once each is checked, offsets become views of the shared bytes.
extension ArrowColumnReader {
  mutating func views(_ rows: Int, _ validity: Validity?) throws(ArrowFault) -> StringVector {
    let views: FixedVector<StringView> = try fixed(rows)
    let heap = try nextHeap()
    let spans = TextSpans(heap)
    let hasStrays = Flag()
    try forEachBlock(of: rows) { block in
      let pointer = views.pointer
      for row in block {
        guard let reason = spans.flaw(of: pointer[row]) else { continue }
        if validity.hasValue(row) { return .damaged("row \(row): \(reason)") }
        hasStrays.set()
      }
      return nil
    }
    guard hasStrays.isSet else { return StringVector(views: views, heap: heap) }
    // What a null row holds may be anything in Arrow, and is an empty text here.
    let sound = FixedVector<StringView>(room: rows)
    for row in 0..<rows {
      sound.mutablePointer[row] = validity.hasValue(row) ? views.pointer[row] : .empty
    }
    return StringVector(views: sound, heap: heap)
  }

  mutating func texts<Offset: FixedWidthInteger & BitwiseCopyable & Sendable>(
    _ rows: Int,
    _ type: Offset.Type,
    _ validity: Validity?
  ) throws(ArrowFault) -> StringVector {
    // No row needs no offset, not even the first.
    let bytes = try nextBuffer(
      rows == 0 ? 0 : (rows + 1) * MemoryLayout<Offset>.stride,
      alignment: MemoryLayout<Offset>.alignment
    )
    let data = try nextBuffer(0)
    guard rows > 0 else { return StringVector([]) }
    let offsets = FixedVector<Offset>(buffer: bytes, count: rows + 1)
    // A view's offset has 32 bits: heap buffers that begin a gigabyte apart, each to the end.
    let size = data.byteCount
    let heap = stride(from: 0, to: max(size, 1), by: 1 << 30).map { start in
      data.slice(start, min(size - start, 1 << 32))
    }
    let isASCII = Self.isASCII(data, offsets)
    let views = FixedVector<StringView>(room: rows)
    try forEachBlock(of: rows) { block in
      let (offset, target) = (offsets.pointer, views.mutablePointer)
      let start = UnsafePointer(data.pointer.assumingMemoryBound(to: UInt8.self))
      for row in block {
        let (first, last) = (Int(offset[row]), Int(offset[row &+ 1]))
        guard 0 <= first, first <= last, last <= size, last &- first <= Int(Int32.max) else {
          return .damaged("row \(row) has bytes \(first) to \(last) of \(size)")
        }
        let text = UnsafeBufferPointer(start: start + first, count: last &- first)
        if !isASCII, !text.isUTF8 {
          guard validity.hasValue(row) else {
            target[row] = .empty
            continue
          }
          return .damaged("row \(row) is not UTF-8")
        }
        if text.count <= StringView.inlineCapacity {
          target[row] = StringView(short: text, mayReadBehind: first &+ 16 <= size)
        } else {
          target[row] = StringView(text, buffer: first >> 30, offset: first & (1 << 30 - 1))
        }
      }
      return nil
    }
    return StringVector(views: views, heap: heap)
  }

  /// Whether no text has a byte above 127; false where the offsets are wrong.
  private static func isASCII<Offset: FixedWidthInteger & BitwiseCopyable & Sendable>(
    _ data: Buffer,
    _ offsets: FixedVector<Offset>
  ) -> Bool {
    let (first, last) = (Int(offsets[0]), Int(offsets[offsets.count - 1]))
    guard 0 <= first, first <= last, last <= data.byteCount else { return false }
    let start = UnsafePointer(data.pointer.assumingMemoryBound(to: UInt8.self)) + first
    return UnsafeBufferPointer(start: start, count: last - first).isASCII
  }
}

/// The bytes of heap buffers, and whether views keep to them.
private struct TextSpans: Sendable {
  private let heap: [Buffer]
  private let starts: FixedVector<Int>
  private let sizes: FixedVector<Int>

  init(_ heap: [Buffer]) {
    self.heap = heap
    starts = FixedVector(count: heap.count) { Int(bitPattern: heap[$0].pointer) }
    sizes = FixedVector(count: heap.count) { heap[$0].byteCount }
  }

  /// What is wrong with a view; nil for nothing.
  @inline(__always)
  func flaw(of view: StringView) -> String? {
    let words = unsafeBitCast(view, to: (UInt64, UInt64).self)
    if UInt32(bitPattern: view.length) <= UInt32(StringView.inlineCapacity) {
      // The bytes behind the text: those of the first word, then those of the second.
      let length = UInt64(UInt32(bitPattern: view.length))
      let first = length < 4 ? UInt64.max &<< (32 &+ 8 &* length) : 0
      let second =
        length < 12 ? UInt64.max &<< (length > 4 ? 8 &* (length &- 4) : 0) : 0
      guard words.0.littleEndian & first | words.1.littleEndian & second == 0 else {
        return "its bytes behind a short text are not 0"
      }
      let high = words.0 & 0x8080_8080_0000_0000 | words.1 & 0x8080_8080_8080_8080
      return high == 0 || Self.isUTF8(short: view) ? nil : "it is not UTF-8"
    }
    return longFlaw(of: view)
  }

  @inline(__always)
  private func longFlaw(of view: StringView) -> String? {
    guard view.length >= 0, view.buffer < UInt32(truncatingIfNeeded: sizes.count) else {
      return "a view of \(view.length) bytes in heap buffer \(view.buffer) of \(sizes.count)"
    }
    let (number, length) = (Int(view.buffer), Int(view.length))
    guard Int(view.offset) &+ length <= sizes.pointer[number],
      let start = UnsafePointer<UInt8>(bitPattern: starts.pointer[number])
    else {
      return "a view of \(length) bytes at \(view.offset) of \(sizes.pointer[number])"
    }
    let text = UnsafeBufferPointer(start: start + Int(view.offset), count: length)
    guard UnsafeRawPointer(start + Int(view.offset)).loadUnaligned(as: UInt32.self) == view.prefix
    else { return "a view's first bytes are not those of its text" }
    return text.isUTF8 ? nil : "it is not UTF-8"
  }

  private static func isUTF8(short view: StringView) -> Bool {
    withUnsafeBytes(of: view) { bytes in
      let text = UnsafeRawBufferPointer(rebasing: bytes[4..<(4 + Int(view.length))])
      return text.withMemoryRebound(to: UInt8.self) { $0.isUTF8 }
    }
  }
}

extension StringView {
  /// The view of a text of up to 12 bytes, behind which 16 may be read.
  @inline(__always)
  fileprivate init(short text: UnsafeBufferPointer<UInt8>, mayReadBehind: Bool) {
    guard mayReadBehind, let base = text.baseAddress else {
      self.init(short: text)
      return
    }
    let length = UInt64(text.count)
    let bytes = UnsafeRawPointer(base)
    let low = bytes.loadUnaligned(as: UInt64.self).littleEndian
    let high = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self).littleEndian
    // The text's bytes alone; a shift by 64 is none, so that no text needs its own mask.
    let lowMask = length >= 8 ? UInt64.max : (1 &<< (8 &* length)) &- 1
    let highMask: UInt64 = length <= 8 ? 0 : (1 &<< (8 &* (length &- 8))) &- 1
    let (a, b) = (low & lowMask, high & highMask)
    let words = (length | a &<< 32, a &>> 32 | b &<< 32)
    self = unsafeBitCast((words.0.littleEndian, words.1.littleEndian), to: StringView.self)
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Whether no byte is above 127.
  @inline(__always)
  fileprivate var isASCII: Bool {
    guard let base = baseAddress else { return true }
    let bytes = UnsafeRawPointer(base)
    var index = 0
    var all = SIMD32<UInt8>()
    while index &+ 32 <= count {
      all |= (bytes + index).loadUnaligned(as: SIMD32<UInt8>.self)
      index &+= 32
    }
    var high: UInt8 = 0
    while index < count {
      high |= base[index]
      index &+= 1
    }
    return high | all.max() < 128
  }

  /// Whether the bytes are UTF-8.
  @inline(__always)
  fileprivate var isUTF8: Bool {
    guard let base = baseAddress else { return true }
    if count >= 8 {
      let bytes = UnsafeRawPointer(base)
      var index = 0
      var all = (bytes + (count &- 8)).loadUnaligned(as: UInt64.self)
      while index &+ 8 <= count {
        all |= (bytes + index).loadUnaligned(as: UInt64.self)
        index &+= 8
      }
      if all & 0x8080_8080_8080_8080 == 0 { return true }
    }
    return isMixedUTF8
  }

  @inline(never)
  private var isMixedUTF8: Bool {
    (try? UTF8Span(validating: Span(_unsafeElements: self))) != nil
  }
}

/// Something that threads may have met.
private final class Flag: Sendable {
  private let value = Locked(false)
  var isSet: Bool { value.withLock { $0 } }
  func set() { value.withLock { $0 = true } }
}
