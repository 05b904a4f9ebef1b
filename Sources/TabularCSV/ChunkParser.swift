internal import CTabularScan

/// What every chunk of a reading has in common.
struct ParserSettings {
  var dialect = CSVDialect.rfc4180
  /// The cells of a row.
  var width = 1
  var comment: [UInt8] = []
  /// Whether libcsv finds all records, and what its rules are.
  var usesLibCSV = false
  var isLenient = false
  var method = tabular_scan_best_method()
  /// The bytes that a record may have.
  var longestRecord = CSVReadingOptions.longestRecord
}

/// One thread's splitting of chunks into rows.
///
/// Separators come from vector instructions. A record that goes on in the next chunk is carried
/// there. What is quoted irregularly or commented is left to libcsv, which defines the meaning: its
/// records are the same for any chunk and thread.
struct ChunkParser {
  let settings: ParserSettings
  let buffer: PaddedBytes
  let positions: Positions
  let rowStarts: Positions
  /// What the last record of the chunk before and the first of this one are put together in.
  var joined = PaddedBytes(capacity: 4096)
  let joinedPositions = Positions(capacity: 4096)
  let joinedStarts = Positions(capacity: 64)
  var cold = ColdParser()

  var scanned = Scanned()

  /// What scanning a chunk showed.
  struct Scanned {
    var state = tabular_scan_state()
    var entry = ScanEntry()
    var found = 0
    /// The separator that ends the first record; nil where none ends.
    var firstEnd: Int?
    /// The rows behind the first record; nil where a record is no row.
    var rows: Int?
    var textCount = 0
  }

  init(settings: ParserSettings, chunkSize: Int) {
    self.settings = settings
    buffer = PaddedBytes(capacity: chunkSize + 1)
    positions = Positions(capacity: chunkSize + 192)
    rowStarts = Positions(capacity: 1024)
  }

  /// How the chunk behind this one begins, if this one begins so.
  func next(after entry: ScanEntry, isLast: Bool) -> ScanEntry {
    guard !isLast else { return ScanEntry() }
    guard buffer.count > 0 else { return entry }
    let quotes = tabular_count(
      buffer.start,
      buffer.count,
      settings.dialect.quote,
      settings.method
    )
    return ScanEntry(
      isInside: entry.isInside != (quotes & 1 == 1),
      lastByte: buffer.start[buffer.count - 1]
    )
  }

  /// Finds the separators of the chunk.
  mutating func scan(_ entry: ScanEntry, isLast: Bool) {
    scanned = Scanned()
    scanned.entry = entry
    scanned.state = state(entry)
    scanned.textCount = buffer.count
    guard !settings.usesLibCSV else { return }
    if isLast, buffer.count > 0, !isLineEnd(buffer.start[buffer.count - 1]) {
      // The last record may lack its line end.
      buffer.start[buffer.count] = UInt8(ascii: "\n")
      scanned.textCount += 1
    }
    scanned.found = tabular_scan(
      buffer.start,
      scanned.textCount,
      settings.dialect.delimiter,
      settings.dialect.quote,
      settings.method,
      &scanned.state,
      positions.start
    )
    guard scanned.state.irregular == 0, scanned.state.records > 0 else { return }
    scanned.firstEnd = (0..<scanned.found).first {
      isLineEnd(buffer.start[Int(positions.start[$0])])
    }
    scanned.rows = regularRows()
  }

  func state(_ entry: ScanEntry) -> tabular_scan_state {
    var state = tabular_scan_state()
    let byte = entry.lastByte
    let isSeparator = isLineEnd(byte) || byte == settings.dialect.delimiter
    state.inside = entry.isInside ? .max : 0
    state.previous_separator = !entry.isInside && isSeparator ? 1 : 0
    state.previous_closing = !entry.isInside && byte == settings.dialect.quote ? 1 : 0
    state.previous_return = byte == UInt8(ascii: "\r") ? 1 : 0
    return state
  }

  @inline(__always)
  private func isLineEnd(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  /// The number of rows behind the first record, if each record is one: then every `width`-th
  /// separator ends a row, and there is no other.
  private mutating func regularRows() -> Int? {
    guard let firstEnd = scanned.firstEnd else { return nil }
    let rows = Int(scanned.state.records) - 1
    let first = firstEnd + 1
    // Behind the last row stand separators of the record that goes on.
    guard scanned.found - first >= rows * settings.width else { return nil }
    rowStarts.reserve(rows + 1)
    let text = buffer.start
    let starts = rowStarts.start
    var end = positions.start + firstEnd
    var isRegular: Bool = true
    for row in 0...rows {
      let position = Int(end.pointee)
      let isReturn = text[position] == UInt8(ascii: "\r")
      isRegular = isRegular && (isReturn || text[position] == UInt8(ascii: "\n"))
      // Behind a CR LF the next row begins two bytes on.
      let start = position + 1 + (isReturn && text[position + 1] == UInt8(ascii: "\n") ? 1 : 0)
      starts[row] = UInt32(truncatingIfNeeded: start)
      end += settings.width
    }
    guard isRegular else { return nil }
    if !settings.comment.isEmpty {
      for row in 0..<rows where isComment(text + Int(starts[row])) { return nil }
    }
    return rows
  }

  private func isComment(_ start: UnsafePointer<UInt8>) -> Bool {
    guard !settings.comment.isEmpty else { return false }
    // Bytes behind the text belong to nothing, but can be read: a prefix is at most 64 bytes.
    return settings.comment.indices.allSatisfy { start[$0] == settings.comment[$0] }
  }
}

// In order: the rows of the chunk, given what stands before it.
extension ChunkParser {
  /// Splits the chunk; rows and bad records come in file order, the joined row first.
  mutating func rows(
    of chunk: Chunk,
    _ entry: inout RowEntry,
    into blocks: inout [RowBlock],
    _ bad: inout [BadRecord]
  ) throws(TooLong) {
    if scanned.entry != entry.scan { scan(entry.scan, isLast: chunk.isLast) }
    let isOpen = chunk.isLast && scanned.state.inside != 0
    if settings.usesLibCSV || entry.isIrregular || scanned.state.irregular != 0 || isOpen
      || beginsWithComment(entry)
    {
      try coldRows(of: chunk, &entry, into: &blocks, &bad)
    } else if scanned.state.records == 0 {
      try carryOn(chunk, &entry, into: &blocks, &bad)
    } else if let rows = scanned.rows {
      try regularRows(rows, of: chunk, &entry, into: &blocks, &bad)
    } else {
      try coldRows(of: chunk, &entry, into: &blocks, &bad)
    }
    if chunk.isLast {
      entry.scan = ScanEntry()
      entry.recordCounts.append(entry.records)
      entry.records = 0
      entry.carry.removeAll()
      entry.isIrregular = false
      entry.carryWanted = 0
    }
  }

  private func beginsWithComment(_ entry: RowEntry) -> Bool {
    guard !settings.comment.isEmpty, entry.carry.count == 0 else { return false }
    return isComment(buffer.start + skippedFeed(entry))
  }

  /// Whether what is carried is, or may become, a comment: its quotes mean nothing.
  func mayBeComment(_ carry: PaddedBytes) -> Bool {
    !settings.comment.isEmpty && carry.count > 0
      && zip(settings.comment, CellBytes(start: carry.start, count: carry.count))
        .allSatisfy { $0 == $1 }
  }

  /// No record ends in the chunk.
  private mutating func carryOn(
    _ chunk: Chunk,
    _ entry: inout RowEntry,
    into blocks: inout [RowBlock],
    _ bad: inout [BadRecord]
  ) throws(TooLong) {
    // The LF of a CR LF whose CR ended the chunk before.
    let skipped = skippedFeed(entry)
    if entry.carry.count == 0 {
      entry.carryOffset = chunk.offset + skipped
      entry.carryLine = entry.line
    }
    entry.carry.append(buffer.start + skipped, buffer.count - skipped)
    entry.isIrregular = mayBeComment(entry.carry)
    guard entry.carry.count <= settings.longestRecord else {
      throw TooLong(line: entry.carryLine, offset: entry.carryOffset, record: entry.records)
    }
    advance(&entry)
    guard chunk.isLast, entry.carry.count > 0 else { return }
    // The input ends without a line end, in an empty chunk.
    try coldRows(carried: chunk, &entry, into: &blocks, &bad)
  }

  func skippedFeed(_ entry: RowEntry) -> Int {
    entry.carry.count == 0 && entry.scan.lastByte == UInt8(ascii: "\r") && !entry.scan.isInside
      && buffer.count > 0 && buffer.start[0] == UInt8(ascii: "\n") ? 1 : 0
  }

  func advance(_ entry: inout RowEntry) {
    entry.line += Int(scanned.state.lines)
    entry.scan = ScanEntry(
      isInside: scanned.state.inside != 0,
      lastByte: buffer.count > 0 ? buffer.start[buffer.count - 1] : entry.scan.lastByte
    )
  }

  private mutating func regularRows(
    _ rows: Int,
    of chunk: Chunk,
    _ entry: inout RowEntry,
    into blocks: inout [RowBlock],
    _ bad: inout [BadRecord]
  ) throws(TooLong) {
    guard let firstEnd = scanned.firstEnd else { return }
    let text = UnsafePointer(buffer.start)
    let skipped = skippedFeed(entry)
    let isAfterReturn = entry.scan.lastByte == UInt8(ascii: "\r")
    if entry.carry.count == 0 {
      entry.carryOffset = chunk.offset + skipped
      entry.carryLine = entry.line
    }
    // The first record, put together with what was carried.
    swap(&joined, &entry.carry)
    joined.append(text + skipped, Int(positions.start[firstEnd]) + 1 - skipped)
    guard joined.count <= settings.longestRecord else {
      throw TooLong(line: entry.carryLine, offset: entry.carryOffset, record: entry.records)
    }
    if let first = joinedRow(chunk, entry) {
      entry.records += 1
      blocks.append(first)
    } else {
      cold.parse(
        joined,
        isLast: true,
        settings: settings,
        origin: RowBlock.Origin(
          input: chunk.input,
          offset: entry.carryOffset,
          line: entry.carryLine,
          isAfterReturn: false,
          record: entry.records
        ),
        into: &blocks,
        &bad
      )
      entry.records += cold.recordCount
    }
    let block = RowBlock(
      text: text,
      rowStarts: UnsafePointer(rowStarts.start),
      ends: UnsafePointer(positions.start) + firstEnd + 1,
      width: settings.width,
      count: rows,
      origin: RowBlock.Origin(
        input: chunk.input,
        offset: chunk.offset,
        line: entry.line,
        isAfterReturn: isAfterReturn,
        record: entry.records
      ),
      hasDoubledQuotes: scanned.state.doubled != 0,
      hasHighBytes: scanned.state.high != 0
    )
    entry.records += rows
    if rows > 0 { blocks.append(block) }
    // What is left begins the next record.
    entry.carry.removeAll()
    entry.carryWanted = 0
    let left = min(Int(rowStarts.start[rows]), buffer.count)
    entry.carry.append(text + left, buffer.count - left)
    advance(&entry)
    entry.carryOffset = chunk.offset + left
    let carried = CellBytes(start: text + left, count: buffer.count - left)
    entry.carryLine = entry.line - physicalLines(in: carried, after: false)
    entry.isIrregular = mayBeComment(entry.carry)
  }

  /// The row in `joined`; nil where it is none.
  private mutating func joinedRow(_ chunk: Chunk, _ entry: RowEntry) -> RowBlock? {
    let count = joined.count
    joinedPositions.reserve(count + 192)
    var state = state(ScanEntry())
    let found = tabular_scan(
      joined.start,
      count,
      settings.dialect.delimiter,
      settings.dialect.quote,
      settings.method,
      &state,
      joinedPositions.start
    )
    guard found == settings.width, state.irregular == 0, state.records == 1,
      !isComment(joined.start)
    else { return nil }
    joinedStarts.start[0] = 0
    return RowBlock(
      text: UnsafePointer(joined.start),
      rowStarts: UnsafePointer(joinedStarts.start),
      ends: UnsafePointer(joinedPositions.start),
      width: settings.width,
      count: 1,
      origin: RowBlock.Origin(
        input: chunk.input,
        offset: entry.carryOffset,
        line: entry.carryLine,
        isAfterReturn: false,
        record: entry.records
      ),
      hasDoubledQuotes: state.doubled != 0,
      hasHighBytes: state.high != 0
    )
  }
}

/// A record is longer than a record may be.
struct TooLong: Error {
  var line: Int
  var offset: Int
  var record: Int

  static let wording = (
    expected: "a record of at most \(CSVReadingOptions.longestRecord >> 20) MB",
    found: "a longer one (is a quote not closed?)"
  )
}
