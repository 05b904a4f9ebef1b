internal import CTabularScan

// What is quoted irregularly, ragged or blank leaves the fast path.
extension ChunkParser {
  /// Leaves the chunk, with what was carried, to libcsv.
  mutating func coldRows(
    of chunk: Chunk,
    _ entry: inout RowEntry,
    into blocks: inout [RowBlock],
    _ bad: inout [BadRecord]
  ) throws(TooLong) {
    if entry.carry.count == 0 {
      entry.carryOffset = chunk.offset
      entry.carryLine = entry.line
    }
    entry.carry.append(buffer.start, buffer.count)
    guard chunk.isLast || entry.carry.count >= min(entry.carryWanted, settings.longestRecord) else {
      entry.isIrregular = true
      return
    }
    try coldRows(carried: chunk, &entry, into: &blocks, &bad)
    guard entry.carry.count <= settings.longestRecord else {
      throw TooLong(line: entry.carryLine, offset: entry.carryOffset, record: entry.records)
    }
    entry.carryWanted = entry.carry.count > 1 << 20 ? 2 * entry.carry.count : 0
  }

  mutating func coldRows(
    carried chunk: Chunk,
    _ entry: inout RowEntry,
    into blocks: inout [RowBlock],
    _ bad: inout [BadRecord]
  ) throws(TooLong) {
    swap(&joined, &entry.carry)
    let isAfterReturn =
      entry.carryOffset == chunk.offset && entry.scan.lastByte == UInt8(ascii: "\r")
      && !entry.scan.isInside
    cold.parse(
      joined,
      isLast: chunk.isLast,
      settings: settings,
      origin: RowBlock.Origin(
        input: chunk.input,
        offset: entry.carryOffset,
        line: entry.carryLine,
        isAfterReturn: isAfterReturn,
        record: entry.records
      ),
      into: &blocks,
      &bad
    )
    entry.records += cold.recordCount
    entry.carry.removeAll()
    entry.carry.append(joined.start + cold.rest.start, joined.count - cold.rest.start)
    entry.carryOffset = cold.rest.offset
    entry.carryLine = cold.rest.line
    // How the next chunk begins follows from the record that goes on.
    var state = state(
      ScanEntry(lastByte: cold.rest.isAfterReturn ? UInt8(ascii: "\r") : UInt8(ascii: "\n"))
    )
    let carried = CellBytes(start: entry.carry.start, count: entry.carry.count)
    joinedPositions.reserve(carried.count + 192)
    if let base = carried.baseAddress, carried.count > 0 {
      _ = tabular_scan(
        base,
        carried.count,
        settings.dialect.delimiter,
        settings.dialect.quote,
        settings.method,
        &state,
        joinedPositions.start
      )
    }
    entry.line = entry.carryLine + physicalLines(in: carried, after: false)
    entry.scan = ScanEntry(
      isInside: state.inside != 0,
      lastByte: carried.last ?? (cold.rest.isAfterReturn ? UInt8(ascii: "\r") : UInt8(ascii: "\n"))
    )
    entry.isIrregular = state.irregular != 0 || mayBeComment(entry.carry)
  }
}
