import CTabularScan
import Foundation
import Testing

@testable import TabularCSV

/// The fast reader equals the plain one: same records, same values, same refusals, same lines.
struct ReaderEqualityTests {
  /// How many random texts a run takes; `TABULAR_LONG_TESTS=1` takes what the issue asks for.
  static let isLong = ProcessInfo.processInfo.environment["TABULAR_LONG_TESTS"] == "1"

  static func compare(_ bytes: [UInt8], _ random: inout TestRandom, seed: UInt64) -> Bool {
    var options = CSVReadingOptions(hasHeader: false, badRows: .collect)
    let expected = plainOutcome(bytes, options)
    for threads in [1, 2, 3, 7] {
      for chunkSize in [64, 65, Int.random(in: 64...512, using: &random), 1 << 20] {
        options.threads = threads
        options.chunkSize = chunkSize
        let found = readerOutcome(bytes, options)
        guard found == expected else {
          Issue.record(
            """
            seed \(seed), threads \(threads), chunk \(chunkSize): \(String(decoding: bytes, as: UTF8.self).debugDescription)
            expected \(expected)
            found    \(found)
            """
          )
          return false
        }
      }
    }
    return true
  }

  /// Random bytes from a small alphabet: mostly irregular.
  @Test func refusesWhatLibcsvRefuses() {
    let seed = UInt64.random(in: 0...999_999)
    var random = TestRandom(seed: seed)
    let alphabet = Array("a1\"\",,\n\n\r;".utf8) + [0xEF, 0xBB, 0xBF]
    for _ in 0..<(Self.isLong ? 20_000 : 150) {
      let bytes = (0..<Int.random(in: 0...300, using: &random))
        .map { _ in alphabet.randomElement(using: &random) ?? 0 }
      guard Self.compare(bytes, &random, seed: seed) else { return }
    }
  }

  /// Mostly regular texts, with typed cells, quoted line ends and multi-byte text.
  @Test func readsWhatLibcsvReads() {
    let seed = UInt64.random(in: 0...999_999)
    var random = TestRandom(seed: seed)
    for _ in 0..<(Self.isLong ? 100_000 : 300) {
      guard Self.compare(Self.text(&random), &random, seed: seed) else { return }
    }
  }

  static func text(_ random: inout TestRandom) -> [UInt8] {
    var text = Bool.random(using: &random) ? "\u{FEFF}" : ""
    let end = ["\n", "\r\n", "\r"].randomElement(using: &random) ?? "\n"
    let width =
      Int.random(in: 0..<20, using: &random) == 0
      ? Int.random(in: 1...300, using: &random) : Int.random(in: 1...8, using: &random)
    let kinds = (0..<width).map { _ in Int.random(in: 0...7, using: &random) }
    for _ in 0..<Int.random(in: 1...(width > 20 ? 4 : 40), using: &random) {
      let cells = kinds.map { kind in
        Self.cell(Int.random(in: 0..<40, using: &random) == 0 ? 7 : kind, &random)
      }
      text += cells.joined(separator: ",")
      // Now and then a blank line, or a row with a cell too many.
      switch Int.random(in: 0..<30, using: &random) {
      case 0: text += end
      case 1: text += ",x"
      default: break
      }
      text += end
    }
    if Bool.random(using: &random) { text = String(text.dropLast()) }
    // Seldom one byte is lost: what follows is irregular until a line end.
    var bytes = Array(text.utf8)
    if Int.random(in: 0..<6, using: &random) == 0, !bytes.isEmpty {
      bytes.remove(at: Int.random(in: 0..<bytes.count, using: &random))
    }
    return bytes
  }

  private static func cell(_ kind: Int, _ random: inout TestRandom) -> String {
    func quoted(_ text: String) -> String {
      let plain = !text.contains { $0 == "\"" || $0 == "," || $0.isNewline }
      return plain && Bool.random(using: &random)
        ? text : "\"\(text.replacing("\"", with: "\"\""))\""
    }
    switch kind {
    case 0: return "\(Int64.random(in: -99_999...99_999, using: &random))"
    case 1: return "\(Double.random(in: -1e3...1e3, using: &random))"
    case 2:
      return Bool.random(using: &random) ? "" : "\(UInt64.random(in: 0...(.max), using: &random))"
    case 3: return ["true", "FALSE", "", "True"].randomElement(using: &random) ?? ""
    case 4:
      return
        "20\(Int.random(in: 10...99, using: &random))-0\(Int.random(in: 1...9, using: &random))-11"
    case 5: return "1999-12-31 23:59:\(Int.random(in: 10...59, using: &random))"
    case 6:
      let length = [0, 1, 11, 12, 13, 62, 63, 64, 65].randomElement(using: &random) ?? 0
      return quoted(String(repeating: "x", count: length))
    default:
      let pieces = ["", "a", "ä", "😎", "NA", ",", "\n", "\r\n", "\r", "\"", "7", "1e5"]
      return quoted(
        (0..<Int.random(in: 0...3, using: &random))
          .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
      )
    }
  }
}
