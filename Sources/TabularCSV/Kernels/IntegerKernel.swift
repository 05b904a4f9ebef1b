internal import CTabularScan

/// Reads a column of int64 by vector instructions, 64 rows at a time; as `readFixed` does with
/// `Int64Cell`, whose `read` takes the cells of another form.
///
/// Returns the row of the first cell that does not fit, or the number of rows.
func readIntegers(
  _ cells: ColumnCells,
  from first: Int,
  rules: CellRules,
  into values: UnsafeMutablePointer<Int64>,
  nulls: BitWriter,
  _ result: inout BlockResult
) -> Int {
  let context = Int64Cell.context
  var row = first
  while row < cells.count {
    let bit = (cells.base &+ row) & 63
    let count = min(64 &- bit, cells.count &- row)
    let found = tabular_integers(cells.vector(from: row), count, values + (cells.base &+ row))
    var nullBits = found.empty
    var left = found.other
    var taken = count
    while left != 0 {
      let index = left.trailingZeroBitCount
      left &= left &- 1
      let verdict = readOther(
        cells[row &+ index],
        cells.scratch,
        rules,
        context,
        &values[cells.base &+ row &+ index],
        &result
      )
      if verdict == .misfit {
        taken = index
        nullBits &= (1 &<< UInt64(index)) &- 1
        break
      }
      if verdict == .null { nullBits |= 1 &<< UInt64(index) }
    }
    result.take(nulls: nullBits, of: taken, from: cells.base &+ row, into: nulls)
    row &+= taken
    if taken < count { return row }
  }
  return row
}

@inline(never)
private func readOther(
  _ cell: CellBytes,
  _ scratch: PaddedBytes,
  _ rules: CellRules,
  _ context: UnsafePointer<UInt64>,
  _ value: inout Int64,
  _ result: inout BlockResult
) -> SlowVerdict {
  value = Int64Cell.zero
  if let start = cell.baseAddress, Int64Cell.read(start, cell.count, context, &value, &result) {
    return .value
  }
  return readSlowly(Int64Cell.self, cell, scratch, rules, &value, &result)
}
