/// The cells of one column in a block of rows.
struct ColumnCells {
  let text: UnsafePointer<UInt8>
  let cells: UnsafePointer<RecordBlock.Cell>
  /// The first cell of each row.
  let rows: UnsafeBufferPointer<Int>
  /// The position of the column in a row.
  let column: Int
  let nulls: NullRule

  var count: Int { rows.count }

  /// What a cell is, before its type matters.
  enum Content {
    case null
    /// Quoted and empty: an empty text, and no value of another type.
    case empty
    case value(CellBytes)
  }

  @inline(__always)
  subscript(row: Int) -> Content {
    let cell = cells[rows[row] + column]
    guard cell.length > 0 else {
      return cell.isMissing && !nulls.allText ? .null : .empty
    }
    let bytes = CellBytes(start: text + cell.start, count: cell.length)
    return !nulls.words.isEmpty && nulls.matches(bytes) ? .null : .value(bytes)
  }
}

/// Which cells are null.
struct NullRule {
  /// Texts that mean null, besides the empty unquoted cell.
  let words: [[UInt8]]
  /// Whether an empty unquoted cell is an empty text.
  let allText: Bool

  func matches(_ bytes: CellBytes) -> Bool {
    words.contains { bytes.elementsEqual($0) }
  }
}

/// Appends the cells of a column to its buffers, one kernel a type, a block at a time.
protocol ColumnBuilder: AnyObject {
  /// Appends cells up to the first that does not fit, and returns that one's row in the block.
  func append(_ cells: ColumnCells) -> Int?
  /// The column with what was appended.
  func finish(name: String) -> ParsedColumn
}

/// The builder of a type; `nullWord` is read as null in a number column.
func makeColumnBuilder(_ type: ColumnType, nullWord: String? = nil) -> any ColumnBuilder {
  switch type {
  case .int64: NumberBuilder(nullWord: nullWord, parse: .int64)
  case .float64: NumberBuilder(nullWord: nullWord, parse: .float64)
  case .datetime: NumberBuilder(nullWord: nil, parse: .datetime)
  case .date: NumberBuilder(nullWord: nil, parse: .date)
  case .bool: BoolBuilder()
  case .string: StringBuilder()
  case .category: CategoryBuilder()
  }
}

/// Values of fixed width: one loop a type.
private final class NumberBuilder: ColumnBuilder {
  enum Parse { case int64, float64, datetime, date }

  private let parse: Parse
  private let nullWord: [UInt8]?
  private var values = ColumnMemory()
  private var validity = GrowingValidity()

  init(nullWord: String?, parse: Parse) {
    self.nullWord = nullWord.map { Array($0.utf8) }
    self.parse = parse
  }

  func append(_ cells: ColumnCells) -> Int? {
    switch parse {
    case .int64: append(cells) { parseInt64($0) }
    case .float64: append(cells) { parseFloat64($0) }
    case .datetime: append(cells) { parseDatetime($0) }
    case .date: append(cells) { parseDate($0) }
    }
  }

  /// Inlined into each case above, so that the loop calls its kernel directly.
  @inline(__always)
  private func append<Value: FixedWidthZero>(_ cells: ColumnCells, _ kernel: (CellBytes) -> Value?)
    -> Int?
  {
    for row in 0..<cells.count {
      switch cells[row] {
      case .value(let bytes):
        if let value = kernel(bytes) {
          store(value, valid: true)
        } else if let nullWord, bytes.elementsEqual(nullWord) {
          store(Value.zero, valid: false)
        } else {
          return row
        }
      case .null, .empty:
        store(Value.zero, valid: false)
      }
    }
    return nil
  }

  @inline(__always)
  private func store<Value: BitwiseCopyable>(_ value: Value, valid: Bool) {
    values.extend(by: MemoryLayout<Value>.size).storeBytes(of: value, as: Value.self)
    validity.append(valid: valid)
  }

  func finish(name: String) -> ParsedColumn {
    let values: ParsedColumn.Values =
      switch parse {
      case .int64: .int64(values)
      case .float64: .float64(values)
      case .datetime: .datetime(values)
      case .date: .date(values)
      }
    return ParsedColumn(
      name: name,
      values: values,
      validity: validity.bitmap?.memory,
      nullCount: validity.nullCount
    )
  }
}

private protocol FixedWidthZero: BitwiseCopyable { static var zero: Self { get } }
extension Int64: FixedWidthZero {}
extension Int32: FixedWidthZero {}
extension Double: FixedWidthZero {}

private final class BoolBuilder: ColumnBuilder {
  private var values = GrowingBitmap()
  private var validity = GrowingValidity()

  func append(_ cells: ColumnCells) -> Int? {
    for row in 0..<cells.count {
      if case .value(let bytes) = cells[row] {
        guard let value = parseBool(bytes) else { return row }
        values.append(value)
        validity.append(valid: true)
      } else {
        values.append(false)
        validity.append(valid: false)
      }
    }
    return nil
  }

  func finish(name: String) -> ParsedColumn {
    ParsedColumn(
      name: name,
      values: .bool(values.memory),
      validity: validity.bitmap?.memory,
      nullCount: validity.nullCount
    )
  }
}

private final class StringBuilder: ColumnBuilder {
  private var views = ColumnMemory()
  private var heap = StringHeap()
  private var validity = GrowingValidity()

  func append(_ cells: ColumnCells) -> Int? {
    for row in 0..<cells.count {
      var view = StringView.empty
      var valid = true
      switch cells[row] {
      case .value(let bytes): view = heap.view(bytes)
      case .empty: break
      case .null: valid = false
      }
      views.extend(by: MemoryLayout<StringView>.size).storeBytes(of: view, as: StringView.self)
      validity.append(valid: valid)
    }
    return nil
  }

  func finish(name: String) -> ParsedColumn {
    ParsedColumn(
      name: name,
      values: .string(views, heap),
      validity: validity.bitmap?.memory,
      nullCount: validity.nullCount
    )
  }
}

private final class CategoryBuilder: ColumnBuilder {
  private var codes = ColumnMemory()
  private var dictionary = ColumnMemory()
  private var heap = StringHeap()
  /// By bytes: Swift takes canonically equivalent texts for equal, a file does not.
  private var codeOf: [[UInt8]: Int32] = [:]
  private var validity = GrowingValidity()

  func append(_ cells: ColumnCells) -> Int? {
    for row in 0..<cells.count {
      var code: Int32 = 0
      var valid = true
      switch cells[row] {
      case .value(let bytes): code = self.code(of: bytes)
      case .empty: code = self.code(of: CellBytes(start: nil, count: 0))
      case .null: valid = false
      }
      codes.extend(by: MemoryLayout<Int32>.size).storeBytes(of: code, as: Int32.self)
      validity.append(valid: valid)
    }
    return nil
  }

  private func code(of bytes: CellBytes) -> Int32 {
    let text = Array(bytes)
    if let code = codeOf[text] { return code }
    let code = Int32(codeOf.count)
    codeOf[text] = code
    dictionary.extend(by: MemoryLayout<StringView>.size)
      .storeBytes(of: heap.view(bytes), as: StringView.self)
    return code
  }

  func finish(name: String) -> ParsedColumn {
    ParsedColumn(
      name: name,
      values: .category(
        codes,
        dictionary: dictionary,
        dictionaryCount: codeOf.count,
        heap
      ),
      validity: validity.bitmap?.memory,
      nullCount: validity.nullCount
    )
  }
}
