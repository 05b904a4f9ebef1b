internal import Logging
internal import TabularFiles

/// Reads CSVs into typed columns.
///
/// The type of a column is a function of its whole content. Samples propose it, every cell is
/// checked, and a column whose proposal fails is read again as what all of its cells have in common.
package struct CSVReader {
  let inputs: [CSVInput]
  /// By input: where it has each column of the first one; nil where it has them alike.
  let orders: [[Int]?]
  package let options: CSVReadingOptions
  /// What was found out about the dialect.
  let dialect: String?
  /// The part of the inputs that is read; nil for all.
  package var span: RecordSpan?

  init(_ other: CSVReader, options: CSVReadingOptions) {
    (inputs, orders, dialect) = (other.inputs, other.orders, other.dialect)
    span = other.span
    self.options = options
  }

  /// Opens a path; `-` is standard input.
  package init(path: String, options: CSVReadingOptions = CSVReadingOptions()) throws(CSVError) {
    try self.init(paths: [path], options: options)
  }

  /// Opens files with the same header, which make one table; patterns with `*`, `?` and `[...]` are
  /// the files that match.
  ///
  /// `inParts` keeps no input in memory that can be read only once: for `chunks`.
  package init(
    paths: [String],
    options: CSVReadingOptions = CSVReadingOptions(),
    inParts: Bool = false
  ) throws(CSVError) {
    try options.refuseClashes()
    var dialect: String?
    var inputs: [CSVInput] = []
    var options = options
    let expanded: [String]
    do throws(FileError) {
      expanded = try expandGlobs(paths)
    } catch {
      throw CSVError(error, file: error.path)
    }
    if options.detectsDialect, let path = expanded.first {
      // Standard input can be read once: what is looked at must be kept.
      let first = try CSVInput(path: path, options: options.probing, inParts: inParts)
      dialect = first.detectDialect(&options)
      inputs.append(try first.again(options))
    }
    var orders: [[Int]?] = inputs.map { _ in nil }
    for path in expanded.dropFirst(inputs.count) {
      let input = try CSVInput(path: path, options: options, inParts: inParts)
      orders.append(
        try inputs.first.flatMap { first throws(CSVError) in
          try input.order(as: first, byName: options.unionByName)
        }
      )
      inputs.append(input)
    }
    guard !inputs.isEmpty else {
      throw CSVError(.empty, file: "no file", expected: "a path", found: "none")
    }
    self.inputs = inputs
    self.orders = orders
    self.options = options
    self.dialect = dialect
  }

  /// Reads bytes in memory, which errors call `name`.
  package init(
    bytes: [UInt8],
    name: String = "bytes in memory",
    options: CSVReadingOptions = CSVReadingOptions()
  ) throws(CSVError) {
    try options.refuseClashes()
    var options = options
    var dialect: String?
    var input = try CSVInput(
      memory: bytes,
      name: name,
      options: options.detectsDialect ? options.probing : options
    )
    if options.detectsDialect {
      dialect = input.detectDialect(&options)
      input = try input.again(options)
    }
    inputs = [input]
    orders = [nil]
    self.options = options
    self.dialect = dialect
  }

  /// Reads everything.
  package func read() throws(CSVError) -> ParsedTable {
    let plan = try ReadingPlan(inputs[0], options: options)
    let capacity = capacity(columns: plan.columnCount)
    var tasks = try plan.tasks(capacity: capacity)
    let first = try pass(tasks, capacity: capacity, knownBadRows: nil).run()
    try refuseTooMany(first)
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
          capacity: first.roomNeeded,
          expected: first.rowCount
        )
      }
      let next = try pass(
        again.map { tasks[$0] },
        capacity: first.roomNeeded,
        knownBadRows: first.badRows
      ).run()
      for (index, column) in zip(again, next.columns) { columns[index] = column }
    }
    let start = span?.start ?? RecordPlace()
    return try table(
      tasks,
      columns,
      first,
      renamed: plan.renamed,
      from: (start.input, start.record)
    )
  }

  /// The most rows that the inputs may hold: a row has a byte for each of its cells.
  ///
  /// The rows of a stream are not known: then as many as 2 TB of address space have room for.
  func capacity(columns: Int) -> Int {
    let room = (1 << 41) / (max(columns, 1) * 17)
    return inputs.reduce(0) { rows, input in
      // The end of a stream is the largest number: nothing may be added to it.
      let bytes = max(0, input.end - input.dataOffset)
      return min(room, rows + min(room, bytes / input.head.width) + 1)
    }
  }

  func pass(
    _ tasks: [ColumnTask],
    capacity: Int,
    knownBadRows: NumberSet?,
    options changed: CSVReadingOptions? = nil
  ) -> ReadingPass {
    var settings = ParserSettings()
    settings.dialect = options.dialect
    settings.width = inputs[0].head.width
    settings.comment = Array((options.comment ?? "").utf8)
    settings.usesLibCSV = options.scanner == .reference || options.quoting == .lenient
    settings.isLenient = options.quoting == .lenient
    var pass = ReadingPass(
      inputs: inputs,
      orders: orders,
      tasks: tasks,
      settings: settings,
      options: changed ?? options,
      capacity: capacity,
      knownBadRows: knownBadRows
    )
    pass.start = span?.start
    pass.end = span.map { ReadingEnd(place: $0.end.place, isEndOfInput: true) }
    return pass
  }

  /// Throws where there are more bad rows than may be, `before` of them in earlier parts.
  func refuseTooMany(_ result: ReadingPass.Result, before: Int = 0) throws(CSVError) {
    guard case .skip(let limit) = options.badRows, let place = result.badPlace(limit - before),
      var error = result.errors.first(where: { $0.place >= place })?.error
    else { return }
    error.expected = "at most \(limit) bad row\(limit == 1 ? "" : "s"), and " + error.expected
    throw error
  }
}

// From what was read to columns.
extension CSVReader {
  /// The table that a reading gave which began at record `first`.
  func table(
    _ tasks: [ColumnTask],
    _ columns: [ReadingPass.Result.Column],
    _ result: ReadingPass.Result,
    renamed: [(position: Int, header: String, name: String)],
    from first: (input: Int, record: Int) = (0, 0)
  ) throws(CSVError) -> ParsedTable {
    var report = CSVReport()
    report.renamedColumns = renamed
    report.dialect = dialect
    let kept = KeptRows(count: result.rowCount, without: result.badRows)
    var parsed: [ParsedColumn] = []
    for (task, column) in zip(tasks, columns) {
      parsed.append(try task.finish(column, kept))
      if let word = column.inference.nullWord, column.wordCount > 0, task.rules.takesNullWords {
        report.nullWords.append((column: task.name, word: word, count: column.wordCount))
      }
    }
    report.badRowCount = result.badCount
    let reported = options.badRows == .collect ? result.errors[...] : result.errors.prefix(1)
    report.badRows = reported.map { row in
      var error = row.error
      error.text = String(decoding: inputs[row.place.input].bytes(row.bytes), as: UTF8.self)
      return error
    }
    let runs = runs(result, rows: kept.count, from: first)
    if let name = options.fileColumn {
      guard !parsed.contains(where: { $0.name == name }) else {
        throw CSVError(
          .column,
          file: inputs[0].name,
          column: name,
          expected: "another name for the column of file names",
          found: "a column of that name"
        )
      }
      parsed.append(try fileColumn(name, runs, rows: kept.count))
    }
    return ParsedTable(columns: parsed, rowCount: kept.count, runs: runs, report: report)
  }

  /// Which records the rows are.
  private func runs(
    _ result: ReadingPass.Result,
    rows: Int,
    from start: (input: Int, record: Int)
  ) -> [RecordRun] {
    var runs: [RecordRun] = []
    var left = rows
    var skipped = options.skip
    for (input, count) in result.recordCounts.enumerated() where left > 0 {
      var first = min(skipped, count)
      skipped -= first
      guard input >= start.input else { continue }
      if input == start.input { first = max(first, start.record) }
      func add(upTo end: Int) {
        let rows = min(end - first, left)
        if rows > 0 {
          runs.append(RecordRun(input: input, record: first, count: rows))
          left -= rows
        }
      }
      for record in result.badRecords[input] where left > 0 {
        add(upTo: record)
        first = max(first, record + 1)
      }
      add(upTo: count)
    }
    return runs
  }

  /// The path of each row's file.
  private func fileColumn(_ name: String, _ runs: [RecordRun], rows: Int) throws(CSVError)
    -> ParsedColumn
  {
    let codes = try ColumnMemory(capacity: rows * 4)
    var row = 0
    for run in runs {
      for _ in 0..<run.count {
        codes.pointer.storeBytes(of: Int32(run.input), toByteOffset: row * 4, as: Int32.self)
        row += 1
      }
    }
    codes.use(rows * 4)
    let (views, heap) = try viewsOfTexts(inputs.map { Array($0.name.utf8) })
    return ParsedColumn(
      name: name,
      values: .category(codes, dictionary: views, dictionaryCount: inputs.count, heap),
      validity: nil,
      nullCount: 0
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
