/// Reads a column of bools into a bitmap, from a row on to the first cell that does not fit.
///
/// Returns that row of the block, or the number of rows.
func readBools(
  _ cells: ColumnCells,
  from first: Int,
  rules: CellRules,
  into values: BitWriter,
  nulls: BitWriter,
  _ result: inout BlockResult
) -> Int {
  var row = first
  while row < cells.count {
    let group = row
    let bit = (cells.base &+ row) & 63
    let next = min(row &+ 64 &- bit, cells.count)
    var nullBits: UInt64 = 0
    var trueBits: UInt64 = 0
    var misfit = false
    while row < next {
      let mask: UInt64 = 1 << UInt64(bit &+ row &- group)
      switch rules.content(cells[row], cells.scratch) {
      case .null, .empty: nullBits |= mask
      case .value(let bytes):
        if let value = rules.bool(bytes) {
          if value { trueBits |= mask }
        } else {
          misfit = true
        }
      }
      if misfit { break }
      row &+= 1
    }
    let found = nullBits.nonzeroBitCount
    result.nulls += found
    result.sawValue = result.sawValue || row - group > found
    let word = (cells.base &+ group) >> 6
    let isShared = next - group < 64 || misfit
    nulls.store(nullBits, word: word, isShared: isShared)
    values.store(trueBits, word: word, isShared: isShared)
    if misfit { return row }
  }
  return row
}
