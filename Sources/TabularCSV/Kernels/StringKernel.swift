internal import CTabularScan

/// Which bits of a view a text of up to 12 bytes fills.
///
/// Entry n masks the 4 bytes behind the length, entry 13 + n the 8 bytes behind those.
///
/// Written once, here, and never again.
private nonisolated(unsafe) let inlineMasks: UnsafePointer<UInt64> = {
  let masks = UnsafeMutablePointer<UInt64>.allocate(capacity: 26)
  for count in 0...12 {
    masks[count] = count >= 4 ? 0xFFFF_FFFF : (1 << UInt64(8 * count)) - 1
    let rest = max(0, count - 4)
    masks[13 + count] = rest == 8 ? .max : (1 << UInt64(8 * rest)) - 1
  }
  return UnsafePointer(masks)
}()

/// Reads a column of texts into views, a text of more than 12 bytes into the heap.
func readStrings(
  _ cells: ColumnCells,
  rules: CellRules,
  into views: UnsafeMutablePointer<StringView>,
  nulls: BitWriter,
  heap: inout HeapWriter,
  _ result: inout BlockResult
) throws(CSVError) {
  var vectors = VectorGroups(isPossible: !rules.asksFirstOfTexts)
  var row = 0
  while row < cells.count {
    let bit = (cells.base &+ row) & 63
    let count = min(64 &- bit, cells.count &- row)
    var nullBits: UInt64 = 0
    if vectors.isNext {
      let found = tabular_short_texts(
        cells.vector(from: row),
        count,
        rules.quote,
        views + (cells.base &+ row)
      )
      vectors.took(found.other)
      nullBits = rules.emptyIsText ? 0 : found.empty
      var left = found.other
      while left != 0 {
        let index = left.trailingZeroBitCount
        left &= left &- 1
        let rest = row &+ index..<row &+ index &+ 1
        nullBits |= try readTexts(cells, rest, rules, views, &heap) &<< UInt64(index)
      }
    } else {
      nullBits = try readTexts(cells, row..<row &+ count, rules, views, &heap)
    }
    result.take(nulls: nullBits, of: count, from: cells.base &+ row, into: nulls)
    row &+= count
  }
}

/// Reads up to 64 rows one by one; bit r of the result is set where the r-th of them is null.
private func readTexts(
  _ cells: ColumnCells,
  _ rows: Range<Int>,
  _ rules: CellRules,
  _ views: UnsafeMutablePointer<StringView>,
  _ heap: inout HeapWriter
) throws(CSVError) -> UInt64 {
  let masks = inlineMasks
  let quote = rules.quote
  let asksFirst = rules.asksFirstOfTexts
  var nullBits: UInt64 = 0
  for row in rows {
    let bit = UInt64(truncatingIfNeeded: row &- rows.lowerBound)
    var start = cells.text + cells.start(row)
    var count = cells.end(row) &- cells.start(row)
    let isEmpty = count == 0
    let isQuoted = start.pointee == quote && !isEmpty
    if asksFirst || (isQuoted && cells.hasDoubledQuotes && hasByte(quote, start + 1, count &- 2)) {
      switch rules.content(CellBytes(start: start, count: count), cells.scratch) {
      case .null:
        nullBits |= 1 &<< bit
        count = 0
      case .empty: count = 0
      case .value(let bytes):
        start = bytes.baseAddress ?? start
        count = bytes.count
      }
    } else {
      let isNull: UInt64 = isEmpty && !rules.emptyIsText ? 1 : 0
      nullBits |= isNull &<< bit
      start += isQuoted ? 1 : 0
      count &-= isQuoted ? 2 : 0
    }
    if count <= StringView.inlineCapacity {
      let bytes = UnsafeRawPointer(start)
      let first = bytes.loadUnaligned(as: UInt64.self) & masks[count]
      let rest = (bytes + 4).loadUnaligned(as: UInt64.self) & masks[13 &+ count]
      let target = UnsafeMutableRawPointer(views + (cells.base &+ row))
      target.storeBytes(of: UInt64(count) | first << 32, as: UInt64.self)
      target.storeBytes(of: rest, toByteOffset: 8, as: UInt64.self)
    } else {
      if heap.room < count { try heap.reserve(count) }
      views[cells.base &+ row] = heap.longView(start, count)
    }
  }
  return nullBits
}

/// Whether a byte occurs in a text, behind which eight bytes can be read.
@inline(__always)
private func hasByte(_ byte: UInt8, _ start: UnsafePointer<UInt8>, _ count: Int) -> Bool {
  let pattern = UInt64(byte) &* 0x0101_0101_0101_0101
  var index = 0
  while index < count {
    let word = UnsafeRawPointer(start + index).loadUnaligned(as: UInt64.self).littleEndian ^ pattern
    let zeros = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
    // The lowest zero byte is exact; those behind the text do not count.
    if zeros != 0 { return index &+ zeros.trailingZeroBitCount &>> 3 < count }
    index &+= 8
  }
  return false
}
