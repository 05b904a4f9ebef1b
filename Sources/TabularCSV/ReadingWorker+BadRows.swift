// The rows that are refused, and what is said of them.
extension ReadingWorker {
  /// The rows of a block that are bad, ascending; the columns that may refuse a row are read.
  mutating func badRows(of block: RowBlock, base: Int, _ chunk: Chunk) throws(CSVError)
    -> [Int]
  {
    var refused: [Int: Int] = [:]
    for (column, task) in pass.tasks.enumerated() where task.canRefuse {
      let cells = ColumnCells(
        block,
        column: pass.position(of: task, in: block),
        base: base,
        scratch: scratch
      )
      for row in try progress[column].read(cells) {
        refused[row] = min(refused[row] ?? column, column)
      }
    }
    if let known = pass.knownBadRows {
      return known.numbers(in: base..<(base + block.count)).map { $0 - base }
    }
    if block.hasHighBytes, !isValidUTF8(block) {
      for row in 0..<block.count {
        for (column, task) in pass.tasks.enumerated()
        where refused[row].map({ column < $0 }) ?? true {
          if !isUTF8(block.cell(row, pass.position(of: task, in: block))) { refused[row] = column }
        }
      }
    }
    let rows = refused.keys.sorted()
    for row in rows { refuse(row, column: refused[row] ?? 0, of: block, base: base, chunk) }
    return rows
  }

  private func isValidUTF8(_ block: RowBlock) -> Bool {
    let first = block.bytes(ofRow: 0).lowerBound
    let last = block.bytes(ofRow: block.count - 1).upperBound
    return isUTF8(CellBytes(start: block.text + first, count: last - first))
  }

  private func isUTF8(_ bytes: CellBytes) -> Bool {
    (try? UTF8Span(validating: Span(_unsafeElements: bytes))) != nil
  }

  mutating func cut(_ block: inout RowBlock, base: Int, _ badRows: [Int], at limit: Int) {
    let bad = Set(badRows)
    // Right behind the last row that is wanted, wherever the block ends.
    var end = 0
    for row in 0..<block.count where goodRows < limit && !bad.contains(row) {
      goodRows += 1
      end = row + 1
    }
    guard goodRows == limit else { return }
    block.count = end
    cutRow = base + block.count
    // What stands behind the last row was not asked for, and so is not bad.
    let input = block.origin.input
    let behind = block.count > 0 ? block.record(ofRow: block.count - 1) + 1 : 0
    refused[input].removeAll(from: behind)
    refusedRows.removeAll(from: base + block.count)
    errors.removeAll { $0.row.place.input == input && $0.row.place.record >= behind }
    relay.stop()
  }

  /// A cell that does not fit its column's type, or is not UTF-8.
  private mutating func refuse(
    _ row: Int,
    column: Int,
    of block: RowBlock,
    base: Int,
    _ chunk: Chunk
  ) {
    let place = ReadingPass.BadPlace(input: chunk.input, record: block.record(ofRow: row))
    let bytes = block.sourceBytes(ofRow: row)
    let error = { (worker: inout ReadingWorker) in
      let task = worker.pass.tasks[column]
      let cell = block.cell(row, worker.pass.position(of: task, in: block))
      let isText = worker.isUTF8(cell)
      let position = (cell.baseAddress ?? block.text) - block.text
      let text = String(
        decoding: task.rules.unquotedForMessage(cell, worker.scratch),
        as: UTF8.self
      )
      return CSVError(
        isText ? .type : .encoding,
        file: worker.pass.inputs[chunk.input].name,
        line: block.place(ofRow: row)?.line ?? worker.line(at: position, of: block),
        record: place.record,
        byteOffset: block.place(ofRow: row)?.bytes.lowerBound ?? block.origin.offset + position,
        column: task.name,
        expected: isText ? task.demand : "UTF-8",
        found: (isText ? "" : "bytes that are not: ") + CSVError.quoted(text)
      )
    }
    if pass.tasks[column].isFixed,
      isUTF8(block.cell(row, pass.position(of: pass.tasks[column], in: block)))
    {
      // Not a bad row: the column's type was taken from too little.
      if failure == nil { failure = (chunk.index, error(&self)) }
      relay.stop()
    } else {
      refusedRows.insert(base + row)
      append(place, bytes, chunk, error)
    }
  }

  /// The physical line of a position in a block.
  private mutating func line(at position: Int, of block: RowBlock) -> Int {
    let start = lineCursor.position
    let isFirst = start == 0 || position < start
    if isFirst {
      lineCursor.line = block.line(at: position)
    } else {
      let between = CellBytes(start: block.text + start, count: position - start)
      let isAfterReturn = block.text[start - 1] == UInt8(ascii: "\r")
      lineCursor.line += physicalLines(in: between, after: isAfterReturn)
    }
    lineCursor.position = position
    return lineCursor.line
  }

  /// A record that is no row.
  mutating func refuse(_ record: BadRecord, _ chunk: Chunk) {
    let place = ReadingPass.BadPlace(input: chunk.input, record: record.record)
    append(place, record.bytes, chunk) { worker in
      let file = worker.pass.inputs[chunk.input].name
      switch record.problem {
      case .quoting(let kind, let offset, let line):
        return CSVError((kind, offset, line), record: record.record, file: file)
      case .cellCount(let count):
        let width = worker.pass.settings.width
        return CSVError(
          .cellCount,
          file: file,
          line: record.line,
          record: record.record,
          byteOffset: record.bytes.lowerBound,
          expected: width == 1 ? "1 cell" : "\(width) cells",
          found: "\(count)"
        )
      }
    }
  }

  /// Notes a bad row; its error is made only where somebody will see it.
  private mutating func append(
    _ place: ReadingPass.BadPlace,
    _ bytes: Range<Int>,
    _ chunk: Chunk,
    _ error: (inout ReadingWorker) -> CSVError
  ) {
    refused[place.input].insert(place.record)
    refusedOfChunk += 1
    // Chunks are taken in order and those taken are finished: what was read is a prefix.
    let limit =
      switch pass.options.badRows {
      case .fail: 0
      case .skip(let limit): limit
      case .collect: Int.max
      }
    if before.fewest + refusedOfChunk > limit { relay.stop() }
    if pass.options.badRows != .collect {
      // Of a chunk, the records that are no rows come first and the rows then, each in order.
      let fewest = before.fewest + refusedInOrder
      refusedInOrder += 1
      let maybeFirstTooMany = fewest <= limit && before.most + place.record >= limit
      guard fewest == 0 || maybeFirstTooMany else { return }
    }
    let made = error(&self)
    errors.append((chunk.index, ReadingPass.BadRow(place: place, bytes: bytes, error: made)))
  }
}
