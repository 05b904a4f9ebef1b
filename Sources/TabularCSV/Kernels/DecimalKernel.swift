internal import CTabularScan

/// Reads a column of float64 by vector instructions, 64 rows at a time; as `readFixed` does with
/// `Float64Cell`, whose `read` takes the cells of another form.
///
/// Returns the row of the first cell that does not fit, or the number of rows.
func readDecimals(
  _ cells: ColumnCells,
  from first: Int,
  rules: CellRules,
  into values: UnsafeMutablePointer<Double>,
  nulls: BitWriter,
  _ result: inout BlockResult
) -> Int {
  let context = Float64Cell.context
  var found = tabular_decimals()
  var row = first
  while row < cells.count {
    let bit = (cells.base &+ row) & 63
    let count = min(64 &- bit, cells.count &- row)
    tabular_decimals(
      cells.text,
      cells.starts + row &* cells.startStride,
      cells.startStride,
      cells.startOffset,
      cells.ends + row &* cells.stride,
      cells.stride,
      count,
      context.tens,
      context.fives.fromZero,
      values + (cells.base &+ row),
      &found
    )
    if found.hard != 0 { convertHard(&found, context, values + (cells.base &+ row)) }
    var nullBits = found.empty
    var left = found.other
    let all: UInt64 = count == 64 ? .max : (1 &<< UInt64(count)) &- 1
    if found.integers != 0 { result.sawInteger = true }
    if (found.other | found.empty | found.integers) != all { result.sawFraction = true }
    var misfit: Int?
    while left != 0 {
      let index = left.trailingZeroBitCount
      left &= left &- 1
      let cell = cells[row &+ index]
      var value = 0.0
      let verdict = readOther(cell, cells.scratch, rules, context, &value, &result)
      if verdict == .misfit {
        misfit = index
        nullBits &= (1 &<< UInt64(index)) &- 1
        break
      }
      if verdict == .null { nullBits |= 1 &<< UInt64(index) }
      values[cells.base &+ row &+ index] = value
    }
    let taken = misfit ?? count
    result.take(nulls: nullBits, of: taken, from: cells.base &+ row, into: nulls)
    row &+= taken
    if misfit != nil { return row }
  }
  return row
}

/// The doubles that need more than 128 bits, or are half-way between two.
@inline(never)
private func convertHard(
  _ found: inout tabular_decimals,
  _ context: Float64Cell.Context,
  _ values: UnsafeMutablePointer<Double>
) {
  withUnsafePointer(to: &found) { found in
    let start = UnsafeRawPointer(found)
    let mantissas = start.assumingMemoryBound(to: UInt64.self)
    let fractions = (start + 64 * 8).assumingMemoryBound(to: UInt8.self)
    let negative = found.pointee.negative
    var left = found.pointee.hard
    while left != 0 {
      let index = left.trailingZeroBitCount
      left &= left &- 1
      let exponent = 0 &- Int(fractions[index])
      let magnitude = nearestDouble(mantissas[index], exponent: exponent, context.fives)
      let sign = (negative &>> UInt64(index)) &<< 63
      values[index] = Double(bitPattern: magnitude.bitPattern | sign)
    }
  }
}

@inline(never)
private func readOther(
  _ cell: CellBytes,
  _ scratch: PaddedBytes,
  _ rules: CellRules,
  _ context: Float64Cell.Context,
  _ value: inout Double,
  _ result: inout BlockResult
) -> SlowVerdict {
  if let start = cell.baseAddress,
    Float64Cell.read(start, cell.count, context, &value, &result)
  {
    return .value
  }
  return readSlowly(Float64Cell.self, cell, scratch, rules, &value, &result)
}
