import Testing

@testable import TabularCSV

/// Cells that readers of CSVs get wrong, with the values that they must have.
struct ClassicTrapTests {
  /// A column of cells, and how it is read: its type and its values.
  struct Trap: Sendable, CustomTestStringConvertible {
    let cells: [String]
    let expected: String

    init(_ cells: [String], _ expected: String) { (self.cells, self.expected) = (cells, expected) }

    var testDescription: String { cells.joined(separator: " | ") }
  }

  static let integers = [
    Trap(["007", "12"], "string: 007|12"), Trap(["12", "007"], "string: 12|007"),
    Trap(["+5", "1"], "string: +5|1"), Trap([" 5", "1"], "string:  5|1"),
    Trap(["5 ", "1"], "string: 5 |1"), Trap(["1_000"], "string: 1_000"),
    Trap(["0x10"], "string: 0x10"), Trap(["-0", "7"], "int64: 0|7"),
    Trap(["1", "", "3"], "int64: 1|~|3"), Trap(["", "", "3"], "int64: ~|~|3"),
    Trap(["1,000"], "string: 1,000"), Trap(["٣"], "string: ٣"), Trap(["１"], "string: １"),
    Trap(["--1"], "string: --1"), Trap(["1-"], "string: 1-"), Trap(["00"], "string: 00"),
    Trap(
      ["9223372036854775807", "-9223372036854775808"],
      "int64: 9223372036854775807|-9223372036854775808"
    ),
    Trap(["9223372036854775808", "1"], "string: 9223372036854775808|1"),
    Trap(["1", "-9223372036854775809"], "string: 1|-9223372036854775809"),
    Trap(["18446744073709551616"], "string: 18446744073709551616"),
    Trap(["9007199254740993"], "int64: 9007199254740993"),
  ]

  static let floats = [
    Trap(["9007199254740993", "0.5"], "string: 9007199254740993|0.5"),
    Trap(["9007199254740992", "0.5"], "float64: 9007199254740992.0|0.5"),
    // An identifier of this form is a number to every reader: `types` keeps it.
    Trap(["1e5", "2"], "float64: 100000.0|2.0"), Trap(["1e5", "12ab"], "string: 1e5|12ab"),
    Trap(["12e4", "A17"], "string: 12e4|A17"), Trap(["-0", "0.5"], "float64: -0.0|0.5"),
    Trap(["-0.0", "1"], "float64: -0.0|1.0"), Trap(["0.1", ""], "float64: 0.1|~"),
    Trap(["inf", "-inf", "1.5"], "float64: inf|-inf|1.5"),
    Trap(["Infinity", "2"], "float64: inf|2.0"), Trap(["nan", "1.5"], "float64: ~|1.5"),
    Trap(["NaN", "nan", "1.5"], "string: NaN|nan|1.5"), Trap(["nan"], "string: nan"),
    Trap(["1e400", "1"], "float64: inf|1.0"), Trap(["1e-400", "1"], "float64: 0.0|1.0"),
    Trap(["1.5e", "1"], "string: 1.5e|1"), Trap([".5", "5."], "float64: 0.5|5.0"),
    Trap(["1.000.000"], "string: 1.000.000"), Trap(["1,5"], "string: 1,5"),
    Trap(["0.30000000000000004"], "float64: 0.30000000000000004"),
  ]

  static let words = [
    Trap(["NA", "DE", "FR"], "string: NA|DE|FR"), Trap(["DE", "NA"], "string: DE|NA"),
    Trap(["NA"], "string: NA"), Trap(["NA", "12"], "int64: ~|12"),
    Trap(["null", "None"], "string: null|None"), Trap(["-", "1"], "int64: ~|1"),
    Trap(["NA", "?", "1"], "string: NA|?|1"), Trap(["TRUE", "false"], "bool: true|false"),
    Trap(["t", "f"], "string: t|f"), Trap(["yes"], "string: yes"),
    Trap(["true", "1"], "string: true|1"), Trap(["true", ""], "bool: true|~"),
    Trap(["", ""], "string: ~|~"), Trap(["\"\"", ""], "string: |~"),
    Trap(["\"\"", "\"\""], "string: |"), Trap(["True", "NA"], "string: True|NA"),
    Trap(["MARCH1", "SEPT2"], "string: MARCH1|SEPT2"),
  ]

  static let dates = [
    Trap(["1900-02-28"], "date: -25509"), Trap(["1900-02-29"], "string: 1900-02-29"),
    Trap(["2000-02-29"], "date: 11016"), Trap(["2024-02-30"], "string: 2024-02-30"),
    Trap(["0000-02-29"], "date: -719469"), Trap(["9999-12-31"], "date: 2932896"),
    Trap(["2024-1-1"], "string: 2024-1-1"), Trap(["01/02/2024"], "string: 01/02/2024"),
    Trap(["20240101", "20240102"], "int64: 20240101|20240102"),
    Trap(["2024-01-01 24:00"], "string: 2024-01-01 24:00"),
    Trap(["2024-01-01 23:60"], "string: 2024-01-01 23:60"),
    Trap(["2016-12-31 23:59:60"], "string: 2016-12-31 23:59:60"),
    Trap(["1970-01-01T00:00:00.0000001"], "string: 1970-01-01T00:00:00.0000001"),
    Trap(["1970-01-01T01:00:00.000001+01:00"], "datetime: 1"),
    Trap(["1969-12-31 23:59:59.5"], "datetime: -500000"),
    Trap(["2024-01-01", "2024-01-01 10:00"], "string: 2024-01-01|2024-01-01 10:00"),
  ]

  /// Alone, behind rows without a value, and far behind the first chunk.
  @Test(arguments: integers + floats + words + dates)
  func isReadAsItIsMeant(_ trap: Trap) throws {
    // A second column, so that an empty cell is no blank line.
    let rows = trap.cells.map { cell in
      (cell.contains(",") ? "\"\(cell)\"" : cell) + ",0\n"
    }.joined()
    let filler = String(repeating: ",0\n", count: 30)
    let found = try CSVReadingOptionsTests.read("x,y\n" + rows) { _ in }
    #expect(found[0] == "x \(trap.expected)")
    let late = try CSVReadingOptionsTests.read("x,y\n" + filler + rows) { _ in }
    let values = trap.expected.split(
      separator: ": ",
      maxSplits: 1,
      omittingEmptySubsequences: false
    )
    #expect(
      late[0] == "x \(values[0]): " + String(repeating: "~|", count: 30) + String(values[1])
    )
  }

  /// A column of integers, and a text at its end: 10 million rows with `TABULAR_LONG_TESTS=1`.
  @Test func aTextBehindMillionsOfIntegers() throws {
    let count = LongTests.areWanted ? 10_000_000 : 200_000
    var bytes: [UInt8] = Array("n,x\n".utf8)
    bytes.reserveCapacity(count * 10)
    for row in 0..<count {
      bytes += String(row).utf8
      bytes += [44, 49, 10]
    }
    bytes += Array("end,2\n".utf8)
    let table = try CSVReader(bytes: bytes).read()
    #expect(table.rowCount == count + 1 && table.columns[0].nullCount == 0)
    #expect(table.columns[0].values.type == .string && table.columns[1].values.type == .int64)
    var isEqual = true
    for row in 0..<count {
      let text = table.columns[0].text(row)
      isEqual = isEqual && text == String(row)
    }
    #expect(isEqual && table.columns[0].text(count) == "end")
  }

  /// What a column is commanded to be, it is: an identifier keeps its form.
  @Test func anIdentifierThatLooksLikeANumberIsKept() throws {
    let found = try CSVReadingOptionsTests.read("id\n007\n1e5\n+5\n9223372036854775808\n") {
      $0.types = ["id": .string]
    }
    #expect(found == ["id string: 007|1e5|+5|9223372036854775808"])
  }

  /// A word for true that is a number is so only where a bool is commanded, in any order of cells.
  @Test func wordsThatAreNumbers() throws {
    for text in ["b\ntrue\n1\n", "b\n" + String(repeating: "true\n", count: 3_000) + "1\n"] {
      func change(_ options: inout CSVReadingOptions) { options.trueWords = ["1", "yes"] }
      #expect(try CSVReadingOptionsTests.read(text, change)[0].hasPrefix("b string: true|"))
      let commanded = try CSVReadingOptionsTests.read(text) {
        change(&$0)
        $0.types = ["b": .bool]
      }
      #expect(commanded[0].hasPrefix("b bool: true|") && commanded[0].hasSuffix("|true"))
    }
    #expect(
      try CSVReadingOptionsTests.read("b,n\nyes,1\ntrue,0\n") { $0.trueWords = ["1", "yes"] }
        == ["b bool: true|true", "n int64: 1|0"]
    )
  }
}
