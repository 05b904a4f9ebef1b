import TabularCSV
import Testing

@testable import TabularFrame

struct DataFrameSamplingTests {
  let frame: DataFrame

  init() throws {
    frame = try DataFrame([
      ("id", Column(Array(0..<100))), ("kind", Column((0..<100).map { $0 < 80 ? "a" : "b" })),
      ("weight", Column((0..<100).map { $0 < 10 ? Double($0) : $0 == 10 ? nil : 0 })),
    ])
  }

  @Test func samplesAFraction() throws {
    let sample = try frame.sample(fraction: 0.125, seed: 3)
    #expect(sample.rowCount == 12)  // pandas: len(df.sample(frac=0.125))
    #expect(try sample == frame.sample(fraction: 0.125, seed: 3))
    #expect(try sample != frame.sample(fraction: 0.125, seed: 4))
    #expect(Set(sample.rowIDs).count == 12)
    #expect(try frame.sample(fraction: 0).rowCount == 0)
    #expect(try frame.head(0).sample(fraction: 1).rowCount == 0)
    #expect(try frame.sample(fraction: 1).rowCount == 100)
    #expect(
      message { try frame.sample(fraction: 1.5) }
        == "a sample of 1.5, expected a fraction from 0 to 1"
    )
  }

  @Test func weighsRows() throws {
    let all = try frame.sample(9, seed: 1, weights: "weight")
    #expect(Set(all.rowIDs.map(\.record)) == Set(1..<10))
    // The first one picked is row i with probability i / 45: 9 of 45 for the last.
    var picks = [Int](repeating: 0, count: 10)
    for seed in 0..<2000 {
      picks[try frame.sample(1, seed: UInt64(seed), weights: "weight").rowIDs[0].record] += 1
    }
    #expect(picks[0] == 0)
    for row in 1..<10 {
      let expected = 2000 * Double(row) / 45
      #expect(abs(Double(picks[row]) - expected) < 6 * expected.squareRoot(), "row \(row)")
    }
    #expect(
      message { try frame.sample(10, weights: "weight") }
        == "a sample of 10 rows, and 9 have a weight in 'weight'"
    )
    #expect(message { try frame.sample(1, weights: "kind") }.contains("expected numbers"))
    var negative = frame
    negative["weight"] = try frame["weight"] - 1
    #expect(
      message { try negative.sample(1, weights: "weight") }
        == "row 0: a weight of -1.0 in column 'weight', expected 0 or above"
    )
    #expect(try frame.head(0).sample(0, weights: "weight").rowCount == 0)
    #expect(try frame.iloc[1..<2].sample(fraction: 1, weights: "weight").rowCount == 1)
  }

  @Test func splitsByChance() throws {
    let parts = try frame.randomSplit([0.7, 0.2, 0.1], seed: 5)
    #expect(parts.map(\.rowCount) == [70, 20, 10])
    let rows = parts.flatMap { $0.rowIDs.map(\.record) }
    #expect(Set(rows) == Set(0..<100) && rows != Array(0..<100))
    for part in parts { #expect(part.rowIDs == part.rowIDs.sorted()) }
    #expect(try frame.randomSplit([7, 2, 1], seed: 5) == parts)
    #expect(try frame.randomSplit([7, 2, 1], seed: 6) != parts)
    #expect(try frame.head(1).randomSplit([1, 1]).map(\.rowCount).reduce(0, +) == 1)
    #expect(try frame.head(0).randomSplit([1, 1]).map(\.rowCount) == [0, 0])
    // A row goes where it goes whatever the order of the rows.
    let reversed = try frame.iloc[Array((0..<100).reversed())].randomSplit([0.7, 0.3], seed: 5)
    let straight = try frame.randomSplit([0.7, 0.3], seed: 5)
    #expect(Set(reversed[0].rowIDs) == Set(straight[0].rowIDs))
    #expect(
      message { try frame.randomSplit([0.5, 0]) }
        == "a split by [0.5, 0.0], expected shares above 0"
    )
    #expect(message { try frame.randomSplit([]) }.hasPrefix("a split by []"))
  }

  @Test func splitsStrataAlike() throws {
    let parts = try frame.stratifiedSplit([0.75, 0.25], by: "kind", seed: 2)
    #expect(parts.map(\.rowCount) == [75, 25])
    #expect(try parts[1]["kind"].valueCounts()["count"] == Column([20, 5]))
    #expect(try parts == frame.stratifiedSplit([3, 1], by: "kind", seed: 2))
    #expect(try frame.head(0).stratifiedSplit([1, 1], by: "kind").map(\.rowCount) == [0, 0])
    #expect(message { try frame.stratifiedSplit([1], by: "Kind") }.contains("did you mean 'kind'?"))
    #expect(message { try frame.head(0).stratifiedSplit([-1], by: "kind") }.contains("above 0"))
  }
}
