import CTabularScan
import Testing

@testable import TabularCSV

struct VectorScannerTests {
  /// Every method that this processor has.
  static let methods: [tabular_scan_method] = {
    let best = tabular_scan_best_method().rawValue
    return (0...best).map { tabular_scan_method(rawValue: $0) }
  }()

  /// The oracle is libcsv; records, problems, lines and byte ranges must agree.
  private static func compare(
    _ bytes: [UInt8],
    dialect: CSVDialect = .rfc4180,
    chunks: [Int],
    _ comment: Comment
  ) {
    let expected = LibCSVScannerTests.records(
      of: bytes,
      LibCSVScanner(dialect: dialect),
      positions: true
    )
    for method in methods {
      for chunk in chunks {
        let found = LibCSVScannerTests.records(
          of: bytes,
          VectorScanner(dialect: dialect, method: method),
          chunk: chunk,
          positions: true
        )
        #expect(found == expected, comment)
        if found != expected { return }
      }
    }
  }

  /// Random bytes from a small alphabet: mostly irregular.
  @Test func refusesWhatLibcsvRefuses() {
    let seed = UInt64.random(in: 0...999_999)
    var random = TestRandom(seed: seed)
    let alphabet = Array("a\"\",,\n\n\r;".utf8) + [0xEF, 0xBB, 0xBF]
    for _ in 0..<1_500 {
      let bytes = (0..<Int.random(in: 0...90, using: &random))
        .map { _ in alphabet.randomElement(using: &random) ?? 0 }
      Self.compare(
        bytes,
        chunks: [1, Int.random(in: 2...70, using: &random), .max],
        "seed \(seed)"
      )
    }
  }

  /// Regular records around the borders of blocks, with quoted line ends and multi-byte text.
  @Test func readsWhatLibcsvReads() {
    let seed = UInt64.random(in: 0...999_999)
    var random = TestRandom(seed: seed)
    let pieces = ["", "a", "ä", "😎", "12", "x y", "0123456789", "\"\"", ",", "\n", "\r\n", "\r"]
    for _ in 0..<300 {
      var text = Bool.random(using: &random) ? "\u{FEFF}" : ""
      let end = ["\n", "\r\n", "\r"].randomElement(using: &random) ?? "\n"
      let width = Int.random(in: 1...6, using: &random)
      for _ in 0..<Int.random(in: 1...20, using: &random) {
        let cells = (0..<width).map { _ in
          let cell = (0..<Int.random(in: 0...12, using: &random))
            .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
          let plain = !cell.contains { $0 == "\"" || $0 == "," || $0.isNewline }
          return plain && Bool.random(using: &random) ? cell : "\"\(cell)\""
        }
        text += cells.joined(separator: ",") + end
      }
      if Bool.random(using: &random) { text = String(text.dropLast()) }
      // Seldom one byte is lost: what follows is irregular until a line end.
      var bytes = Array(text.utf8)
      if Int.random(in: 0..<4, using: &random) == 0 {
        bytes.remove(at: Int.random(in: 0..<bytes.count, using: &random))
      }
      let chunks = [64, 65, Int.random(in: 1...200, using: &random), .max]
      Self.compare(bytes, chunks: chunks, "seed \(seed)")
    }
  }

  @Test func takesOtherDelimitersAndQuotes() {
    let dialect = CSVDialect(delimiter: UInt8(ascii: "|"), quote: UInt8(ascii: "'"))
    Self.compare(
      Array("a|'b|c'|\"d\"\n'it''s'|\n".utf8),
      dialect: dialect,
      chunks: [1, 7, .max],
      ""
    )
  }

  /// Counts by a plain loop, for lengths around a block.
  @Test func findsEverySeparator() {
    for method in Self.methods {
      for count in [0, 1, 63, 64, 65, 127, 128, 129, 1000] {
        let bytes = (0..<count).map { UInt8(ascii: $0 % 3 == 0 ? "," : $0 % 7 == 0 ? "\n" : "x") }
        var state = tabular_scan_state(
          inside: 0,
          previous_separator: 1,
          previous_closing: 0,
          irregular: 0
        )
        let room = (count + 63) & ~63
        let found = [UInt32](unsafeUninitializedCapacity: room) { target, filled in
          bytes.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress, let target = target.baseAddress else { return }
            filled = tabular_scan(
              base,
              count,
              UInt8(ascii: ","),
              UInt8(ascii: "\""),
              method,
              &state,
              target
            )
          }
        }
        #expect(found == bytes.indices.filter { bytes[$0] != UInt8(ascii: "x") }.map { UInt32($0) })
        #expect(state.irregular == 0 && state.inside == 0)
      }
    }
  }
}
