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
