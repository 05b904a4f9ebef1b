import Testing

@testable import TabularFrame

struct GroupedFrameTests {
  /// pandas 3.1.1: `df.groupby("k").agg(...)` of the columns below.
  @Test func aggregatesAsPandas() throws {
    let frame = try DataFrame([
      ("k", Column(["b", "a", "b", nil, "a", "b", "c"])),
      ("n", Column([3, 1, nil, 9, 4, 5, nil])),
      ("x", Column([0.5, 2, .nan, 1, nil, 4, nil])),
      ("t", Column(["z", "", "y", "q", "é", "y", nil])),
      ("f", Column([true, false, nil, true, true, true, nil])),
    ])
    let result = try frame.groupBy("k").aggregate(
      .size(),
      .count("n"),
      .sum("n", as: "total"),
      .mean("x"),
      .std("x", as: "sd"),
      .var("x"),
      .median("n", as: "mid"),
      .min("t", as: "least"),
      .max("t", as: "greatest"),
      .first("x", as: "one"),
      .last("x", as: "end"),
      .nunique("t"),
      .quantile("n", 0.25, as: "q"),
      .sum("f", as: "trues"),
      .mean("f", as: "rate"),
      .sum("x", as: "xs"),
      .custom("n", as: "nulls") { .int64(Int64($0.nullCount)) }
    )
    let expected = try DataFrame([
      ("k", Column(["a", "b", "c"])), ("size", Column([2, 3, 1])), ("n", Column([2, 2, 0])),
      ("total", Column([5, 8, 0])), ("x_mean", Column([2, 2.25, nil])),
      ("sd", Column([nil, 2.4748737341529163, nil])), ("x_var", Column([nil, 6.125, nil])),
      ("mid", Column([2.5, 4.0, nil])), ("least", Column(["", "y", nil])),
      ("greatest", Column(["é", "z", nil])), ("one", Column([2, 0.5, nil])),
      ("end", Column([2.0, 4, nil])), ("t", Column([2, 2, 0])), ("q", Column([1.75, 3.5, nil])),
      ("trues", Column([1, 2, 0])), ("rate", Column([0.5, 1, nil])), ("xs", Column([2.0, 4.5, 0])),
      ("nulls", Column([0, 1, 1])),
    ])
    #expect(result == expected, "\(result.formatted(width: 400))")
  }

  @Test func ordersGroups() throws {
    let frame = try DataFrame([("k", Column(["b", nil, "a", "b"])), ("n", Column([1, 2, 3, 4]))])
    #expect(try frame.groupBy("k", sorted: false).sum()["k"] == Column(["b", "a"]))
    let kept = try frame.groupBy("k", dropNulls: false).sum()
    #expect(try kept["k"] == Column(["a", "b", nil]) && kept["n"] == Column([3, 5, 2]))
    #expect(
      try frame.groupBy("k", sorted: false, dropNulls: false).size()["size"] == Column([2, 1, 1])
    )
    #expect(try frame.groupBy(["k", "n"]).count().shape == (rows: 3, columns: 2))
    #expect(try frame.groupBy("k").groupCount == 2)
    let names = try frame.groupBy("k").aggregate(.count("k"), .min("n"), .max("n")).columns
    #expect(names == ["k", "k_count", "n_min", "n_max"])
  }

  @Test(arguments: [0, 1])
  func smallFramesGoThroughEveryAggregation(rows: Int) throws {
    let frame = try everyType().slice(0..<rows)
    for key in frame.columns {
      let groups = try frame.groupBy(key)
      for result in [
        try groups.size(), try groups.count(), try groups.sum(), try groups.mean(),
        try groups.median(), try groups.std(), try groups.min(), try groups.max(),
        try groups.first(), try groups.last(), try groups.nunique(),
      ] {
        #expect(result.rowCount == rows)
      }
      #expect(try groups.min().types.map(\.type).count == 7)
    }
  }

  /// Sums by group of numbers that cancel: exact to the last bit, and the same for any threads.
  @Test func sumsDoNotDependOnThreads() throws {
    var random = SplitMix64(seed: 11)
    let rows = 40_000
    let keys = Column((0..<rows).map { _ in random.below(3) })
    let numbers = (0..<rows).map { _ in (random.unit() - 0.5) * (random.chance(1, in: 9) ? 1e12 : 1)
    }
    let frame = try DataFrame([("k", keys), ("x", Column(numbers))])
    var known: DataFrame?
    try onEachThreadCount {
      let result = try frame.groupBy("k").aggregate(
        .sum("x", as: "s"),
        .std("x"),
        .median("x", as: "m")
      )
      #expect(known == nil || known == result)
      known = result
    }
    let sums = try #require(known)["s"]
    for group in 0..<3 {
      // In integers of 2^-60, which hold each number.
      var exact: Int128 = 0
      for row in 0..<rows where keys[row] == .int64(Int64(group)) {
        exact += Int128((numbers[row] * 0x1p60).rounded())
      }
      #expect(
        abs(Double(exact) * 0x1p-60 - (sums[group].number ?? .nan))
          <= abs(Double(exact) * 0x1p-60).ulp
      )
    }
  }

  @Test(arguments: [1, 2] as [UInt64])
  func equalsPlainAggregation(seed: UInt64) throws {
    var frames = RandomFrames(seed: seed)
    let frame = try frames.frame(rows: 100)
    for keys in [["small"], ["string", "bool"], ["float64"]] {
      var rowsOf: [[PlainKey]: [Int]] = [:]
      for row in 0..<frame.rowCount where try !frame.hasNull(keys, row) {
        rowsOf[try frame.plainKey(keys, row), default: []].append(row)
      }
      try onEachThreadCount {
        let groups = try frame.groupBy(keys)
        for name in frame.columns where !keys.contains(name) {
          let column = try frame[name]
          let result = try groups.aggregate(
            .count(name, as: "c"),
            .first(name, as: "f"),
            .last(name, as: "l"),
            .min(name, as: "lo"),
            .max(name, as: "hi"),
            .nunique(name, as: "u"),
            .first("row", as: "row")
          )
          for group in 0..<result.rowCount {
            let first = try #require(try result["row", as: Int.self][group])
            let rows = rowsOf[try frame.plainKey(keys, first)] ?? []
            let present = rows.filter { !column[$0].isNull && column[$0].number?.isNaN != true }
            let order = try frame.taking(present).sort(by: SortKey(name))[name]
            #expect(try result["c"][group] == .int64(Int64(present.count)))
            #expect(
              try result["u"][group]
                == .int64(Int64(Set(present.map { PlainKey(column[$0]) }).count))
            )
            #expect(
              PlainKey(try result["f"][group])
                == PlainKey(present.first.map { column[$0] } ?? .null)
            )
            #expect(
              PlainKey(try result["l"][group]) == PlainKey(present.last.map { column[$0] } ?? .null)
            )
            #expect(
              PlainKey(try result["lo"][group]) == PlainKey(present.isEmpty ? .null : order[0])
            )
            #expect(
              PlainKey(try result["hi"][group])
                == PlainKey(present.isEmpty ? .null : order[present.count - 1])
            )
          }
        }
      }
    }
  }

  @Test func saysWhatIsWrong() throws {
    let frame = try people()
    #expect(message { try frame.groupBy("Name") }.contains("'name'"))
    #expect(message { try frame.groupBy([]) } == "no column to group by")
    #expect(message { try frame.groupBy("age", "age") } == "column 'age' is selected twice")
    let groups = try frame.groupBy("alive")
    #expect(message { try groups.aggregate(.sum("fares")) }.contains("'fare'"))
    #expect(
      message { try groups.aggregate(.mean("name")) }
        == "column 'name' is of type string, which has no mean; expected numbers"
    )
    #expect(
      message { try groups.aggregate(.quantile("age", 1.5)) }
        == "a quantile of 1.5, expected 0 to 1"
    )
    #expect(
      message { try groups.aggregate(.min("age", as: "a"), .max("age", as: "a")) }
        == "two columns are named 'a'"
    )
    #expect(
      message {
        try groups.aggregate(.custom("age") { $0.count == 2 && $0.nullCount == 0 ? 1 : "x" })
      }
        == "the closure for column 'age' made x and 1, expected one type"
    )
    let large = try DataFrame([("k", Column([1, 1])), ("n", Column([Int64.max, 1]))])
    #expect(
      message { try large.groupBy("k").sum() }
        == "column 'n': the sum 9223372036854775808 of a group has no room in an int64; cast the "
        + "column to float64"
    )
    #expect(try large.groupBy("k").mean()["n"] == Column([0x1p62]))
  }
}

extension Value {
  /// The number, where it is one.
  var number: Double? {
    switch self {
    case .float64(let float): float
    case .int64(let whole): Double(whole)
    default: nil
    }
  }
}
