import Testing

@testable import TabularCSV

struct CSVReaderTests {
  static func types(_ text: String, _ options: CSVReadingOptions = CSVReadingOptions()) throws
    -> [ColumnType]
  {
    var options = options
    options.chunkSize = 16
    return try CSVReader(bytes: Array(text.utf8), options: options).read().columns.map(
      \.values.type
    )
  }

  static func message(_ text: String, _ options: CSVReadingOptions = CSVReadingOptions()) -> String
  {
    do throws(CSVError) {
      _ = try CSVReader(bytes: Array(text.utf8), name: "f.csv", options: options).read()
      return "no error"
    } catch {
      return error.description
    }
  }

  /// The classic traps: design.md, section 2.
  @Test(arguments: [
    (["1", "2"], ColumnType.int64), (["1", "", "3"], .int64), (["1", "2.5"], .float64),
    (["2.5", "1"], .float64), (["007"], .string), (["1", "007"], .string), (["+5"], .string),
    ([" 5"], .string), (["5 "], .string), (["0x10"], .string), (["1_000"], .string),
    (["9007199254740993"], .int64), (["9007199254740993", "0.5"], .string),
    (["0.5", "9007199254740993"], .string), (["9223372036854775808"], .string),
    (["9007199254740992", "0.5"], .float64), (["1e5", "2"], .float64), (["-0", "1"], .int64),
    (["true", "FALSE"], .bool), (["t"], .string), (["true", "1"], .string),
    (["2020-02-29"], .date), (["1900-02-29"], .string), (["2020-01-01T10:00"], .datetime),
    (["2020-01-01 24:00"], .string), (["2020-01-01", "2020-01-01T10:00"], .string),
    (["", ""], .string), (["\"\""], .string), (["1", "\"\""], .int64), (["\"1\""], .int64),
    (["NA", "1"], .int64), (["1", "NA", "2.5", "NA"], .float64), (["NA", "null", "1"], .string),
    (["NA", "DE"], .string), (["NA", "NA"], .string), (["NA", "true"], .string),
    (["inf"], .float64),
    (["a", "1"], .string),
  ])
  func infersTypes(cells: [String], type: ColumnType) throws {
    // A second column, so that an empty cell is no blank line.
    let text = "x,y\n" + cells.map { "\($0),0\n" }.joined()
    #expect(try Self.types(text)[0] == type)
    // The same cells far behind the first block, in both directions.
    let filler = String(repeating: ",0\n", count: 20)
    #expect(try Self.types("x,y\n" + filler + cells.map { "\($0),0\n" }.joined())[0] == type)
    #expect(
      try Self.types("x,y\n\(cells[0]),0\n" + filler + cells.map { "\($0),0\n" }.joined())[0]
        == type
    )
  }

  @Test func aLateTextCellMakesTextOfTheWholeColumn() throws {
    let text = "x\n" + (0..<10_000).map { "\($0)\n" }.joined() + "-0\nend\n"
    var options = CSVReadingOptions()
    options.chunkSize = 4096
    let reader = try CSVReader(bytes: Array(text.utf8), options: options)
    let column = try #require(try reader.read().columns.first)
    #expect(column.values.type == .string)
    #expect(column.text(0) == "0" && column.text(9_999) == "9999")
    #expect(column.text(10_000) == "-0" && column.text(10_001) == "end")
  }

  @Test func countsNullWordsOnce() throws {
    for filler in [0, 100] {
      let text = "x\n" + String(repeating: "4\n", count: filler + 1) + "NA\n5\nNA\n"
      var options = CSVReadingOptions()
      options.chunkSize = 64
      let table = try CSVReader(bytes: Array(text.utf8), options: options).read()
      #expect(table.columns[0].nullCount == 2)
      #expect(table.report.notices == ["column 'x' is numeric but for 'NA', read as null 2 times"])
    }
  }

  @Test func blankLinesAreNullsOnlyInOneColumn() throws {
    let one = try CSVReader(bytes: Array("x\n1\n\n3\n".utf8)).read()
    #expect(one.rowCount == 3 && one.columns[0].nullCount == 1)
    let two = try CSVReader(bytes: Array("x,y\n\n1,2\n\n\n3,4\n".utf8)).read()
    #expect(two.rowCount == 2 && two.records == [0, 1])
  }

  @Test func errorsSayWhereWhatAndWhy() {
    #expect(Self.message("") == "f.csv, line 1, byte 0: expected a header, found an empty file")
    #expect(
      Self.message("a,b\n1,2\n3\n") == "f.csv, line 3, byte 8: expected 2 cells, found 1"
    )
    #expect(
      Self.message("a,b\n\"x\ny\",2\n3,4,5\n")
        == "f.csv, line 4, byte 12: expected 2 cells, found 3"
    )
    #expect(
      Self.message("a,b\n1,x\"y\n")
        == "f.csv, line 2, byte 7: expected quotes only around a whole cell, "
        + "found a quote inside an unquoted cell"
    )
    #expect(
      Self.message("a,b\n1,\"x\n") == "f.csv, line 2, byte 6: expected a closing quote, "
        + "found the end of the input"
    )
    let typed = CSVReadingOptions(types: ["b": .int64])
    #expect(
      Self.message("a,b\n\"p,\nq\",12x\n", typed)
        == "f.csv, line 3, byte 11, column 'b': expected int64, found '12x'"
    )
    #expect(
      Self.message("a\n1\n", CSVReadingOptions(types: ["c": .bool]))
        == "f.csv, line 1, column 'c': expected one of the columns 'a', found no such column"
    )
    #expect(
      Self.message("a,b\n1,2\n", CSVReadingOptions(expectedHeader: ["a", "c"]))
        == "f.csv, line 1, byte 0: expected the header 'a,c', found 'a,b'"
    )
  }

  @Test func invalidUTF8IsABadRow() throws {
    let reader = try CSVReader(bytes: Array("a,b\nx,".utf8) + [0xC3, 0x28, 10], name: "f.csv")
    let error = #expect(throws: CSVError.self) { try reader.read() }
    #expect(error?.kind == .encoding && error?.byteOffset == 6 && error?.column == "b")
  }

  @Test func skipsAndCollectsBadRows() throws {
    let text = "a,b\n1,2\n3\n4,5\n6,7,8\n9,x\n"
    var options = CSVReadingOptions(types: ["b": .int64], badRows: .collect)
    let table = try CSVReader(bytes: Array(text.utf8), options: options).read()
    #expect(table.rowCount == 2 && table.records == [0, 2])
    #expect(table.report.badRows.map(\.line) == [3, 5, 6])
    #expect(table.report.badRows.map(\.text) == ["3", "6,7,8", "9,x"])
    options.badRows = .skip()
    #expect(try CSVReader(bytes: Array(text.utf8), options: options).read().report.badRowCount == 3)
    options.badRows = .skip(limit: 2)
    #expect(throws: CSVError.self) {
      try CSVReader(bytes: Array(text.utf8), options: options).read()
    }
  }

  /// A cell that does not fit stands before a row that is too short, in the same chunk.
  @Test func theFirstBadRowIsTheFirst() throws {
    let text = "a,b\n1,2\n3,x\n5\n6,y\n7,8,9\n"
    let typed = CSVReadingOptions(types: ["b": .int64])
    #expect(Self.message(text, typed).hasPrefix("f.csv, line 3, "))
    for (limit, line) in [(0, 3), (1, 4), (2, 5), (3, 6)] {
      var options = typed
      options.badRows = .skip(limit: limit)
      #expect(Self.message(text, options).hasPrefix("f.csv, line \(line), "))
    }
  }

  @Test func headersBecomeUniqueNames() throws {
    let table = try CSVReader(bytes: Array("a,,a,a_2\n1,2,3,4\n".utf8)).read()
    #expect(table.columns.map(\.name) == ["a", "column_2", "a_3", "a_2"])
    #expect(table.report.notices.count == 2)
    let none = CSVReadingOptions(hasHeader: false)
    #expect(
      try CSVReader(bytes: Array("5,6\n".utf8), options: none).read().columns.map(\.name)
        == ["column_1", "column_2"]
    )
  }

  @Test func optionsProjectLimitAndNull() throws {
    let options = CSVReadingOptions(
      nullValues: ["-9"],
      columns: ["c", "a"],
      badRows: .fail,
      limit: 2
    )
    let table = try CSVReader(
      bytes: Array("a,b,c\n1,x,-9\n2,y,4\n3\n".utf8),
      options: options
    ).read()
    #expect(table.columns.map(\.name) == ["c", "a"] && table.rowCount == 2)
    #expect(table.columns[0].nullCount == 1 && table.columns[0].values.type == .int64)
    let text = try CSVReader(
      bytes: Array("a,b\n01,\n".utf8),
      options: CSVReadingOptions(allText: true)
    ).read()
    #expect(text.columns.map { $0.text(0) } == ["01", ""])
  }

  @Test func categoriesAreCodedInOrderOfAppearance() throws {
    let options = CSVReadingOptions(types: ["s": .category])
    let table = try CSVReader(bytes: Array("s\nb\na\nb\n\nc\n".utf8), options: options).read()
    guard case .category(let codes, _, let count, _) = table.columns[0].values else {
      Issue.record("no category")
      return
    }
    #expect(count == 3 && table.columns[0].nullCount == 1)
    #expect(
      (0..<5).map { codes.pointer.load(fromByteOffset: $0 * 4, as: Int32.self) } == [0, 1, 0, 0, 2]
    )
  }
}

extension ParsedColumn.Values {
  var type: ColumnType {
    switch self {
    case .bool: .bool
    case .int64: .int64
    case .float64: .float64
    case .date: .date
    case .datetime: .datetime
    case .string: .string
    case .category: .category
    }
  }
}
