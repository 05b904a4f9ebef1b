import Foundation
import Testing

@testable import TabularCSV

private func parse<Result>(_ text: String, _ kernel: (CellBytes) -> Result?) -> Result? {
  var text = text
  return text.withUTF8 { kernel($0) }
}

struct CellKernelsTests {
  @Test(arguments: [
    ("0", 0), ("-0", 0), ("7", 7), ("-12", -12), ("9223372036854775807", Int64.max),
    ("-9223372036854775808", Int64.min),
  ])
  func readsIntegers(text: String, value: Int64) { #expect(parse(text, parseInt64) == value) }

  @Test(arguments: [
    "", "-", "007", "+5", " 5", "5 ", "0x10", "1_000", "1.0", "9223372036854775808",
    "-9223372036854775809", "18446744073709551616", "99999999999999999999", "1e3", "--1",
  ])
  func refusesOtherIntegers(text: String) { #expect(parse(text, parseInt64) == nil) }

  @Test(arguments: [
    "0.5", "-0.5", "1e5", "1E-5", "2.5e+3", "3.14159", "1e308", "1e309", "-1e400", "5e-324",
    "1e-400",
    "0.1", "123456789012345678.5", "9007199254740993.0", "179769313486231580793728971405301e276",
    "2.2250738585072011e-308", "1.7976931348623158e308", "0.000001", "7.2057594037927933e16",
    "1e22",
    "1e23", "8.5e-22", "8.5e-23", "0.30000000000000004", "100000000000000000000.0", "-0.0", "-0",
  ])
  func readsDoublesCorrectlyRounded(text: String) throws {
    let value = try #require(parse(text, parseFloat64))
    #expect(value.bitPattern == strtod(text, nil).bitPattern)
  }

  @Test func readsInfinities() {
    #expect(parse("inf", parseFloat64) == .infinity)
    #expect(parse("-Infinity", parseFloat64) == -.infinity)
  }

  @Test(arguments: [
    "", ".", "-", "007.5", "+5.0", " 5.0", "5.0 ", "1e", "1e+", "1.2.3", "nan", "NaN", "infin",
    "0x1p3", "9007199254740993", "1_0.0", "1,5",
  ])
  func refusesOtherDoubles(text: String) { #expect(parse(text, parseFloat64) == nil) }

  @Test func agreesWithTheCLibraryOnRandomDoubles() {
    let seed = UInt64.random(in: 0...999_999)
    var generator = TestRandom(seed: seed)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: generator.next())
      guard value.isFinite else { continue }
      for text in [
        "\(value)", String(format: "%.17g", value), String(format: "%.4f", value / 1e300),
      ]
      where text.contains(".") || text.contains("e") {
        #expect(
          parse(text, parseFloat64)?.bitPattern == strtod(text, nil).bitPattern,
          "\(text) seed \(seed)"
        )
      }
    }
  }

  @Test func readsBools() {
    #expect(parse("true", parseBool) == true && parse("FALSE", parseBool) == false)
    #expect(parse("TrUe", parseBool) == true)
    for text in ["t", "yes", "1", "", "truee"] { #expect(parse(text, parseBool) == nil) }
  }

  /// Days from Python: `(date(y, m, d) - date(1970, 1, 1)).days`.
  @Test(
    arguments: [
      ("1970-01-01", 0), ("1969-12-31", -1), ("2000-02-29", 11016), ("1900-02-28", -25509),
      ("2026-11-24", 20781), ("0001-01-01", -719162), ("9999-12-31", 2932896),
    ] as [(String, Int32)]
  )
  func readsDates(text: String, days: Int32) {
    #expect(parse(text, parseDate) == days)
    #expect(CalendarDate(daysSinceEpoch: days).description == text)
  }

  @Test(arguments: [
    "1900-02-29", "2023-13-01", "2023-00-10", "2023-04-31", "2023-4-01", "20230401",
  ])
  func refusesOtherDates(text: String) { #expect(parse(text, parseDate) == nil) }

  /// Seconds from Python's `datetime.fromisoformat(...).timestamp()`.
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
      ("2013-01-01 15:11:48", 1_357_053_108_000_000, "2013-01-01T15:11:48Z"),
      ("2013-01-01T15:11:48.5+02:00", 1_357_045_908_500_000, "2013-01-01T13:11:48.5Z"),
      ("2013-01-01T15:11:48.000001-0530", 1_357_072_908_000_001, "2013-01-01T20:41:48.000001Z"),
      ("1969-12-31T23:59:59.999999Z", -1, "1969-12-31T23:59:59.999999Z"),
      ("2000-02-29 23:59", 951_868_740_000_000, "2000-02-29T23:59:00Z"),
    ] as [(String, Int64, String)]
  )
  func readsDatetimes(text: String, microseconds: Int64, printed: String) {
    #expect(parse(text, parseDatetime) == microseconds)
    #expect(Timestamp(microsecondsSinceEpoch: microseconds).description == printed)
  }

  @Test(arguments: [
    "2013-01-01", "2013-01-01T24:00:00", "2013-01-01T12:60", "2013-01-01T12:00:60",
    "2013-01-01T12:00:00.", "2013-01-01T12:00:00.1234567", "2013-01-01T12:00:00+",
    "1900-02-29 12:00",
    "2013-01-01t12:00", "2013-01-01T12:00:00Zx",
  ])
  func refusesOtherDatetimes(text: String) { #expect(parse(text, parseDatetime) == nil) }
}
