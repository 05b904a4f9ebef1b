/// One reading of the inputs from their first row to their last, on several threads.
///
/// Threads take chunks in turn. What a chunk must know of those before it (whether it begins within
/// quotes, which row is its first, the record that began before it) is relayed in order; reading,
/// scanning and the reading of cells go on side by side.
struct ReadingPass: Sendable {
  let inputs: [CSVInput]
  let tasks: [ColumnTask]
  let settings: ParserSettings
  let options: CSVReadingOptions
  /// The most rows that the tasks have room for.
  let capacity: Int
  /// The rows that an earlier reading found bad, ascending; nil where this one is to find them.
  let knownBadRows: [Int]?
  /// The part that is read; nil for everything.
  var window: Window?

  /// A number of rows from a place on, where they begin.
  struct Window: Sendable {
    var place: ReadingPlace
    var rows: Int
  }

  /// What a reading found.
  struct Result {
    /// The rows that were read, with bad ones among them.
    var rowCount = 0
    /// The rows for which there had to be room.
    var roomNeeded = 0
    /// The records of each input.
    var recordCounts: [Int] = []
    /// Where bad records and rows stand, in file order.
    var bad: [BadPlace] = []
    /// What is wrong with the first of them, or (where they are collected) with all.
    var errors: [BadRow] = []
    /// The rows among them that the columns hold, ascending.
    var badRows: [Int] = []
    var columns: [Column] = []

    struct Column {
      var inference = TypeInference()
      var nullCount = 0
      var wordCount = 0
      var firstRows: [(code: Int32, row: Int)] = []
    }
  }

  /// A row that is bad.
  struct BadPlace: Comparable {
    var input: Int
    var record: Int
    /// The row that the columns hold for it, if any.
    var row: Int?

    static func < (left: Self, right: Self) -> Bool {
      (left.input, left.record) < (right.input, right.record)
    }
  }

  /// What is wrong with a row.
  struct BadRow {
    var place: BadPlace
    var bytes: Range<Int>
    var error: CSVError
  }

  /// Reads everything.
  func run() throws(CSVError) -> Result {
    var entry = firstEntry
    return try run(&entry)
  }

  /// What the first chunk begins with.
  var firstEntry: RowEntry {
    var first = RowEntry(carry: PaddedBytes(capacity: 4096))
    first.line = inputs.first?.head.dataLine ?? 1
    return first
  }

  /// Reads from where `entry` stands on; it is then what is left to the next reading.
  func run(_ entry: inout RowEntry) throws(CSVError) -> Result {
    let source = ChunkSource(inputs, chunkSize: options.chunkSize, from: window?.place)
    let relay = Relay(entry)
    let threads = options.limit == nil ? max(1, threadCount(source)) : 1
    let workers = Locked<[ReadingWorker]>([])
    onThreads(threads) { _ in
      var worker = ReadingWorker(self, source, relay, isAlone: threads == 1)
      worker.run()
      workers.withLock { $0.append(worker) }
    }
    entry = relay.finalEntry
    return try merge(workers.withLock { $0 }, entry)
  }

  private func threadCount(_ source: ChunkSource) -> Int {
    let wanted = options.threads ?? processorCount
    return min(wanted, source.chunkCount ?? wanted)
  }

  private func merge(_ workers: [ReadingWorker], _ entry: RowEntry) throws(CSVError) -> Result {
    if let failure = workers.compactMap(\.failure).min(by: { $0.chunk < $1.chunk }) {
      // A bad row before it is what a reader wants to know first.
      if case .fail = options.badRows, let bad = firstBad(workers), bad.chunk < failure.chunk {
        throw bad.row.error
      }
      throw failure.error
    }
    if case .fail = options.badRows, let bad = firstBad(workers) { throw bad.row.error }
    var result = Result()
    result.roomNeeded = entry.rows
    result.rowCount = workers.compactMap(\.cutRow).min() ?? entry.rows
    result.recordCounts = entry.recordCounts
    if entry.records > 0 { result.recordCounts.append(entry.records) }
    result.bad = workers.flatMap(\.bad).sorted()
    result.errors = workers.flatMap(\.errors).map(\.row).sorted { $0.place < $1.place }
    result.badRows = result.bad.compactMap(\.row).sorted()
    result.columns = tasks.indices.map { column in
      var merged = Result.Column()
      for worker in workers {
        let progress = worker.progress[column]
        merged.inference.merge(progress.inference)
        merged.nullCount += progress.nullCount
        merged.wordCount += progress.wordCount
        merged.firstRows += progress.firstRows
      }
      return merged
    }
    return result
  }

  private func firstBad(_ workers: [ReadingWorker]) -> (chunk: Int, row: BadRow)? {
    workers.flatMap(\.errors).min { $0.row.place < $1.row.place }
  }
}

/// One thread of a reading.
struct ReadingWorker {
  private let pass: ReadingPass
  private let source: ChunkSource
  private let relay: Relay
  private let isAlone: Bool
  private var parser: ChunkParser
  private let scratch = PaddedBytes(capacity: 256)

  private(set) var progress: [ColumnProgress]
  private(set) var bad: [ReadingPass.BadPlace] = []
  private(set) var errors: [(chunk: Int, row: ReadingPass.BadRow)] = []
  /// A position in the block at hand and its line: positions ascend, so that lines are counted once.
  private var lineCursor = (position: 0, line: 0)
  private(set) var failure: (chunk: Int, error: CSVError)?
  /// The rows that are kept where the limit ended the reading.
  private(set) var cutRow: Int?
  private var goodRows = 0

  private var blocks: [RowBlock] = []
  private var badRecords: [BadRecord] = []

  init(_ pass: ReadingPass, _ source: ChunkSource, _ relay: Relay, isAlone: Bool) {
    self.pass = pass
    self.source = source
    self.relay = relay
    self.isAlone = isAlone
    parser = ChunkParser(settings: pass.settings, chunkSize: pass.options.chunkSize)
    progress = pass.tasks.map { ColumnProgress($0) }
  }

  mutating func run() {
    while !relay.isStopped, let chunk = source.next(into: parser.buffer) {
      if !isAlone {
        let parser = parser
        let entry = relay.passScan(chunk.index) { parser.next(after: $0, isLast: chunk.isLast) }
        self.parser.scan(entry, isLast: chunk.isLast)
      }
      do throws(CSVError) {
        if let failure = chunk.failure { throw failure }
        let base = try split(chunk)
        try read(chunk, base: base)
      } catch {
        failure = failure ?? (chunk.index, error)
        relay.stop()
        relay.passOver(chunk.index)
      }
    }
    for column in progress.indices { progress[column].finish() }
  }

  /// Splits the chunk into blocks of rows; returns the number of its first row.
  private mutating func split(_ chunk: Chunk) throws(CSVError) -> Int {
    blocks.removeAll(keepingCapacity: true)
    badRecords.removeAll(keepingCapacity: true)
    return try relay.passRows(chunk.index) { entry throws(CSVError) -> Int in
      let base = entry.rows
      if let window = pass.window, entry.end != nil || base >= window.rows {
        // The chunk is left to the next reading as it is.
        if entry.end == nil {
          entry.end = ReadingPlace(input: chunk.input, offset: chunk.offset)
        }
        relay.stop()
        return base
      }
      let counts = entry.recordCounts
      let before = entry.recordCounts.reduce(0, +)
      if isAlone { parser.scan(entry.scan, isLast: chunk.isLast) }
      do throws(TooLong) {
        try parser.rows(of: chunk, &entry, into: &blocks, &badRecords)
      } catch {
        throw CSVError(
          .tooLong,
          file: pass.inputs[chunk.input].name,
          line: error.line,
          record: error.record,
          byteOffset: error.offset,
          TooLong.wording
        )
      }
      if pass.options.skip > 0 { skipRecords(before: pass.options.skip - before) }
      for block in blocks { entry.rows += block.count }
      if let window = pass.window, entry.rows > window.rows {
        cut(chunk, &entry, at: window.rows - base)
        entry.rows = window.rows
        entry.recordCounts = counts
        relay.stop()
        return base
      }
      guard entry.rows <= pass.capacity else {
        throw CSVError(
          .memory,
          file: pass.inputs[chunk.input].name,
          expected: "at most \(pass.capacity) rows",
          found: "more than memory can be reserved for"
        )
      }
      if chunk.isLast {
        let next = chunk.input + 1
        entry.line = next < pass.inputs.count ? pass.inputs[next].head.dataLine : 1
      }
      return base
    }
  }

  /// Leaves the rows behind the first `rows` of the chunk to the next reading.
  private mutating func cut(_ chunk: Chunk, _ entry: inout RowEntry, at rows: Int) {
    var left = rows
    for index in blocks.indices {
      let block = blocks[index]
      guard block.count > left else {
        left -= block.count
        continue
      }
      let record = block.record(ofRow: left)
      entry.end = ReadingPlace(
        input: chunk.input,
        offset: block.sourceBytes(ofRow: left).lowerBound
      )
      entry.line = block.places?[left].line ?? block.line(at: block.bytes(ofRow: left).lowerBound)
      entry.scan = ScanEntry()
      entry.records = record
      entry.carry = PaddedBytes(capacity: 4096)
      entry.isIrregular = false
      entry.carryWanted = 0
      badRecords.removeAll { $0.record >= record }
      blocks[index].count = left
      blocks.removeSubrange((index + 1)...)
      return
    }
  }

  /// Leaves out what stands before a record of this input.
  private mutating func skipRecords(before record: Int) {
    guard record > 0 else { return }
    badRecords.removeAll { $0.record < record }
    for index in blocks.indices {
      let block = blocks[index]
      let first = (0..<block.count).first { block.record(ofRow: $0) >= record } ?? block.count
      if first > 0 { blocks[index] = block.dropFirst(first) }
    }
  }

  /// Reads the cells of the chunk.
  private mutating func read(_ chunk: Chunk, base: Int) throws(CSVError) {
    if pass.options.limit == goodRows {
      // Nothing more is wanted, good or bad.
      cutRow = base
      relay.stop()
      return
    }
    for record in badRecords { refuse(record, chunk) }
    var base = base
    for block in blocks where block.count > 0 {
      try read(block, base: base, chunk)
      base += block.count
      if cutRow != nil { break }
    }
  }

  private mutating func read(_ block: RowBlock, base: Int, _ chunk: Chunk) throws(CSVError) {
    var block = block
    lineCursor = (0, 0)
    let badRows = try badRows(of: block, base: base, chunk)
    if let limit = pass.options.limit { cut(&block, base: base, badRows, at: limit) }
    // Rows that are not bad, in runs.
    var first = 0
    for bad in badRows + [block.count] where bad <= block.count {
      if bad > first {
        var run = first == 0 ? block : block.dropFirst(first)
        run.count = bad - first
        try readRun(run, base: base + first)
      }
      first = bad + 1
    }
  }

  // A chunk stays in the second cache from column to column: smaller parts cost more than they save.
  private mutating func readRun(_ block: RowBlock, base: Int) throws(CSVError) {
    for (column, task) in pass.tasks.enumerated() where !task.canRefuse {
      let cells = ColumnCells(block, column: task.position, base: base, scratch: scratch)
      _ = try progress[column].read(cells)
    }
  }
}

// Bad rows.
extension ReadingWorker {
  /// The rows of a block that are bad, ascending; the columns that may refuse a row are read.
  private mutating func badRows(of block: RowBlock, base: Int, _ chunk: Chunk) throws(CSVError)
    -> [Int]
  {
    var refused: [Int: Int] = [:]
    for (column, task) in pass.tasks.enumerated() where task.canRefuse {
      let cells = ColumnCells(block, column: task.position, base: base, scratch: scratch)
      for row in try progress[column].read(cells) {
        refused[row] = min(refused[row] ?? column, column)
      }
    }
    if let known = pass.knownBadRows {
      return known[known.lowerBound(base)..<known.lowerBound(base + block.count)].map { $0 - base }
    }
    if block.hasHighBytes, !isValidUTF8(block) {
      for row in 0..<block.count {
        for (column, task) in pass.tasks.enumerated()
        where refused[row].map({ column < $0 }) ?? true {
          if !isUTF8(block.cell(row, task.position)) { refused[row] = column }
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

  private mutating func cut(_ block: inout RowBlock, base: Int, _ badRows: [Int], at limit: Int) {
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
    let behind = block.count > 0 ? block.record(ofRow: block.count - 1) + 1 : 0
    func isBehind(_ place: ReadingPass.BadPlace) -> Bool {
      place.input == block.origin.input && place.record >= behind
    }
    self.bad.removeAll(where: isBehind)
    errors.removeAll { isBehind($0.row.place) }
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
    let place = ReadingPass.BadPlace(
      input: chunk.input,
      record: block.record(ofRow: row),
      row: base + row
    )
    let bytes = block.sourceBytes(ofRow: row)
    let error = { (worker: inout ReadingWorker) in
      let task = worker.pass.tasks[column]
      let cell = block.cell(row, task.position)
      let isText = worker.isUTF8(cell)
      let position = (cell.baseAddress ?? block.text) - block.text
      let text = String(
        decoding: task.rules.unquotedForMessage(cell, worker.scratch),
        as: UTF8.self
      )
      return CSVError(
        isText ? .type : .encoding,
        file: worker.pass.inputs[chunk.input].name,
        line: block.places?[row].line ?? worker.line(at: position, of: block),
        record: place.record,
        byteOffset: block.places?[row].bytes.lowerBound ?? block.origin.offset + position,
        column: task.name,
        expected: isText ? task.demand : "UTF-8",
        found: (isText ? "" : "bytes that are not: ") + CSVError.quoted(text)
      )
    }
    if pass.tasks[column].isFixed, isUTF8(block.cell(row, pass.tasks[column].position)) {
      // Not a bad row: the column's type was taken from too little.
      if failure == nil { failure = (chunk.index, error(&self)) }
      relay.stop()
    } else {
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
  private mutating func refuse(_ record: BadRecord, _ chunk: Chunk) {
    let place = ReadingPass.BadPlace(input: chunk.input, record: record.record, row: nil)
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
    bad.append(place)
    // Chunks are taken in order and those taken are finished: what was read is a prefix.
    let limit =
      switch pass.options.badRows {
      case .fail: 0
      case .skip(let limit): limit
      case .collect: Int.max
      }
    if bad.count > limit { relay.stop() }
    if pass.options.badRows != .collect {
      // Within a chunk they do not come in order.
      let before = errors.lazy.filter { $0.row.place < place }.count
      guard before <= (limit == .max ? 0 : limit) else { return }
    }
    let made = error(&self)
    errors.append((chunk.index, ReadingPass.BadRow(place: place, bytes: bytes, error: made)))
  }
}

extension Array where Element == Int {
  /// The first position whose element is not below `value`, in an ascending array.
  func lowerBound(_ value: Int) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
