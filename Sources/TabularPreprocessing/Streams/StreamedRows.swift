internal import Foundation
package import TabularCollectives
package import TabularCSV
package import TabularFrame

/// The rows of CSV files, gone through as often as a fit needs: kept in memory where there is room
/// for them, else read again.
package final class StreamedRows: RowSource {
  private let passes: CSVPasses
  package let ranks: (any Communicator)?
  private var cache: Cache?
  private var isRead = false
  /// The categories of text columns that were counted while they were coded, up to the end or to
  /// where the room was used up.
  private(set) var counted: [String: CategoryFold] = [:]

  /// Whether chunks come with their texts coded, and counted on the way.
  var countsTexts: Bool { cache != nil }

  /// Takes the rows of passes.
  ///
  /// - Parameters:
  ///   - passes: reads the rows.
  ///   - room: the bytes of columns that may be kept from pass to pass.
  ///   - ranks: the processes whose rows `passes` shares.
  package init(_ passes: CSVPasses, room: Int, ranks: (any Communicator)? = nil) {
    (self.passes, self.ranks) = (passes, ranks)
    cache = room > 0 ? Cache(room: room) : nil
  }

  /// What reading decided and left out.
  package var report: CSVReport { passes.report }

  /// The number of rows.
  package var rowCount: Int { passes.rowCount ?? 0 }

  package private(set) var types: [(name: String, type: ColumnType)] = []

  /// Goes through the rows for the first time, when their types are not sure.
  ///
  /// - Parameters:
  ///   - restart: forgets the chunks so far: their types were wrong.
  ///   - body: is given each chunk.
  /// - Throws: `PreprocessingError` when they cannot be read, and what `body` throws.
  package func begin(
    restart: () -> Void = {},
    _ body: (DataFrame) throws(PreprocessingError) -> Void = { _ in }
  ) throws(PreprocessingError) {
    guard !isRead else { return try forEachChunk(columns: nil, body) }
    while true {
      types = []
      let isVoid = try read(columns: nil) { frame throws(PreprocessingError) in
        if types.isEmpty { types = frame.types }
        try body(cache?.keeping(frame) ?? frame)
        if cache?.isFull == true { giveUpCache() }
      }
      if !isVoid { break }
      cache = cache.map { Cache(room: $0.room) }
      counted = [:]
      restart()
    }
    counted.merge(cache?.folds ?? [:]) { $1 }
    cache?.finish()
    isRead = true
    if cache == nil {
      releaseFreeMemory()
    } else {
      // There is room: nobody has to wait until the system has taken the pages back.
      Thread { releaseFreeMemory() }.start()
    }
  }

  private func giveUpCache() {
    counted = cache?.folds ?? [:]
    cache = nil
  }

  package func forEachChunk(
    columns: [String]?,
    _ body: (DataFrame) throws(PreprocessingError) -> Void
  ) throws(PreprocessingError) {
    if !isRead { try begin() }
    guard let cache else {
      _ = try read(columns: columns, body)
      return
    }
    for chunk in cache.chunks { try body(chunk) }
  }

  /// Reads all rows; whether what it gave is void.
  private func read(
    columns: [String]?,
    _ body: (DataFrame) throws(PreprocessingError) -> Void
  ) throws(PreprocessingError) -> Bool {
    func frames<Result>(_ work: () throws(FrameError) -> Result) throws(PreprocessingError)
      -> Result
    {
      do throws(FrameError) {
        return try work()
      } catch {
        throw PreprocessingError(reading: error)
      }
    }
    var pass = try frames { () throws(FrameError) in try passes.begin(columns: columns) }
    while let frame = try frames({ () throws(FrameError) in try pass.next() }) { try body(frame) }
    return pass.isVoid
  }
}

extension StreamedRows {
  /// Chunks that are kept, their texts as codes: 4 bytes a cell, however long they are.
  private struct Cache {
    let room: Int
    private(set) var chunks: [DataFrame] = []
    private var words: [String: WordList] = [:]
    private var bytes = 0

    init(room: Int) { self.room = room }

    var isFull: Bool { bytes + words.values.reduce(0) { $0 + $1.byteCount } > room }

    mutating func keeping(_ frame: DataFrame) -> DataFrame {
      var frame = frame
      for (name, type) in frame.types where type == .string && words[name] == nil {
        words[name] = WordList()
      }
      let columns = frame.namedColumns
      let lists = columns.map { words[$0.name] }
      let places = KeptMemory(for: columns.map(\.column))
      // A list is one thread's.
      let kept = [Column](concurrently: columns.count, cells: columns.count * frame.rowCount) {
        places.keeping(columns[$0].column, at: $0, list: lists[$0])
      }
      for ((name, _), column) in zip(columns, kept) { frame[name] = column }
      chunks.append(frame)
      bytes += frame.namedColumns.reduce(0) { $0 + $1.column.rowBytes * frame.rowCount }
      return frame
    }

    var folds: [String: CategoryFold] { words.mapValues(\.fold) }

    /// One dictionary for all chunks, so that what is known of its words is known once.
    mutating func finish() {
      for (name, list) in words {
        for i in chunks.indices { chunks[i].share(list.dictionary, in: name) }
      }
      words = [:]
    }
  }
}

extension PreprocessingError {
  /// What went wrong while rows were read: the file's error, word by word.
  init(reading error: FrameError) {
    self.init(.file, error.description, column: error.column, underlying: error)
  }
}
