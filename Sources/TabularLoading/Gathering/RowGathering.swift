internal import CTabularScan

// The one place that copies rows by index. Invariants: `rows` was checked to lie in 0 ..< rowCount
// before any of them is read, and nothing outside of those rows, nor outside of rows.count * width
// bytes of the target, is touched (a prefetch is no access).

/// How many bytes of rows are asked for ahead of the copy, and how many rows at most.
///
/// Source: measured on a Zen 4 with rows of 128 bytes, 2 million of them: 16 rows ahead 8.7 GB/s,
/// 32 12.5, 64 15.9, 128 15.3; on a Xeon (Emerald Rapids) 32 and 64 are the same.
private func ahead(_ width: Int) -> Int { max(1, min(64, 8_192 / width)) }

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
///   - context: the batch, which may know the rows already.
func gatherRows(
  _ rows: UnsafeBufferPointer<Int>,
  of width: Int,
  from source: UnsafeRawPointer,
  rowCount: Int,
  to target: UnsafeMutableRawPointer,
  in context: BatchContext = .alone
) {
  let isRun = isRun(rows, rowCount: rowCount, in: context)
  guard let first = rows.first, let list = rows.baseAddress, width > 0 else { return }
  if isRun {
    tabular_copy_run(source + first * width, rows.count * width, target)
    return
  }
  guard let crew = GatheringCrew.current(rows: rows.count, of: width) else {
    return gatherPart(list, rows.count, of: width, from: source, to: target)
  }
  crew.spread(rows.count) { part in
    let start = part.lowerBound
    gatherPart(list + start, part.count, of: width, from: source, to: target + start * width)
  }
}

private func gatherPart(
  _ list: UnsafePointer<Int>,
  _ count: Int,
  of width: Int,
  from source: UnsafeRawPointer,
  to target: UnsafeMutableRawPointer
) {
  guard count > 0 else { return }
  switch width {
  case 8: gather(UInt64.self, list, count, from: source, to: target)
  case 4: gather(UInt32.self, list, count, from: source, to: target)
  case 2: gather(UInt16.self, list, count, from: source, to: target)
  case 1: gather(UInt8.self, list, count, from: source, to: target)
  case ..<tabular_gather_least_width:
    gatherNarrow(list, count, of: width, from: source, to: target)
  default:
    list.withMemoryRebound(to: Int64.self, capacity: count) { list in
      tabular_gather_rows(source, list, count, width, ahead(width), target)
    }
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

/// Rows of less than the widest loads, but of another width than a number has.
private func gatherNarrow(
  _ rows: UnsafePointer<Int>,
  _ count: Int,
  of width: Int,
  from source: UnsafeRawPointer,
  to target: UnsafeMutableRawPointer
) {
  for position in 0..<count {
    copyNarrow(source + rows[position] * width, target + position * width, width)
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
  guard width >= tabular_gather_least_width else {
    for position in addresses.indices {
      copyNarrow(list[position], target + position * width, width)
    }
    return
  }
  // C's addresses may be null, which takes no more room.
  list.withMemoryRebound(to: UnsafeRawPointer?.self, capacity: addresses.count) { list in
    tabular_gather_scattered(list, addresses.count, width, ahead(width), target)
  }
}

/// Copies a row of less than 32 bytes: those in the middle twice, never others.
@inline(__always)
private func copyNarrow(
  _ row: UnsafeRawPointer,
  _ slot: UnsafeMutableRawPointer,
  _ width: Int
) {
  switch width {
  case 16...:
    copy(SIMD16<UInt8>.self, row, slot, 0)
    copy(SIMD16<UInt8>.self, row, slot, width - 16)
  case 8...:
    copy(UInt64.self, row, slot, 0)
    copy(UInt64.self, row, slot, width - 8)
  case 4...:
    copy(UInt32.self, row, slot, 0)
    copy(UInt32.self, row, slot, width - 4)
  default:
    for offset in 0..<width { copy(UInt8.self, row, slot, offset) }
  }
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
  let ahead = min(64, count)
  for position in 0..<ahead { tabular_prefetch_far(source + rows[position] * width) }
  for position in 0..<count {
    tabular_prefetch_far(source + rows[min(position + ahead, count - 1)] * width)
    copy(Number.self, source + rows[position] * width, target + position * width, 0)
  }
}
