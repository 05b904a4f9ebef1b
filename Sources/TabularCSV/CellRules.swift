/// What a column's cells mean before its type matters.
struct CellRules: Sendable {
  var quote = UInt8(ascii: "\"")
  /// Whether an empty unquoted cell is an empty text.
  var emptyIsText = false
  /// Texts that mean null, besides the empty unquoted cell.
  var nullValues: [[UInt8]] = []
  /// Whether a quoted cell may be one of them.
  var quotedNulls = true
  /// Whether one of the words that number columns may hold is null.
  var takesNullWords = false
  /// Whether spaces and tabs around an unquoted cell are left out.
  var trims = false
  /// How numbers are written; nil for the kernels' way.
  var numbers: NumberFormat?
  /// How dates are written; nil for ISO 8601.
  var dates: DateFormat?
  /// Words for true and false, besides `true` and `false`.
  var trueWords: [[UInt8]] = []
  var falseWords: [[UInt8]] = []

  /// Whether each cell must be looked at before the kernel may read it.
  var asksFirst: Bool { !nullValues.isEmpty || trims || numbers != nil || dates != nil }
  /// The same for a column of texts.
  var asksFirstOfTexts: Bool { !nullValues.isEmpty || trims }

  /// What a cell is.
  enum Content {
    case null
    /// Quoted and empty: an empty text, and no value of another type.
    case empty
    case value(CellBytes)
  }

  /// What a cell is, its quotes taken off; a text with doubled quotes is put into `scratch`.
  func content(_ cell: CellBytes, _ scratch: PaddedBytes) -> Content {
    guard let start = cell.baseAddress, cell.count > 0 else { return emptyIsText ? .empty : .null }
    guard start[0] == quote, cell.count >= 2 else {
      let cell = trims ? trimmed(cell) : cell
      if cell.isEmpty { return emptyIsText ? .empty : .null }
      return isNull(cell) ? .null : .value(cell)
    }
    let inner = unquoted(cell, scratch)
    if inner.isEmpty { return .empty }
    return quotedNulls && isNull(inner) ? .null : .value(inner)
  }

  /// A cell without spaces and tabs around it.
  func trimmed(_ cell: CellBytes) -> CellBytes {
    func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    guard let first = cell.firstIndex(where: { !isSpace($0) }),
      let last = cell.lastIndex(where: { !isSpace($0) })
    else { return CellBytes(rebasing: cell[0..<0]) }
    return CellBytes(rebasing: cell[first...last])
  }

  /// Takes a cell's value into what is known of a column.
  func observe(_ bytes: CellBytes, _ inference: inout TypeInference, _ scratch: PaddedBytes) {
    if let numbers {
      // Written otherwise, it is no number; a word may still be a null.
      let number = numbers.canonical(bytes, scratch)
      inference.observe(number ?? bytes, mayBeNumber: number != nil, self)
    } else {
      inference.observe(bytes, mayBeNumber: true, self)
    }
  }

  /// Whether a text is of no other type.
  func isText(_ bytes: [UInt8]) -> Bool {
    var inference = TypeInference()
    bytes.withUnsafeBufferPointer { observe($0, &inference, PaddedBytes(capacity: 64)) }
    return inference.base == .string
  }

  /// A bool by the rules' words.
  func bool(_ bytes: CellBytes) -> Bool? {
    if let value = parseBool(bytes) { return value }
    if trueWords.contains(where: { bytes.elementsEqual($0) }) { return true }
    return falseWords.contains { bytes.elementsEqual($0) } ? false : nil
  }

  /// A cell's text for a message.
  func unquotedForMessage(_ cell: CellBytes, _ scratch: PaddedBytes) -> CellBytes {
    cell.count >= 2 && cell[0] == quote ? unquoted(cell, scratch) : cell
  }

  /// The text within quotes.
  func unquoted(_ cell: CellBytes, _ scratch: PaddedBytes) -> CellBytes {
    let inner = CellBytes(rebasing: cell[1..<(cell.count - 1)])
    guard let start = inner.baseAddress, inner.contains(quote) else { return inner }
    scratch.removeAll()
    var first = 0
    while first < inner.count {
      // Up to and with a quote; the second of the two is left out.
      let end = inner[first...].firstIndex(of: quote).map { $0 + 1 } ?? inner.count
      scratch.append(start + first, end - first)
      first = end + (end < inner.count || inner[end - 1] == quote ? 1 : 0)
    }
    return CellBytes(start: scratch.start, count: scratch.count)
  }

  @inline(__always)
  private func isNull(_ bytes: CellBytes) -> Bool {
    !nullValues.isEmpty && nullValues.contains { bytes.elementsEqual($0) }
  }
}

/// The cells of one column in a block of rows.
struct ColumnCells {
  let text: UnsafePointer<UInt8>
  /// Where the cell of row r begins: `starts[r * startStride] + startOffset`.
  let starts: UnsafePointer<UInt32>
  let startStride: Int
  let startOffset: Int
  /// Where it ends: `ends[r * stride]`.
  let ends: UnsafePointer<UInt32>
  let stride: Int
  let count: Int
  /// The row of the first one in the table.
  let base: Int
  let hasDoubledQuotes: Bool
  // Invariant: who makes the cells keeps it; counting references here cost 5 % of reading floats.
  unowned(unsafe) let scratch: PaddedBytes

  init(_ block: RowBlock, column: Int, base: Int, scratch: PaddedBytes) {
    text = block.text
    ends = block.ends + column
    stride = block.width
    count = block.count
    self.base = base
    hasDoubledQuotes = block.hasDoubledQuotes
    self.scratch = scratch
    if column == 0 {
      (starts, startStride, startOffset) = (block.rowStarts, 1, 0)
    } else {
      (starts, startStride, startOffset) = (block.ends + column - 1, block.width, 1)
    }
  }

  @inline(__always)
  func start(_ row: Int) -> Int { Int(starts[row &* startStride]) &+ startOffset }

  @inline(__always)
  func end(_ row: Int) -> Int { Int(ends[row &* stride]) }

  @inline(__always)
  subscript(row: Int) -> CellBytes {
    let start = start(row)
    return CellBytes(start: text + start, count: end(row) &- start)
  }
}
