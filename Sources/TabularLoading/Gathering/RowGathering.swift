internal import CTabularScan

// The one place that copies rows by index. Invariants: `rows` was checked to lie in 0 ..< rowCount
// before any of them is read, and nothing outside of those rows, nor outside of rows.count * width
// bytes of the target, is touched (a prefetch is no access).

/// How many bytes of rows are asked for ahead of the copy, and how many rows at most.
///
/// Source: measured on a Zen 4 with rows of 128 bytes, 2 million of them: 16 rows ahead 8.7 GB/s,
/// 32 12.5, 64 15.9, 128 15.3.
private let (bytesAhead, rowsAhead) = (8_192, 64)

/// Copies the rows at some positions, in their order, one behind the other.
///
/// A position outside 0 ..< rowCount traps.
///
/// - Parameters:
///   - rows: the positions.
///   - width: the bytes of a row.
///   - source: the first of the rows, which lie one behind the other.
///   - rowCount: how many there are.
///   - target: room for `rows.count * width` bytes, apart from the source.
func gatherRows(
  _ rows: UnsafeBufferPointer<Int>,
  of width: Int,
  from source: UnsafeRawPointer,
  rowCount: Int,
  to target: UnsafeMutableRawPointer
) {
  let isRun = checkRows(rows, rowCount: rowCount)
  guard let first = rows.first, let list = rows.baseAddress, width > 0 else { return }
  if isRun {
    target.copyMemory(from: source + first * width, byteCount: rows.count * width)
    return
  }
  switch width {
  case 8: gather(UInt64.self, list, rows.count, from: source, to: target)
  case 4: gather(UInt32.self, list, rows.count, from: source, to: target)
  case 2: gather(UInt16.self, list, rows.count, from: source, to: target)
  case 1: gather(UInt8.self, list, rows.count, from: source, to: target)
  case _ where width % 64 == 0:
    gatherLines(list, rows.count, of: width, from: source, to: target)
  default: gatherBytes(list, rows.count, of: width, from: source, to: target)
  }
}

/// The first row that is outside 0 ..< rowCount; nil where none is.
func firstOutside(_ rows: [Int], of rowCount: Int) -> Int? {
  // Without branches, so that it is done several rows at a time.
  let last = rowCount &- 1
  var outside = 0
  for row in rows { outside |= row | (last &- row) }
  return outside < 0 ? rows.first { $0 < 0 || $0 >= rowCount } : nil
}

/// Traps where a row is outside 0 ..< rowCount; tells whether each is the one before plus 1.
func checkRows(_ rows: UnsafeBufferPointer<Int>, rowCount: Int) -> Bool {
  guard var expected = rows.first else { return true }
  let last = rowCount &- 1
  var (outside, jumps) = (0, 0)
  for row in rows {
    outside |= row | (last &- row)
    jumps |= row ^ expected
    expected &+= 1
  }
  if outside < 0 {
    let wrong = rows.first { $0 < 0 || $0 >= rowCount } ?? 0
    preconditionFailure("row \(wrong) of \(rowCount)")
  }
  return jumps == 0
}

/// Asks for all cache lines of a row.
@inline(__always)
private func prefetch(_ row: UnsafeRawPointer, _ width: Int) {
  var offset = 0
  while offset < width {
    tabular_prefetch_far(row + offset)
    offset += 64
  }
  // The row may begin in the middle of a line.
  tabular_prefetch_far(row + (width - 1))
}

/// Rows of whole lines: the usual matrix.
private func gatherLines(
  _ rows: UnsafePointer<Int>,
  _ count: Int,
  of width: Int,
  from source: UnsafeRawPointer,
  to target: UnsafeMutableRawPointer
) {
  let ahead = max(1, min(rowsAhead, bytesAhead / width, count))
  for position in 0..<ahead { prefetch(source + rows[position] * width, width) }
  var slot = target
  for position in 0..<count {
    let row = source + rows[position] * width
    let later = source + rows[min(position + ahead, count - 1)] * width
    var offset = 0
    while offset < width {
      tabular_prefetch_far(later + offset)
      for part in 0..<4 { copy(SIMD16<UInt8>.self, row, slot, offset + 16 * part) }
      offset += 64
    }
    slot += width
  }
}

/// Rows of any other width.
private func gatherBytes(
  _ rows: UnsafePointer<Int>,
  _ count: Int,
  of width: Int,
  from source: UnsafeRawPointer,
  to target: UnsafeMutableRawPointer
) {
  let ahead = max(1, min(rowsAhead, bytesAhead / width, count))
  for position in 0..<ahead { prefetch(source + rows[position] * width, width) }
  var slot = target
  for position in 0..<count {
    prefetch(source + rows[min(position + ahead, count - 1)] * width, width)
    copyRow(source + rows[position] * width, slot, width)
    slot += width
  }
}

/// Copies rows from anywhere: where they lie in several blocks of memory.
///
/// The addresses are the caller's to check.
func gatherRows(
  at addresses: UnsafeBufferPointer<UnsafeRawPointer>,
  of width: Int,
  to target: UnsafeMutableRawPointer
) {
  guard width > 0, let list = addresses.baseAddress else { return }
  let count = addresses.count
  let ahead = max(1, min(rowsAhead, bytesAhead / width, count))
  for position in 0..<ahead { prefetch(list[position], width) }
  var slot = target
  for position in 0..<count {
    prefetch(list[min(position + ahead, count - 1)], width)
    copyRow(list[position], slot, width)
    slot += width
  }
}

/// Copies a row; of a width that is no multiple of 16 the last bytes twice, never others.
@inline(__always)
private func copyRow(
  _ row: UnsafeRawPointer,
  _ slot: UnsafeMutableRawPointer,
  _ width: Int
) {
  guard width >= 16 else {
    if width >= 8 {
      copy(UInt64.self, row, slot, 0)
      copy(UInt64.self, row, slot, width - 8)
    } else if width >= 4 {
      copy(UInt32.self, row, slot, 0)
      copy(UInt32.self, row, slot, width - 4)
    } else {
      for offset in 0..<width { copy(UInt8.self, row, slot, offset) }
    }
    return
  }
  var offset = 0
  while offset <= width - 16 {
    copy(SIMD16<UInt8>.self, row, slot, offset)
    offset += 16
  }
  copy(SIMD16<UInt8>.self, row, slot, width - 16)
}

@inline(__always)
private func copy<Bytes: BitwiseCopyable>(
  _ type: Bytes.Type,
  _ row: UnsafeRawPointer,
  _ slot: UnsafeMutableRawPointer,
  _ offset: Int
) {
  let bytes = row.loadUnaligned(fromByteOffset: offset, as: Bytes.self)
  slot.storeBytes(of: bytes, toByteOffset: offset, as: Bytes.self)
}

/// Rows of one number, such as targets.
@inline(__always)
private func gather<Number: FixedWidthInteger & BitwiseCopyable>(
  _ type: Number.Type,
  _ rows: UnsafePointer<Int>,
  _ count: Int,
  from source: UnsafeRawPointer,
  to target: UnsafeMutableRawPointer
) {
  let width = MemoryLayout<Number>.size
  let ahead = min(rowsAhead, count)
  for position in 0..<ahead { tabular_prefetch_far(source + rows[position] * width) }
  for position in 0..<count {
    tabular_prefetch_far(source + rows[min(position + ahead, count - 1)] * width)
    copyNumber(Number.self, source + rows[position] * width, target + position * width)
  }
}

@inline(__always)
private func copyNumber<Number: BitwiseCopyable>(
  _ type: Number.Type,
  _ source: UnsafeRawPointer,
  _ target: UnsafeMutableRawPointer
) {
  target.storeBytes(of: source.loadUnaligned(as: Number.self), as: Number.self)
}
