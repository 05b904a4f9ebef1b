internal import TabularCSV
internal import TabularTensor

/// A batch as it was read, before it is looked into.
struct ArrowBatch: Sendable {
  let header: ArrowBatchHeader
  let body: Buffer
  /// The dictionaries at this place, by their ids.
  let words: [Int64: ArrowWords]
  let firstRow: Int

  var rowCount: Int { header.rowCount }

  /// The columns, which share the body's memory where they can.
  ///
  /// All threads work on a batch that is alone, and one on each of several.
  func columns(_ schema: ArrowTableSchema, isAlone: Bool) throws(ArrowFault) -> [Column] {
    guard header.nodes.count == schema.fields.count else {
      throw .damaged("a batch of \(header.nodes.count) columns, expected \(schema.fields.count)")
    }
    var reader = ArrowColumnReader(header: header, body: body, isAlone: isAlone)
    var columns: [Column] = []
    for field in schema.fields {
      do throws(ArrowFault) {
        if let dictionary = field.dictionary {
          columns.append(try reader.coded(field.type, dictionary, words[dictionary.id]))
        } else {
          columns.append(try reader.column(field))
        }
      } catch {
        throw error.naming(field.name)
      }
    }
    return columns
  }
}

/// Makes columns of a batch's buffers, one after the other.
///
/// Invariant: a column is made of buffers that were checked to hold all its rows; its texts are
/// UTF-8 inside their heap, its codes inside their dictionary, in null rows too.
struct ArrowColumnReader {
  let header: ArrowBatchHeader
  let body: Buffer
  /// Whether no other batch is read at the same time.
  let isAlone: Bool
  private var node = 0
  private var buffer = 0
  private var heap = 0

  init(header: ArrowBatchHeader, body: Buffer, isAlone: Bool) {
    (self.header, self.body, self.isAlone) = (header, body, isAlone)
  }

  /// The next column, of values.
  mutating func column(_ field: ArrowField) throws(ArrowFault) -> Column {
    let rows = try nextNode()
    if field.type == .null { return .nulls(rows) }
    if case .other(let name) = field.type {
      throw .refused(
        "is of type \(name), which a frame does not hold; leave it out, or cast it in pyarrow or "
          + "polars before writing"
      )
    }
    let validity = try nextValidity(rows)
    let storage: Column.Storage
    switch field.type {
    case .null, .other: preconditionFailure("\(field.type)")
    case .bool: storage = .bool(BitVector(buffer: try nextBuffer((rows + 7) / 8), count: rows))
    case .int(let bits, let isSigned):
      storage = .int64(try integers(rows, bits: bits, isSigned: isSigned, validity))
    case .float(let bits): storage = .float64(try floats(rows, bits: bits))
    case .date32: storage = .date(try fixed(rows))
    case .date64: storage = .date(try days(rows, validity))
    case .timestamp(let unit, _): storage = .datetime(try microseconds(rows, unit, validity))
    case .utf8: storage = .string(try texts(rows, Int32.self, validity))
    case .largeUtf8: storage = .string(try texts(rows, Int64.self, validity))
    case .utf8View: storage = .string(try views(rows, validity))
    }
    return Column(storage: storage, validity: validity)
  }

  /// The rows of the next column.
  mutating func nextNode() throws(ArrowFault) -> Int {
    guard node < header.nodes.count else { throw .damaged("a batch has no values for it") }
    defer { node += 1 }
    guard header.nodes[node].count == header.rowCount else {
      throw .damaged("\(header.nodes[node].count) values for \(header.rowCount) rows")
    }
    return header.rowCount
  }

  /// The heap buffers of the next column of views.
  mutating func nextHeap() throws(ArrowFault) -> [Buffer] {
    guard heap < header.heapCounts.count else {
      throw .damaged("a batch does not count the heap buffers of its string views")
    }
    var buffers: [Buffer] = []
    for _ in 0..<header.heapCounts[heap] { buffers.append(try nextBuffer(0, alignment: 1)) }
    heap += 1
    return buffers
  }

  /// The nulls of the column of the last node.
  mutating func nextValidity(_ rows: Int) throws(ArrowFault) -> Validity? {
    let bytes = try nextBuffer(0, alignment: 1)
    guard bytes.byteCount >= (rows + 7) / 8 else {
      guard header.nodes[node - 1].nulls == 0 else {
        throw .damaged("\(bytes.byteCount) bytes that tell the nulls of \(rows) rows")
      }
      return nil
    }
    return Validity(bits: BitVector(buffer: bytes, count: rows))
  }

  /// The next buffer, unpacked, of at least so many bytes, whose first has such an address.
  mutating func nextBuffer(_ least: Int, alignment: Int = 1) throws(ArrowFault) -> Buffer {
    guard buffer < header.buffers.count else { throw .damaged("a batch lacks a buffer") }
    let (offset, count) = header.buffers[buffer]
    buffer += 1
    var bytes = body.slice(offset, count)
    if let codec = header.codec { bytes = try bytes.unpacked(codec) }
    guard bytes.byteCount >= least else {
      throw .damaged("a buffer of \(bytes.byteCount) bytes, expected \(least)")
    }
    // An empty buffer is never read, wherever it is.
    return Int(bitPattern: bytes.pointer) % alignment == 0 ? bytes : bytes.copy()
  }

  /// Values that a frame holds as they are.
  mutating func fixed<Value: BitwiseCopyable & Sendable>(_ rows: Int) throws(ArrowFault)
    -> FixedVector<Value>
  {
    let size = MemoryLayout<Value>.stride
    let bytes = try nextBuffer(rows * size, alignment: MemoryLayout<Value>.alignment)
    return FixedVector(buffer: bytes, count: rows)
  }

  /// Runs `body` on blocks of rows; of what goes wrong, the first counts.
  func forEachBlock(
    of rows: Int,
    _ body: @escaping @Sendable (Range<Int>) -> ArrowFault?
  ) throws(ArrowFault) {
    if !isAlone {
      if let fault = body(0..<rows) { throw fault }
      return
    }
    let first = Locked<(row: Int, fault: ArrowFault)?>(nil)
    Workers.forEachBlock(of: rows) { block in
      guard let fault = body(block) else { return }
      first.withLock { first in
        if first.map({ block.lowerBound < $0.row }) ?? true {
          first = (block.lowerBound, fault)
        }
      }
    }
    if let (_, fault) = first.withLock({ $0 }) { throw fault }
  }
}

extension Column {
  /// A column without a value: of texts, as the CSV floor takes it.
  fileprivate static func nulls(_ count: Int) -> Column {
    let views = Buffer.zeros(count * MemoryLayout<StringView>.stride)
    let bits = Buffer.zeros((count + 7) / 8)
    return Column(
      storage: .string(StringVector(views: FixedVector(buffer: views, count: count), heap: [])),
      validity: Validity(bits: BitVector(buffer: bits, count: count))
    )
  }
}

extension Buffer {
  /// Zeros, of which many take no memory until somebody writes there.
  fileprivate static func zeros(_ count: Int) -> Buffer {
    guard count >= 1 << 20, let memory = try? ColumnMemory(capacity: count, isZeroed: true) else {
      return Buffer(zeroed: count)
    }
    memory.use(count)
    return Buffer(borrowing: memory.pointer, byteCount: count, owner: memory)
  }
}
