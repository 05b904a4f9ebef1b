internal import CTabularScan

/// The fast scanner: separators by vector instructions, 64 bytes at a time.
///
/// It gives the records of `LibCSVScanner`, which defines them. Bytes that are quoted irregularly
/// (a quote inside an unquoted cell, text after a closing quote, an unclosed quote at the end) are
/// left to that scanner, from the record on in which the call began to the last one that ends in it.
struct VectorScanner: RecordScanner {
  private let dialect: CSVDialect
  private let method: tabular_scan_method

  /// The bytes of a record that has not ended, and the positions of the separators in them.
  private var unfinished: [UInt8] = []
  private var positions: [UInt32] = []
  private var state = Self.initialState
  /// The offset in the input, and the physical line, at which the unfinished record begins.
  private var offset = 0
  private var line = 1
  /// Whether the byte before it is a CR, whose LF ends no record of its own.
  private var afterReturn = false

  private static let initialState = tabular_scan_state(
    inside: 0,
    previous_separator: 1,
    previous_closing: 0,
    irregular: 0
  )
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  init(dialect: CSVDialect) {
    self.init(dialect: dialect, method: tabular_scan_best_method())
  }

  init(dialect: CSVDialect, method: tabular_scan_method) {
    self.dialect = dialect
    self.method = method
  }

  mutating func scan(
    _ bytes: UnsafeBufferPointer<UInt8>,
    isLast: Bool,
    into block: inout RecordBlock
  ) {
    let scanned = unfinished.count
    unfinished.append(contentsOf: bytes)
    // A byte order mark may come in pieces; wait for all of it.
    if offset == 0, scanned < 3, Self.byteOrderMark.starts(with: unfinished.prefix(3)) {
      guard unfinished.count >= 3 || isLast else { return }
      if unfinished.count >= 3 {
        unfinished.removeFirst(3)
        offset = 3
      }
      findSeparators(from: 0)
    } else {
      findSeparators(from: offset == 0 && scanned < 3 ? 0 : scanned)
    }
    guard state.irregular == 0, !isLast || state.inside == 0, unfinished.count <= UInt32.max else {
      scanIrregular(isLast: isLast, into: &block)
      return
    }
    takeRecords(isLast: isLast, into: &block)
  }

  /// Appends the positions of the separators among the bytes from `start` on.
  private mutating func findSeparators(from start: Int) {
    if start == 0 {
      positions.removeAll(keepingCapacity: true)
      state = Self.initialState
    }
    let count = unfinished.count - start
    guard count > 0 else { return }
    // Room for a position a byte, which is what a chunk of delimiters needs.
    let found = [UInt32](unsafeUninitializedCapacity: (count + 63) & ~63) { target, filled in
      unfinished.withUnsafeBufferPointer { bytes in
        guard let base = bytes.baseAddress, let target = target.baseAddress else { return }
        filled = tabular_scan(
          base + start,
          count,
          dialect.delimiter,
          dialect.quote,
          method,
          &state,
          target
        )
      }
    }
    if start == 0 {
      positions = found
    } else {
      positions.append(contentsOf: found.lazy.map { $0 &+ UInt32(truncatingIfNeeded: start) })
    }
  }

  /// Turns the positions into records, and keeps what has not ended.
  private mutating func takeRecords(isLast: Bool, into block: inout RecordBlock) {
    let textStart = block.text.count
    block.text.append(contentsOf: unfinished)
    block.cells.reserveCapacity(block.cells.count + positions.count + 1)
    var recordStart = 0
    var cellStart = 0
    var firstCell = block.cells.count
    var recordLine = line
    var taken = 0
    for (index, position) in positions.enumerated() {
      let end = Int(position)
      let byte = unfinished[end]
      if byte == dialect.delimiter {
        appendCell(cellStart..<end, textStart, &block)
        cellStart = end + 1
        continue
      }
      taken = index + 1
      if end == recordStart, afterReturn, byte == UInt8(ascii: "\n") {
        afterReturn = false
      } else {
        // A record without a byte is a blank line, and has no cell.
        if end > recordStart { appendCell(cellStart..<end, textStart, &block) }
        append(firstCell, recordLine, recordStart..<end, to: &block)
        line += 1
        afterReturn = byte == UInt8(ascii: "\r")
      }
      recordStart = end + 1
      cellStart = recordStart
      firstCell = block.cells.count
      recordLine = line
    }
    if isLast, recordStart < unfinished.count {
      appendCell(cellStart..<unfinished.count, textStart, &block)
      append(firstCell, recordLine, recordStart..<unfinished.count, to: &block)
      recordStart = unfinished.count
      taken = positions.count
    } else {
      block.cells.removeSubrange(firstCell...)
      line = recordLine
    }
    keep(from: recordStart, positionsFrom: taken)
  }

  private func append(
    _ firstCell: Int,
    _ line: Int,
    _ bytes: Range<Int>,
    to block: inout RecordBlock
  ) {
    block.records.append(
      RecordBlock.Record(
        firstCell: firstCell,
        cellCount: block.cells.count - firstCell,
        line: line,
        bytes: (offset + bytes.lowerBound)..<(offset + bytes.upperBound),
        problem: nil
      )
    )
  }

  /// Appends a cell; one in quotes loses them, and counts the line ends in it.
  @inline(__always)
  private mutating func appendCell(
    _ bytes: Range<Int>,
    _ textStart: Int,
    _ block: inout RecordBlock
  ) {
    if !bytes.isEmpty, unfinished[bytes.lowerBound] == dialect.quote {
      appendQuoted((bytes.lowerBound + 1)..<(bytes.upperBound - 1), textStart, &block)
    } else {
      block.cells.append(
        RecordBlock.Cell(
          start: textStart + bytes.lowerBound,
          length: bytes.count,
          isMissing: bytes.isEmpty
        )
      )
    }
  }

  private mutating func appendQuoted(
    _ bytes: Range<Int>,
    _ textStart: Int,
    _ block: inout RecordBlock
  ) {
    var previous: UInt8 = 0
    var isDoubled = false
    for byte in unfinished[bytes] {
      if byte == dialect.quote { isDoubled = true }
      if byte == UInt8(ascii: "\r") { line += 1 }
      if byte == UInt8(ascii: "\n"), previous != UInt8(ascii: "\r") { line += 1 }
      previous = byte
    }
    var cell = RecordBlock.Cell(
      start: textStart + bytes.lowerBound,
      length: bytes.count,
      isMissing: false
    )
    if isDoubled {
      // The text without the doubling stands behind the bytes of the call.
      cell.start = block.text.count
      var isSecond = false
      for byte in unfinished[bytes] {
        if byte == dialect.quote {
          isSecond.toggle()
          if !isSecond { continue }
        }
        block.text.append(byte)
      }
      cell.length = block.text.count - cell.start
    }
    block.cells.append(cell)
  }

  private mutating func keep(from start: Int, positionsFrom first: Int) {
    unfinished.removeFirst(start)
    positions.removeFirst(first)
    for i in positions.indices { positions[i] -= UInt32(start) }
    offset += start
  }

  /// Lets the defining scanner read what is irregular; the record that it leaves is ours again.
  private mutating func scanIrregular(isLast: Bool, into block: inout RecordBlock) {
    var scanner = LibCSVScanner(
      dialect: dialect,
      offset: offset,
      line: line,
      afterReturn: afterReturn
    )
    unfinished.withUnsafeBufferPointer { scanner.scan($0, isLast: isLast, into: &block) }
    let rest = scanner.unfinishedRecord
    (offset, line, afterReturn) = (rest.offset, rest.line, rest.afterReturn)
    unfinished = rest.bytes
    state = Self.initialState
    findSeparators(from: 0)
  }
}
