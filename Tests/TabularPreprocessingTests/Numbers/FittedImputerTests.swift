import TabularFrame
import Testing

@testable import TabularPreprocessing

struct FittedImputerTests {
  /// A column of any length, whatever is left over of four rows at a time, and from any row on.
  @Test(arguments: [0, 1, 3, 4, 5, 7, 63, 64, 65, 130, 2049])
  func replacesAndCountsEachRow(rows: Int) throws {
    let seed = testSeed &+ UInt64(rows)
    var random = SplitMix64(seed: seed)
    let fitted = try Imputer(columns: ["x"], strategy: .constant(0.25))
      .fitted(to: DataFrame([("x", Column([-2, 3, nil]))]))
    let values = (0..<rows + 9).map { _ in
      random.pick([nil, .nan, -2.5, -2, -0.0, 1, 3, 3.5, 1e300] as [Double?])
    }
    let column = Column(values).slice(9..<rows + 9)
    var report = TransformReport()
    let made = try fitted.applied(to: DataFrame([("x", column)]), report: &report)
    let expected = values[9...].map { $0.map { $0.isNaN ? 0.25 : $0 } ?? 0.25 }
    #expect(
      try made.numbers("x").map(\.bitPattern) == expected.map(\.bitPattern),
      "seed \(seed)"
    )
    let numbers = values[9...].compactMap { $0 }.filter { !$0.isNaN }
    #expect(report.nulls == ["x": rows - numbers.count], "seed \(seed)")
    #expect(
      report.outOfRange == ["x": numbers.count { $0 < -2 || $0 > 3 }],
      "seed \(seed)"
    )
  }
}
