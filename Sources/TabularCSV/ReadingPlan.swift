/// Which columns are read, and as what.
struct ReadingPlan {
  /// Columns whose name is not the header's.
  let renamed: [(position: Int, header: String, name: String)]
  private let columns: [(name: String, position: Int, commanded: ColumnType?)]
  private let rules: CellRules
  private let sample: TypeSampler
  private let input: CSVInput

  /// - Throws: `CSVError` of kind `column` when the options name a column that is not there.
  init(_ input: CSVInput, options: CSVReadingOptions) throws(CSVError) {
    self.input = input
    let (names, renamed) = input.head.uniqueNames()
    self.renamed = renamed
    let position = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    for name in options.types.keys.sorted() + (options.columns ?? []) where position[name] == nil {
      throw CSVError(
        .column,
        file: input.name,
        line: 1,
        column: name,
        expected: "one of the columns " + names.joined(separator: ", "),
        found: "no such column"
      )
    }
    columns = (options.columns ?? names).map { name in
      (name, position[name] ?? 0, options.allText ? .string : options.types[name])
    }
    var rules = CellRules()
    rules.quote = options.dialect.quote
    rules.emptyIsText = options.allText
    rules.nullValues = options.nullValues.sorted().map { Array($0.utf8) }
    self.rules = rules
    sample = TypeSampler(
      input,
      positions: columns.map(\.position),
      rules: columns.map { _ in rules },
      options: options
    )
  }

  var columnCount: Int { columns.count }

  /// A task for each column, as the samples propose.
  func tasks(capacity: Int) throws(CSVError) -> [ColumnTask] {
    let size = max(0, (input.estimatedSize ?? 0) - input.dataOffset)
    let expected = min(capacity, sample.recordSize.map { size / $0 } ?? 0)
    var tasks: [ColumnTask] = []
    for index in columns.indices {
      tasks.append(
        try task(
          index,
          as: columns[index].commanded ?? sample.inferences[index].type,
          capacity: capacity,
          expected: expected
        )
      )
    }
    return tasks
  }

  /// A task for one column, as a type.
  func task(_ index: Int, as type: ColumnType, capacity: Int, expected: Int) throws(CSVError)
    -> ColumnTask
  {
    try ColumnTask(
      name: columns[index].name,
      position: columns[index].position,
      type: type,
      isCommanded: columns[index].commanded != nil,
      rules: rules,
      capacity: capacity,
      expected: expected
    )
  }
}
