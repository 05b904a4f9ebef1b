import Foundation
import Testing

@testable import TabularCSV

/// Whole columns of integers against `Int64.init`; with AVX-512 they are read eight at a time.
struct IntegerKernelTests {
  /// The column of a table with another one beside it; nil for a null.
  private static func read(
    _ texts: [String],
    first: Bool = false,
    type: ColumnType? = nil
  ) throws -> [Int64?] {
    let lines = texts.enumerated().map { first ? "\($1),\($0)" : "\($0),\($1)" }
    let text = (first ? "x,n\n" : "n,x\n") + lines.joined(separator: "\n")
    var options = CSVReadingOptions(types: type.map { ["x": $0] } ?? [:])
    options.threads = 1
    let table = try CSVReader(bytes: Array(text.utf8), options: options).read()
    let column = table.columns[first ? 0 : 1]
    guard case .int64(let memory) = column.values else {
      Issue.record("a column of \(column.values)")
      return []
    }
    let values = memory.pointer.assumingMemoryBound(to: Int64.self)
    let validity = column.validity?.pointer.assumingMemoryBound(to: UInt8.self)
    return texts.indices.map { row in
      validity.map { $0[row >> 3] >> UInt8(row & 7) & 1 == 1 } ?? true ? values[row] : nil
    }
  }

  /// An integer of up to `digits` digits, or nothing, or one in quotes.
  private static func integer(_ digits: Int, _ random: inout TestRandom) -> String {
    let sign = Int.random(in: 0...3, using: &random) == 0 ? "-" : ""
    switch Int.random(in: 0...9, using: &random) {
    case 0: return ""
    case 1: return sign + "0"
    case 2: return "\"\(sign)7\""
    default:
      let count = Int.random(in: 1...digits, using: &random)
      let rest = (1..<count).map { _ in "\(Int.random(in: 0...9, using: &random))" }
      return sign + "\(Int.random(in: 1...9, using: &random))" + rest.joined()
    }
  }

  @Test(arguments: [1, 7, 8, 9, 15, 16, 18], [true, false])
  func columnsEqualTheStandardLibrary(digits: Int, first: Bool) throws {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    for count in [1, 7, 8, 9, 63, 64, 65, 2_000] {
      let texts = (0..<count).map { _ in Self.integer(digits, &random) }
      let found = try Self.read(texts + ["1"], first: first)
      for (text, value) in zip(texts, found) {
        let expected = Int64(text.replacing("\"", with: ""))
        guard value == expected else {
          Issue.record("'\(text)': \(value ?? 0) and not \(expected ?? 0), seed \(seed)")
          return
        }
      }
    }
  }

  /// What does not fit is found wherever it stands among 64 rows.
  @Test(arguments: [
    "-", "--1", "1-", "01", "-01", "00", "+1", "1 ", " 1", "1.", "1a", "/", ":", "12345678x",
    "x2345678",
    "1234567x90123456", "9223372036854775808", "99999999999999999999", "\"1x\"", "1\u{F0}",
  ])
  func refusesWhatIsNoInteger(text: String) throws {
    for place in [0, 1, 7, 8, 63, 64, 99] {
      var texts = (0..<100).map { "\($0)" }
      texts[place] = text
      let error = #expect(throws: CSVError.self) { try Self.read(texts, type: .int64) }
      #expect(error?.line == place + 2 && error?.column == "x", "\(place)")
    }
  }

  /// An integer that no double holds is still an integer, and the column no float one.
  @Test func longIntegersAreExact() throws {
    let texts = ["9007199254740993", "-9223372036854775808", "9223372036854775807", "", "-0"]
    #expect(
      try Self.read(texts) == [9_007_199_254_740_993, .min, .max, nil, 0]
    )
  }
}
