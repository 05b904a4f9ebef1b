import Foundation
import Testing

@testable import TabularCSV

/// Whole columns of numbers against the C library; with AVX-512 they are read eight at a time.
struct DecimalKernelTests {
  /// The column of a table with another one beside it, and its doubles as bits.
  private static func read(_ texts: [String], type: ColumnType?) throws -> [UInt64?] {
    let lines = texts.enumerated().map { "\($1),\($0)" }
    let text = "x,n\n" + lines.joined(separator: "\n")
    var options = CSVReadingOptions(types: type.map { ["x": $0] } ?? [:])
    options.threads = 1
    let table = try CSVReader(bytes: Array(text.utf8), options: options).read()
    let column = table.columns[0]
    guard case .float64(let memory) = column.values else {
      Issue.record("a column of \(column.values)")
      return []
    }
    let bits = memory.pointer.assumingMemoryBound(to: UInt64.self)
    let validity = column.validity?.pointer.assumingMemoryBound(to: UInt8.self)
    return texts.indices.map { row in
      validity.map { $0[row >> 3] >> UInt8(row & 7) & 1 == 1 } ?? true ? bits[row] : nil
    }
  }

  private static func digits(_ count: Int, _ random: inout TestRandom) -> String {
    String((0..<count).map { _ in Character("\(Int.random(in: 0...9, using: &random))") })
  }

  /// A number of a form that a CSV has, seldom an odd one.
  private static func number(_ random: inout TestRandom) -> String {
    let sign = Bool.random(using: &random) ? "-" : ""
    switch Int.random(in: 0...11, using: &random) {
    case 0: return ""
    case 1: return sign + "0"
    case 2: return sign + "\(Int.random(in: 0...9_999_999_999_999_999, using: &random) >> 4)"
    case 3: return sign + "\(Int.random(in: 1...9, using: &random))e\(digits(2, &random))"
    case 4: return sign + "0." + digits(Int.random(in: 1...24, using: &random), &random)
    case 5: return sign + "0.000" + digits(Int.random(in: 1...20, using: &random), &random)
    case 6: return sign + "inf"
    case 7: return "\"\(sign)1.5\""
    case 8...9: return Double.random(in: -2...2, using: &random).description
    default:
      let whole = Int.random(in: 1...9, using: &random)
      let first = "\(Int.random(in: 1...9, using: &random))"
      return sign + first + digits(whole - 1, &random) + "."
        + digits(Int.random(in: 1...19, using: &random), &random)
    }
  }

  /// Ten million with `TABULAR_LONG_TESTS=1`.
  @Test func columnsEqualStrtod() throws {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    for _ in 0..<(LongTests.areWanted ? 1000 : 4) {
      let texts = (0..<(LongTests.areWanted ? 10_000 : 5_000)).map { _ in
        Self.number(&random)
      }
      let found = try Self.read(texts, type: .float64)
      for (text, bits) in zip(texts, found) {
        let plain = text.replacing("\"", with: "")
        let expected = plain.isEmpty ? nil : strtod(plain, nil).bitPattern
        guard bits == expected else {
          Issue.record("'\(text)': \(bits ?? 0) and not \(expected ?? 0), seed \(seed)")
          return
        }
      }
    }
  }

  /// Half-way between two doubles, where the even one is meant, and digits just beside.
  @Test func halfwayCasesEqualStrtod() throws {
    let texts = [
      "9007199254740993.0", "9007199254740995.0", "9007199254740992.9", "9007199254740993.1",
      "0.500000000000000166", "0.5000000000000000555", "1.00000000000000011102",
      "1.000000000000000111", "4503599627370496.5", "4503599627370497.5", "4503599627370496.51",
    ]
    let found = try Self.read(texts, type: .float64)
    for (text, bits) in zip(texts, found) {
      #expect(bits == strtod(text, nil).bitPattern, "\(text)")
    }
  }

  /// What does not fit is found wherever it stands among 64 rows.
  @Test(arguments: [
    "1.2.3", "1..", "0x1", "01.5", "12345678901.5.", "1234567890123456789x", "1.5x", "--1.5",
    "1-5.0", "x", "1,5",
  ])
  func refusesWhatIsNoNumber(text: String) throws {
    for place in [0, 1, 7, 8, 63, 64, 99] {
      var texts = (0..<100).map { "\($0).25" }
      texts[place] = text.contains(",") ? "\"\(text)\"" : text
      let error = #expect(throws: CSVError.self) { try Self.read(texts, type: .float64) }
      #expect(error?.line == place + 2 && error?.column == "x", "\(place)")
    }
  }

  @Test func integersCountAsTheyDid() throws {
    // An integer that a double would round makes the column text.
    let text = "x\n0.5\n9007199254740993\n"
    let table = try CSVReader(bytes: Array(text.utf8)).read()
    guard case .string = table.columns[0].values else {
      Issue.record("a column of \(table.columns[0].values)")
      return
    }
    #expect(
      try Self.read(["0.5", "-0", "3", ""], type: nil).map { $0.map(Double.init(bitPattern:)) }
        == [0.5, -0.0, 3, nil]
    )
  }
}
