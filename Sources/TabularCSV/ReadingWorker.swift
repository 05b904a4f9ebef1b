/// One thread of a reading.
struct ReadingWorker {
  let pass: ReadingPass
  private let source: ChunkSource
  let relay: Relay
  private let isAlone: Bool
  private var parser: ChunkParser
  let scratch = PaddedBytes(capacity: 256)

  var progress: [ColumnProgress]
  /// The bad records of each input, and the rows among them that the columns hold.
  var refused: [NumberSet]
  var refusedRows = NumberSet()
  var errors: [(chunk: Int, row: ReadingPass.BadRow)] = []
  /// A position in the block at hand and its line: positions ascend, so that lines are counted once.
  var lineCursor = (position: 0, line: 0)
  var failure: (chunk: Int, error: CSVError)?
  /// The rows that are kept where the limit ended the reading.
  var cutRow: Int?
  var goodRows = 0
  /// How many of this chunk are bad, and how many of its records or of its rows, as they come.
  var refusedOfChunk = 0
  var refusedInOrder = 0
  /// The bounds for how many stand before the chunk; the upper one before the input's first record.
  var before = (fewest: 0, most: 0)
  /// The records of all inputs before the chunk's, and up to its end.
  private var recordBase = 0
  private var recordEnd = 0
  private let badRowCount: BadRowCount

  private var blocks: [RowBlock] = []
  private var badRecords: [BadRecord] = []

  init(
    _ pass: ReadingPass,
    _ source: ChunkSource,
    _ relay: Relay,
    _ badRowCount: BadRowCount,
    isAlone: Bool
  ) {
    self.pass = pass
    self.source = source
    self.relay = relay
    self.badRowCount = badRowCount
    self.isAlone = isAlone
    parser = ChunkParser(settings: pass.settings, chunkSize: pass.options.chunkSize)
    progress = pass.tasks.map { ColumnProgress($0) }
    refused = pass.inputs.map { _ in NumberSet() }
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
        badRowCount.note(chunk.index, bad: refusedOfChunk, records: recordEnd)
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
      recordBase = entry.recordCounts.reduce(0, +)
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
      if pass.options.skip > 0 { skipRecords(before: pass.options.skip - recordBase) }
      recordEnd = entry.allRecords
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
      entry.line =
        block.place(ofRow: left)?.line ?? block.line(at: block.bytes(ofRow: left).lowerBound)
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
    refusedOfChunk = 0
    if pass.options.limit == goodRows {
      // Nothing more is wanted, good or bad.
      cutRow = base
      relay.stop()
      return
    }
    before = badRowCount.bounds
    before.most += recordBase
    refusedInOrder = 0
    for record in badRecords { refuse(record, chunk) }
    refusedInOrder = 0
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
      let cells = ColumnCells(
        block,
        column: pass.position(of: task, in: block),
        base: base,
        scratch: scratch
      )
      _ = try progress[column].read(cells)
    }
  }
}
