import TabularCSV
import TabularFrame
import Testing

struct DataFrameSortTests {
  private func order(_ frame: DataFrame, _ keys: SortKey...) throws -> [Int] {
    try frame.sort(by: keys).rowIDs.map(\.record)
  }

  /// As pandas: `sort_values(..., kind="stable", na_position="last")`, NaN being a null there.
  @Test func isStableWithNullsLast() throws {
    let frame = try people()
    #expect(try order(frame, "alive") == [1, 2, 0, 3])
    #expect(try order(frame, .descending("alive")) == [0, 3, 1, 2])
    #expect(try order(frame, "age") == [2, 0, 3, 1])
    #expect(try order(frame, .descending("age")) == [3, 0, 2, 1])
    #expect(try order(frame, "name") == [0, 1, 3, 2])
    #expect(try order(frame, "alive", .descending("fare")) == [2, 1, 0, 3])
  }

  @Test func ordersEveryType() throws {
    let doubles: [Double?] = [
      1, -.infinity, .nan, -0.0, 0, nil, -2, .infinity, .leastNonzeroMagnitude,
    ]
    let frame = try DataFrame([("x", Column(doubles))])
    #expect(try order(frame, "x") == [1, 6, 3, 4, 8, 0, 7, 2, 5])
    // By code points, not as a dictionary has them.
    let texts = ["b", "B", "ä", "a", "", "abcdefghi", "abcdefgh", "😎", "\u{FFFD}"] as [String?]
    let words = try DataFrame([
      ("text", Column(texts)), ("category", Column(texts).asCategory()),
    ])
    let expected = [4, 1, 3, 6, 5, 0, 2, 8, 7]
    #expect(try order(words, "text") == expected)
    #expect(try order(words, "category") == expected)
    #expect(try order(everyType(), .descending("int64")) == [2, 0, 1])
    #expect(try order(everyType(), "date") == [0, 2, 1])
    #expect(try order(everyType(), .descending("datetime")) == [2, 0, 1])
  }

  @Test func namesAMissingColumn() throws {
    #expect(message { try people().sort(by: "Age") }.contains("'Age'"))
  }

  @Test func sampleTakesEachRowAtMostOnce() throws {
    let frame = try DataFrame([("x", Column((0..<1000).map { $0 }))])
    let rows = frame.sample(100, seed: 3).rowIDs
    #expect(rows == frame.sample(100, seed: 3).rowIDs)
    #expect(rows != frame.sample(100, seed: 4).rowIDs)
    #expect(Set(rows).count == 100)
    #expect(Set(frame.sample(2000).rowIDs).count == 1000)
    #expect(frame.sample(0).rowCount == 0)
  }
}
