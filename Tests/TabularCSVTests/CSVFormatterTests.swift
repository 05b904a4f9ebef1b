import Foundation
import Testing

@testable import TabularCSV

/// Cells are written as `description` writes them, with quotes only where a reader needs them.
struct CSVFormatterTests {
  private func text(_ body: (inout CSVFormatter) -> Void, _ dialect: CSVDialect = .rfc4180)
    -> String
  {
    var formatter = CSVFormatter(dialect: dialect)
    body(&formatter)
    return String(decoding: formatter.bytes, as: UTF8.self)
  }

  @Test func writesTheShortestNumbers() {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    for _ in 0..<20_000 {
      let digits = Double(Int.random(in: -99_999_999...99_999_999, using: &random))
      let scales: [Double] = [1, 10, 100, 1e3, 1e5, 1e6, 1e7]
      let scale: Double = scales.randomElement(using: &random) ?? 1
      let anything = Double(bitPattern: UInt64.random(in: 0...(.max), using: &random))
      let values: [Double] = [digits / scale, (digits / scale).nextUp, anything]
      for value in values where !value.isNaN {
        #expect(text { $0.append(float64: value) } == value.description, "seed \(seed)")
      }
      let integer =
        Int64.random(in: .min...(.max), using: &random)
        >> Int64.random(in: 0...63, using: &random)
      #expect(text { $0.append(int64: integer) } == integer.description, "seed \(seed)")
    }
    for value in [0.0, -0.0, 1, 0.001, 0.0009, 999_999_999.999999, 1e9, 1e15, .infinity] {
      #expect(text { $0.append(float64: value) } == value.description)
    }
    for value in [0, Int64.min, Int64.max] {
      #expect(text { $0.append(int64: value) } == value.description)
    }
  }

  @Test func writesDatesAsISO8601() {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    for _ in 0..<2_000 {
      let days = Int32.random(in: -900_000...3_500_000, using: &random)
      let date = CalendarDate(daysSinceEpoch: days)
      #expect(text { $0.append(date: days) } == date.description, "seed \(seed)")
      let seconds = Int64(days) * 86_400 + Int64.random(in: 0..<86_400, using: &random)
      for fraction in [0, 1, 500_000] as [Int64] {
        let time = Timestamp(microsecondsSinceEpoch: seconds * 1_000_000 + fraction)
        #expect(
          text { $0.append(datetime: time.microsecondsSinceEpoch) } == time.description,
          "seed \(seed)"
        )
      }
    }
  }

  @Test(arguments: [
    ("a", "a"), ("", "\"\""), ("a,b", "\"a,b\""), ("a\nb", "\"a\nb\""), ("\r", "\"\r\""),
    ("say \"hi\"", "\"say \"\"hi\"\"\""), ("1234567,", "\"1234567,\""),
    ("12345678,", "\"12345678,\""), ("ä;😎 x", "ä;😎 x"), ("\u{FEFF}x", "\"\u{FEFF}x\""),
  ])
  func quotesWhatAReaderNeeds(cell: String, expected: String) {
    #expect(text { $0.append(text: cell) } == expected)
  }

  /// A dialect may separate by what a number has.
  @Test func quotesNumbersOfOddDialects() {
    let dialect = CSVDialect(delimiter: UInt8(ascii: "."), quote: UInt8(ascii: "'"))
    let written = text(
      {
        $0.append(float64: 2.5)
        $0.append(int64: 31)
        $0.append(date: 0)
      },
      dialect
    )
    #expect(written == "'2.5'.31.1970-01-01")
  }
}
