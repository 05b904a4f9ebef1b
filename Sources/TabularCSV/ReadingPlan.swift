/// Which columns are read, and as what.
struct ReadingPlan {
  /// Columns whose name is not the header's.
  let renamed: [(position: Int, header: String, name: String)]
  private struct Column {
    var name: String
    var position: Int
    var commanded: ColumnType?
    var rules: CellRules
  }
  private let columns: [Column]
  private let sample: TypeSampler
  private let input: CSVInput

  /// - Throws: `CSVError` of kind `column` when the options name a column that is not there.
  init(_ input: CSVInput, options: CSVReadingOptions) throws(CSVError) {
    self.input = input
    let (names, renamed) = input.head.uniqueNames()
    self.renamed = renamed
    let position = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    let named = Set(options.types.keys).union(options.dateFormats.keys)
      .union(options.columnNullValues.keys)
    for name in named.sorted() + (options.columns ?? []) where position[name] == nil {
      throw CSVError(
        .column,
        file: input.name,
        line: 1,
        column: name,
        expected: "one of the columns " + CSVError.list(names),
        found: "no such column"
      )
    }
    var kept: Set<String> = []
    for name in options.columns ?? [] where !kept.insert(name).inserted {
      throw CSVError(
        .column,
        file: input.name,
        column: name,
        expected: "each column once",
        found: "it twice"
      )
    }
    columns = try (options.columns ?? names).map { name throws(CSVError) in
      let rules = try Self.rules(of: name, options, input)
      var commanded = options.allText ? .string : options.types[name]
      if let dates = rules.dates, !options.allText {
        commanded = commanded ?? (dates.hasTime ? .datetime : .date)
      }
      return Column(
        name: name,
        position: position[name] ?? 0,
        commanded: commanded,
        rules: rules
      )
    }
    sample = TypeSampler(
      input,
      positions: columns.map(\.position),
      rules: columns.map(\.rules),
      options: options
    )
  }

  /// What the options say of a column's cells.
  private static func rules(of column: String, _ options: CSVReadingOptions, _ input: CSVInput)
    throws(CSVError) -> CellRules
  {
    var rules = CellRules()
    rules.quote = options.dialect.quote
    rules.emptyIsText = options.allText
    let nullValues = options.columnNullValues[column] ?? options.nullValues
    rules.nullValues = nullValues.sorted().map { Array($0.utf8) }
    rules.quotedNulls = options.quotedNulls
    rules.trims = options.trimsCells
    if options.decimalComma || options.thousandsSeparator != nil {
      rules.numbers = NumberFormat(
        decimal: UInt8(ascii: options.decimalComma ? "," : "."),
        thousands: options.thousandsSeparator?.asciiValue
      )
    }
    if let pattern = options.dateFormats[column] {
      guard let dates = DateFormat(pattern) else {
        throw CSVError(
          .column,
          file: input.name,
          column: column,
          expected: "a date format of %Y, %m and %d, and %H %M %S %f %z if wanted",
          found: CSVError.quoted(pattern)
        )
      }
      rules.dates = dates
    }
    // Else the type of a column with `true` and `1` would depend on which of them is read first.
    let plain = rules
    func words(_ words: Set<String>) -> [[UInt8]] {
      words.map { Array($0.utf8) }
        .filter { options.types[column] != nil || plain.isText($0) }
    }
    rules.trueWords = words(options.trueWords)
    rules.falseWords = words(options.falseWords)
    return rules
  }

  var columnCount: Int { columns.count }

  /// Whether the options say the type of every column.
  var isCommanded: Bool { columns.allSatisfy { $0.commanded != nil } }

  func isCommanded(_ index: Int) -> Bool { columns[index].commanded != nil }

  /// The types that are commanded, or that the samples show.
  var proposedTypes: [ColumnType] {
    columns.indices.map { columns[$0].commanded ?? sample.inferences[$0].type }
  }

  /// What the cells of the samples have in common.
  var sampleInferences: [TypeInference] { sample.inferences }

  func name(_ index: Int) -> String { columns[index].name }

  /// A task for each column, as the samples propose.
  func tasks(capacity: Int) throws(CSVError) -> [ColumnTask] {
    let size = max(0, (input.estimatedSize ?? 0) - input.dataOffset)
    let expected = min(capacity, sample.recordSize.map { size / $0 } ?? 0)
    var tasks: [ColumnTask] = []
    for (index, type) in proposedTypes.enumerated() {
      tasks.append(
        try task(
          index,
          as: type,
          capacity: capacity,
          expected: expected
        )
      )
    }
    return tasks
  }

  /// A task for one column, as a type.
  ///
  /// `fixedBy` is the number of rows that the type was taken from, where it can be changed no more.
  func task(
    _ index: Int,
    as type: ColumnType,
    capacity: Int,
    expected: Int,
    fixedBy: Int? = nil
  ) throws(CSVError) -> ColumnTask {
    try ColumnTask(
      name: columns[index].name,
      position: columns[index].position,
      type: type,
      isCommanded: columns[index].commanded != nil,
      fixedBy: columns[index].commanded == nil ? fixedBy : nil,
      rules: columns[index].rules,
      capacity: capacity,
      expected: expected
    )
  }
}
