/// Tables of a number of rows each, in file order and in bounded memory.
///
/// Their types are those of the whole input, where they are commanded or the input can be read
/// twice: then a first reading finds them. Else they are those of the first table, and a cell of a
/// later one that does not fit is an error.
package struct ParsedChunks {
  /// What is known of the types before the first row is read.
  package enum Types {
    /// Nothing: a reading of its own finds them, where there can be one.
    case unknown
    /// What samples show is taken for them; `correctedTypes` says whether it was wrong.
    case assumed
    /// The types of the columns that are read, as an earlier reading found them.
    case known([ColumnType])
  }

  private let reader: CSVReader
  private let rows: Int
  private let plan: ReadingPlan
  private var types: [ColumnType]
  /// The rows that the types were taken from, where they can be changed no more.
  private var fixedBy: Int?
  /// What all cells so far have in common, where the types were taken from the first rows.
  private var inferences: [TypeInference] = []
  private var isSettled = false
  /// Whether the types are those of samples, and what these have in common.
  private var samples: [TypeInference]?
  /// The types of the whole input, once they are known to be others than was assumed: the tables so
  /// far are void then, and there are no more.
  package private(set) var correctedTypes: [ColumnType]?
  private var entry: RowEntry
  private var place: ReadingPlace?
  private var rowsRead = 0
  /// What was decided and left out so far.
  package private(set) var report = CSVReport()

  init(_ reader: CSVReader, rows: Int, types known: Types = .unknown) throws(CSVError) {
    self.reader = reader
    let columns = reader.inputs[0].head.width
    self.rows = min(rows, reader.capacity(columns: columns))
    plan = try ReadingPlan(reader.inputs[0], options: reader.options)
    types = plan.proposedTypes
    place = reader.firstPlace
    entry = reader.pass([], capacity: 0, knownBadRows: nil).firstEntry
    report.renamedColumns = plan.renamed
    report.dialect = reader.dialect
    inferences = [TypeInference](repeating: TypeInference(), count: types.count)
    switch known {
    case _ where plan.isCommanded: isSettled = true
    case .known(let types):
      precondition(types.count == self.types.count, "types for \(self.types.count) columns")
      self.types = types
      isSettled = true
    case .assumed:
      samples = plan.sampleInferences
      isSettled = true
    case .unknown where reader.inputs.allSatisfy(\.isRereadable):
      var scan = self
      scan.entry = entry.copy()
      try scan.scanOn()
      types = scan.types
      inferences = scan.inferences
      isSettled = true
    case .unknown: break
    }
  }

  /// The names of the columns, and the types that they are read as.
  package var schema: [(name: String, type: ColumnType)] {
    types.indices.map { (name: plan.name($0), type: types[$0]) }
  }

  /// What the cells have in common, in two bytes a column: of a part, for other processes.
  ///
  /// Of `unknown` types it is known from the beginning, of `assumed` ones once there are no more rows.
  package var observed: [UInt8] { inferences.flatMap(\.bytes) }

  /// The types of all parts together, by what each has `observed`.
  package func types(ofParts observed: [[UInt8]]) throws(CSVError) -> [ColumnType] {
    var merged = [TypeInference](repeating: TypeInference(), count: types.count)
    for part in observed {
      guard part.count == 2 * merged.count else {
        throw CSVError(
          .header,
          file: reader.inputs[0].name,
          expected: "the same columns in all processes, \(merged.count) of them",
          found: "\(part.count / 2) in another one"
        )
      }
      for index in merged.indices {
        merged[index].merge(TypeInference(part[(2 * index)..<(2 * index + 2)]))
      }
    }
    return types.indices.map { plan.isCommanded($0) ? types[$0] : merged[$0].type }
  }

  /// The next rows: as many as asked for, but for the end and for bad rows left out; nil behind the
  /// last.
  package mutating func next() throws(CSVError) -> ParsedTable? {
    guard correctedTypes == nil else { return nil }
    guard var place, !isAtLimit else {
      settleAssumption()
      return nil
    }
    while true {
      reader.keepInputs(from: place)
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
      if try isRefuted(by: result) { return nil }
      let table = try reader.table(tasks, result.columns, result, renamed: [], from: first)
      tasks = []
      window.window = nil
      note(table.report)
      rowsRead += table.rowCount
      if table.rowCount > 0 || self.place == nil {
        // An input without rows gives one table without rows, which has the types.
        guard table.rowCount > 0 || rowsRead == 0 else { break }
        return table
      }
      guard let next = self.place, !isAtLimit else { break }
      place = next
    }
    settleAssumption()
    return nil
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

  /// Reads on to the end and keeps nothing but the types, which become those of all cells.
  private mutating func scanOn() throws(CSVError) {
    while let place, !isAtLimit {
      let tasks = try self.tasks()
      reader.keepInputs(from: place)
      let result = try window(tasks, place).run(&entry)
      self.place = entry.end
      entry.end = nil
      entry.rows = 0
      rowsRead += result.rowCount - result.badRows.count
      report.badRowCount += result.badCount
      for index in tasks.indices {
        inferences[index].merge(result.columns[index].inference)
        // What is known to be wider need not be found out again.
        if !tasks[index].isCommanded { types[index] = inferences[index].type }
      }
    }
  }

  /// Whether a table's cells do not have the types that were assumed; then the rest is read for
  /// its types.
  private mutating func isRefuted(by result: ReadingPass.Result) throws(CSVError) -> Bool {
    guard let samples else { return false }
    var isRefuted = false
    for (index, column) in result.columns.enumerated() where !plan.isCommanded(index) {
      inferences[index].merge(column.inference)
      var all = inferences[index]
      all.merge(samples[index])
      if all.type != types[index] { isRefuted = true }
    }
    guard isRefuted else { return false }
    for index in types.indices where !plan.isCommanded(index) {
      types[index] = inferences[index].type
    }
    rowsRead += result.rowCount - result.badRows.count
    try scanOn()
    correctedTypes = types
    return true
  }

  /// At the end: whether samples have shown something that no row has, as behind a limit.
  private mutating func settleAssumption() {
    guard samples != nil else { return }
    let found = types.indices.map { plan.isCommanded($0) ? types[$0] : inferences[$0].type }
    if found != types { correctedTypes = found }
    samples = nil
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
  /// Of streams, keeps what is read from a place on; nothing of those before it.
  fileprivate func keepInputs(from place: ReadingPlace) {
    for (index, input) in inputs.enumerated() where index <= place.input {
      input.keep(from: index < place.input ? .max : place.offset)
    }
  }

  fileprivate var firstPlace: ReadingPlace {
    span?.start.place ?? ReadingPlace(offset: inputs[0].dataOffset)
  }

  /// Reads in tables of `rows` rows each.
  package func chunks(rows: Int, types: ParsedChunks.Types = .unknown) throws(CSVError)
    -> ParsedChunks
  {
    try ParsedChunks(self, rows: rows, types: types)
  }

  /// The same inputs, of which these columns are read alone.
  package func reading(columns: [String]) -> CSVReader {
    var options = options
    options.columns = columns
    let names = Set(columns)
    options.types = options.types.filter { names.contains($0.key) }
    options.dateFormats = options.dateFormats.filter { names.contains($0.key) }
    options.columnNullValues = options.columnNullValues.filter { names.contains($0.key) }
    return CSVReader(self, options: options)
  }

  /// The names of the columns that are read, in order.
  package func columnNames() throws(CSVError) -> [String] {
    options.columns ?? inputs[0].head.uniqueNames().names
  }

  /// The columns whose cells may make a row bad.
  package var commandedColumns: Set<String> {
    Set(options.types.keys).union(options.dateFormats.keys)
  }

  /// Whether bad rows are left out.
  package var leavesOutBadRows: Bool {
    if case .fail = options.badRows { false } else { true }
  }

  /// Whether the inputs can be read more than once.
  package var isRereadable: Bool { inputs.allSatisfy(\.isRereadable) }

  /// The names of the inputs; standard input is none.
  package var paths: [String] { inputs.map(\.name).filter { $0 != "standard input" } }

  /// About how many bytes a record has, by the first ones; nil where nothing is known.
  package var recordSize: Int? {
    let first = inputs[0].bytes(inputs[0].dataOffset..<inputs[0].dataOffset + (1 << 16))
    guard !first.isEmpty else { return nil }
    let (lines, returns) = first.reduce(into: (0, 0)) { counts, byte in
      if byte == 10 { counts.0 += 1 } else if byte == 13 { counts.1 += 1 }
    }
    // Without a line's end, a record is longer than what was looked at.
    return first.count / max(1, lines, returns)
  }
}
