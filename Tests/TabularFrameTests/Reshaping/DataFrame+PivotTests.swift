import TabularCSV
import Testing

@testable import TabularFrame

struct DataFramePivotTests {
  let frame: DataFrame

  init() throws {
    frame = try DataFrame([
      ("k", Column(["b", "a", "b", "a", nil])), ("c", Column(["x", "y", "x", "x", "y"])),
      ("v", Column([1, 2, 3, 4, 5])),
    ])
  }

  // pandas 3.1.1: df.pivot_table(index="k", columns="c", values="v", aggfunc=...)
  @Test(arguments: [
    (PivotAggregate.mean, [4, 2]), (.sum, [4, 4]), (.count, [1, 2]), (.min, [4, 1]),
    (.max, [4, 3]), (.median, [4, 2]), (.std, [nil, 1.4142135623730951]), (.first, [4, 1]),
    (.last, [4, 3]),
  ])
  func pivots(aggregate: PivotAggregate, expected: [Double?]) throws {
    let table = try frame.pivot(index: "k", columns: "c", values: "v", aggregate: aggregate)
    #expect(table.columns == ["k", "x", "y"])
    #expect(try table["k"] == Column(["a", "b"]))
    #expect(try isClose(table["x"].cast(to: .float64), expected), "\(aggregate)")
    #expect(try table["y"].isNull == Column([aggregate == .std, true]))
    let isFloat = [.mean, .median, .std].contains(aggregate)
    #expect(try table["x"].type == (isFloat ? .float64 : .int64))
  }

  @Test func cellsOfOneRowNeedNoAggregate() throws {
    let once = frame.iloc[[0, 1, 3]]
    let table = try once.pivot(index: "k", columns: "c", values: "v")
    #expect(try table["x"] == Column([4, 1]) && table["y"] == Column([2, nil]))
    #expect(
      message { try frame.pivot(index: "k", columns: "c", values: "v") }
        == "2 rows have k 'b' and c 'x'; say with aggregate: what becomes of them"
    )
    let texts = try once.pivot(index: "v", columns: "c", values: "k")
    #expect(try texts["x"] == Column(["b", nil, "a"]))
    #expect(
      message { try frame.pivot(index: "z", columns: "c", values: "v") }.contains("column 'z'")
    )
    #expect(
      message { try frame.pivot(index: "v", columns: "c", values: "k", aggregate: .sum) }
        .contains("sum of a column of type string")
    )
    let empty = try frame.head(0).pivot(index: "k", columns: "c", values: "v")
    #expect(empty.shape == (0, 1))
  }

  // pandas 3.1.1: pd.crosstab(df.k, df.c)
  @Test func crosstabulates() throws {
    let table = try frame.crosstab(index: "k", columns: "c")
    #expect(try table["k"] == Column(["a", "b"]))
    #expect(try table["x"] == Column([1, 2]) && table["y"] == Column([1, 0]))
    #expect(try frame.head(0).crosstab(index: "k", columns: "c").shape == (0, 1))
    #expect(try frame.head(1).crosstab(index: "k", columns: "c").shape == (1, 2))
    let ages = try DataFrame([
      ("bin", Column([70, 5, 5]).cut([0, 12, 100])), ("alive", Column([true, nil, false])),
    ])
    #expect(
      try ages.crosstab(index: "bin", columns: "alive")["bin"].cast(to: .string)
        == Column(["(0, 12]", "(12, 100]"])
    )
    let clash = try DataFrame([("k", Column(["a"])), ("c", Column(["k"]))])
    #expect(message { try clash.crosstab(index: "k", columns: "c") } == "two columns are named 'k'")
  }

  // pandas 3.1.1: df.melt(id_vars=["k"], value_vars=["v", "w"])
  @Test func melts() throws {
    var wide = try frame.select(["k", "v"]).head(2)
    wide["w"] = Column([0.5, nil])
    let long = try wide.melt(keeping: ["k"])
    #expect(long.columns == ["k", "variable", "value"])
    #expect(try long["k"] == Column(["b", "a", "b", "a"]))
    #expect(try long["variable"] == Column(["v", "v", "w", "w"]))
    #expect(try long["value"] == Column([1, 2, 0.5, nil]))
    #expect(long.rowIDs.map(\.record) == [0, 1, 0, 1])
    #expect(try frame.melt(values: ["v"], variableName: "n", valueName: "x").columns == ["n", "x"])
    #expect(try frame.head(0).melt(keeping: ["k"], values: ["v"]).shape == (0, 3))
    #expect(
      message { try frame.melt(keeping: ["k"]) }
        == "melt of columns of types that do not mix: c (string), v (int64); "
        + "cast them with cast(to:), or name the values"
    )
    #expect(
      message { try frame.melt(keeping: ["k", "c", "v"]) } == "melt of no column; name the values"
    )
    #expect(
      message { try frame.melt(keeping: ["k"], values: ["v"], valueName: "k") }.contains(
        "two columns"
      )
    )
  }
}
