internal import Logging

/// Reads CSVs into typed columns.
///
/// The type of a column is a function of its whole content. Samples propose it, every cell is
/// checked, and a column whose proposal fails is read again as what all of its cells have in common.
package struct CSVReader {
  private let inputs: [CSVInput]
  private let options: CSVReadingOptions

  /// Opens a path; `-` is standard input.
  package init(path: String, options: CSVReadingOptions = CSVReadingOptions()) throws(CSVError) {
    inputs = [try CSVInput(path: path, options: options)]
    self.options = options
  }

  /// Reads bytes in memory, which errors call `name`.
  package init(
    bytes: [UInt8],
    name: String = "bytes in memory",
    options: CSVReadingOptions = CSVReadingOptions()
  ) throws(CSVError) {
    inputs = [try CSVInput(memory: bytes, name: name, options: options)]
    self.options = options
  }

  /// Reads everything.
  package func read() throws(CSVError) -> ParsedTable {
    let plan = try ReadingPlan(inputs[0], options: options)
    let capacity = capacity(columns: plan.columnCount)
    var tasks = try plan.tasks(capacity: capacity)
    let first = try pass(tasks, capacity: capacity, knownBadRows: nil).run()
    try refuseTooMany(first.bad)
    var columns = first.columns
    // A type only ever becomes wider, so this ends.
    while true {
      let again = tasks.indices.filter {
        !tasks[$0].isCommanded && columns[$0].inference.type != tasks[$0].type
      }
      if again.isEmpty { break }
      for index in again {
        tasks[index] = try plan.task(
          index,
          as: columns[index].inference.type,
          capacity: first.rowCount,
          expected: first.rowCount
        )
      }
      let next = try pass(
        again.map { tasks[$0] },
        capacity: first.rowCount,
        knownBadRows: first.badRows
      ).run()
      for (index, column) in zip(again, next.columns) { columns[index] = column }
    }
    return try table(tasks, columns, first, renamed: plan.renamed)
  }

  /// The most rows that the inputs may hold: a row has a byte for each of its cells.
  ///
  /// The rows of a stream are not known: then as many as 2 TB of address space have room for.
  private func capacity(columns: Int) -> Int {
    let room = (1 << 41) / (max(columns, 1) * 17)
    return inputs.reduce(0) { rows, input in
      min(room, rows + max(0, input.end - input.dataOffset) / input.head.width + 1)
    }
  }

  private func pass(_ tasks: [ColumnTask], capacity: Int, knownBadRows: [Int]?) -> ReadingPass {
    var settings = ParserSettings()
    settings.dialect = options.dialect
    settings.width = inputs[0].head.width
    settings.comment = Array((options.comment ?? "").utf8)
    settings.usesLibCSV = options.scanner == .reference || options.quoting == .lenient
    settings.isLenient = options.quoting == .lenient
    return ReadingPass(
      inputs: inputs,
      tasks: tasks,
      settings: settings,
      options: options,
      capacity: capacity,
      knownBadRows: knownBadRows
    )
  }

  private func refuseTooMany(_ bad: [ReadingPass.BadRow]) throws(CSVError) {
    guard case .skip(let limit) = options.badRows, bad.count > limit else { return }
    var error = bad[limit].error
    error.expected = "at most \(limit) bad rows, and " + error.expected
    throw error
  }
}

// From what was read to columns.
extension CSVReader {
  private func table(
    _ tasks: [ColumnTask],
    _ columns: [ReadingPass.Result.Column],
    _ result: ReadingPass.Result,
    renamed: [(position: Int, header: String, name: String)]
  ) throws(CSVError) -> ParsedTable {
    var report = CSVReport()
    report.renamedColumns = renamed
    let kept = KeptRows(count: result.rowCount, without: result.badRows)
    var parsed: [ParsedColumn] = []
    for (task, column) in zip(tasks, columns) {
      parsed.append(try task.finish(column, kept))
      if let word = column.inference.nullWord, column.wordCount > 0, !task.isCommanded {
        report.nullWords.append((column: task.name, word: word, count: column.wordCount))
      }
    }
    report.badRowCount = result.bad.count
    let reported = options.badRows == .collect ? result.bad[...] : result.bad.prefix(1)
    report.badRows = reported.map { row in
      var error = row.error
      error.text = String(decoding: inputs[row.input].bytes(row.bytes), as: UTF8.self)
      return error
    }
    return ParsedTable(
      columns: parsed,
      rowCount: kept.count,
      records: records(result, rows: kept.count),
      report: report
    )
  }

  /// The record of each row where some record is no row; nil when row n is record n.
  private func records(_ result: ReadingPass.Result, rows: Int) -> [Int]? {
    guard !result.bad.isEmpty || options.skip > 0 else { return nil }
    let bad = Set(result.bad.map(\.record))
    var records: [Int] = []
    records.reserveCapacity(rows)
    var record = options.skip
    while records.count < rows {
      if !bad.contains(record) { records.append(record) }
      record += 1
    }
    return records
  }
}

extension CSVReport {
  private static let logger = Logger(label: "tabular.csv")

  /// Logs each decision: for callers that take no report.
  package func log(file: String) {
    for notice in notices { Self.logger.notice("\(file): \(notice)") }
  }
}
