/// One reading of the inputs from their first row to their last, on several threads.
///
/// Threads take chunks in turn. What a chunk must know of those before it (whether it begins within
/// quotes, which row is its first, the record that began before it) is relayed in order; reading,
/// scanning and the reading of cells go on side by side.
struct ReadingPass: Sendable {
  let inputs: [CSVInput]
  let orders: [[Int]?]
  let tasks: [ColumnTask]
  let settings: ParserSettings
  let options: CSVReadingOptions
  /// The most rows that the tasks have room for.
  let capacity: Int
  /// The rows that an earlier reading found bad; nil where this one is to find them.
  let knownBadRows: NumberSet?
  /// The part that is read; nil for everything.
  var window: Window?

  /// Where it begins and ends, if not with the inputs.
  var start: RecordPlace?
  var end: ReadingEnd?

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
    /// The bad records of each input, those that are rows and those that are none.
    var badRecords: [NumberSet] = []
    /// The rows among them that the columns hold.
    var badRows = NumberSet()
    /// What is wrong with them, in file order: with all where they are collected, else at least
    /// with the first, and with the first one too many.
    var errors: [BadRow] = []
    var columns: [Column] = []

    var badCount: Int { badRecords.reduce(0) { $0 + $1.count } }

    /// The bad row with `before` others before it.
    func badPlace(_ before: Int) -> BadPlace? {
      var left = before
      for (input, records) in badRecords.enumerated() {
        guard left >= records.count else {
          return records.dropFirst(left).first { _ in true }
            .map { BadPlace(input: input, record: $0) }
        }
        left -= records.count
      }
      return nil
    }

    struct Column {
      var inference = TypeInference()
      var nullCount = 0
      var wordCount = 0
      var firstRows: [(code: Int32, row: Int)] = []
    }
  }

  /// Where a bad row stands.
  struct BadPlace: Comparable {
    var input: Int
    var record: Int

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

  /// Where the rows of a block have the column of a task.
  func position(of task: ColumnTask, in block: RowBlock) -> Int {
    orders[block.origin.input]?[task.position] ?? task.position
  }

  /// Reads everything.
  func run() throws(CSVError) -> Result {
    var entry = firstEntry
    return try run(&entry)
  }

  /// What the first chunk begins with.
  var firstEntry: RowEntry {
    var first = RowEntry(carry: PaddedBytes(capacity: 4096))
    first.line = start?.line ?? inputs.first?.head.dataLine ?? 1
    first.records = start?.record ?? 0
    first.recordCounts = start?.recordCounts ?? []
    return first
  }

  /// Reads from where `entry` stands on; it is then what is left to the next reading.
  func run(_ entry: inout RowEntry) throws(CSVError) -> Result {
    let source = ChunkSource(
      inputs,
      chunkSize: options.chunkSize,
      from: window?.place ?? start?.place,
      to: end
    )
    let relay = Relay(entry)
    let badRowCount = BadRowCount(records: entry.allRecords)
    let threads = options.limit == nil ? max(1, threadCount(source)) : 1
    let workers = Locked<[ReadingWorker]>([])
    onThreads(threads) { _ in
      var worker = ReadingWorker(self, source, relay, badRowCount, isAlone: threads == 1)
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
    result.badRecords = inputs.indices.map { input in
      NumberSet(union: workers.map { $0.refused[input] })
    }
    result.badRows = NumberSet(union: workers.map(\.refusedRows))
    result.errors = workers.flatMap(\.errors).map(\.row).sorted { $0.place < $1.place }
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
