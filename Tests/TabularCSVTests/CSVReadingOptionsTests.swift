import Foundation
import Testing

@testable import TabularCSV

/// Each option, for one thread and several, chunks small and large, and both scanners.
struct CSVReadingOptionsTests {
  /// Columns as text; all ways of reading must agree.
  static func read(
    _ text: String,
    _ change: (inout CSVReadingOptions) -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [String] {
    var options = CSVReadingOptions()
    change(&options)
    var first: [String]?
    for scanner in [CSVReadingOptions.Scanner.vector, .reference] {
      for (threads, chunkSize) in [(1, 1 << 20), (3, 16), (1, 16), (2, 64)] {
        options.scanner = scanner
        options.threads = threads
        options.chunkSize = chunkSize
        let table = try CSVReader(bytes: Array(text.utf8), name: "f", options: options).read()
        let found = table.columns.map { column in
          "\(column.name) \(column.values.type): "
            + (0..<table.rowCount).map { column.shown($0) }.joined(separator: "|")
        }
        if let first {
          #expect(found == first, "\(threads) \(chunkSize)", sourceLocation: sourceLocation)
        }
        first = first ?? found
      }
    }
    return first ?? []
  }

  @Test func skipsLinesCommentsAndFooters() throws {
    let text = "a report\r\n\"with a quote\nx,y\n# it's \"odd\n1,2\n#\n3,4\nTotal: \"2\n\nend,\n"
    #expect(
      try Self.read(text) {
        $0.skipLines = 2
        $0.comment = "#"
        $0.skipFooterLines = 3
      } == ["x int64: 1|3", "y int64: 2|4"]
    )
    #expect(
      try Self.read("x\n1\n2\n") { $0.skipFooterLines = 5 } == ["x string: "]
    )
  }

  @Test func skipsAndLimitsRows() throws {
    let text = "x\n" + (0..<50).map { "\($0)\n" }.joined() + "end\n"
    #expect(try Self.read(text) { $0.skip = 47 } == ["x string: 47|48|49|end"])
    #expect(try Self.read(text) { ($0.skip, $0.limit) = (10, 3) } == ["x int64: 10|11|12"])
    #expect(try Self.read(text) { $0.limit = 0 } == ["x string: "])
    #expect(try Self.read(text) { $0.skip = 99 } == ["x string: "])
    // What stands behind the limit is neither read nor bad.
    #expect(try Self.read("x,y\n1,2\n3\n") { $0.limit = 1 } == ["x int64: 1", "y int64: 2"])
  }

  @Test func numbersWrittenInOtherWays() throws {
    let text = "a;b;c\n1,5;1.234.567;x\n-2;12;1.5\n,5;1.234,5;\n"
    #expect(
      try Self.read(text) {
        $0.dialect.delimiter = UInt8(ascii: ";")
        $0.decimalComma = true
        $0.thousandsSeparator = "."
      } == ["a float64: 1.5|-2.0|0.5", "b float64: 1234567.0|12.0|1234.5", "c string: x|1.5|~"]
    )
    #expect(
      try Self.read("a,b\n\"1,234\",\"1,23\"\n\"12,345,678\",5\n") { $0.thousandsSeparator = "," }
        == ["a int64: 1234|12345678", "b string: 1,23|5"]
    )
    // A point makes text where the comma is decimal.
    #expect(
      try Self.read("a;b\n1.5;NA\n2;7,0\n") {
        $0.dialect.delimiter = UInt8(ascii: ";")
        $0.decimalComma = true
      } == ["a string: 1.5|2", "b float64: ~|7.0"]
    )
  }

  @Test func nullsPerColumnAndInQuotes() throws {
    let text = "a,b\n-9,-9\n\"-9\",\"\"\n1,NA\n"
    #expect(
      try Self.read(text) { $0.columnNullValues = ["a": ["-9"]] }
        == ["a int64: ~|~|1", "b int64: -9|~|~"]
    )
    #expect(
      try Self.read(text) {
        $0.nullValues = ["-9"]
        $0.quotedNulls = false
      } == ["a int64: ~|-9|1", "b string: ~||NA"]
    )
  }

  /// A word for true that is a number makes no bool of a column, whatever a sample saw of it.
  @Test func takesNumbersForTrueOnCommand() throws {
    let text = "x,y\n" + String(repeating: "true,0\n", count: 20_000) + "1,1\n"
    let words = { (options: inout CSVReadingOptions) in
      options.trueWords = ["1"]
      options.falseWords = ["0"]
    }
    let inferred = try Self.read(text, words).map { $0.prefix { $0 != ":" } }
    #expect(inferred == ["x string", "y int64"])
    let commanded = try Self.read("x\n1\n0\ntrue\n") {
      words(&$0)
      $0.types = ["x": .bool]
    }
    #expect(commanded == ["x bool: true|false|true"])
  }

  @Test func trimsWordsAndDates() throws {
    let text = "a,b,c,d\n 5 ,yes,31.12.2024,1/2/2024 7:05\n7,no,1.1.1970,12/31/1969 23:59\n\t, ,,\n"
    #expect(
      try Self.read(text) {
        $0.trimsCells = true
        $0.trueWords = ["yes"]
        $0.falseWords = ["no"]
        $0.dateFormats = ["c": "%d.%m.%Y", "d": "%m/%d/%Y %H:%M"]
      } == [
        "a int64: 5|7|~", "b bool: true|false|~", "c date: 20088|0|~",
        "d datetime: 1704179100000000|-60000000|~",
      ]
    )
    let error = #expect(throws: CSVError.self) {
      try Self.read("c\n29.02.2023\n") { $0.dateFormats = ["c": "%d.%m.%Y"] }
    }
    #expect(
      error?.description == "f, line 2, byte 2, column 'c': expected date written as %d.%m.%Y, "
        + "found '29.02.2023'"
    )
    #expect(throws: CSVError.self) { try Self.read("c\n1\n") { $0.dateFormats = ["c": "%Q"] } }
  }

  @Test func lenientQuotes() throws {
    let text = "a,b\nx\"y,\"p\"q\"\n5\" tall,\"two\nlines\"\nz,\"open\n"
    let found = try Self.read(text) { $0.quoting = .lenient }
    #expect(found == ["a string: x\"y|5\" tall|z", "b string: p\"q|two\nlines|open\n"])
    #expect(throws: CSVError.self) { try Self.read(text) { _ in } }
  }

  @Test(arguments: [
    (
      "a;b\n1;2\n3;4\n",
      "cells are separated by semicolon, 2 in a record; the first record is the header"
    ),
    ("1\t2.5\n3\t4\n", "cells are separated by tab, 2 in a record; there is no header"),
    (
      "a|b,c|d\n1|2,3|4\n",
      "cells are separated by pipe, 3 in a record; the first record is the header"
    ),
    ("x\n1\n", "cells are separated by comma, 1 in a record; the first record is the header"),
    (
      "\"a;b\",c\n\"d;e\",f\n",
      "cells are separated by comma, 2 in a record; the first record is the header"
    ),
  ])
  func findsTheDialect(text: String, notice: String) throws {
    var options = CSVReadingOptions()
    options.detectsDialect = true
    let table = try CSVReader(bytes: Array(text.utf8), options: options).read()
    #expect(table.report.notices.first == notice)
  }

  @Test func severalFilesAreOneTable() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in [
      ("1.csv", "x,y\n1,a\n2,b"), ("2.csv", "\u{FEFF}x,y\r\n"), ("3.csv", "x,y\n3,c\n4\n5.5,d\n"),
    ] {
      try Data(text.utf8).write(to: folder.appending(path: name))
    }
    for (threads, chunkSize) in [(1, 1 << 20), (3, 4), (2, 1 << 20)] {
      var options = CSVReadingOptions(badRows: .collect, threads: threads)
      options.chunkSize = chunkSize
      options.fileColumn = "file"
      let table = try CSVReader(paths: ["\(folder.path)/*.csv"], options: options).read()
      let shown = table.columns.map { column in (0..<4).map { column.shown($0) } }
      #expect(shown[0] == ["1.0", "2.0", "3.0", "5.5"] && shown[1] == ["a", "b", "c", "d"])
      #expect(shown[2] == [1, 1, 3, 3].map { "\(folder.path)/\($0).csv" })
      #expect(
        table.runs == [
          RecordRun(input: 0, record: 0, count: 2), RecordRun(input: 2, record: 0, count: 1),
          RecordRun(input: 2, record: 2, count: 1),
        ]
      )
      let bad = try #require(table.report.badRows.first)
      #expect(bad.file.hasSuffix("/3.csv") && bad.line == 3 && bad.byteOffset == 8)
    }
    try Data("x,z\n".utf8).write(to: folder.appending(path: "4.csv"))
    let error = #expect(throws: CSVError.self) {
      try CSVReader(paths: ["\(folder.path)/*.csv"]).read()
    }
    #expect(error?.kind == .header && error?.file.hasSuffix("4.csv") == true)
  }
}

extension ParsedColumn {
  /// A value as a person would write it.
  func shown(_ row: Int) -> String {
    guard let text = described(row) else { return "~" }
    if case .float64 = values { return UInt64(text).map { "\(Double(bitPattern: $0))" } ?? text }
    return text.hasPrefix("'") ? String(text.dropFirst().dropLast()) : text
  }
}
