internal import CLibCSV

/// The scanner that defines the meaning: libcsv, strict, trimming off.
///
/// libcsv tells no positions. It is therefore fed a physical line at a time: a record can end only
/// at a line end, so the position after a piece is the position after the record.
struct LibCSVScanner: RecordScanner {
  private let state: LibCSVState

  init(dialect: CSVDialect) {
    state = LibCSVState(dialect: dialect)
  }

  /// Begins at a record in the middle of an input: its offset, its physical line, and whether a CR
  /// stands before it.
  ///
  /// Leniently, quotes may stand anywhere; lines that begin with `comment` where a record would
  /// begin are left out.
  init(
    dialect: CSVDialect,
    isLenient: Bool = false,
    comment: [UInt8] = [],
    offset: Int,
    line: Int,
    afterReturn: Bool
  ) {
    state = LibCSVState(dialect: dialect, isLenient: isLenient, comment: comment)
    state.begin(offset: offset, line: line, afterReturn: afterReturn)
  }

  /// The bytes of the record that has not ended, and where it begins.
  var unfinishedRecord: (bytes: [UInt8], offset: Int, line: Int, afterReturn: Bool) {
    state.unfinishedRecord
  }

  mutating func scan(
    _ bytes: UnsafeBufferPointer<UInt8>,
    isLast: Bool,
    into block: inout RecordBlock
  ) {
    // The callbacks reach the block through the state, which owns it for the time of the call.
    swap(&state.block, &block)
    state.restoreUnfinishedRecord()
    defer {
      state.keepUnfinishedRecord()
      swap(&state.block, &block)
    }
    state.feed(bytes)
    if isLast { state.finish() }
  }
}

/// libcsv's parser, and where it stands.
private final class LibCSVState {
  var block = RecordBlock()
  var offset = 0
  var recordStart = 0

  private var parser: UnsafeMutablePointer<csv_parser>
  private var lineNumber = 1
  private var recordLine = 1
  private var firstCell = 0
  private var afterReturn = false
  private var rowEnded = false
  /// The bytes of a record that spans physical lines, kept for an unclosed quote at the end.
  private var pending: [UInt8] = []
  /// The cells of a record that goes on in the next call, and their text.
  private var unfinishedCells: [RecordBlock.Cell] = []
  private var unfinishedText: [UInt8] = []
  /// The bytes of a physical line that continues in the next call.
  private var partialLine: [UInt8] = []

  private let isLenient: Bool
  private let comment: [UInt8]

  init(dialect: CSVDialect, isLenient: Bool = false, comment: [UInt8] = []) {
    (self.isLenient, self.comment) = (isLenient, comment)
    parser = .allocate(capacity: 1)
    let strictness = isLenient ? 0 : CSV_STRICT
    let options = UInt8(strictness | CSV_REPALL_NL | CSV_EMPTY_IS_NULL)
    guard csv_init(parser, options) == 0 else { fatalError("csv_init refused its options") }
    csv_set_delim(parser, dialect.delimiter)
    csv_set_quote(parser, dialect.quote)
    csv_set_space_func(parser) { _ in 0 }
  }

  deinit {
    csv_free(parser)
    parser.deallocate()
  }
}

extension LibCSVState {
  func begin(offset: Int, line: Int, afterReturn: Bool) {
    self.offset = offset
    lineNumber = line
    self.afterReturn = afterReturn
    beginRecord()
  }

  var unfinishedRecord: (bytes: [UInt8], offset: Int, line: Int, afterReturn: Bool) {
    let bytes = pending + partialLine
    return (bytes, recordStart, recordLine, bytes.isEmpty && afterReturn)
  }

  /// Splits into physical lines and hands each, with its line end, to libcsv.
  func feed(_ bytes: UnsafeBufferPointer<UInt8>) {
    var start = 0
    for end in bytes.indices
    where bytes[end] == UInt8(ascii: "\n") || bytes[end] == UInt8(ascii: "\r") {
      let piece = UnsafeBufferPointer(rebasing: bytes[start...end])
      if partialLine.isEmpty {
        feedLine(piece)
      } else {
        partialLine.append(contentsOf: piece)
        let whole = partialLine
        partialLine.removeAll(keepingCapacity: true)
        whole.withUnsafeBufferPointer(feedLine)
      }
      start = end + 1
    }
    partialLine.append(contentsOf: bytes[start...])
  }

  /// Takes the end of the input: ends the last record, or gives up an unclosed quote.
  func finish() {
    if !partialLine.isEmpty {
      let last = partialLine
      partialLine = []
      last.withUnsafeBufferPointer(feedLine)
    }
    // Leniently, the input ends a quoted cell as any other.
    while !isLenient, isInQuotes { giveUpUnclosedQuote() }
    rowEnded = false
    csv_fini(parser, cellEnded, rowEndedAt, Unmanaged.passUnretained(self).toOpaque())
    if rowEnded {
      endRecord(at: offset)
      beginRecord()
    }
  }

  private var isInQuotes: Bool {
    // libcsv's FIELD_BEGUN is 2; a quoted cell that might have ended (3) is complete.
    parser.pointee.pstate == 2 && parser.pointee.quoted != 0
  }

  /// Feeds one physical line with its line end (or the last one, without).
  private func feedLine(_ line: UnsafeBufferPointer<UInt8>) {
    var piece = line
    if offset == 0, line.starts(with: [0xEF, 0xBB, 0xBF]) {
      piece = UnsafeBufferPointer(rebasing: line[3...])
      offset = 3
      recordStart = 3
    }
    let lineEnd = piece.last == UInt8(ascii: "\n") || piece.last == UInt8(ascii: "\r")
    let contentEnd = offset + piece.count - (lineEnd ? 1 : 0)
    // The LF of a CR LF ends no line of its own, unless it stands inside quotes.
    let completesReturn = afterReturn && piece.count == 1 && piece[0] == UInt8(ascii: "\n")
    afterReturn = piece.last == UInt8(ascii: "\r")
    if completesReturn, !isInQuotes {
      offset += 1
      recordStart = offset
      return
    }
    if !comment.isEmpty, offset == recordStart, piece.starts(with: comment) {
      offset += piece.count
      if lineEnd { lineNumber += 1 }
      beginRecord()
      return
    }
    rowEnded = false
    let taken = csv_parse(
      parser,
      piece.baseAddress,
      piece.count,
      cellEnded,
      rowEndedAt,
      Unmanaged.passUnretained(self).toOpaque()
    )
    if taken < piece.count {
      let kind: RecordBlock.Problem =
        parser.pointee.pstate == 3 ? .textAfterQuote : .quoteInUnquotedCell
      refuseRecord(kind, offendingByte: offset + taken, line: lineNumber, end: contentEnd)
      rowEnded = true
    } else if rowEnded {
      endRecord(at: contentEnd)
    } else {
      pending.append(contentsOf: piece)
    }
    offset += piece.count
    if lineEnd, !completesReturn { lineNumber += 1 }
    if rowEnded { beginRecord() }
  }

  private func beginRecord() {
    recordStart = offset
    recordLine = lineNumber
    firstCell = block.cells.count
    pending.removeAll(keepingCapacity: true)
  }

  private func endRecord(at end: Int) {
    block.records.append(
      RecordBlock.Record(
        firstCell: firstCell,
        cellCount: block.cells.count - firstCell,
        line: recordLine,
        bytes: recordStart..<end,
        problem: nil
      )
    )
  }

  private func refuseRecord(
    _ kind: RecordBlock.Problem,
    offendingByte: Int,
    line: Int,
    end: Int
  ) {
    block.cells.removeSubrange(firstCell...)
    block.records.append(
      RecordBlock.Record(
        firstCell: firstCell,
        cellCount: 0,
        line: recordLine,
        bytes: recordStart..<end,
        problem: (kind, offendingByte, line: line)
      )
    )
    resetParser()
  }

  /// Takes the cells of a record that has not ended out of the block.
  func keepUnfinishedRecord() {
    unfinishedCells = Array(block.cells[firstCell...])
    let start = unfinishedCells.first?.start ?? block.text.count
    unfinishedText = Array(block.text[start...])
    for i in unfinishedCells.indices { unfinishedCells[i].start -= start }
    block.cells.removeSubrange(firstCell...)
    block.text.removeSubrange(start...)
  }

  /// Puts them into the block of the next call.
  func restoreUnfinishedRecord() {
    firstCell = block.cells.count
    let start = block.text.count
    block.text.append(contentsOf: unfinishedText)
    for var cell in unfinishedCells {
      cell.start += start
      block.cells.append(cell)
    }
  }

  private func resetParser() {
    // Without callbacks nothing is reported; without CSV_STRICT_FINI it cannot fail.
    csv_fini(parser, nil, nil, nil)
  }

  /// At the end of the input inside quotes: the row ends at its own first line end, and scanning
  /// goes on unquoted from there.
  private func giveUpUnclosedQuote() {
    let bytes = pending
    let lineEnds: [UInt8] = [UInt8(ascii: "\n"), UInt8(ascii: "\r")]
    let firstEnd = bytes.firstIndex(where: lineEnds.contains) ?? bytes.count
    let opening = recordStart + (openingQuote(in: bytes[..<firstEnd]) ?? 0)
    refuseRecord(
      .unclosedQuote,
      offendingByte: opening,
      line: recordLine,
      end: recordStart + firstEnd
    )
    lineNumber = recordLine
    offset = recordStart
    afterReturn = false
    guard firstEnd < bytes.count else {
      offset += bytes.count
      beginRecord()
      return
    }
    offset += firstEnd + 1
    lineNumber += 1
    afterReturn = bytes[firstEnd] == UInt8(ascii: "\r")
    beginRecord()
    bytes[(firstEnd + 1)...].withUnsafeBufferPointer { feed($0) }
    if !partialLine.isEmpty {
      let last = partialLine
      partialLine = []
      last.withUnsafeBufferPointer(feedLine)
    }
  }

  /// The quote that is still open at the end of a line.
  private func openingQuote(in bytes: ArraySlice<UInt8>) -> Int? {
    var opening: Int?
    // A doubled quote closes and opens again, and so leaves the cell where it began.
    var cell: Int?
    for (index, byte) in bytes.enumerated() {
      if byte == parser.pointee.quote_char {
        opening = opening == nil ? (cell ?? index) : nil
        cell = cell ?? index
      } else if opening == nil {
        cell = nil
      }
    }
    return opening
  }

  func append(cell: UnsafeRawPointer?, length: Int) {
    let start = block.text.count
    if let cell {
      block.text.append(contentsOf: UnsafeRawBufferPointer(start: cell, count: length))
    }
    block.cells.append(RecordBlock.Cell(start: start, length: length, isMissing: cell == nil))
  }

  func markRowEnd() { rowEnded = true }
}

private func cellEnded(
  _ cell: UnsafeMutableRawPointer?,
  _ length: Int,
  _ state: UnsafeMutableRawPointer?
) {
  guard let state else { return }
  Unmanaged<LibCSVState>.fromOpaque(state).takeUnretainedValue()
    .append(cell: cell, length: length)
}

private func rowEndedAt(_ terminator: Int32, _ state: UnsafeMutableRawPointer?) {
  guard let state else { return }
  Unmanaged<LibCSVState>.fromOpaque(state).takeUnretainedValue().markRowEnd()
}
