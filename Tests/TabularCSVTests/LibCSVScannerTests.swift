import Foundation
import Testing

@testable import TabularCSV

/// `../shared` beside the checkout; tests that need it skip where it is missing.
let shared = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared")
let hasShared = FileManager.default.fileExists(atPath: shared.path)

struct LibCSVScannerTests {
  /// Records as text; a bad one as its problem, byte and line.
  static func scan(_ text: String, chunk: Int = .max, dialect: CSVDialect = .rfc4180) -> [String] {
    records(of: Array(text.utf8), LibCSVScanner(dialect: dialect), chunk: chunk)
  }

  /// Records as text; a bad one as its problem, byte and line.
  static func records(
    of bytes: [UInt8],
    _ scanner: some RecordScanner,
    chunk: Int = .max,
    positions: Bool = false
  ) -> [String] {
    var scanner = scanner
    var result: [String] = []
    var start = 0
    while true {
      let end = start + min(chunk, bytes.count - start)
      var block = RecordBlock()
      bytes[start..<end].withUnsafeBufferPointer {
        scanner.scan($0, isLast: start == bytes.count, into: &block)
      }
      for record in block.records {
        if let problem = record.problem {
          result.append(
            "\(problem.kind) at \(problem.byteOffset), line \(record.line), \(record.bytes)"
          )
        } else {
          let cells = block.cells[record.firstCell..<(record.firstCell + record.cellCount)]
          let text = cells.map { $0.isMissing ? "~" : block.string($0) }.joined(separator: "|")
          result.append(positions ? "\(record.line), \(record.bytes): \(text)" : text)
        }
      }
      if start == bytes.count { return result }
      start = end
    }
  }

  @Test(arguments: [
    ("a,b\n1,2\n", ["a|b", "1|2"]),
    ("a,b\r\n1,2", ["a|b", "1|2"]),
    ("a,b\r1,2\r", ["a|b", "1|2"]),
    ("\u{FEFF}a,b\n", ["a|b"]),
    ("a,\n,\"\"\n", ["a|~", "~|"]),
    ("\"x,y\",\"he said \"\"hi\"\"\"\n", ["x,y|he said \"hi\""]),
    ("\"two\r\nlines\",z\n", ["two\r\nlines|z"]),
    (" a , b \n", [" a | b "]),
    ("a\n\nb\r\n\r\n", ["a", "", "b", ""]),
    ("", []),
    ("x", ["x"]),
    ("x,", ["x|~"]),
  ])
  func readsRecords(text: String, expected: [String]) {
    for chunk in [1, 2, 3, 5, 7, .max] { #expect(Self.scan(text, chunk: chunk) == expected) }
  }

  @Test(arguments: [
    ("a,b\n1,x\"y\n3,4\n", ["a|b", "quoteInUnquotedCell at 7, line 2, 4..<9", "3|4"]),
    ("a,b\r\n1,\"x\"y\r\n3,4", ["a|b", "textAfterQuote at 10, line 2, 5..<11", "3|4"]),
    ("a,b\n1,\"x\n3,4\n", ["a|b", "unclosedQuote at 6, line 2, 4..<8", "3|4"]),
    (
      "1,\"a\"\"b\n\"\"x",
      ["unclosedQuote at 2, line 1, 0..<7", "textAfterQuote at 10, line 2, 8..<11"]
    ),
    ("\"p\nq\"z\nr\n", ["textAfterQuote at 5, line 1, 0..<6", "r"]),
    ("\"", ["unclosedQuote at 0, line 1, 0..<1"]),
  ])
  func goesOnAfterABadRecord(text: String, expected: [String]) {
    for chunk in [1, 2, 3, 5, 7, .max] { #expect(Self.scan(text, chunk: chunk) == expected) }
  }

  @Test func takesOtherDelimitersAndQuotes() {
    let dialect = CSVDialect(delimiter: UInt8(ascii: "\t"), quote: UInt8(ascii: "'"))
    #expect(Self.scan("a\t'b\tc'\t\"d\"\n", dialect: dialect) == ["a|b\tc|\"d\""])
  }

  /// Files and expected records: ../shared/data/csv-suite, from the public csv-test-data.
  @Test(.enabled(if: hasShared, "../shared is missing"))
  func readsThePublicSuite() throws {
    let folder = shared.appending(path: "data/csv-suite")
    let names = try FileManager.default.contentsOfDirectory(
      atPath: folder.appending(path: "csv").path
    )
    #expect(names.count == 25)
    for name in names.sorted() {
      let bytes = [UInt8](try Data(contentsOf: folder.appending(path: "csv/\(name)")))
      if name.hasPrefix("bad-") {
        let options = CSVReadingOptions(
          expectedHeader: name.hasPrefix("bad-header") ? ["foo", "bar", "baz"] : nil
        )
        #expect(throws: CSVError.self, "\(name)") {
          try CSVReader(bytes: bytes, name: name, options: options).read()
        }
        continue
      }
      let json = folder.appending(path: "json/\(name.replacing(".csv", with: ".json"))")
      let expected = try JSONSerialization.jsonObject(with: Data(contentsOf: json))
      let isTable = name.hasPrefix("header-")
      let options = CSVReadingOptions(hasHeader: isTable, allText: true)
      let table = try CSVReader(bytes: bytes, name: name, options: options).read()
      if isTable {
        let rows = try #require(expected as? [[String: String]])
        #expect(table.rowCount == rows.count, "\(name)")
        for column in table.columns {
          for (i, row) in rows.enumerated() {
            #expect(column.text(i) == row[column.name], "\(name)")
          }
        }
      } else {
        let rows = try #require(expected as? [[String]])
        #expect(table.rowCount == rows.count, "\(name)")
        for (i, row) in rows.enumerated() {
          #expect(table.columns.map { $0.text(i) } == row, "\(name)")
        }
      }
    }
  }

  /// The plain version: Python's csv reads the same cells of well-formed text (RFC 4180).
  @Test func readsBackRandomRecords() {
    var random = SystemRandomNumberGenerator()
    let seed = UInt64.random(in: 0...999_999, using: &random)
    var generator = TestRandom(seed: seed)
    let pieces = ["", "a", "ä", "\"", ",", "\n", "\r\n", "x y", "😎", "0123456789abc"]
    for _ in 0..<300 {
      let width = Int.random(in: 1...5, using: &generator)
      let rows = (0..<Int.random(in: 1...8, using: &generator)).map { _ in
        (0..<width).map { _ in
          (0..<Int.random(in: 0...3, using: &generator))
            .map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
        }
      }
      let end = Bool.random(using: &generator) ? "\n" : "\r\n"
      let text = rows.map { row in
        row.map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }.joined(separator: ",")
      }.joined(separator: end)
      let chunk = Int.random(in: 1...40, using: &generator)
      let expected = rows.map { $0.joined(separator: "|") }
      #expect(Self.scan(text, chunk: chunk) == expected, "seed \(seed)")
    }
  }
}

/// splitmix64, so that a printed seed repeats a run.
struct TestRandom: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
