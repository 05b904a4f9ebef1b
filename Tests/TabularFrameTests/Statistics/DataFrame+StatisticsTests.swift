import TabularCSV
import Testing

@testable import TabularFrame

struct DataFrameStatisticsTests {
  let numbers: DataFrame

  init() throws {
    numbers = try DataFrame([
      ("a", Column([1, 2, nil, 4, 5.5])), ("b", Column([2, 1, 3, nil, 9])),
      ("c", Column([1, 1, 2, 3, 5])), ("t", Column(["b", "a", "a", nil, "x"])),
    ])
  }

  // pandas 3.1.1: df.corr(), pairwise complete
  @Test func correlates() throws {
    let corr = try numbers.corr()
    #expect(try corr["column"] == Column(["a", "b", "c"]))
    #expect(try isClose(corr["a"], [1, 0.9466316852533144, 0.9716254134469435]))
    #expect(try isClose(corr["b"], [0.9466316852533144, 1, 0.9921673745012765]))
    #expect(try isClose(corr["c"], [0.9716254134469435, 0.9921673745012765, 1]))
    #expect(try isClose(numbers.corr("a", "b"), 0.9466316852533144))
    let flat = try DataFrame([("x", Column([1, 1])), ("y", Column([1, 2]))])
    #expect(try flat.corr("x", "y").isNaN)
    #expect(
      message { try numbers.corr("a", "t") }
        == "corr of column 't' of type string, expected numbers"
    )
    #expect(message { try numbers.corr("a", "B") } == "no column 'B'; did you mean 'b'?")
  }

  // pandas 3.1.1: df.quantile([.1, .5])
  @Test func findsQuantiles() throws {
    let found = try numbers.quantile([0.1, 0.5])
    #expect(found.columns == ["quantile", "a", "b", "c"])
    #expect(try isClose(found["a"], [1.3, 3]) && isClose(found["b"], [1.3, 2.5]))
    #expect(try isClose(found["c"], [1, 2]))
    #expect(message { try numbers.quantile([2]) }.hasPrefix("a quantile of 2.0"))
  }

  // pandas 3.1.1: df.describe(include=...)
  @Test func describes() throws {
    let all = try numbers.describe(.all)
    #expect(
      try all["statistic"]
        == Column([
          "count", "unique", "top", "freq", "mean", "std", "min", "25%", "50%", "75%", "max",
        ])
    )
    #expect(try all["t"] == Column(["4", "3", "a", "2", nil, nil, nil, nil, nil, nil, nil]))
    #expect(try all["c"][1] == .null && all["c"][4] == 2.4)
    #expect(try numbers.describe().columns == ["statistic", "a", "b", "c"])
    #expect(try numbers.describe(.texts).rowCount == 4)
    #expect(try numbers[["t"]].describe() == numbers.describe(.texts))
    let one = try DataFrame([("x", Column([1, nil]))]).describe()
    #expect(try isClose(one["x"], [1, 1, .nan, 1, 1, 1, 1, 1]))
    let none = try DataFrame([("x", Column([Double?]())), ("t", Column([String?]()))])
    #expect(try isClose(none.describe()["x"], [0, .nan, .nan, .nan, .nan, .nan, .nan, .nan]))
    #expect(try none.describe(.texts)["t"] == Column(["0", "0", nil, nil]))
    #expect(
      message { try numbers[["t"]].describe(.numbers) }
        == "no column to describe: there are t (string)"
    )
    #expect(message { try DataFrame().describe() } == "no column to describe: there are none")
  }

  @Test func countsValues() throws {
    let column = Column(["b", "a", nil, "c", "a", "c", "d"])
    let counts = column.valueCounts()
    #expect(try counts["value"] == Column(["a", "c", "b", "d"]))
    #expect(try counts["count"] == Column([2, 2, 1, 1]))
    let withNulls = Column([1, nil, nil, .nan, 2]).valueCounts(includingNulls: true)
    #expect(try withNulls["value"] == Column([nil, 1, .nan, 2]))
    #expect(try withNulls["count"] == Column([2, 1, 1, 1]))
    // pandas: value_counts(normalize=True)
    let shares = Column([1, 2, 2, nil]).valueCounts(normalized: true)
    #expect(try isClose(shares["proportion"], [2.0 / 3, 1.0 / 3]))
    #expect(Column(["b", nil, "a", "b", nil]).unique() == Column(["b", nil, "a"]))
    #expect(Column([0.0, -0.0, .nan, .nan]).unique() == Column([0, .nan]))
  }
}
