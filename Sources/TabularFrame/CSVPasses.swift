internal import Foundation
package import TabularCSV
internal import TabularFiles

/// A CSV that is gone through several times, a chunk of rows at a time, in memory for three chunks.
///
/// The types are those of the whole input. They need no reading of their own: the first pass takes
/// them from samples, and should a cell show later that they are wider, it is void and begins anew.
///
/// ```swift
/// let passes = try CSVPasses(ofCSV: ["rides.csv"], rows: 65_536)
/// var pass = try passes.begin()
/// while let frame = try pass.next() { ... }
/// if pass.isVoid { ... }  // forget what it gave, and begin again
/// ```
package final class CSVPasses {
  private let reader: CSVReader
  private let rows: Int
  private let stamps: [String: FileStamp]
  private let share: Share?
  private var known: [String: ColumnType]?
  /// What the first pass decided and left out.
  package private(set) var report = CSVReport()
  /// The rows of a pass; nil before the first has ended.
  package private(set) var rowCount: Int?

  /// What one of several processes reads, and how it speaks with the others.
  package struct Share {
    let rank: Int
    let count: Int
    let exchange: ([UInt8]) throws -> [[UInt8]]

    /// - Parameters:
    ///   - rank: the number of this process, from 0.
    ///   - count: how many there are.
    ///   - exchange: gets bytes of this process, and returns those of all, in order of rank.
    package init(rank: Int, of count: Int, exchange: @escaping ([UInt8]) throws -> [[UInt8]]) {
      (self.rank, self.count, self.exchange) = (rank, count, exchange)
    }
  }

  /// Opens files with the same header; nothing but their first lines is read yet.
  ///
  /// - Parameters:
  ///   - paths: files or patterns.
  ///   - options: how they are read.
  ///   - chunkBytes: about how many bytes of text make a chunk.
  ///   - mayKeepInput: whether an input that can be read only once is taken into memory.
  ///   - share: what of the rows is read, where several processes read them together: types and
  ///     report are then those of all, rows and their number this one's.
  /// - Throws: `FrameError` when an input cannot be read, or a column that the options name is
  ///   missing.
  package init(
    ofCSV paths: [String],
    options: CSVReadingOptions,
    chunkBytes: Int,
    mayKeepInput: Bool,
    share: Share? = nil
  ) throws(FrameError) {
    self.share = share
    let whole: CSVReader
    do throws(CSVError) {
      whole = try CSVReader(paths: paths, options: options, inParts: !mayKeepInput)
    } catch {
      throw FrameError(error)
    }
    if let share {
      let span = try Self.shared {
        try whole.span(share.rank, of: share.count, exchange: share.exchange)
      }
      reader = whole.part(span)
    } else {
      reader = whole
    }
    guard reader.isRereadable else {
      throw FrameError(
        .file,
        "the input can be read only once, and little memory is to be used: save it to a file first"
      )
    }
    rows = max(256, min(1 << 16, chunkBytes / max(1, reader.recordSize ?? 64)))
    stamps = Dictionary(reader.paths.map { ($0, FileStamp(path: $0)) }) { first, _ in first }
  }

  /// The columns in order, with the types of the whole input; nil before a pass has ended.
  package var types: [String: ColumnType]? { known }

  /// Begins at the first row.
  ///
  /// - Parameter columns: the columns that are wanted, in this order; nil for all.
  /// - Returns: the pass, which gives the rows.
  /// - Throws: `FrameError` when the input cannot be read.
  package func begin(columns: [String]? = nil) throws(FrameError) -> CSVPass {
    do throws(CSVError) {
      guard let known else {
        return CSVPass(self, try reader.chunks(rows: rows, types: .assumed), isFirst: true)
      }
      var reader = reader
      if var columns {
        // A cell that does not fit a given type makes its row bad, wanted or not.
        if reader.leavesOutBadRows {
          columns += reader.commandedColumns.sorted().filter { !columns.contains($0) }
        }
        let file = reader.options.fileColumn
        reader = reader.reading(columns: columns.filter { $0 != file })
      }
      let names = try reader.columnNames()
      let types = names.map { known[$0] ?? .string }
      return CSVPass(self, try reader.chunks(rows: rows, types: .known(types)), isFirst: false)
    } catch {
      throw FrameError(error)
    }
  }

  /// What may fail in another process too.
  private static func shared<Result>(_ work: () throws -> Result) throws(FrameError) -> Result {
    do {
      return try work()
    } catch let error as CSVError {
      throw FrameError(error)
    } catch {
      throw FrameError(.file, "\(error)")
    }
  }

  /// The types of the whole input, where they are others than a pass has assumed; nil where they
  /// are not.
  fileprivate func corrected(_ chunks: ParsedChunks, assumed: [ColumnType]?) throws(FrameError)
    -> [ColumnType]?
  {
    guard let share, let assumed else { return chunks.correctedTypes }
    return try Self.shared {
      let types = try chunks.types(ofParts: try share.exchange(chunks.observed))
      return types == assumed ? nil : types
    }
  }

  /// What a pass found out, or that the inputs are others than they were.
  fileprivate func end(_ chunks: ParsedChunks, corrected: [ColumnType]?, rows: Int)
    throws(FrameError)
  {
    try refuseChange()
    if let rowCount, rowCount != rows { throw otherRows(rows, than: rowCount) }
    if let types = corrected {
      note(zip(chunks.schema, types).map { ($0.name, $1) })
    } else if rowCount == nil {
      note(chunks.schema.map { ($0.name, $0.type) })
      rowCount = rows
      report = chunks.report
      guard let share else { return }
      let counts = report.counts
      report.take(countsOfParts: try Self.shared { try share.exchange(counts) })
    }
  }

  /// Refuses inputs that were written to since they were opened.
  fileprivate func refuseChange() throws(FrameError) {
    for path in stamps.keys.sorted() where FileStamp(path: path) != stamps[path] {
      throw FrameError(.file, "'\(path)' has changed while it was read: convert it again")
    }
  }

  /// Refuses more rows than the pass before has found, before anybody counts on their number.
  fileprivate func refuseMore(than rows: Int) throws(FrameError) {
    guard let rowCount, rows > rowCount else { return }
    try refuseChange()
    throw otherRows(rows, than: rowCount)
  }

  private func otherRows(_ rows: Int, than known: Int) -> FrameError {
    FrameError(.file, "\(rows) rows where \(known) were read before: the input has changed")
  }

  private func note(_ types: [(String, ColumnType)]) {
    known = (known ?? [:]).merging(types) { $1 }
  }
}

/// One way through a CSV.
///
/// The next chunk is read on a thread of its own while the last one is worked on.
package struct CSVPass {
  private let passes: CSVPasses
  private let ahead: ReadAhead
  private var rows = 0
  /// The types, where they are not sure.
  private let assumed: [ColumnType]?
  /// Whether the types turned out to be others: what the pass gave is to be forgotten.
  package private(set) var isVoid = false

  fileprivate init(_ passes: CSVPasses, _ chunks: ParsedChunks, isFirst: Bool) {
    self.passes = passes
    assumed = isFirst ? chunks.schema.map(\.type) : nil
    ahead = ReadAhead(chunks)
  }

  /// The next rows; nil behind the last, and where the pass is void.
  ///
  /// - Throws: `FrameError` with file, line, byte and column; or when the file changed meanwhile.
  package mutating func next() throws(FrameError) -> DataFrame? {
    if let table = try nextTable() {
      rows += table.rowCount
      try passes.refuseMore(than: rows)
      return DataFrame(table)
    }
    if let chunks = ahead.finished {
      let corrected = try passes.corrected(chunks, assumed: assumed)
      isVoid = corrected != nil
      try passes.end(chunks, corrected: corrected, rows: isVoid ? passes.rowCount ?? 0 : rows)
    }
    return nil
  }

  private func nextTable() throws(FrameError) -> ParsedTable? {
    do throws(CSVError) {
      return try ahead.next()
    } catch {
      // Where an input was written to, a cell that is wrong is but what came of it.
      try passes.refuseChange()
      throw FrameError(error)
    }
  }
}

/// Chunks that a thread reads, one ahead of whoever takes them.
///
/// Invariant: `chunks` is the thread's alone until `ended`. The thread ends with the last chunk, or
/// when nobody holds this any more.
private final class ReadAhead {
  private let state: State
  /// What was read, once it is read to the end.
  var finished: ParsedChunks? { state.finished }

  init(_ chunks: ParsedChunks) {
    state = State(chunks)
    let state = state
    let thread = Thread { state.fill() }
    thread.stackSize = 1 << 20
    thread.start()
  }

  deinit { state.stop() }

  func next() throws(CSVError) -> ParsedTable? { try state.take() }

  private final class State: @unchecked Sendable {
    private let condition = NSCondition()
    private var chunks: ParsedChunks
    private var ready: ParsedTable?
    private var failure: CSVError?
    private var ended = false
    private var stopped = false

    init(_ chunks: ParsedChunks) { self.chunks = chunks }

    var finished: ParsedChunks? {
      condition.withLock { ended && failure == nil ? chunks : nil }
    }

    func fill() {
      while true {
        do throws(CSVError) {
          guard let table = try chunks.next() else { return finish(nil) }
          guard put(table) else { return }
        } catch {
          return finish(error)
        }
      }
    }

    private func put(_ table: consuming ParsedTable) -> Bool {
      condition.lock()
      defer { condition.unlock() }
      while ready != nil, !stopped { condition.wait() }
      ready = stopped ? nil : table
      condition.broadcast()
      return !stopped
    }

    private func finish(_ error: CSVError?) {
      condition.withLock {
        failure = error
        ended = true
        condition.broadcast()
      }
    }

    func take() throws(CSVError) -> ParsedTable? {
      condition.lock()
      defer { condition.unlock() }
      while ready == nil, !ended { condition.wait() }
      if let table = ready {
        ready = nil
        condition.broadcast()
        return table
      }
      if let failure { throw failure }
      return nil
    }

    func stop() {
      condition.withLock {
        stopped = true
        condition.broadcast()
      }
    }
  }
}
