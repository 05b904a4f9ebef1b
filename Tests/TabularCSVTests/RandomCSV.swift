@testable import TabularCSV

/// Random CSVs: of 1 to 300 columns, with and without a byte order mark and a final line end, of
/// any line end, with quoted commas, quotes and line ends, multi-byte text, and cells whose ends
/// lie around the borders of views (12), words (64) and chunks; some malformed.
enum RandomCSV {
  static func text(_ random: inout TestRandom) -> [UInt8] {
    var text = Bool.random(using: &random) ? "\u{FEFF}" : ""
    let end = ["\n", "\r\n", "\r"].randomElement(using: &random) ?? "\n"
    let width =
      Int.random(in: 0..<20, using: &random) == 0
      ? Int.random(in: 1...300, using: &random) : Int.random(in: 1...8, using: &random)
    let kinds = (0..<width).map { _ in Int.random(in: 0...9, using: &random) }
    for _ in 0..<Int.random(in: 1...(width > 20 ? 4 : 40), using: &random) {
      let cells = kinds.map { kind in
        cell(Int.random(in: 0..<40, using: &random) == 0 ? 7 : kind, &random)
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
    var bytes = Array(text.utf8)
    if Bool.random(using: &random) { bytes.removeLast(min(end.utf8.count, bytes.count)) }
    // Seldom one byte is lost, or another stands in its place: what follows may be irregular.
    if Int.random(in: 0..<6, using: &random) == 0, !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      if Bool.random(using: &random) {
        bytes.remove(at: place)
      } else {
        bytes[place] = Array("\"\",\n\r\u{0}".utf8).randomElement(using: &random) ?? 0xFF
      }
    }
    return bytes
  }

  private static func quoted(_ text: String, _ random: inout TestRandom) -> String {
    let plain = !text.utf8.contains { $0 == 34 || $0 == 44 || $0 == 10 || $0 == 13 }
    return plain && Bool.random(using: &random)
      ? text : "\"\(text.replacing("\"", with: "\"\""))\""
  }

  private static func cell(_ kind: Int, _ random: inout TestRandom) -> String {
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
      let lengths = [0, 1, 11, 12, 13, 62, 63, 64, 65, 127, 128, 129, 300]
      let length = lengths.randomElement(using: &random) ?? 0
      return quoted(String(repeating: "x", count: length), &random)
    case 8:
      // Numbers that may be of one type, or spoil it.
      let words = ["1", "-0", "007", "1e5", "0.5", "9007199254740993", "NA", "", "inf", "\"\""]
      return words.randomElement(using: &random) ?? ""
    default:
      let pieces = ["", "a", "ä", "😎", "NA", ",", "\n", "\r\n", "\r", "\"", "7", "1e5"]
      let count = Int.random(in: 0...(kind == 9 ? 30 : 3), using: &random)
      return quoted(
        (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined(),
        &random
      )
    }
  }
}
