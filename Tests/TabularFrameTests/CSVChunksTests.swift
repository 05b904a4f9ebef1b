import Foundation
import TabularCSV
import TabularFrame
import Testing

/// Frames of a number of rows are slices of the frame that is read at once.
struct CSVChunksTests {
  private static func text(rows: Int, _ random: inout SplitMix64) -> String {
    let words = ["", "a", "ä😎", "\"x\ny\"", "\"a, \"\"b\"\"\"", "a text longer than twelve bytes"]
    let end = random.pick(["\n", "\r\n", "\r"])
    var text = "id,number,late,word,day,flag\n".replacing("\n", with: end)
    for row in 0..<rows {
      let late = row > rows / 2 ? "1.5" : "\(random.below(9))"
      text += "\(row),\(random.below(5) == 0 ? "NA" : "\(random.below(100)).25"),\(late),"
      text += "\(random.pick(words)),2024-02-\(10 + random.below(19)),true\(end)"
      // Blank lines, and rows that are none.
      switch random.below(20) {
      case 0: text += end
      case 1: text += "short,row\(end)"
      case 2: text += "#, \" a comment\(end)"
      default: break
      }
    }
    return text
  }

  private static func options(_ random: inout SplitMix64) -> CSVReadingOptions {
    var options = CSVReadingOptions(badRows: .skip(), comment: "#")
    options.quoting = random.below(4) == 0 ? .lenient : .strict
    options.threads = 1 + random.below(3)
    options.chunkSize = random.pick([64, 100, 1000, 1 << 18])
    options.skip = random.pick([0, 0, 0, 7])
    options.limit = random.pick([nil, nil, nil, 0, 20])
    return options
  }

  private static func check(
    _ path: String,
    rows: Int,
    _ options: CSVReadingOptions,
    equal whole: (frame: DataFrame, report: CSVReport),
    _ comment: Comment
  ) throws {
    var chunks = try DataFrame.chunks(ofCSV: path, rows: rows, options: options)
    var row = 0
    while let frame = try chunks.next() {
      let count = min(rows, whole.frame.rowCount - row)
      try #require(frame.rowCount == count, comment)
      try #require(frame == whole.frame.iloc[row..<(row + count)], comment)
      try #require(frame.rowIDs == Array(whole.frame.rowIDs[row..<(row + count)]), comment)
      row += count
    }
    #expect(row == whole.frame.rowCount, comment)
    #expect(try chunks.next() == nil)
    #expect(chunks.report.nullWords.map(\.count) == whole.report.nullWords.map(\.count), comment)
    if options.limit == nil {
      #expect(chunks.report.badRowCount == whole.report.badRowCount, comment)
      #expect(
        chunks.report.badRows.first?.byteOffset == whole.report.badRows.first?.byteOffset
          && chunks.report.badRows.first?.line == whole.report.badRows.first?.line,
        comment
      )
    }
  }

  @Test func areSlicesOfTheWhole() throws {
    let seed = UInt64.random(in: 0...999_999)
    var random = SplitMix64(seed: seed)
    for run in 0..<60 {
      let text = Self.text(rows: random.below(120), &random)
      let options = Self.options(&random)
      let rows = random.pick([1, 2, 7, 50, 1_000_000])
      let comment: Comment = "seed \(seed), run \(run), rows \(rows), \(options)"
      try withTemporaryFile("t.csv") { path in
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let whole = try DataFrame.readCSV(path, options: options)
        try Self.check(path, rows: rows, options, equal: whole, comment)
        try shell("gzip -k \(path)")
        try Self.check(path + ".gz", rows: rows, options, equal: whole, comment)
      }
    }
  }

  @Test func areReadOfAPipeAsTheyCome() throws {
    try withTemporaryFile("pipe") { path in
      let writer = try start("(echo 'a,b'; seq -f '%.0f,x' 1 200000) > \(path)", mkfifo: path)
      defer { writer.waitUntilExit() }
      var chunks = try DataFrame.chunks(ofCSV: path, rows: 30_000)
      var rows = 0
      while let frame = try chunks.next() {
        #expect(frame.types.map(\.type) == [.int64, .string])
        #expect(try frame["a"][0] == .int64(Int64(rows + 1)))
        rows += frame.rowCount
      }
      #expect(rows == 200_000)
    }
  }

  /// What cannot be read twice has the types of its first rows.
  @Test(arguments: [
    (
      "a,b\n1,2\n3,4\n5,x\n",
      ", line 4, byte 14, column 'b': expected int64, as in the first 2 rows "
        + "(give the column's type), found 'x'"
    ),
    (
      "a,b\n1,\n3,\n5,6\n",
      ", column 'b': expected string, as in the first 2 rows (give the column's type), "
        + "found int64 within the first 3"
    ),
  ])
  func refuseWhatTheFirstRowsDidNotShow(text: String, ending: String) throws {
    try withTemporaryFile("pipe") { path in
      let writer = try start("printf '%s' '\(text)' > \(path)", mkfifo: path)
      defer { writer.waitUntilExit() }
      var chunks = try DataFrame.chunks(ofCSV: path, rows: 2)
      #expect(try chunks.next()?.rowCount == 2)
      #expect(message { try chunks.next() } == path + ending)
    }
  }

  @Test func refuseChunksOfNoRows() {
    #expect(
      message { try DataFrame.chunks(ofCSV: "t.csv", rows: 0) }
        == "chunks of 0 rows, expected 1 or more"
    )
  }

  private func shell(_ command: String) throws {
    let process = try start(command)
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(command)")
  }

  /// Starts a command, which may write to a new pipe.
  private func start(_ command: String, mkfifo path: String? = nil) throws -> Process {
    if let path { try #require(mkfifo(path, 0o600) == 0) }
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", command]
    try process.run()
    return process
  }
}
