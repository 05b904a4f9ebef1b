internal import CTabularScan

/// A cell of fixed width.
protocol FixedCell {
  associatedtype Value: BitwiseCopyable
  static var zero: Value { get }

  /// Reads a cell that is written in the rules' way.
  static func readFormatted(
    _ bytes: CellBytes,
    _ rules: CellRules,
    _ scratch: PaddedBytes,
    _ value: inout Value,
    _ result: inout BlockResult
  ) -> Bool

  /// What the loop loads once.
  associatedtype Context = Void
  static var context: Context { get }

  /// Whether `read` takes an empty cell as zero, so that the loop has no branch for it.
  static var takesEmpty: Bool { get }

  /// Reads an unquoted cell that is not empty; false where it does not fit.
  ///
  /// 64 bytes before and behind the cell can be read.
  static func read(
    _ start: UnsafePointer<UInt8>,
    _ count: Int,
    _ context: Context,
    _ value: inout Value,
    _ result: inout BlockResult
  ) -> Bool
}

extension FixedCell where Context == Void {
  @inline(__always)
  static var context: Void { () }
}

extension FixedCell {
  @inline(__always)
  static var takesEmpty: Bool { false }

  /// A number.
  static func readFormatted(
    _ bytes: CellBytes,
    _ rules: CellRules,
    _ scratch: PaddedBytes,
    _ value: inout Value,
    _ result: inout BlockResult
  ) -> Bool {
    guard let number = rules.numbers.map({ $0.canonical(bytes, scratch) }) ?? bytes,
      let start = number.baseAddress, number.count > 0
    else { return false }
    return read(start, number.count, context, &value, &result)
  }
}

/// Reads a column of one type into its memory, from a row on to the first cell that does not fit.
///
/// Returns that row of the block, or the number of rows. Inlined into one function a type, so that
/// nothing in the loop is called through a witness.
@inline(__always)
func readFixed<Cell: FixedCell>(
  _ type: Cell.Type,
  _ cells: ColumnCells,
  from first: Int,
  rules: CellRules,
  into values: UnsafeMutablePointer<Cell.Value>,
  nulls: BitWriter,
  _ result: inout BlockResult
) -> Int {
  var row = first
  // A null value may look like a number.
  let asksFirst = rules.asksFirst
  let context = Cell.context
  while row < cells.count {
    let bit = (cells.base &+ row) & 63
    let next = min(row &+ 64 &- bit, cells.count)
    let isShared = next &- row < 64
    var nullBits: UInt64 = 0
    var misfit = false
    let groupStart = row
    while row < next {
      let start = cells.start(row)
      let count = cells.end(row) &- start
      var value = Cell.zero
      let isEmpty: UInt64 = count == 0 ? 1 : 0
      nullBits |= isEmpty &<< UInt64(truncatingIfNeeded: bit &+ row &- groupStart)
      if !Cell.takesEmpty, count == 0 {
        // Nothing to read.
      } else if asksFirst || !Cell.read(cells.text + start, count, context, &value, &result) {
        switch readSlowly(Cell.self, cells[row], cells.scratch, rules, &value, &result) {
        case .value: break
        case .null: nullBits |= 1 << UInt64(bit &+ row &- groupStart)
        case .misfit: misfit = true
        }
        if misfit { break }
      }
      values[cells.base &+ row] = value
      row &+= 1
    }
    let found = nullBits.nonzeroBitCount
    result.nulls &+= found
    result.sawValue = result.sawValue || row &- groupStart > found
    nulls.store(nullBits, word: (cells.base &+ groupStart) >> 6, isShared: isShared || misfit)
    if misfit { return row }
  }
  return row
}

enum SlowVerdict { case value, null, misfit }

/// A cell that is quoted, or whose column has null values, or that does not fit.
@inline(never)
func readSlowly<Cell: FixedCell>(
  _ type: Cell.Type,
  _ cell: CellBytes,
  _ scratch: PaddedBytes,
  _ rules: CellRules,
  _ value: inout Cell.Value,
  _ result: inout BlockResult
) -> SlowVerdict {
  switch rules.content(cell, scratch) {
  case .null, .empty: return .null
  case .value(let bytes):
    let isValue =
      rules.numbers == nil && rules.dates == nil
      ? bytes.baseAddress.map { Cell.read($0, bytes.count, Cell.context, &value, &result) } ?? false
      : Cell.readFormatted(bytes, rules, scratch, &value, &result)
    if isValue { return .value }
    value = Cell.zero
    guard rules.takesNullWords, let word = TypeInference.nullWord(bytes) else { return .misfit }
    result.words |= 1 << UInt8(word)
    result.wordCount += 1
    return .null
  }
}

func readInt64s(
  _ cells: ColumnCells,
  from row: Int,
  _ rules: CellRules,
  _ values: UnsafeMutableRawPointer,
  _ nulls: BitWriter,
  _ result: inout BlockResult
) -> Int {
  let values = values.assumingMemoryBound(to: Int64.self)
  if hasVectorCells, !rules.asksFirst {
    return readIntegers(cells, from: row, rules: rules, into: values, nulls: nulls, &result)
  }
  return readFixed(
    Int64Cell.self,
    cells,
    from: row,
    rules: rules,
    into: values,
    nulls: nulls,
    &result
  )
}

private let hasVectorDecimals = tabular_has_decimals() != 0
private let hasVectorCells = tabular_has_cells() != 0

func readFloat64s(
  _ cells: ColumnCells,
  from row: Int,
  _ rules: CellRules,
  _ values: UnsafeMutableRawPointer,
  _ nulls: BitWriter,
  _ result: inout BlockResult
) -> Int {
  let values = values.assumingMemoryBound(to: Double.self)
  if hasVectorDecimals, !rules.asksFirst {
    return readDecimals(cells, from: row, rules: rules, into: values, nulls: nulls, &result)
  }
  return readFixed(
    Float64Cell.self,
    cells,
    from: row,
    rules: rules,
    into: values,
    nulls: nulls,
    &result
  )
}

func readDates(
  _ cells: ColumnCells,
  from row: Int,
  _ rules: CellRules,
  _ values: UnsafeMutableRawPointer,
  _ nulls: BitWriter,
  _ result: inout BlockResult
) -> Int {
  let values = values.assumingMemoryBound(to: Int32.self)
  return readFixed(
    DateCell.self,
    cells,
    from: row,
    rules: rules,
    into: values,
    nulls: nulls,
    &result
  )
}

func readDatetimes(
  _ cells: ColumnCells,
  from row: Int,
  _ rules: CellRules,
  _ values: UnsafeMutableRawPointer,
  _ nulls: BitWriter,
  _ result: inout BlockResult
) -> Int {
  let values = values.assumingMemoryBound(to: Int64.self)
  return readFixed(
    DatetimeCell.self,
    cells,
    from: row,
    rules: rules,
    into: values,
    nulls: nulls,
    &result
  )
}
