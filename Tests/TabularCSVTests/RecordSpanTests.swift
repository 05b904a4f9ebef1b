import Foundation
import TabularFiles
import Testing

@testable import TabularCSV

/// Parts of inputs are, one after the other, the inputs.
struct RecordSpanTests {
  /// All spans of a reader, by searches that talk in lockstep; and how often they talked.
  private static func spans(_ reader: CSVReader, _ count: Int) throws
    -> (spans: [RecordSpan], rounds: Int)
  {
    var searches: [SpanSearch] = []
    for rank in 0..<count { searches.append(try SpanSearch(reader, rank: rank, of: count)) }
    for round in 1...(count + 1) {
      let messages = searches.map(\.message)
      var spans: [RecordSpan] = []
      for rank in 0..<count {
        if let span = try searches[rank].take(messages) { spans.append(span) }
      }
      if spans.count == count { return (spans, round) }
      #expect(spans.isEmpty)
    }
    Issue.record("\(count) searches did not agree")
    return ([], 0)
  }

  /// Rows as text with input and record, and bad rows: of everything, or of parts put together.
  private struct Content: Equatable {
    var rows: [String] = []
    var bad: [String] = []

    mutating func add(_ table: ParsedTable) {
      let places = table.runs.flatMap { run in
        (run.record..<(run.record + run.count)).map { "\(run.input):\($0)" }
      }
      #expect(places.count == table.rowCount)
      for (row, place) in places.enumerated() {
        rows.append(place + table.columns.map { "|" + ($0.described(row) ?? "~") }.joined())
      }
      bad += table.report.badRows.map { "\($0.record ?? -1) \($0) <\($0.text ?? "")>" }
    }
  }

  private static func check(
    _ reader: CSVReader,
    parts: Int,
    _ place: @autoclosure () -> String
  ) throws {
    var whole = Content()
    whole.add(try reader.read())
    let (spans, _) = try spans(reader, parts)
    #expect(spans.first?.start == reader.firstRecord)
    var found = Content()
    var chunked = Content()
    for (index, span) in spans.enumerated() {
      if index > 0 { #expect(span.start == spans[index - 1].end, "\(place())") }
      let part = reader.part(span)
      found.add(try part.read())
      var chunks = try part.chunks(rows: 3)
      while let table = try chunks.next() { chunked.add(table) }
      // A table of bad rows alone is none; the report has them.
      chunked.bad.removeAll()
    }
    #expect(found == whole, "\(place())")
    #expect(chunked.rows == whole.rows, "\(place())")
  }

  /// Quoted line ends, ragged and irregular rows, any line end, in parts of any size.
  @Test func partsOfRandomTexts() throws {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    let alphabet = Array("a1\"\",,\n\n\r;".utf8)
    for number in 0..<(LongTests.areWanted ? 20_000 : 120) {
      let bytes =
        number % 3 == 0
        ? (0..<Int.random(in: 1...400, using: &random)).map { _ in
          alphabet.randomElement(using: &random) ?? 0
        } : RandomCSV.text(&random)
      var options = CSVReadingOptions(hasHeader: false, allText: true, badRows: .collect)
      options.chunkSize = [64, 300, 1 << 18].randomElement(using: &random) ?? 64
      options.threads = Int.random(in: 1...3, using: &random)
      options.skip = [0, 0, 3].randomElement(using: &random) ?? 0
      if number % 7 == 0 { options.quoting = .lenient }
      if number % 5 == 0 { options.comment = "a" }
      guard let reader = try? CSVReader(bytes: bytes, options: options) else { continue }
      let parts = Int.random(in: 1...6, using: &random)
      try Self.check(
        reader,
        parts: parts,
        "seed \(seed), text \(number), \(parts) parts: \(String(decoding: bytes, as: UTF8.self))"
      )
    }
  }

  /// Several files, some without rows, with headers and lines to skip; and streams, undivided.
  @Test func partsOfSeveralFiles() throws {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    try withTemporaryFolder { folder in
      for number in 0..<(LongTests.areWanted ? 1_000 : 15) {
        var paths: [String] = []
        for file in 0..<Int.random(in: 1...4, using: &random) {
          let rows = (0..<Int.random(in: 0...20, using: &random)).map { row in
            ["\(row),x\n", "\"\n\(row)\",\"\"\"\"\n", "\(row)\n", "\n", "1,\"\r\n\"\r\n", "2,\r"]
              .randomElement(using: &random) ?? ""
          }
          let path = folder.appending(path: "\(number)-\(file).csv")
          try Data("skipped\na,b\n\(rows.joined())".utf8).write(to: path)
          paths.append(path.path)
        }
        for encoding in [CSVReadingOptions.Encoding.utf8, .latin1] {
          for skip in [0, 4] {
            var options = CSVReadingOptions(allText: true, badRows: .collect, encoding: encoding)
            (options.skipLines, options.skip, options.chunkSize) = (1, skip, 70)
            let reader = try CSVReader(paths: paths, options: options)
            let parts = Int.random(in: 1...7, using: &random)
            try Self.check(reader, parts: parts, "seed \(seed), \(number), \(encoding), \(skip)")
          }
        }
      }
    }
  }

  /// Parts are of about the same size, and found at once where quotes are regular: also within
  /// texts of many lines.
  @Test func regularTextsAreDividedAtOnce() throws {
    let row = "1,\"a text\nof \"\"three\"\"\nlines, quoted\",2.5\n"
    let bytes = Array("n,t,x\n".utf8) + (0..<5_000).flatMap { _ in Array(row.utf8) }
    let reader = try CSVReader(bytes: bytes)
    for parts in [2, 3, 8] {
      let (spans, rounds) = try Self.spans(reader, parts)
      #expect(rounds == 1)
      for span in spans {
        let size = (span.end.input > 0 ? bytes.count : span.end.offset) - span.start.offset
        #expect(abs(size - bytes.count / parts) < 2 * row.utf8.count)
        #expect(span.start.line == 2 + 3 * span.start.record)
      }
    }
  }

  /// Errors in a part say the place in the whole file.
  @Test func errorsSayThePlaceInTheFile() throws {
    var text = "a,b\n"
    for row in 0..<1_000 { text += row == 900 ? "\"x\"y,1\n" : "\"1\n2\",\(row)\n" }
    let reader = try CSVReader(bytes: Array(text.utf8))
    let whole = #expect(throws: CSVError.self) { try reader.read() }
    let (spans, _) = try Self.spans(reader, 3)
    #expect(try reader.part(spans[0]).read().rowCount == spans[0].end.record)
    let part = #expect(throws: CSVError.self) { try reader.part(spans[2]).read() }
    #expect(part?.description == whole?.description && part?.record == 900)
    #expect(part?.line == 2 + 2 * 900)
  }

  /// Each part has the types of the whole, also where its own cells are narrower.
  @Test func partsHaveTheTypesOfTheWhole() throws {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    for number in 0..<(LongTests.areWanted ? 5_000 : 60) {
      let bytes = RandomCSV.text(&random)
      let options = CSVReadingOptions(hasHeader: false, badRows: .skip())
      guard let reader = try? CSVReader(bytes: bytes, options: options) else { continue }
      let whole = try reader.read()
      let parts = try Self.spans(reader, Int.random(in: 1...4, using: &random)).spans
        .map { reader.part($0) }
      // By a reading for the types alone, and by one that assumes them.
      let found = try parts.map { try $0.chunks(rows: 5).observed }
      let assumed = try parts.map { part in
        var chunks = try part.chunks(rows: 5, types: .assumed)
        while try chunks.next() != nil {}
        return chunks.observed
      }
      #expect(found == assumed, "seed \(seed), text \(number)")
      let types = try parts[0].chunks(rows: 5).types(ofParts: found)
      #expect(types == whole.columns.map(\.values.type), "seed \(seed), text \(number)")
      var cells: [[String]] = whole.columns.map { _ in [] }
      for part in parts {
        var chunks = try part.chunks(rows: 5, types: .known(types))
        while let table = try chunks.next() {
          for (index, column) in table.columns.enumerated() {
            cells[index] += (0..<table.rowCount).map { column.described($0) ?? "~" }
          }
        }
      }
      let expected = whole.columns.map { column in
        (0..<whole.rowCount).map { column.described($0) ?? "~" }
      }
      #expect(cells == expected, "seed \(seed), text \(number)")
    }
    let one = try CSVReader(bytes: Array("a\n1\n".utf8)).chunks(rows: 1)
    let error = #expect(throws: CSVError.self) { try one.types(ofParts: [[0, 0, 0, 0]]) }
    #expect(
      error?.description
        == "bytes in memory: expected the same columns in all processes, 1 of them, found 2 in another one"
    )
  }

  @Test func oneProcessHasEverything() throws {
    let reader = try CSVReader(bytes: Array("a\n1\n2\n".utf8))
    let span = try reader.span(0, of: 1) { [$0] }
    #expect(span.start.offset == 2 && span.end.input == 1)
    #expect(span.end.recordCounts == [2])
    #expect(try reader.part(span).read().rowCount == 2)
    struct Broken: Error {}
    #expect(throws: Broken.self) { try reader.span(0, of: 2) { _ in throw Broken() } }
  }
}
