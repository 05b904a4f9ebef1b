import TabularCSV
import TabularFrame
import TabularPreprocessing
import Testing

struct SplitPartsTests {
  private static let divisions: [RowDivision] = [
    .random, .stratified(by: "class"), .groups(by: "group"), .time(by: "day"), .keys(of: "group"),
  ]

  /// `row` counts, `group` has 60 values and a null, `day` comes in threes, `class` is rare in one.
  private func table(_ rows: Int = 301) throws -> DataFrame {
    try DataFrame([
      ("row", Column((0..<rows).map { $0 })),
      ("group", Column((0..<rows).map { $0 % 61 == 60 ? nil : "g\($0 % 61)" })),
      ("day", Column((0..<rows).map { CalendarDate(daysSinceEpoch: Int32($0 * 37 % rows / 3)) })),
      ("class", Column((0..<rows).map { $0 % 10 == 0 })),
    ])
  }

  private func rows(_ frame: DataFrame) throws -> [Int] {
    try frame["row", as: Int.self].compactMap { $0 }
  }

  @Test(arguments: divisions)
  func partsHoldEachRowOnce(division: RowDivision) throws {
    let frame = try table()
    let parts = try frame.split(into: [0.5, 0.3, 0.2], by: division, seed: 7)
    #expect(try parts.flatMap { try rows($0) }.sorted() == rows(frame))
    for part in parts { #expect(try rows(part) == rows(part).sorted()) }
    let again = try frame.split(into: [0.5, 0.3, 0.2], by: division, seed: 7)
    #expect(again == parts)
    // Another division of the first parts leaves the last as it is.
    let other = try frame.split(into: [0.7, 0.1, 0.2], by: division, seed: 7)
    #expect(other[2] == parts[2] && other[1] != parts[1])
  }

  /// The plain functions of two parts are the oracle.
  @Test(arguments: [0.1, 0.25, 0.5])
  func twoPartsAreThoseOfThePlainSplits(fraction: Double) throws {
    let frame = try table()
    for seed in UInt64(0)..<4 {
      func check(_ division: RowDivision, _ plain: (train: DataFrame, test: DataFrame)) throws {
        let parts = try frame.split(into: [1 - fraction, fraction], by: division, seed: seed)
        #expect(parts[0] == plain.train && parts[1] == plain.test, "\(division), seed \(seed)")
      }
      try check(.random, frame.trainTestSplit(testFraction: fraction, seed: seed))
      try check(
        .stratified(by: "class"),
        frame.trainTestSplit(testFraction: fraction, stratify: "class", seed: seed)
      )
      try check(
        .groups(by: "group"),
        frame.groupSplit(by: "group", testFraction: fraction, seed: seed)
      )
      try check(.time(by: "day"), frame.timeSplit(by: "day", testFraction: fraction))
      try check(.keys(of: "group"), frame.keySplit(by: "group", testFraction: fraction, seed: seed))
    }
  }

  @Test func sumsThatRoundUpTakeNoRow() throws {
    // 0.1 + 0.2 is above 0.3.
    let parts = try table(10).split(into: [0.7, 0.1, 0.2])
    #expect(parts.map(\.rowCount) == [7, 1, 2])
    #expect(try table(100).split(into: [0.8, 0.1, 0.1]).map(\.rowCount) == [80, 10, 10])
  }

  @Test func strataAreAlikeInEachPart() throws {
    let parts = try table(300).split(into: [0.6, 0.2, 0.2], by: .stratified(by: "class"))
    let rare = try parts.map { try $0["class", as: Bool.self].filter { $0 == true }.count }
    #expect(parts.map(\.rowCount) == [180, 60, 60] && rare == [18, 6, 6])
  }

  @Test func timesAndGroupsAreKept() throws {
    let frame = try table()
    let parts = try frame.split(into: [0.5, 0.3, 0.2], by: .time(by: "day"))
    let days = try parts.map { try $0["day", as: CalendarDate.self].compactMap { $0 } }
    for (before, after) in zip(days, days.dropFirst()) {
      #expect(try #require(before.max()) < #require(after.min()))
    }
    for division in [RowDivision.groups(by: "group"), .keys(of: "group")] {
      let groups = try frame.split(into: [0.5, 0.3, 0.2], by: division).map {
        Set(try $0["group", as: String.self].map { $0 ?? "null" })
      }
      #expect(groups.map(\.count).reduce(0, +) == 61 && groups.allSatisfy { !$0.isEmpty })
      #expect(groups.reduce(Set()) { $0.union($1) }.count == 61)
    }
  }

  @Test func whatCannotBeSplitIsSaid() throws {
    let frame = try table(6)
    for fractions in [[], [1], [0.5, 0.6], [1, 0], [1.5, -0.5], [.nan, 1]] {
      #expect(
        message { try frame.split(into: fractions) }.contains("expected two or more fractions")
      )
    }
    #expect(
      message { try DataFrame().split(into: [0.5, 0.5]) }.hasPrefix("0 rows cannot be split")
    )
    let one = frame.iloc[0..<1]
    for division in Self.divisions {
      #expect(
        message { try one.split(into: [0.5, 0.5], by: division) }
          .hasPrefix("1 rows cannot be split"),
        "\(division)"
      )
    }
    #expect(
      message { try frame.split(into: [0.5, 0.5], by: .groups(by: "grop")) }.contains("'group'")
    )
  }
}
