internal import CTabularScan

/// Splits text whose records are not all rows: ragged, blank, commented or quoted irregularly.
///
/// libcsv says where records begin and end, and what is wrong with them; where only the number of
/// cells is wrong, the separators suffice.
struct ColdParser {
  /// Where the record begins that has not ended.
  struct Rest {
    /// Its position in the text, its offset in the input, its physical line.
    var start = 0
    var offset = 0
    var line = 1
    /// Whether the byte before it is a CR.
    var isAfterReturn = false
  }

  private(set) var rest = Rest()
  /// The records of the last text: rows, and bad ones.
  private(set) var recordCount = 0

  private let positions = Positions(capacity: 1024)
  private let ends = Positions(capacity: 64)
  private let starts = Positions(capacity: 64)
  private var records: [Int] = []
  private var places: [RowBlock.Place] = []
  /// The texts of cells where libcsv reads leniently.
  private var text = PaddedBytes(capacity: 64)

  /// Splits a text that begins at a record.
  mutating func parse(
    _ bytes: PaddedBytes,
    isLast: Bool,
    settings: ParserSettings,
    origin: RowBlock.Origin,
    into blocks: inout [RowBlock],
    _ bad: inout [BadRecord]
  ) {
    ends.truncate(0)
    starts.truncate(0)
    records.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    recordCount = 0
    var isRewritten = false
    if settings.usesLibCSV || !settings.comment.isEmpty
      || !split(bytes, isLast: isLast, settings: settings, origin: origin, &bad)
    {
      parseByLibCSV(bytes, isLast: isLast, settings: settings, origin: origin, &bad)
      isRewritten = settings.isLenient
    }
    guard starts.count > 0 else { return }
    blocks.append(
      RowBlock(
        // Only now: a line end may have been appended, and the bytes have moved.
        text: UnsafePointer(isRewritten ? text.start : bytes.start),
        rowStarts: UnsafePointer(starts.start),
        ends: UnsafePointer(ends.start),
        width: settings.width,
        count: starts.count,
        origin: origin,
        records: records[...],
        places: isRewritten ? places[...] : nil
      )
    )
  }

  /// Splits regularly quoted text; false where it is not.
  private mutating func split(
    _ bytes: PaddedBytes,
    isLast: Bool,
    settings: ParserSettings,
    origin: RowBlock.Origin,
    _ bad: inout [BadRecord]
  ) -> Bool {
    var state = tabular_scan_state()
    state.previous_separator = 1
    state.previous_return = origin.isAfterReturn ? 1 : 0
    let given = bytes.count
    var count = given
    if isLast, count > 0, !isLineEnd(bytes.start[count - 1]) {
      bytes.append(UInt8(ascii: "\n"))
      count += 1
    }
    positions.reserve(count + 192)
    let found = tabular_scan(
      bytes.start,
      count,
      settings.dialect.delimiter,
      settings.dialect.quote,
      settings.method,
      &state,
      positions.start
    )
    guard state.irregular == 0, !isLast || state.inside == 0 else {
      bytes.fill(given)
      return false
    }
    let text = bytes.start
    var start = origin.isAfterReturn && count > 0 && text[0] == UInt8(ascii: "\n") ? 1 : 0
    var line = origin.line
    var first = ends.count
    for index in 0..<found {
      let position = Int(positions.start[index])
      ends.append(UInt32(truncatingIfNeeded: position))
      guard isLineEnd(text[position]) else { continue }
      let cells = ends.count - first
      if cells == settings.width {
        starts.append(UInt32(truncatingIfNeeded: start))
        records.append(recordCount)
        recordCount += 1
      } else {
        ends.truncate(first)
        // A blank line is no record.
        if position > start {
          bad.append(
            BadRecord(
              input: origin.input,
              record: origin.record + recordCount,
              line: line,
              bytes: (origin.offset + start)..<(origin.offset + position),
              problem: .cellCount(cells)
            )
          )
          recordCount += 1
        }
      }
      let record = CellBytes(start: text + start, count: position - start)
      line += 1 + physicalLines(in: record, after: false)
      first = ends.count
      start = position + 1
      if start < count, text[position] == UInt8(ascii: "\r"), text[start] == UInt8(ascii: "\n") {
        start += 1
      }
    }
    ends.truncate(first)
    rest = Rest(
      start: min(start, bytes.count),
      offset: origin.offset + start,
      line: line,
      isAfterReturn: start == count && count > 0 && text[start - 1] == UInt8(ascii: "\r")
    )
    return true
  }

  private func isLineEnd(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  private mutating func parseByLibCSV(
    _ bytes: PaddedBytes,
    isLast: Bool,
    settings: ParserSettings,
    origin: RowBlock.Origin,
    _ bad: inout [BadRecord]
  ) {
    recordCount = 0
    var scanner = LibCSVScanner(
      dialect: settings.dialect,
      isLenient: settings.isLenient,
      comment: settings.comment,
      offset: origin.offset,
      line: origin.line,
      afterReturn: origin.isAfterReturn
    )
    var block = RecordBlock()
    scanner.scan(
      UnsafeBufferPointer(start: bytes.start, count: bytes.count),
      isLast: isLast,
      into: &block
    )
    let unfinished = scanner.unfinishedRecord
    rest = Rest(
      start: bytes.count - unfinished.bytes.count,
      offset: unfinished.offset,
      line: unfinished.line,
      isAfterReturn: unfinished.afterReturn
    )
    text.removeAll()
    for record in block.records {
      if record.isBlank, settings.width > 1 { continue }
      defer { recordCount += 1 }
      var problem: BadRecord.Problem?
      if let found = record.problem {
        problem = .quoting(found.kind, offset: found.byteOffset, line: found.line)
      } else if record.cellCount != settings.width, !record.isBlank {
        problem = .cellCount(record.cellCount)
      }
      if let problem {
        bad.append(
          BadRecord(
            input: origin.input,
            record: origin.record + recordCount,
            line: record.line,
            bytes: record.bytes,
            problem: problem
          )
        )
      } else if settings.isLenient {
        append(record, of: block, quote: settings.dialect.quote)
        records.append(recordCount)
        places.append(RowBlock.Place(bytes: record.bytes, line: record.line))
      } else {
        append(record.bytes, of: bytes, origin, settings)
        records.append(recordCount)
      }
    }
  }

  /// A well-formed record keeps its quotes: its separators are found again.
  private mutating func append(
    _ range: Range<Int>,
    of bytes: PaddedBytes,
    _ origin: RowBlock.Origin,
    _ settings: ParserSettings
  ) {
    let start = range.lowerBound - origin.offset
    var state = tabular_scan_state()
    state.previous_separator = 1
    positions.reserve(range.count + 192)
    let found = tabular_scan(
      bytes.start + start,
      range.count,
      settings.dialect.delimiter,
      settings.dialect.quote,
      settings.method,
      &state,
      positions.start
    )
    starts.append(UInt32(truncatingIfNeeded: start))
    for index in 0..<found {
      ends.append(positions.start[index] + UInt32(truncatingIfNeeded: start))
    }
    ends.append(UInt32(truncatingIfNeeded: start + range.count))
  }

  /// Of a record that is read leniently only libcsv knows the cells: they are written anew.
  private mutating func append(
    _ record: RecordBlock.Record,
    of block: RecordBlock,
    quote: UInt8
  ) {
    starts.append(UInt32(truncatingIfNeeded: text.count))
    for index in record.firstCell..<(record.firstCell + record.cellCount) {
      let cell = block.cells[index]
      let content = block.text[cell.start..<(cell.start + cell.length)]
      if !cell.isMissing, content.isEmpty || content.first == quote {
        text.append(quote)
        for byte in content {
          if byte == quote { text.append(quote) }
          text.append(byte)
        }
        text.append(quote)
      } else {
        content.withUnsafeBufferPointer { content in
          if let base = content.baseAddress { text.append(base, content.count) }
        }
      }
      ends.append(UInt32(truncatingIfNeeded: text.count))
      text.append(UInt8(ascii: "\n"))
    }
    if record.cellCount == 0 {
      ends.append(UInt32(truncatingIfNeeded: text.count))
      text.append(UInt8(ascii: "\n"))
    }
  }
}
