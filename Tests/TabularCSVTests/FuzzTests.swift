import Foundation
import TabularFiles
import Testing

@testable import TabularCSV

/// Mutated inputs under random options: no crash, and the vector scanner, the reference, any number
/// of threads, any chunk size and reading in parts give the same table or the same refusal.
struct FuzzTests {
  /// Inputs worth mutating.
  static let corpus: [[UInt8]] =
    [
      "a,b\n1,2\n3,4\n", "a,b\r\n1,\"x\r\ny\"\r\n", "a\rb\rc", "\u{FEFF}a,b\n,\n\"\",\"\"\n",
      "x\n\n1\n\n", "a,b\n1,x\"y\n2,\"z\"w\n3,\"open\n4,5\n", "a;b\n1,5;1.234.567\n-2;12\n",
      "# c \"\na,b\n#\n1,2\n# end", "a,a,,a_2\n1,2,3,4\n",
      "d,t\n2024-02-29,2024-02-29T23:59:59.5Z\n",
      "n\n1\nNA\n2.5\nNaN\n", "n\n9007199254740993\n0.5\n", "n\n-0\n007\n+5\n1e400\n1e-400\n",
      "b\ntrue\nFALSE\n\n", "s\n" + String(repeating: "0123456789ab\n", count: 20),
      "s,t\n\"" + String(repeating: "x", count: 63) + "\"\"\"," + String(repeating: "ä", count: 40)
        + "\n", "i\n" + (0..<40).map { "\($0 * $0 * 99_991)\n" }.joined() + "end\n",
      "f\n" + (0..<30).map { "\(Double($0) / 7)\n" }.joined(),
      String(repeating: ",", count: 299) + "\n" + String(repeating: "1,", count: 299) + "2\n",
    ].map { Array($0.utf8) } + suite + [
      [0xFF, 0xFE, 97, 0], Array("a,b\nx,".utf8) + [0xC3, 0x28],
    ]

  /// The public suite, where it stands beside the checkout.
  private static let suite: [[UInt8]] = {
    let folder = shared.appending(path: "data/csv-suite/csv")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    // Not `Data(contentsOf:)`, whose leak of an empty file the sanitizer reports.
    return names.sorted().compactMap {
      try? InputFile(path: folder.appending(path: $0).path).readAll()
    }
  }()

  /// Pieces that mean something.
  private static let tokens: [[UInt8]] =
    [
      ",", "\"", "\"\"", "\n", "\r", "\r\n", ";", "#", "\t", "|", "'", "\0", "\u{FEFF}", "ä", "😎",
      "NA", "null", "true", "1", "-1.5e300", "9223372036854775808", "2024-02-30", "24:00", " ",
      "0000000000000000000000.1", String(repeating: "y", count: 65), ",,,,,,,,", "\n\n\n\n",
    ].map { Array($0.utf8) } + [[0xFF], [0xE2, 0x82], [0xC0, 0x80]]

  static func input(_ random: inout TestRandom) -> [UInt8] {
    var bytes =
      Int.random(in: 0..<4, using: &random) == 0
      ? RandomCSV.text(&random) : corpus.randomElement(using: &random) ?? []
    for _ in 0..<Int.random(in: 0...8, using: &random) {
      let place = Int.random(in: 0...bytes.count, using: &random)
      let end = min(bytes.count, place + Int.random(in: 0...20, using: &random))
      switch Int.random(in: 0..<6, using: &random) {
      case 0: bytes.removeSubrange(place..<end)
      case 1 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 2:
        let copies = Int.random(in: 1...6, using: &random)
        let piece = Array(bytes[place..<end])
        for _ in 0..<copies { bytes.insert(contentsOf: piece, at: place) }
      case 3:
        let other = corpus.randomElement(using: &random) ?? []
        let start = Int.random(in: 0...other.count, using: &random)
        bytes.insert(contentsOf: other[start...], at: place)
      default:
        bytes.insert(contentsOf: tokens.randomElement(using: &random) ?? [], at: place)
      }
    }
    return bytes
  }

  static func options(_ random: inout TestRandom) -> CSVReadingOptions {
    func oneOf<Value>(_ values: [Value], _ random: inout TestRandom) -> Value? {
      Int.random(in: 0..<4, using: &random) == 0 ? values.randomElement(using: &random) : nil
    }
    var options = CSVReadingOptions()
    options.hasHeader = Bool.random(using: &random)
    let delimiters: [UInt8] = [59, 9, 124, 32, 120]
    options.dialect.delimiter = oneOf(delimiters, &random) ?? 44
    options.dialect.quote = oneOf([39], &random) ?? 34
    options.comment = oneOf(["#", "# ", "a", "\"", "1,"], &random)
    options.nullValues = oneOf([["NA"], ["1", "x"], ["", "null"]], &random) ?? []
    options.quotedNulls = oneOf([false], &random) ?? true
    options.trimsCells = oneOf([true], &random) ?? false
    options.allText = oneOf([true], &random) ?? false
    options.decimalComma = oneOf([true], &random) ?? false
    options.thousandsSeparator = oneOf(options.decimalComma ? ["."] : [",", " "], &random)
    options.trueWords = oneOf([["1", "yes"]], &random) ?? []
    options.quoting = oneOf([.lenient], &random) ?? .strict
    options.badRows =
      [.fail, .skip(), .skip(limit: 2), .collect].randomElement(using: &random) ?? .fail
    options.skipLines = oneOf([1, 2, 9], &random) ?? 0
    options.skip = oneOf([1, 3, 99], &random) ?? 0
    options.limit = oneOf([0, 1, 5], &random)
    options.skipFooterLines = oneOf([1, 4], &random) ?? 0
    options.detectsDialect = Int.random(in: 0..<12, using: &random) == 0
    if let type = oneOf(ColumnType.allCases, &random) {
      options.types = [options.hasHeader ? "a" : "column_1": type]
    }
    return options
  }

  @Test func everyWayOfReadingAgrees() {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    let start = Date()
    var number = 0
    while LongTests.fuzzSeconds.map({ Date().timeIntervalSince(start) < $0 }) ?? (number < 1_500) {
      number += 1
      let bytes = Self.input(&random)
      var options = Self.options(&random)
      options.threads = Int.random(in: 1...4, using: &random)
      options.chunkSize = [8, 64, 100, 4096].randomElement(using: &random) ?? 64
      let rows = [1, 2, 7, 1_000].randomElement(using: &random) ?? 1
      guard Self.difference(bytes, options, rows) == nil else {
        Self.report("input \(number), seed \(seed)", bytes, options, rows)
        return
      }
      if number % 50_000 == 0 { LongTests.progress("\(number) inputs") }
    }
    LongTests.progress("\(number) inputs in \(Date().timeIntervalSince(start)) s")
  }

  /// What ways of reading do not agree on.
  private static func difference(_ bytes: [UInt8], _ options: CSVReadingOptions, _ rows: Int)
    -> String?
  {
    var plain = options
    plain.threads = 1
    plain.scanner = .reference
    plain.chunkSize = 1 << 20
    let expected = readerOutcome(bytes, plain)
    let found = readerOutcome(bytes, options)
    if found != expected { return "expected \(expected)\nfound    \(found)" }
    let inParts = partsOutcome(bytes, options, rows: rows)
    if inParts != expected { return "expected \(expected)\n\(rows) rows   \(inParts)" }
    return nil
  }

  /// The input, made as short as it goes, and what is wrong with it.
  private static func report(
    _ place: String,
    _ bytes: [UInt8],
    _ options: CSVReadingOptions,
    _ rows: Int
  ) {
    var bytes = bytes
    var size = bytes.count / 2
    while size > 0 {
      var start = 0
      while start < bytes.count {
        var shorter = bytes
        shorter.removeSubrange(start..<min(bytes.count, start + size))
        if difference(shorter, options, rows) != nil { bytes = shorter } else { start += size }
      }
      size /= 2
    }
    let text = String(decoding: bytes, as: UTF8.self).debugDescription
    Issue.record("\(place)\n\(text)\n\(options)\n\(difference(bytes, options, rows) ?? "")")
  }
}

/// What reading in parts of a number of rows gives, put together.
func partsOutcome(_ bytes: [UInt8], _ options: CSVReadingOptions, rows: Int) -> Outcome {
  var outcome = Outcome()
  do throws(CSVError) {
    var chunks = try CSVReader(bytes: bytes, name: "f", options: options).chunks(rows: rows)
    while let table = try chunks.next() {
      outcome.records += table.records
      if outcome.columns.isEmpty {
        outcome.columns = table.columns.map { "\($0.name): \($0.values.type)" }
      }
      for (index, column) in table.columns.enumerated() {
        for row in 0..<table.rowCount {
          outcome.columns[index] += "|" + (column.described(row) ?? "~")
        }
      }
    }
    outcome.note(chunks.report)
  } catch {
    outcome = Outcome()
    outcome.error = error.kind == .empty ? "empty" : error.description
  }
  return outcome
}
