internal import Logging

/// Reads a CSV into typed columns.
///
/// The type of a column is a function of its whole content. A proposal is made from the first
/// block, every cell is checked against it, and a column whose proposal fails is read again as what
/// all of its cells have in common.
package struct CSVReader {
  let source: CSVSource
  let options: CSVReadingOptions

  package static let chunkSize = 256 * 1024

  /// Opens a path; `-` is standard input.
  package init(path: String, options: CSVReadingOptions = CSVReadingOptions()) throws(CSVError) {
    source = try CSVSource(path: path, chunkSize: Self.chunkSize)
    self.options = options
  }

  /// Reads bytes in memory, which errors call `name`.
  package init(
    bytes: [UInt8],
    name: String = "bytes in memory",
    options: CSVReadingOptions = CSVReadingOptions(),
    chunkSize: Int = Self.chunkSize
  ) {
    source = CSVSource(bytes: bytes, name: name, chunkSize: chunkSize)
    self.options = options
  }

  /// Reads everything.
  package func read() throws(CSVError) -> ParsedTable {
    var pass = try ReadingPass(source: source, options: options, columns: nil)
    try pass.run()
    var columns = pass.columns
    if columns.contains(where: \.needsRereading) {
      var second = try ReadingPass(
        source: source,
        options: options,
        columns: columns.map { $0.needsRereading ? $0.settled() : $0.skipped() }
      )
      try second.run()
      for (i, column) in second.columns.enumerated() where columns[i].needsRereading {
        columns[i] = column
      }
    }
    var report = pass.report
    let parsed = columns.map { $0.finish() }
    for (column, result) in zip(columns, parsed) {
      guard let word = column.nullWord, column.nullWordCount > 0 else { continue }
      report.nullWords.append((column: result.name, word: word, count: column.nullWordCount))
    }
    return ParsedTable(
      columns: parsed,
      rowCount: pass.rowCount,
      records: pass.records,
      report: report
    )
  }
}

extension CSVReport {
  private static let logger = Logger(label: "tabular.csv")

  /// Logs each decision: for callers that take no report.
  package func log(file: String) {
    for notice in notices { Self.logger.notice("\(file): \(notice)") }
  }
}

/// One column while it is read.
struct ColumnPlan {
  let name: String
  /// The position in the file.
  let position: Int
  /// The type that the options command.
  let commanded: ColumnType?
  var inference = TypeInference()
  private(set) var builder: (any ColumnBuilder)?
  private(set) var builtType: ColumnType?
  private(set) var nullWord: String?
  /// How many cells held the word that is read as null.
  private(set) var nullWordCount = 0
  /// Whether the proposal failed, so that only the inference goes on.
  private(set) var needsRereading = false
  private var isSkipped = false

  init(name: String, position: Int, commanded: ColumnType?) {
    self.name = name
    self.position = position
    self.commanded = commanded
    if let commanded {
      builder = makeColumnBuilder(commanded)
      builtType = commanded
    }
  }

  /// The same column for a second reading, as the type of all of its cells.
  func settled() -> ColumnPlan {
    var plan = ColumnPlan(name: name, position: position, commanded: nil)
    plan.inference = inference
    plan.start()
    return plan
  }

  /// The same column for a second reading that leaves it out.
  func skipped() -> ColumnPlan {
    var plan = self
    plan.isSkipped = true
    return plan
  }

  private mutating func start() {
    builtType = inference.type
    nullWord = inference.nullWord
    builder = makeColumnBuilder(inference.type, nullWord: nullWord)
  }

  /// Takes the cells of a block.
  mutating func append(_ cells: ColumnCells) {
    guard !isSkipped, cells.count > 0 else { return }
    countNullWords(cells)
    if builder == nil, !needsRereading {
      // The first block proposes.
      observe(cells, from: 0)
      start()
    }
    if builtType == .int64, commanded == nil { observeExactness(cells) }
    if let builder, let failed = builder.append(cells) {
      self.builder = nil
      needsRereading = true
      observe(cells, from: failed)
    } else if needsRereading {
      observe(cells, from: 0)
    } else if commanded == nil, builtType == .string, !inference.isSettled {
      // A column of nulls so far is held as text; its first value decides.
      observe(cells, from: 0)
      if inference.type != .string {
        builder = nil
        needsRereading = true
      }
    }
  }

  private mutating func observe(_ cells: ColumnCells, from first: Int) {
    for row in first..<cells.count {
      if case .value(let bytes) = cells[row] { inference.observe(bytes) }
    }
  }

  /// Notes integers that a float column would round, should a later cell be a float.
  private mutating func observeExactness(_ cells: ColumnCells) {
    for row in 0..<cells.count {
      if case .value(let bytes) = cells[row], bytes.count > 15 { inference.observe(bytes) }
    }
  }

  private mutating func countNullWords(_ cells: ColumnCells) {
    guard commanded == nil, inference.words != 0 || builder == nil else { return }
    for row in 0..<cells.count {
      if case .value(let bytes) = cells[row], TypeInference.nullWord(bytes) != nil {
        nullWordCount += 1
      }
    }
  }

  func finish() -> ParsedColumn {
    let builder = builder ?? makeColumnBuilder(commanded ?? .string)
    return builder.finish(name: name)
  }
}
