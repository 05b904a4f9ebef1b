/// One reading of the source from its first byte to its last.
struct ReadingPass {
  private let source: CSVSource
  private let options: CSVReadingOptions
  private(set) var columns: [ColumnPlan]
  private(set) var rowCount = 0
  private(set) var report = CSVReport()
  /// The record of each row once a record was left out.
  private(set) var records: [Int]?

  private var scanner: any RecordScanner
  /// Names in file order, once the header was met.
  private var names: [String]?
  private var nextRecord = 0
  /// Blank lines before the first record of a table without a header: nulls, if it has one column.
  private var leadingBlanks: [RecordBlock.Record] = []
  private let nulls: NullRule

  /// Starts at the first byte; `columns` are the plans of a second reading.
  init(source: CSVSource, options: CSVReadingOptions, columns: [ColumnPlan]?) throws(CSVError) {
    self.source = source
    self.options = options
    self.columns = columns ?? []
    isFirst = columns == nil
    scanner =
      switch options.scanner {
      case .vector: VectorScanner(dialect: options.dialect)
      case .reference: LibCSVScanner(dialect: options.dialect)
      }
    nulls = NullRule(
      words: options.nullValues.map { Array($0.utf8) },
      allText: options.allText
    )
    source.rewind()
  }

  private let isFirst: Bool

  private var isComplete: Bool { options.limit.map { rowCount >= $0 } ?? false }

  /// Reads until the end, or until the limit.
  mutating func run() throws(CSVError) {
    var block = RecordBlock()
    var isLast = false
    while !isLast, !(isComplete && names != nil) {
      let chunk = try source.next()
      isLast = chunk.isEmpty
      block.removeAll()
      chunk.withUnsafeBufferPointer { scanner.scan($0, isLast: isLast, into: &block) }
      try take(block, isLast: isLast)
    }
    if names == nil {
      throw CSVError(
        .empty,
        file: source.name,
        line: 1,
        byteOffset: 0,
        expected: options.hasHeader ? "a header" : "a record",
        found: "an empty file"
      )
    }
  }

  private mutating func take(_ block: RecordBlock, isLast: Bool) throws(CSVError) {
    var records = block.records[...]
    if names == nil {
      try takeHeader(block, &records, isLast: isLast)
      if names == nil { return }
    }
    var rows: [Int] = []
    var rowRecords: [Int] = []
    rows.reserveCapacity(records.count)
    let width = names?.count ?? 0
    var blanks: [Int] = []
    let isASCII = block.text.withUnsafeBufferPointer { !$0.contains { $0 >= 0x80 } }
    for record in records {
      guard !isFull(rows.count) else { break }
      if record.isBlank {
        // A blank line is a null in a table of one column, and nothing otherwise.
        guard width == 1 else { continue }
        blanks.append(rows.count)
        rows.append(-1)
      } else if let error = defect(of: record, in: block, width: width, isASCII: isASCII) {
        try refuse(error, record)
        nextRecord += 1
        continue
      } else {
        rows.append(record.firstCell)
      }
      rowRecords.append(nextRecord)
      nextRecord += 1
    }
    try append(rows, blanks: blanks, rowRecords: rowRecords, block: block)
  }

  private func isFull(_ pending: Int) -> Bool {
    options.limit.map { rowCount + pending >= $0 } ?? false
  }

  /// Hands the rows of a block to each column.
  private mutating func append(
    _ rows: [Int],
    blanks: [Int],
    rowRecords: [Int],
    block: RecordBlock
  ) throws(CSVError) {
    var cells = block.cells
    var rows = rows
    for blank in blanks {
      rows[blank] = cells.count
      cells.append(RecordBlock.Cell(start: 0, length: 0, isMissing: true))
    }
    var text = block.text
    if text.isEmpty { text = [0] }
    if cells.isEmpty { cells = [RecordBlock.Cell(start: 0, length: 0, isMissing: true)] }
    for i in columns.indices {
      text.withUnsafeBufferPointer { text in
        cells.withUnsafeBufferPointer { cells in
          rows.withUnsafeBufferPointer { rows in
            guard let text = text.baseAddress, let cells = cells.baseAddress else { return }
            columns[i].append(
              ColumnCells(
                text: text,
                cells: cells,
                rows: rows,
                column: columns[i].position,
                nulls: nulls
              )
            )
          }
        }
      }
    }
    if records != nil || rowRecords.last.map({ $0 != rowCount + rows.count - 1 }) ?? false {
      records = (records ?? Array(0..<rowCount)) + rowRecords
    }
    rowCount += rows.count
  }
}

// The header.
extension ReadingPass {
  private mutating func takeHeader(
    _ block: RecordBlock,
    _ records: inout ArraySlice<RecordBlock.Record>,
    isLast: Bool
  ) throws(CSVError) {
    guard let first = records.firstIndex(where: { !$0.isBlank }) else {
      if !options.hasHeader { leadingBlanks += records }
      if isLast, !leadingBlanks.isEmpty {
        try takeNames(["column_1"])
        records = leadingBlanks[...]
      }
      return
    }
    let record = records[first]
    if options.hasHeader {
      if let problem = record.problem { throw quotingError(problem, record) }
      let header = block.cells[record.firstCell..<(record.firstCell + record.cellCount)]
        .map { block.string($0) }
      if let expected = options.expectedHeader, expected != header {
        throw CSVError(
          .header,
          file: source.name,
          line: record.line,
          byteOffset: record.bytes.lowerBound,
          expected: "the header \(expected.joined(separator: ","))",
          found: CSVError.quoted(header.joined(separator: ","))
        )
      }
      records = records[(first + 1)...]
      try takeNames(uniqueNames(header))
    } else {
      try takeNames((0..<max(record.cellCount, 1)).map { "column_\($0 + 1)" })
      records = (leadingBlanks + records)[...]
    }
  }

  /// Names for the columns: an empty header becomes `column_N`, a repeated one gets `_2`, `_3`, ...
  private mutating func uniqueNames(_ header: [String]) -> [String] {
    var taken = Set(header)
    var seen: Set<String> = []
    var result: [String] = []
    for (i, text) in header.enumerated() {
      var name = text
      if text.isEmpty || seen.contains(text) {
        let base = text.isEmpty ? "column_\(i + 1)" : text
        var suffix = text.isEmpty ? 1 : 2
        repeat {
          name = suffix == 1 ? base : "\(base)_\(suffix)"
          suffix += 1
        } while taken.contains(name)
        report.renamedColumns.append((position: i, header: text, name: name))
      }
      taken.insert(name)
      seen.insert(name)
      result.append(name)
    }
    return result
  }

  private mutating func takeNames(_ found: [String]) throws(CSVError) {
    names = found
    guard isFirst else { return }
    let position = Dictionary(uniqueKeysWithValues: found.enumerated().map { ($1, $0) })
    for name in options.types.keys.sorted() + (options.columns ?? []) where position[name] == nil {
      throw CSVError(
        .column,
        file: source.name,
        line: 1,
        column: name,
        expected: "one of the columns "
          + found.joined(separator: ", "),
        found: "no such column"
      )
    }
    columns = (options.columns ?? found).compactMap { name in
      position[name].map { position in
        ColumnPlan(
          name: name,
          position: position,
          commanded: options.allText ? .string : options.types[name]
        )
      }
    }
  }
}

// Bad rows.
extension ReadingPass {
  private func quotingError(
    _ problem: (kind: RecordBlock.Problem, byteOffset: Int),
    _ record: RecordBlock.Record
  ) -> CSVError {
    let (expected, found) =
      switch problem.kind {
      case .quoteInUnquotedCell:
        ("quotes only around a whole cell", "a quote inside an unquoted cell")
      case .textAfterQuote:
        ("a delimiter or a line end after the closing quote", "other text (double a quote inside)")
      case .unclosedQuote: ("a closing quote", "the end of the input")
      }
    return CSVError(
      .quoting,
      file: source.name,
      line: record.line,
      record: options.hasHeader && names == nil ? nil : nextRecord,
      byteOffset: problem.byteOffset,
      expected: expected,
      found: found
    )
  }

  /// What makes a record a bad row, if anything does.
  private func defect(
    of record: RecordBlock.Record,
    in block: RecordBlock,
    width: Int,
    isASCII: Bool
  ) -> CSVError? {
    if let problem = record.problem { return quotingError(problem, record) }
    guard record.cellCount == width else {
      return CSVError(
        .cellCount,
        file: source.name,
        line: record.line,
        record: nextRecord,
        byteOffset: record.bytes.lowerBound,
        expected: width == 1 ? "1 cell" : "\(width) cells",
        found: "\(record.cellCount)"
      )
    }
    for plan in columns {
      let cell = block.cells[record.firstCell + plan.position]
      if let commanded = plan.commanded, commanded != .string, commanded != .category,
        cell.length > 0, !fits(cell, in: block, commanded)
      {
        return cellError(
          .type,
          record,
          plan,
          expected: "\(commanded)",
          found: CSVError.quoted(block.string(cell))
        )
      }
      if !isASCII, !isValidUTF8(cell, in: block) {
        return cellError(
          .encoding,
          record,
          plan,
          expected: "UTF-8",
          found: "bytes that are not: " + CSVError.quoted(block.string(cell))
        )
      }
    }
    return nil
  }

  private func fits(_ cell: RecordBlock.Cell, in block: RecordBlock, _ type: ColumnType) -> Bool {
    block.text.withUnsafeBufferPointer { text in
      let bytes = CellBytes(rebasing: text[cell.start..<(cell.start + cell.length)])
      if !nulls.words.isEmpty, nulls.matches(bytes) { return true }
      return switch type {
      case .bool: parseBool(bytes) != nil
      case .int64: parseInt64(bytes) != nil
      case .float64: parseFloat64(bytes) != nil
      case .date: parseDate(bytes) != nil
      case .datetime: parseDatetime(bytes) != nil
      case .string, .category: true
      }
    }
  }

  private func isValidUTF8(_ cell: RecordBlock.Cell, in block: RecordBlock) -> Bool {
    let bytes = block.text[cell.start..<(cell.start + cell.length)]
    return String(validating: bytes, as: UTF8.self) != nil
  }

  /// An error that points at a cell: its offset is found by scanning its row again.
  private func cellError(
    _ kind: CSVError.Kind,
    _ record: RecordBlock.Record,
    _ plan: ColumnPlan,
    expected: String,
    found: String
  ) -> CSVError {
    var error = CSVError(
      kind,
      file: source.name,
      line: record.line,
      record: nextRecord,
      byteOffset: record.bytes.lowerBound,
      column: plan.name,
      expected: expected,
      found: found
    )
    if let row = try? source.bytes(at: record.bytes.lowerBound, count: record.bytes.count) {
      let (offset, lines) = position(ofCell: plan.position, in: row)
      error.byteOffset = record.bytes.lowerBound + offset
      error.line = record.line + lines
    }
    return error
  }

  /// Where a cell of a well-formed row begins: bytes from its start, and physical lines.
  private func position(ofCell column: Int, in row: ArraySlice<UInt8>) -> (offset: Int, lines: Int)
  {
    var (left, offset, lines, quoted) = (column, 0, 0, false)
    var previous: UInt8 = 0
    for byte in row where left > 0 {
      offset += 1
      if byte == options.dialect.quote { quoted.toggle() }
      if !quoted, byte == options.dialect.delimiter { left -= 1 }
      if byte == UInt8(ascii: "\r")
        || (byte == UInt8(ascii: "\n") && previous != UInt8(ascii: "\r"))
      {
        lines += 1
      }
      previous = byte
    }
    return (offset, lines)
  }

  private mutating func refuse(_ error: CSVError, _ record: RecordBlock.Record) throws(CSVError) {
    guard options.badRows != .fail else { throw error }
    report.badRowCount += 1
    if case .skip(let limit) = options.badRows, report.badRowCount > limit {
      var error = error
      error.expected = "at most \(limit) bad rows, and " + error.expected
      throw error
    }
    guard options.badRows == .collect || report.badRows.isEmpty else { return }
    var error = error
    if let bytes = try? source.bytes(at: record.bytes.lowerBound, count: record.bytes.count) {
      error.text = String(decoding: bytes, as: UTF8.self)
    }
    report.badRows.append(error)
  }
}
