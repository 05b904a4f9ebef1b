internal import TabularCSV
internal import TabularTensor

/// A batch as it will be written: where its buffers are in memory, and what its header says of them.
///
/// Its bytes are a function of the values alone: texts stand in the order of the rows, however the
/// heap of the column came about.
struct ArrowBody: Sendable {
  private(set) var header: ArrowBatchHeader
  /// Parts of buffers, each to be followed by zeros up to a multiple of `alignment`.
  private(set) var pieces: [Buffer] = []
  /// The bytes with those zeros.
  private(set) var size = 0

  static let alignment = 64

  init(rowCount: Int) { header = ArrowBatchHeader(rowCount: rowCount) }

  /// The zeros behind bytes.
  static func padding(_ count: Int) -> Int { -count & (alignment - 1) }

  mutating func add(_ buffer: Buffer) {
    header.buffers.append((size, buffer.byteCount))
    size += buffer.byteCount + Self.padding(buffer.byteCount)
    pieces.append(buffer)
  }

  mutating func add<Value>(_ vector: FixedVector<Value>) {
    let stride = MemoryLayout<Value>.stride
    add(vector.buffer.slice(vector.offset * stride, vector.count * stride))
  }

  /// Bits from the first of a byte on; those behind the last are 0.
  private mutating func add(_ bits: BitVector) {
    let room = Buffer(uninitialized: (bits.count + 63) / 64 * 8)
    let (words, source) = (room.pointer.assumingMemoryBound(to: UInt64.self), bits.reader)
    for row in stride(from: 0, to: bits.count, by: 64) {
      words[row >> 6] = source.word(at: row, count: min(64, bits.count - row)).littleEndian
    }
    add(room.slice(0, (bits.count + 7) / 8))
  }

  /// Begins a column: which rows have a value.
  mutating func addNode(_ validity: Validity?) {
    header.nodes.append((header.rowCount, validity?.nullCount ?? 0))
    if let validity { add(validity.bits) } else { add(Buffer(uninitialized: 0)) }
  }

  /// A column of type null, which has no buffers.
  mutating func addNullNode() { header.nodes.append((header.rowCount, header.rowCount)) }

  /// Adds a column with all its rows; `codes` are what its codes become, nil where they stay.
  mutating func add(
    _ column: Column,
    _ textType: ArrowWritingOptions.TextType,
    codes: FixedVector<Int32>? = nil
  ) {
    addNode(column.validity)
    switch column.storage {
    case .bool(let bits): add(bits)
    case .int64(let vector), .datetime(let vector): add(vector)
    case .float64(let vector): add(vector)
    case .date(let vector): add(vector)
    case .category(let vector, _): add(codes.map { vector.mapped(by: $0) } ?? vector)
    case .string(let texts):
      switch textType {
      case .stringView: add(views: texts)
      case .utf8: add(offsets: texts, column.validity)
      }
    }
  }

  private mutating func add(views texts: StringVector) {
    let views = texts.views.pointer
    let size = texts.longSize
    guard size > 0 else {
      add(texts.views)
      header.heapCounts.append(0)
      return
    }
    let copy = FixedVector<StringView>(room: texts.count)
    // An offset has 31 bits in most readers.
    var heap: [Buffer] = []
    var (left, used, room) = (size, 0, 0)
    var target: UnsafeMutableRawPointer?
    for row in 0..<texts.count {
      var view = views[row]
      let length = Int(view.length)
      if length > StringView.inlineCapacity {
        if used &+ length > room {
          // What no row needs is not written.
          if let last = heap.popLast() { heap.append(last.slice(0, used)) }
          room = max(min(left, 1 << 30), length)
          let buffer = Buffer.room(room)
          heap.append(buffer)
          (used, target) = (0, buffer.pointer)
        }
        let source = texts.heap[Int(view.buffer)].pointer + Int(view.offset)
        if let target { (target + used).copyText(from: source, length) }
        view.buffer = UInt32(truncatingIfNeeded: heap.count &- 1)
        view.offset = UInt32(truncatingIfNeeded: used)
        used &+= length
        left &-= length
      }
      copy.mutablePointer[row] = view
    }
    if let last = heap.popLast() { heap.append(last.slice(0, used)) }
    add(copy)
    header.heapCounts.append(heap.count)
    for buffer in heap { add(buffer) }
  }

  /// - Precondition: the texts have at most `Int32.max` bytes.
  private mutating func add(offsets texts: StringVector, _ validity: Validity?) {
    let offsets = FixedVector<Int32>(room: texts.count + 1)
    let bytes = Buffer.room(texts.size)
    var used = 0
    for row in 0..<texts.count {
      offsets.mutablePointer[row] = Int32(truncatingIfNeeded: used)
      guard validity.hasValue(row) else { continue }
      texts.withBytes(row) { text in
        if let base = text.baseAddress {
          (bytes.pointer + used).copyMemory(from: base, byteCount: text.count)
        }
        used &+= text.count
      }
    }
    offsets.mutablePointer[texts.count] = Int32(truncatingIfNeeded: used)
    add(offsets)
    add(bytes.slice(0, used))
  }
}

extension StringVector {
  /// The bytes of all texts.
  var size: Int {
    let views = views.pointer
    var sum = 0
    for row in 0..<count { sum &+= Int(views[row].length) }
    return sum
  }

  /// The bytes of the texts that stand in the heap.
  fileprivate var longSize: Int {
    let views = views.pointer
    var sum = 0
    for row in 0..<count {
      let length = Int(views[row].length)
      sum &+= length > StringView.inlineCapacity ? length : 0
    }
    return sum
  }
}

extension UnsafeMutableRawPointer {
  /// Copies a text of more than 12 bytes, the last 8 or 16 of them perhaps twice.
  @inline(__always)
  fileprivate func copyText(from source: UnsafeMutableRawPointer, _ count: Int) {
    if count < 16 {
      copyWord(from: source, at: 0, as: UInt64.self)
      copyWord(from: source, at: count &- 8, as: UInt64.self)
      return
    }
    var copied = 0
    while copied &+ 16 <= count {
      copyWord(from: source, at: copied, as: SIMD16<UInt8>.self)
      copied &+= 16
    }
    copyWord(from: source, at: count &- 16, as: SIMD16<UInt8>.self)
  }

  @inline(__always)
  private func copyWord<Word: BitwiseCopyable>(
    from source: UnsafeMutableRawPointer,
    at place: Int,
    as type: Word.Type
  ) {
    (self + place).storeBytes(
      of: (source + place).loadUnaligned(as: Word.self),
      as: Word.self
    )
  }
}

extension FixedVector<Int32> {
  /// The codes that others stand for; those of null rows may be outside when there are none.
  fileprivate func mapped(by codes: FixedVector<Int32>) -> FixedVector<Int32> {
    let mapped = FixedVector<Int32>(room: count)
    let (source, target, known) = (pointer, mapped.mutablePointer, codes.pointer)
    guard codes.count > 0 else {
      for row in 0..<count { target[row] = 0 }
      return mapped
    }
    for row in 0..<count { target[row] = known[Int(source[row])] }
    return mapped
  }
}
