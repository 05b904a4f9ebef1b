/// Tables of a number of rows each, in file order and in bounded memory.
///
/// Their types are those of the whole input, where they are commanded or the input can be read
/// twice: then a first reading finds them. Else they are those of the first table, and a cell of a
/// later one that does not fit is an error.
package struct ParsedChunks {
  private let reader: CSVReader
  private let rows: Int
  private let plan: ReadingPlan
  private var types: [ColumnType]
  /// The rows that the types were taken from, where they can be changed no more.
  private var fixedBy: Int?
  /// What all cells so far have in common, where the types were taken from the first rows.
  private var inferences: [TypeInference] = []
  private var isSettled = false
  private var entry: RowEntry
  private var place: ReadingPlace?
  private var rowsRead = 0
  /// What was decided and left out so far.
  package private(set) var report = CSVReport()

  init(_ reader: CSVReader, rows: Int) throws(CSVError) {
    self.reader = reader
    let columns = reader.inputs[0].head.width
    self.rows = min(rows, reader.capacity(columns: columns))
    plan = try ReadingPlan(reader.inputs[0], options: reader.options)
    types = plan.proposedTypes
    place = ReadingPlace(offset: reader.inputs[0].dataOffset)
    entry = reader.pass([], capacity: 0, knownBadRows: nil).firstEntry
    report.renamedColumns = plan.renamed
    report.dialect = reader.dialect
    if plan.isCommanded {
      isSettled = true
    } else if reader.inputs.allSatisfy(\.isRereadable) {
      types = try Self.types(of: reader, plan, rows: rows)
      isSettled = true
    }
  }

  /// The next rows: as many as asked for, but for the end and for bad rows left out; nil behind the
  /// last.
  package mutating func next() throws(CSVError) -> ParsedTable? {
    guard var place, !isAtLimit else { return nil }
    while true {
      for input in reader.inputs { input.keep(from: place.offset) }
      let before = (entry: entry.copy(), place: place)
      let first = (input: place.input, record: entry.records)
      var tasks = try self.tasks()
      var window = self.window(tasks, place)
      let result = try window.run(&entry)
      try reader.refuseTooMany(result, before: report.badRowCount)
      if !isSettled {
        // The rows are read again until their types fit; then these are the types of all.
        let found = result.columns.enumerated().map {
          tasks[$0].isCommanded ? types[$0] : $1.inference.type
        }
        if found != types {
          types = found
          (entry, place) = before
          continue
        }
        isSettled = true
        fixedBy = result.rowCount
        inferences = result.columns.map(\.inference)
      } else if fixedBy != nil {
        try check(result)
      }
      self.place = entry.end
      entry.end = nil
      entry.rows = 0
      let table = try reader.table(tasks, result.columns, result, renamed: [], from: first)
      tasks = []
      window.window = nil
      note(table.report)
      rowsRead += table.rowCount
      if table.rowCount > 0 || self.place == nil {
        // An input without rows gives one table without rows, which has the types.
        return table.rowCount > 0 || rowsRead == 0 ? table : nil
      }
      guard let next = self.place, !isAtLimit else { return nil }
      place = next
    }
  }

  private var isAtLimit: Bool {
    reader.options.limit.map { rowsRead >= $0 && rowsRead > 0 } ?? false
  }

  private func tasks() throws(CSVError) -> [ColumnTask] {
    var tasks: [ColumnTask] = []
    for index in types.indices {
      tasks.append(
        try plan.task(index, as: types[index], capacity: rows, expected: rows, fixedBy: fixedBy)
      )
    }
    return tasks
  }

  private func window(_ tasks: [ColumnTask], _ place: ReadingPlace) -> ReadingPass {
    var options = reader.options
    options.limit = options.limit.map { $0 - rowsRead }
    if case .skip(let limit) = options.badRows, limit < .max {
      options.badRows = .skip(limit: limit - report.badRowCount)
    }
    var pass = reader.pass(tasks, capacity: .max, knownBadRows: nil, options: options)
    pass.window = ReadingPass.Window(place: place, rows: rows)
    return pass
  }

  /// The types of everything: a reading in parts that keeps none.
  private static func types(of reader: CSVReader, _ plan: ReadingPlan, rows: Int)
    throws(CSVError) -> [ColumnType]
  {
    var parts = self.init(reader, plan, rows: rows)
    var merged = [TypeInference](repeating: TypeInference(), count: parts.types.count)
    while let place = parts.place, !parts.isAtLimit {
      let tasks = try parts.tasks()
      for input in reader.inputs { input.keep(from: place.offset) }
      let result = try parts.window(tasks, place).run(&parts.entry)
      parts.place = parts.entry.end
      parts.entry.end = nil
      parts.entry.rows = 0
      parts.rowsRead += result.rowCount - result.badRows.count
      parts.report.badRowCount += result.bad.count
      for index in tasks.indices {
        merged[index].merge(result.columns[index].inference)
        // What is known to be wider need not be found out again.
        if !tasks[index].isCommanded { parts.types[index] = merged[index].type }
      }
    }
    return parts.types
  }

  private init(_ reader: CSVReader, _ plan: ReadingPlan, rows: Int) {
    self.reader = reader
    self.rows = rows
    self.plan = plan
    types = plan.proposedTypes
    entry = reader.pass([], capacity: 0, knownBadRows: nil).firstEntry
    place = ReadingPlace(offset: reader.inputs[0].dataOffset)
  }

  /// That the cells so far still have the types of the first rows.
  private mutating func check(_ result: ReadingPass.Result) throws(CSVError) {
    for (index, column) in result.columns.enumerated() {
      inferences[index].merge(column.inference)
      guard types[index] != inferences[index].type, !plan.isCommanded(index) else { continue }
      throw CSVError(
        .type,
        file: reader.inputs[0].name,
        column: plan.name(index),
        expected: "\(types[index]), as in the first \(fixedBy ?? 0) rows (give the column's type)",
        found: "\(inferences[index].type) within the first \(rowsRead + result.rowCount)"
      )
    }
  }

  private mutating func note(_ part: CSVReport) {
    report.badRowCount += part.badRowCount
    if reader.options.badRows == .collect || report.badRows.isEmpty {
      report.badRows += part.badRows
    }
    for (column, word, count) in part.nullWords {
      if let known = report.nullWords.firstIndex(where: { $0.column == column }) {
        report.nullWords[known].count += count
      } else {
        report.nullWords.append((column: column, word: word, count: count))
      }
    }
  }
}

extension CSVReader {
  /// Reads in tables of `rows` rows each.
  package func chunks(rows: Int) throws(CSVError) -> ParsedChunks {
    try ParsedChunks(self, rows: rows)
  }
}
