import Testing

@testable import TabularCSV

/// What is said of cells that do not fit, and of options that do not fit the input.
struct MalformedValueTests {
  private static func typed(
    _ type: ColumnType,
    _ cell: String,
    found: String? = nil
  ) -> Malformed {
    let end = cell.contains("\n") ? 3 : 2
    return Malformed(
      "\(type) \(cell)",
      "x,y\n\(cell),1\n",
      "f.csv, line 2, byte 4, column 'x': expected \(type), found '\(found ?? cell)'"
    ) { $0.types = ["x": type, "y": end == 2 ? .int64 : .string] }
  }

  static let types = [
    typed(.bool, "1"), typed(.bool, "t"), typed(.int64, "12x"), typed(.int64, "1.0"),
    typed(.int64, "007"), typed(.int64, "+5"), typed(.int64, "NA"), typed(.int64, " 5"),
    typed(.int64, "9223372036854775808"), typed(.float64, "1,5", found: "1,5"),
    typed(.float64, "9007199254740993"), typed(.float64, "nan"), typed(.date, "1900-02-29"),
    typed(.date, "2024-1-1"), typed(.datetime, "2024-01-01 24:00"),
    typed(.datetime, "2024-01-01"), typed(.int64, "\"12\n\"", found: "12\\n"),
    typed(.int64, "1\0", found: "1\\0"), typed(.int64, "\u{1B}[2J", found: "\\u{1B}[2J"),
    typed(.int64, "1\u{2028}2", found: "1\\u{2028}2"),
    typed(
      .bool,
      String(repeating: "ä", count: 59),
      found: String(repeating: "ä", count: 59)
    ),
    typed(
      .bool,
      String(repeating: "ä", count: 61),
      found: String(repeating: "ä", count: 57) + "..."
    ),
  ].filter { $0.name != "float64 1,5" }

  static let options = [
    Malformed(
      "a date in another format",
      "x\n2024-12-31\n",
      "f.csv, line 2, byte 2, column 'x': expected date written as %d.%m.%Y, found '2024-12-31'"
    ) { $0.dateFormats = ["x": "%d.%m.%Y"] },
    Malformed(
      "more bad rows than may be",
      "a,b\n1\n1,2\n2\n3\n",
      "f.csv, line 4, byte 10: expected at most 1 bad row, and 2 cells, found 1"
    ) { $0.badRows = .skip(limit: 1) },
    Malformed(
      "more than two bad rows",
      "a,b\n1\n1,2\n2\n3,4,5\n",
      "f.csv, line 5, byte 12: expected at most 2 bad rows, and 2 cells, found 3"
    ) { $0.badRows = .skip(limit: 2) },
    Malformed(
      "a type of no column",
      "a,b\n1,2\n",
      "f.csv, line 1, column 'c': expected one of the columns 'a', 'b', found no such column"
    ) { $0.types = ["c": .int64] },
    Malformed(
      "no such column to keep",
      "a,b\n1,2\n",
      "f.csv, line 1, column 'A': expected one of the columns 'a', 'b', found no such column"
    ) { $0.columns = ["a", "A"] },
    Malformed(
      "a column kept twice",
      "a,b\n1,2\n",
      "f.csv, column 'a': expected each column once, found it twice"
    ) { $0.columns = ["a", "b", "a"] },
    Malformed(
      "a format of no column",
      "a\n1\n",
      "f.csv, line 1, column 'day': expected one of the columns 'a', found no such column"
    ) { $0.dateFormats = ["day": "%Y-%m-%d"] },
    Malformed(
      "no such column among many, one named over two lines",
      (["x\ny"] + (2...30).map { "n\($0)" }).map { "\"\($0)\"" }.joined(separator: ",") + "\n",
      "f.csv, line 1, column 'q\\n': expected one of the columns 'x\\ny', "
        + (2...10).map { "'n\($0)'" }.joined(separator: ", ") + " and 20 more, found no such column"
    ) { $0.types = ["q\n": .int64] },
    Malformed(
      "a format without a day",
      "a\n1\n",
      "f.csv, column 'a': expected a date format of %Y, %m and %d, and %H %M %S %f %z if wanted, "
        + "found '%Y-%m'"
    ) { $0.dateFormats = ["a": "%Y-%m"] },
    Malformed(
      "another header",
      "a,\"b\nc\"\n1,2\n",
      "f.csv, line 1, byte 0: expected the header 'a,c', found 'a,b\\nc'"
    ) { $0.expectedHeader = ["a", "c"] },
    Malformed(
      "a header with one name twice",
      "a,a\n1,2\n",
      "f.csv, line 1, byte 0: expected the header 'a,b', found 'a,a'"
    ) { $0.expectedHeader = ["a", "b"] },
    Malformed("nothing", "", "f.csv, line 1, byte 0: expected a header, found an empty file"),
    Malformed(
      "a mark alone",
      "\u{FEFF}",
      "f.csv, line 1, byte 0: expected a header, found an empty file"
    ),
    Malformed(
      "nothing, without a header",
      "",
      "f.csv, line 1, byte 0: expected a record, found an empty file"
    ) { $0.hasHeader = false },
    Malformed(
      "line ends alone",
      "\r\n\n\r",
      "f.csv, line 1, byte 0: expected a header, found nothing but blank lines"
    ),
    Malformed(
      "comments alone",
      "# a\n# b",
      "f.csv, line 1, byte 0: expected a header, found nothing but blank lines and comments"
    ) { $0.comment = "#" },
    Malformed(
      "fewer lines than are skipped",
      "a\n1\n2\n",
      "f.csv, line 1, byte 0: expected a header behind 7 skipped lines, found the end of the input"
    ) { $0.skipLines = 7 },
    Malformed(
      "a column for files that is there",
      "a,b\n1,2\n",
      "f.csv, column 'b': expected another name for the column of file names, "
        + "found a column of that name"
    ) { $0.fileColumn = "b" },
  ]

  @Test(arguments: types + options)
  func isSaidInOneLine(_ input: Malformed) { #expect(input.found == input.message) }

  /// A header alone is a table without rows, and no error.
  @Test(arguments: ["a,b", "a,b\n", "a,b\r\n\r\n", "\u{FEFF}a,b\n\n", "\n\na,b"])
  func aHeaderAloneHasNoRows(text: String) {
    #expect(Malformed("", text, "").found == "no error, 0 rows")
  }

  static let clashes = [
    Malformed("quote", "a\n", "the options: expected a delimiter that is not the quote, found '\"'")
    {
      $0.dialect.delimiter = UInt8(ascii: "\"")
    },
    Malformed(
      "line end",
      "a\n",
      "the options: expected an ASCII delimiter that ends no line, found '\\n'"
    ) {
      $0.dialect.delimiter = 10
    },
    Malformed(
      "byte",
      "a\n",
      "the options: expected an ASCII delimiter that ends no line, found byte 167"
    ) {
      $0.dialect.delimiter = 0xA7
    },
    Malformed(
      "quote CR",
      "a\n",
      "the options: expected an ASCII quote that ends no line, found '\\r'"
    ) {
      $0.dialect.quote = 13
    },
    Malformed(
      "comment",
      "a\n",
      "the options: expected a comment prefix of 1 to 64 bytes within a line, found '#\\n'"
    ) {
      $0.comment = "#\n"
    },
    Malformed(
      "long comment",
      "a\n",
      "the options: expected a comment prefix of 1 to 64 bytes within a line, found 65 bytes"
    ) {
      $0.comment = String(repeating: "#", count: 65)
    },
    Malformed(
      "thousands",
      "a\n",
      "the options: expected an ASCII character between thousands that no number has otherwise, found '’'"
    ) {
      $0.thousandsSeparator = "’"
    },
    Malformed(
      "thousands decimal",
      "a\n",
      "the options: expected an ASCII character between thousands that no number has otherwise, found ','"
    ) {
      $0.thousandsSeparator = ","
      $0.decimalComma = true
    },
    Malformed("limit", "a\n", "the options: expected a limit of 0 or more, found -1") {
      $0.limit = -1
    },
    Malformed("skip", "a\n", "the options: expected a skip of 0 or more, found -1") {
      $0.skip = -1
    },
  ]

  @Test(arguments: clashes)
  func optionsThatClashAreRefused(_ input: Malformed) { #expect(input.found == input.message) }
}
