import Foundation
import Testing

@testable import TabularCSV

/// Files that are packed, in other encodings, in pipes: the same table as from memory.
struct SourcesTests {
  static let text = "name,x\n" + (0..<5_000).map { "ä\($0),\($0).5\n" }.joined() + "NA,NA\n"

  /// Runs a shell command over the text, in a folder of its own; nil where a tool is missing.
  private static func outcome(
    of command: String,
    name: String,
    _ options: CSVReadingOptions = CSVReadingOptions()
  ) throws -> [String]? {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(text.utf8).write(to: folder.appending(path: "t.csv"))
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", command]
    process.currentDirectoryURL = folder
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    return try described(
      try CSVReader(path: folder.appending(path: name).path, options: options).read()
    )
  }

  static func described(_ table: ParsedTable) throws -> [String] {
    table.columns.map { column in
      "\(column.name) \(column.values.type) \(column.nullCount) "
        + (0..<table.rowCount).map { column.described($0) ?? "~" }.joined(separator: "|")
    }
  }

  private static func expected() throws -> [String] {
    try described(try CSVReader(bytes: Array(text.utf8)).read())
  }

  @Test(arguments: [
    ("cat t.csv > o", CSVReadingOptions.Encoding.utf8), ("gzip -c t.csv > o", .utf8),
    ("(head -n 99 t.csv | gzip; tail -n +100 t.csv | gzip) > o", .utf8),
    ("zstd -q -c t.csv > o", .utf8), ("iconv -t UTF-16 t.csv > o", .utf16),
    ("iconv -t UTF-16BE t.csv | sed '1s/^/\\xfe\\xff/' > o", .utf16),
    ("iconv -t ISO-8859-1 t.csv > o", .latin1),
    ("iconv -t ISO-8859-1 t.csv | gzip > o", .latin1),
  ])
  func readsWhatMemoryHolds(command: String, encoding: CSVReadingOptions.Encoding) throws {
    for threads in [1, 3] {
      for chunkSize in [512, 256 * 1024] {
        var options = CSVReadingOptions(encoding: encoding, threads: threads)
        options.chunkSize = chunkSize
        // A missing tool is said in the log, and no failure.
        guard let found = try Self.outcome(of: command, name: "o", options) else {
          print("skipped: \(command)")
          return
        }
        #expect(try found == Self.expected())
      }
    }
  }

  /// The type proposal of a packed file fails late: it is opened again.
  @Test func readsAStreamAgainWhereATypeFails() throws {
    let command = "(echo x; seq 1 90000; echo end) | gzip > o"
    let found = try #require(try Self.outcome(of: command, name: "o"))
    #expect(found[0].hasPrefix("x string 0 '1'|'2'|"))
    #expect(found[0].hasSuffix("|'90000'|'end'"))
  }

  @Test func readsAStreamOfOneColumnWithoutAHeader() throws {
    let options = CSVReadingOptions(hasHeader: false)
    let found = try #require(try Self.outcome(of: "seq 1 5 | gzip > o", name: "o", options))
    #expect(found == ["column_1 int64 0 1|2|3|4|5"])
  }

  /// Several streams in tables of a few rows: the second is longer than the first.
  @Test func readsStreamsOneAfterTheOtherInParts() throws {
    try withTemporaryFolder { folder in
      var paths: [String] = []
      for (name, rows) in [("a", 10), ("b", 3_000), ("c", 1)] {
        let path = folder.appending(path: "\(name).csv")
        let lines = (0..<rows).map { "\(name)\($0)\n" }.joined()
        try Data("x\n\(lines)".utf8).write(to: path)
        paths.append(path.path)
      }
      let options = CSVReadingOptions(encoding: .latin1)
      let reader = try CSVReader(paths: paths, options: options, inParts: true)
      var chunks = try reader.chunks(rows: 700)
      var found: [String?] = []
      while let table = try chunks.next() {
        found += (0..<table.rowCount).map { table.columns[0].text($0) }
      }
      #expect(found == (0..<10).map { "a\($0)" } + (0..<3_000).map { "b\($0)" } + ["c0"])
    }
  }

  @Test func aDamagedFileIsOneError() throws {
    let command = "gzip -c t.csv | head -c 5000 > o"
    let error = #expect(throws: CSVError.self) { try Self.outcome(of: command, name: "o") }
    #expect(
      error?.description.hasSuffix("the gzip data ends in the middle; is the file complete?")
        == true
    )
  }

  @Test func aFileThatTheKernelMakesUpIsRead() throws {
    var options = CSVReadingOptions(hasHeader: false)
    options.dialect.delimiter = UInt8(ascii: "\t")
    options.badRows = .skip()
    #expect(try CSVReader(path: "/proc/cpuinfo", options: options).read().rowCount > 0)
  }
}
