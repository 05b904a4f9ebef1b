package import TabularCollectives
package import TabularCSV
package import TabularFrame

/// Rows that can be gone through again and again, a chunk at a time, in one order.
package protocol RowSource {
  /// The columns in order, with the types of the whole; of a text column, a chunk may hold
  /// categories.
  var types: [(name: String, type: ColumnType)] { get }
  /// The processes of which each has a part of the rows; nil where all are here.
  var ranks: (any Communicator)? { get }

  /// Gives each chunk to `body`; with `columns`, one that has at least those.
  func forEachChunk(
    columns: [String]?,
    _ body: (DataFrame) throws(PreprocessingError) -> Void
  ) throws(PreprocessingError)
}

extension RowSource {
  /// All are here.
  package var ranks: (any Communicator)? { nil }

  /// No row, to see types by.
  var head: DataFrame {
    get throws(PreprocessingError) {
      do throws(FrameError) {
        return try DataFrame(types.map { (name: $0.name, column: Column(noneOf: $0.type)) })
      } catch {
        throw PreprocessingError(error)
      }
    }
  }
}

extension RowSource {
  /// The number of rows, counted.
  package func countRows() throws(PreprocessingError) -> Int {
    var count = 0
    try forEachChunk(columns: []) { count += $0.rowCount }
    return count
  }
}

/// Rows that are in memory already.
package struct RowsInMemory: RowSource {
  let chunks: [DataFrame]

  /// Chunks with the same columns.
  package init(_ chunks: [DataFrame]) { self.chunks = chunks }

  package var types: [(name: String, type: ColumnType)] { chunks.first?.types ?? [] }

  package func forEachChunk(
    columns: [String]?,
    _ body: (DataFrame) throws(PreprocessingError) -> Void
  ) throws(PreprocessingError) {
    for chunk in chunks { try body(chunk) }
  }
}

/// The rows of one part of a split.
package struct PartOfRows: RowSource {
  private let source: any RowSource
  private let parts: [UInt8]
  private let part: UInt8

  /// - Parameters:
  ///   - source: all rows.
  ///   - parts: the part of each row that has one; 255 is none.
  ///   - part: the part that is taken.
  package init(_ source: any RowSource, parts: [UInt8], part: Int) {
    (self.source, self.parts, self.part) = (source, parts, UInt8(part))
  }

  package var types: [(name: String, type: ColumnType)] { source.types }

  package func forEachChunk(
    columns: [String]?,
    _ body: (DataFrame) throws(PreprocessingError) -> Void
  ) throws(PreprocessingError) {
    var first = 0
    try source.forEachChunk(columns: columns) { chunk throws(PreprocessingError) in
      defer { first += chunk.rowCount }
      let rows = (0..<chunk.rowCount).filter { parts[first + $0] == part }
      if rows.isEmpty { return }
      try body(rows.count == chunk.rowCount ? chunk : chunk.taking(rows))
    }
  }
}

extension Column {
  /// A column of no row.
  init(noneOf type: ColumnType) {
    switch type {
    case .bool: self.init([Bool?]())
    case .int64: self.init([Int64?]())
    case .float64: self.init([Double?]())
    case .date: self.init(storage: .date(FixedVector(room: 0)), validity: nil)
    case .datetime: self.init(storage: .datetime(FixedVector(room: 0)), validity: nil)
    case .string: self.init([String?]())
    case .category:
      self.init(
        storage: .category(FixedVector(room: 0), dictionary: StringVector([String?]())),
        validity: nil
      )
    }
  }
}
