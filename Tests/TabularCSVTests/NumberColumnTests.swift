import Foundation
import Testing

@testable import TabularCSV

/// Numbers in whole columns, as files have them, against the C library.
struct NumberColumnTests {
  /// Reads texts as one column, behind another one, and compares all bits.
  private static func expectEqual(
    _ texts: [String],
    _ type: ColumnType,
    seed: UInt64,
    _ expected: (String) -> UInt64
  ) throws -> Bool {
    let rows = texts.enumerated().map { "\($0 % 100),\($1)" }.joined(separator: "\n")
    let options = CSVReadingOptions(types: ["x": type], threads: 1)
    let table = try CSVReader(bytes: Array("n,x\n\(rows)".utf8), options: options).read()
    guard table.rowCount == texts.count, table.columns[1].nullCount == 0 else {
      Issue.record("\(table.rowCount) rows of \(texts.count), seed \(seed)")
      return false
    }
    let memory: ColumnMemory
    switch table.columns[1].values {
    case .float64(let values), .int64(let values): memory = values
    default: return false
    }
    let bits = memory.pointer.assumingMemoryBound(to: UInt64.self)
    for (row, text) in texts.enumerated() where bits[row] != expected(text) {
      Issue.record("\(text) is read as \(Double(bitPattern: bits[row])), seed \(seed)")
      return false
    }
    return true
  }

  /// Doubles as the shortest text, with 17 digits and with 30; ten million with
  /// `TABULAR_LONG_TESTS=1`.
  @Test func randomDoublesEqualStrtod() throws {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    var buffer = [CChar](repeating: 0, count: 64)
    for batch in 1...(LongTests.areWanted ? 1_000 : 3) {
      var texts: [String] = []
      for _ in 0..<10_000 {
        // Bits of any double, or a number of the usual size.
        var value = Double(bitPattern: random.next())
        if random.next() & 1 == 0 || !value.isFinite {
          value = Double.random(in: -1e6...1e6, using: &random)
        }
        texts.append(value.description)
        for digits in [17, 30] as [Int32] {
          withVaList([digits, value]) { _ = vsnprintf(&buffer, 64, "%.*g", $0) }
          let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8($0) }, as: UTF8.self)
          if text.utf8.contains(where: { $0 == 46 || $0 == 101 }) { texts.append(text) }
        }
      }
      guard
        try Self.expectEqual(texts, .float64, seed: seed, { strtod($0, nil).bitPattern })
      else { return }
      if batch % 250 == 0 { LongTests.progress("\(batch * 10_000) doubles") }
    }
  }

  @Test func powersOfTenAndHalfwayCasesEqualStrtod() throws {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    var texts = (-345...310).flatMap { ["1e\($0)", "-1E\($0)", "9.999999999999999e\($0)"] }
    for _ in 0..<(LongTests.areWanted ? 20_000 : 500) {
      let low = Double(bitPattern: random.next() & (.max >> 1))
      guard low.isFinite, low.nextUp.isFinite else { continue }
      let text = NumberCellTests.midpoint(low)
      texts += [text, text + "1", text.dropLast() + "4"]
      // Near one, half-way cases have few digits.
      let near = Double(bitPattern: (random.next() >> 12) | 1023 << 52)
      let middle = NumberCellTests.midpoint(near)
      texts += [middle, middle + "1", String(middle.prefix(19)), String(middle.prefix(20))]
    }
    #expect(try Self.expectEqual(texts, .float64, seed: seed) { strtod($0, nil).bitPattern })
  }

  @Test func integersEqualStrtoll() throws {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    for _ in 0..<(LongTests.areWanted ? 500 : 2) {
      var texts = (0..<100).flatMap { [Int64.max - $0, Int64.min + $0].map(\.description) }
      texts += (0..<20_000).map { _ in
        String(Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random))
      }
      guard
        try Self.expectEqual(
          texts,
          .int64,
          seed: seed,
          { UInt64(bitPattern: Int64(strtoll($0, nil, 10))) }
        )
      else { return }
    }
  }
}
