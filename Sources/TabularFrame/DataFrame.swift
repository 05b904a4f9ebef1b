internal import OrderedCollections
public import TabularCSV

/// A table: named, ordered columns of one length.
///
/// A value: copies share their columns until one is replaced. Selection speaks pandas.
///
/// ```swift
/// var passengers = try DataFrame(contentsOfCSV: "titanic.csv")
/// passengers["Sex"] = try passengers["Sex"].map(["male": 0, "female": 1])
/// passengers = try passengers.drop(columns: ["Name", "Ticket"])
/// print(passengers.iloc[0..<5], passengers.columns)
/// ```
public struct DataFrame: Sendable {
  var table: OrderedDictionary<String, Column>
  /// The number of rows.
  public private(set) var rowCount: Int
  package private(set) var ids: RowIDs

  init(table: OrderedDictionary<String, Column>, ids: RowIDs) {
    self.table = table
    self.ids = ids
    rowCount = ids.count
  }

  /// Creates a frame without columns and rows.
  public init() {
    self.init(table: [:], ids: RowIDs(records: 0))
  }

  /// Creates a frame from columns in this order.
  ///
  /// - Throws: `FrameError` when two columns have one name, or lengths differ.
  public init(_ columns: [(name: String, column: Column)]) throws(FrameError) {
    try self.init(columns, ids: nil)
  }

  package init(_ columns: [(name: String, column: Column)], ids: RowIDs?) throws(FrameError) {
    var table: OrderedDictionary<String, Column> = [:]
    let rows = ids?.count ?? columns.first?.column.count ?? 0
    for (name, column) in columns {
      guard table[name] == nil else {
        throw FrameError(.column, "two columns are named '\(name)'", column: name)
      }
      guard column.count == rows else {
        throw FrameError(
          .length,
          "column '\(name)' has \(column.count) rows, expected \(rows)",
          column: name
        )
      }
      table[name] = column
    }
    self.init(table: table, ids: ids ?? RowIDs(records: rows))
  }

  /// The column names in order.
  public var columns: [String] { Array(table.keys) }

  /// Rows and columns.
  public var shape: (rows: Int, columns: Int) { (rowCount, table.count) }

  /// Where each row came from.
  public var rowIDs: [RowID] { ids.array }

  /// The type of each column, in order.
  public var types: [(name: String, type: ColumnType)] {
    table.map { (name: $0.key, type: $0.value.type) }
  }
}

// Columns by name.
extension DataFrame {
  /// The column of a name.
  ///
  /// - Throws: `FrameError` of kind `column`, with the nearest names.
  public subscript(name: String) -> Column {
    get throws(FrameError) {
      guard let column = table[name] else { throw .unknownColumn(name, among: columns) }
      return column
    }
  }

  /// The column of a name, for assignment: nil removes it, a new name appends it.
  ///
  /// A column of another length than the frame's traps, unless the frame has neither columns nor
  /// rows.
  @_disfavoredOverload
  public subscript(name: String) -> Column? {
    get { table[name] }
    set {
      guard let newValue else {
        table.removeValue(forKey: name)
        return
      }
      if table.isEmpty, rowCount == 0 {
        rowCount = newValue.count
        ids = RowIDs(records: rowCount)
      }
      precondition(
        newValue.count == rowCount,
        "column '\(name)' has \(newValue.count) rows, the frame \(rowCount)"
      )
      table[name] = newValue
    }
  }

  /// The column of a name as values of one Swift type.
  ///
  /// - Throws: `FrameError` when the name is unknown, or the type does not fit.
  public subscript<Element: ColumnElement>(name: String, as type: Element.Type) -> TypedColumn<
    Element
  > {
    get throws(FrameError) {
      let column = try self[name]
      guard Element._reads(column.type) else {
        throw FrameError(
          .type,
          "column '\(name)' is of type \(column.type), and cannot be read as \(Element.self)",
          column: name
        )
      }
      return try TypedColumn(column)
    }
  }

  /// The columns of these names, in this order.
  ///
  /// - Throws: `FrameError` of kind `column` for an unknown or repeated name.
  public subscript(names: [String]) -> DataFrame {
    get throws(FrameError) { try select(names) }
  }
}

extension DataFrame: Equatable {
  /// Equal names in equal order, and equal columns; row ids do not count.
  public static func == (left: DataFrame, right: DataFrame) -> Bool {
    left.rowCount == right.rowCount && left.table == right.table
  }
}

// CSV in.
extension DataFrame {
  /// Reads a CSV file.
  ///
  /// `-` is standard input. Decisions taken on the way are logged as notices.
  ///
  /// - Throws: `FrameError` whose `underlying` is a `CSVError` with file, line, byte and column.
  public init(contentsOfCSV path: String, options: CSVReadingOptions = CSVReadingOptions())
    throws(FrameError)
  {
    let (frame, report) = try Self.readCSV(path, options: options)
    report.log(file: path)
    self = frame
  }

  /// Reads CSV text in memory.
  ///
  /// - Throws: `FrameError` whose `underlying` is a `CSVError` with line, byte and column.
  public init(csv text: String, options: CSVReadingOptions = CSVReadingOptions())
    throws(FrameError)
  {
    do throws(CSVError) {
      self.init(try CSVReader(bytes: Array(text.utf8), options: options).read())
    } catch {
      throw FrameError(error)
    }
  }

  /// Reads a CSV file, and tells what was decided and left out.
  ///
  /// - Throws: `FrameError` whose `underlying` is a `CSVError` with file, line, byte and column.
  public static func readCSV(_ path: String, options: CSVReadingOptions = CSVReadingOptions())
    throws(FrameError) -> (frame: DataFrame, report: CSVReport)
  {
    try readCSV([path], options: options)
  }

  /// Reads CSV files with the same header as one table, and tells what was decided and left out.
  ///
  /// A path may be a pattern with `*`, `?` and `[...]`. A row's id says which file it is from.
  ///
  /// - Throws: `FrameError` whose `underlying` is a `CSVError` with file, line, byte and column.
  public static func readCSV(_ paths: [String], options: CSVReadingOptions = CSVReadingOptions())
    throws(FrameError) -> (frame: DataFrame, report: CSVReport)
  {
    do throws(CSVError) {
      let parsed = try CSVReader(paths: paths, options: options).read()
      return (DataFrame(parsed), parsed.report)
    } catch {
      throw FrameError(error)
    }
  }

  init(_ parsed: ParsedTable) {
    let ids = RowIDs(
      runs: parsed.runs.map { (RowID(file: $0.input, record: $0.record), $0.count) }
    )
    var table: OrderedDictionary<String, Column> = [:]
    for column in parsed.columns { table[column.name] = Column(column, count: parsed.rowCount) }
    self.init(table: table, ids: ids)
  }
}

extension DataFrame {
  /// Bad rows as a frame: line, byte offset, column, expected, found, and the text of the row.
  public init(badRows: [CSVError]) {
    self.init()
    self["line"] = Column(badRows.map(\.line))
    self["byte_offset"] = Column(badRows.map(\.byteOffset))
    self["column"] = Column(badRows.map(\.column))
    self["expected"] = Column(badRows.map(\.expected))
    self["found"] = Column(badRows.map(\.found))
    self["text"] = Column(badRows.map(\.text))
  }
}
