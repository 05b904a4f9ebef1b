import Foundation
import Testing

@testable import TabularCSV

/// The fast kernels against the C library and against the plain ones.
struct NumberCellTests {
  /// Reads one cell as a column does: between other bytes.
  static func read<Cell: FixedCell>(_ type: Cell.Type, _ text: String) -> (
    value: Cell.Value?, result: BlockResult
  ) {
    let bytes = PaddedBytes(capacity: 16)
    for byte in Array("9.7,".utf8) + Array(text.utf8) + Array(",.5e\n".utf8) { bytes.append(byte) }
    var value = Cell.zero
    var result = BlockResult()
    let fits = Cell.read(bytes.start + 4, text.utf8.count, Cell.context, &value, &result)
    return (fits ? value : nil, result)
  }

  static func double(_ text: String) -> UInt64? { read(Float64Cell.self, text).value?.bitPattern }

  /// `strtod`, correctly rounded in glibc.
  static func strtodBits(_ text: String) -> UInt64 { strtod(text, nil).bitPattern }

  private func check(_ text: String, seed: UInt64 = 0) -> Bool {
    let (found, expected) = (Self.double(text), Self.strtodBits(text))
    if found != expected {
      Issue.record("\(text): \(found ?? 0) and not \(expected), seed \(seed)")
    }
    return found == expected
  }

  /// Ten million with `TABULAR_LONG_TESTS=1`.
  @Test func randomDoublesEqualStrtod() {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    var buffer = [CChar](repeating: 0, count: 64)
    for _ in 0..<(LongTests.areWanted ? 10_000_000 : 30_000) {
      // Bits of any double, or a number of the usual size.
      var value = Double(bitPattern: random.next())
      if random.next() & 1 == 0 || !value.isFinite {
        value = Double.random(in: -1e6...1e6, using: &random)
      }
      var texts = [value.description]
      for digits in [17, 30] as [Int32] {
        withVaList([digits, value]) { _ = vsnprintf(&buffer, 64, "%.*g", $0) }
        texts.append(buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
      }
      for text in texts where text.contains(where: { $0 == "." || $0 == "e" }) {
        guard check(text, seed: seed) else { return }
      }
    }
  }

  @Test func shortDecimalsEqualStrtod() {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    for _ in 0..<(LongTests.areWanted ? 2_000_000 : 30_000) {
      let whole = Int.random(in: 0...8, using: &random)
      let fraction = Int.random(in: (whole == 0 ? 1 : 0)...20, using: &random)
      var text = Bool.random(using: &random) ? "-" : ""
      for place in 0..<whole {
        text += "\(Int.random(in: (place == 0 && whole > 1 ? 1 : 0)...9, using: &random))"
      }
      text += "."
      for _ in 0..<fraction { text += "\(Int.random(in: 0...9, using: &random))" }
      guard check(text, seed: seed) else { return }
    }
  }

  @Test func powersOfTenEqualStrtod() {
    for exponent in -345...310 {
      for text in ["1e\(exponent)", "9.999999999999999e\(exponent)", "-1E\(exponent)"] {
        #expect(check(text))
      }
    }
  }

  /// The exact decimal expansion of the point between two doubles, and its neighbours.
  @Test func halfwayCasesEqualStrtod() {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    for round in 0..<(LongTests.areWanted ? 40_000 : 2_000) {
      var low = Double(bitPattern: random.next() & (.max >> 1))
      if round < 200 {
        low = Double(bitPattern: random.next() >> UInt64.random(in: 12...63, using: &random))
      }
      guard low.isFinite, low.nextUp.isFinite else { continue }
      let text = Self.midpoint(low)
      #expect(check(text))
      #expect(check(text + "1"))
      #expect(check(String(text.dropLast()) + "4"))
      #expect(check(String(text.prefix(800))))
    }
  }

  /// The midpoint of a double and the next one, in full: `m * 2^e` with an odd `m`.
  static func midpoint(_ low: Double) -> String {
    let m = (low.isNormal ? low.significandBitPattern | 1 << 52 : low.significandBitPattern) * 2 + 1
    var exponent = max(Int(low.exponentBitPattern), 1) - 1023 - 52 - 1
    // Decimal digits, lowest first; times 2, or times 5 with a decimal point that moves.
    var digits = String(m).reversed().map { UInt8(String($0)) ?? 0 }
    var point = 0
    while exponent != 0 {
      var carry = 0
      let factor = exponent > 0 ? 2 : 5
      for index in digits.indices {
        let product = Int(digits[index]) * factor + carry
        digits[index] = UInt8(product % 10)
        carry = product / 10
      }
      while carry > 0 {
        digits.append(UInt8(carry % 10))
        carry /= 10
      }
      if exponent < 0 { point += 1 }
      exponent += exponent > 0 ? -1 : 1
    }
    while digits.count <= point { digits.append(0) }
    let text = digits.reversed().map { String($0) }.joined()
    return text.dropLast(point) + "." + text.suffix(point) + (point == 0 ? "0" : "")
  }

  @Test func integersAroundTheLimitsEqualStrtoll() {
    for base in [0, 1 << 15, 1 << 31, 1 << 53, Int64.max - 50, Int64.min + 50, 99_999_999] {
      for delta in -50...50 as ClosedRange<Int64> {
        let (value, overflow) = base.addingReportingOverflow(delta)
        guard !overflow else { continue }
        let (found, result) = Self.read(Int64Cell.self, "\(value)")
        #expect(found == Int64(strtoll("\(value)", nil, 10)))
        #expect(result.sawInexact == (Int64(exactly: Double(value)) != value))
      }
    }
    for text in ["9223372036854775808", "-9223372036854775809", "99999999999999999999"] {
      #expect(Self.read(Int64Cell.self, text).value == nil)
    }
    var random = TestRandom(seed: LongTests.seed())
    for _ in 0..<(LongTests.areWanted ? 10_000_000 : 20_000) {
      let value = Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random)
      #expect(Self.read(Int64Cell.self, "\(value)").value == value)
    }
  }

  /// Random bytes have the same verdict and value as with the plain kernels.
  @Test func garbageIsWhatThePlainKernelsSay() {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    let alphabet = Array("0123456789001122+-..eEinfINFTZ: _xü".utf8)
    let dates = Array("0123456789-: TZ+.".utf8)
    for _ in 0..<60_000 {
      let count = Int.random(in: 1...24, using: &random)
      var bytes = (0..<count).map { _ in alphabet.randomElement(using: &random) ?? 0 }
      if Bool.random(using: &random) {
        bytes = Array("2024-02-29 23:59:59.123456+01:00".utf8.prefix(count))
        bytes[Int.random(in: 0..<bytes.count, using: &random)] =
          dates.randomElement(using: &random) ?? 0
      }
      let text = String(decoding: bytes, as: UTF8.self)
      let cell = Array(text.utf8)
      cell.withUnsafeBufferPointer { cell in
        #expect(Self.read(Int64Cell.self, text).value == parseInt64(cell), "\(text), seed \(seed)")
        #expect(Self.double(text) == parseFloat64(cell)?.bitPattern, "\(text), seed \(seed)")
        #expect(Self.read(DateCell.self, text).value == parseDate(cell), "\(text), seed \(seed)")
        #expect(
          Self.read(DatetimeCell.self, text).value == parseDatetime(cell),
          "\(text), seed \(seed)"
        )
      }
    }
  }

  /// Every day of four centuries and of the calendar's ends.
  @Test func daysAreThoseOfThePlainKernel() {
    for year in [0, 1, 4, 100, 400, 1582, 1600, 1700, 1899, 1900, 1970, 2000, 2023, 2024, 9999] {
      for month in 0...13 {
        for day in 0...32 {
          let text = String(format: "%04d-%02d-%02d", year, month, day)
          let expected = Array(text.utf8).withUnsafeBufferPointer { parseDate($0) }
          #expect(Self.read(DateCell.self, text).value == expected, "\(text)")
        }
      }
    }
  }

  @Test(
    arguments: [
      ("007", nil, nil), ("+5", nil, nil), (" 5", nil, nil), ("5 ", nil, nil), ("1_000", nil, nil),
      ("0x10", nil, nil), ("-0", 0, -0.0), ("9007199254740993", 9_007_199_254_740_993, nil),
      ("1e5", nil, 1e5), (".5", nil, 0.5), ("5.", nil, 5), ("1.5e", nil, nil), ("01.5", nil, nil),
      ("-", nil, nil), (".", nil, nil), ("-.", nil, nil), ("1e999", nil, .infinity),
      ("-1e-999", nil, -0.0), ("inf", nil, .infinity), ("-Infinity", nil, -.infinity),
      ("nan", nil, nil), ("1.2.3", nil, nil), ("12345678.5", nil, 12_345_678.5),
      ("0.1e1", nil, 1), ("123456789012345678901.5", nil, 123456789012345678901.5),
    ] as [(String, Int64?, Double?)]
  )
  func traps(text: String, integer: Int64?, double: Double?) {
    #expect(Self.read(Int64Cell.self, text).value == integer)
    #expect(Self.double(text) == double?.bitPattern)
  }
}
