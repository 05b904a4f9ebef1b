import Foundation
import TabularCSV
import TabularFiles
import Testing

@testable import TabularFrame

struct DataFrameTests {
  @Test func tellsItsShapeColumnsAndTypes() throws {
    let frame = try everyType()
    #expect(frame.shape == (rows: 3, columns: 7))
    #expect(
      frame.columns == ["bool", "int64", "float64", "date", "datetime", "string", "category"]
    )
    #expect(frame.types.map(\.type.rawValue) == frame.columns)
    #expect(frame.rowIDs == (0..<3).map { RowID(record: $0) })
    #expect(frame.namedColumns.allSatisfy { $0.column.nullCount == 1 && $0.column.isNull(1) })
    #expect(DataFrame().shape == (rows: 0, columns: 0))
  }

  @Test func refusesRepeatedNamesAndOtherLengths() {
    #expect(
      message { try DataFrame([("a", Column([1])), ("a", Column([2]))]) }
        == "two columns are named 'a'"
    )
    #expect(
      message { try DataFrame([("a", Column([1])), ("b", Column([1, 2]))]) }
        == "column 'b' has 2 rows, expected 1"
    )
  }

  @Test func readsColumnsByName() throws {
    let frame = try people()
    #expect(try frame["name"] == Column(["Ann", "Bo", nil, "Di"]))
    #expect(try Array(frame["age", as: Int64.self]) == [31, nil, 7, 40])
    #expect(try Array(frame["age", as: Int.self]) == [31, nil, 7, 40])
    #expect(try Array(frame["age", as: Double.self]) == [31, nil, 7, 40])
    #expect(try Array(frame["fare", as: Float.self]) == [7.25, 0.5, 12, nil])
    #expect(try frame[["age", "name"]].columns == ["age", "name"])
    #expect(message { try frame[["age", "age"]] } == "column 'age' is selected twice")
    #expect(
      message { try frame["name", as: Int64.self] }
        == "column 'name' is of type string, and cannot be read as Int64"
    )
    #expect(
      message { try frame["fare", as: Int64.self] }
        == "column 'fare' is of type float64, and cannot be read as Int64"
    )
  }

  @Test(arguments: [
    ("Name", "no column 'Name'; did you mean 'name'?"),
    ("ages", "no column 'ages'; did you mean 'age'?"),
    ("zzzzzzz", "no column 'zzzzzzz'; there are: name, age, fare, alive"),
  ])
  func namesTheNearestColumns(name: String, expected: String) throws {
    let frame = try people()
    #expect(message { try frame[name] } == expected)
    #expect(message { try DataFrame()[name] } == "no column '\(name)'; there are none")
  }

  @Test func assignsReplacesAndRemovesColumns() throws {
    var frame = try people()
    frame["age"] = Column([1, 2, 3, 4])
    frame["new"] = Column(["a", "b", "c", "d"])
    #expect(frame.columns == ["name", "age", "fare", "alive", "new"])
    #expect(try frame["age"] == Column([1, 2, 3, 4]))
    frame["name"] = nil
    frame["never there"] = nil
    #expect(frame.columns == ["age", "fare", "alive", "new"])
    #expect(throws: FrameError.self) { try frame["never there"] }

    var empty = DataFrame()
    empty["x"] = Column([1, 2])
    #expect(empty.shape == (rows: 2, columns: 1) && empty.rowIDs.count == 2)
    empty["x"] = nil
    #expect(empty.shape == (rows: 2, columns: 0))
  }

  @Test func trapsOnAColumnOfAnotherLength() async {
    await #expect(processExitsWith: .failure) {
      var frame = try people()
      frame["age"] = Column([1])
    }
  }

  @Test func copiesAreIndependent() throws {
    let original = try people()
    var copy = original
    copy["age"] = try copy["age"].fillNulls(0)
    copy["fare"] = nil
    #expect(try original["age"] == Column([31, nil, 7, 40]))
    #expect(original.columns.contains("fare"))
    #expect(try copy["age"] == Column([31, 0, 7, 40]))
    #expect(original != copy)
    #expect(try original == people())
  }

  @Test func equalityIsOfNamesOrderAndBytes() throws {
    let frame = try DataFrame([("a", Column([Double.nan])), ("b", Column(["\u{E9}"]))])
    let same = try DataFrame([("a", Column([Double.nan])), ("b", Column(["\u{E9}"]))])
    let decomposed = try DataFrame([("a", Column([Double.nan])), ("b", Column(["e\u{301}"]))])
    #expect(frame == same)
    #expect(try frame != frame[["b", "a"]])
    #expect(frame != decomposed)
    #expect(Column([1]) != Column([1.0]))
  }
}

// CSV in and out.
extension DataFrameTests {
  @Test func writesWhatItReads() throws {
    let frame = try everyType()
    let text = """
      bool,int64,float64,date,datetime,string,category
      true,-9223372036854775808,0.1,1969-12-31,1969-12-31T23:59:59.999999Z,"",x
      ,,,,,,
      false,9223372036854775807,-5e-324,2020-02-29,2020-02-29T00:00:00.5Z,\
      a text longer than twelve bytes,x

      """
    #expect(frame.csv() == text)
    let options = CSVReadingOptions(types: ["category": .category])
    #expect(try DataFrame(csv: text, options: options) == frame)
    try withTemporaryFile("frame.csv") { path in
      try frame.writeCSV(to: path)
      #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
      #expect(try DataFrame(contentsOfCSV: path, options: options) == frame)
    }
  }

  @Test(arguments: [
    ["", nil, "a,b", "\"", "say \"no\"", "two\nlines", "cr\rlf\r\n", " space ", ";", "\t", "'"],
    [nil, nil], ["", ""], [nil, "", nil], ["\u{FEFF}marked"],
    ["NA", "null", "caf\u{E9}", "\u{1F6A2}"],
  ])
  func textSurvivesInAnyDialect(texts: [String?]) throws {
    // Alone in its table, and beside another column: a blank line is a null only alone.
    let alone = try DataFrame([("x", Column(texts))])
    let beside = try DataFrame([
      ("\u{FEFF}x", Column(texts)), ("y", Column(texts.map { $0 == nil ? 1 : nil })),
    ])
    for frame in [alone, beside] {
      for dialect in [CSVDialect.rfc4180, CSVDialect(delimiter: UInt8(ascii: ";"), quote: 39)] {
        let options = CSVReadingOptions(dialect: dialect, types: frame.typeCommands)
        #expect(try DataFrame(csv: frame.csv(dialect: dialect), options: options) == frame)
      }
    }
  }

  @Test(arguments: [":", "-", ".", "1", "T", "e"])
  func numbersAndDatesSurviveADelimiterThatOccursInThem(delimiter: Character) throws {
    let dialect = CSVDialect(delimiter: try #require(delimiter.asciiValue))
    let frame = try everyType()
    let options = CSVReadingOptions(dialect: dialect, types: frame.typeCommands)
    #expect(try DataFrame(csv: frame.csv(dialect: dialect), options: options) == frame)
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func doublesSurviveToTheLastBit(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var values = (0..<2_000).map { _ in Double(bitPattern: random.next()) }
    values += [0, -0.0, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
    let read = try DataFrame(csv: DataFrame([("x", Column(values))]).csv())["x", as: Double.self]
    for (value, found) in zip(values, read) {
      // NaN is no value, in a file as in a step.
      #expect(
        value.isNaN ? found == nil : found?.bitPattern == value.bitPattern,
        "seed \(seed), \(value)"
      )
    }
  }

  @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
  func randomFramesSurvive(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let rows = random.below(50)
    let alphabet = ["a", "\"", ",", "\n", "\r", " ", "\u{E9}", "NA", "-", "1", "true"]
    func values<Element>(_ make: () -> Element) -> [Element?] {
      (0..<rows).map { _ in random.chance(1, in: 4) ? nil : make() }
    }
    func text() -> String {
      (0..<random.below(20)).map { _ in random.pick(alphabet) }.joined()
    }
    let frame = try DataFrame([
      ("i", Column(values { Int64(bitPattern: random.next()) })),
      ("f", Column(values { random.unit() * 1e6 })),
      ("b", Column(values { random.chance(1, in: 2) })),
      ("d", Column(values { CalendarDate(daysSinceEpoch: Int32(random.below(2_000_000))) })),
      (
        "t",
        Column(values { Timestamp(microsecondsSinceEpoch: Int64(random.below(1 << 57)) - 1 << 55) })
      ),
      ("s", Column(values(text))), ("c", Column(values(text)).asCategory()),
    ])
    let read = try DataFrame(
      csv: frame.csv(),
      options: CSVReadingOptions(types: frame.typeCommands)
    )
    #expect(read == frame, "seed \(seed)")
  }

  @Test func anErrorCarriesTheFloorBelow() throws {
    let error = #expect(throws: FrameError.self) { try DataFrame(csv: "a,b\n1,2\n3\n") }
    #expect(error?.kind == .csv)
    #expect((error?.underlying as? CSVError)?.line == 3)
    let missing = #expect(throws: FrameError.self) {
      try DataFrame(contentsOfCSV: "/nowhere/at/all.csv")
    }
    #expect(missing?.message.contains("/nowhere/at/all.csv") == true)
    let unwritable = #expect(throws: FrameError.self) {
      try people().writeCSV(to: "/nowhere/at/all.csv")
    }
    #expect(unwritable?.kind == .file && unwritable?.underlying is FileError)
  }

  @Test func badRowsLeaveTheirRecordsOutOfTheRowIDs() throws {
    let text = "a,b\n1,2\nbad\n3,4\n\n5\"6,7\n8,9\n"
    try withTemporaryFile("bad.csv") { path in
      try Data(text.utf8).write(to: URL(filePath: path))
      let (frame, report) = try DataFrame.readCSV(
        path,
        options: CSVReadingOptions(badRows: .collect)
      )
      #expect(frame.rowIDs.map(\.record) == [0, 2, 4])
      #expect(try frame["a"] == Column([1, 3, 8]))
      let bad = DataFrame(badRows: report.badRows)
      #expect(bad.columns == ["line", "byte_offset", "column", "expected", "found", "text"])
      #expect(try bad["line"] == Column([3, 6]))
      #expect(try bad["text"] == Column(["bad", "5\"6,7"]))
      #expect(DataFrame(badRows: []).shape == (rows: 0, columns: 6))
    }
  }
}
