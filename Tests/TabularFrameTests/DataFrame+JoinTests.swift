import Testing

@testable import TabularFrame

struct DataFrameJoinTests {
  /// Every pair of rows is compared; the rows of the result as pairs of positions.
  private func plain(
    _ left: DataFrame,
    _ right: DataFrame,
    _ keys: [String],
    _ how: JoinKind
  ) throws -> [[Int?]] {
    func keysOf(_ frame: DataFrame) throws -> [[PlainKey]?] {
      try (0..<frame.rowCount).map { try frame.hasNull(keys, $0) ? nil : frame.plainKey(keys, $0) }
    }
    let (l, r) = (try keysOf(left), try keysOf(right))
    func matches(_ key: [PlainKey]?, _ others: [[PlainKey]?]) -> [Int] {
      others.indices.filter { key != nil && others[$0] == key }
    }
    var pairs: [[Int?]] = []
    switch how {
    case .cross: for i in l.indices { for j in r.indices { pairs.append([i, j]) } }
    case .semi: for i in l.indices where !matches(l[i], r).isEmpty { pairs.append([i]) }
    case .anti: for i in l.indices where matches(l[i], r).isEmpty { pairs.append([i]) }
    case .right:
      for j in r.indices {
        let found = matches(r[j], l)
        pairs += found.isEmpty ? [[nil, j]] : found.map { [$0, j] }
      }
    case .inner, .left, .full:
      for i in l.indices {
        let found = matches(l[i], r)
        if found.isEmpty, how != .inner { pairs.append([i, nil]) }
        pairs += found.map { [i, $0] }
      }
      if how == .full {
        for j in r.indices where matches(r[j], l).isEmpty { pairs.append([nil, j]) }
      }
    }
    return pairs
  }

  @Test(arguments: JoinKind.allCases, GroupingTests.keys)
  func equalsEveryPairCompared(how: JoinKind, keys: [String]) throws {
    for (seed, rows) in [(1, (30, 20)), (2, (0, 9)), (3, (9, 0)), (4, (1, 1))]
      as [(UInt64, (Int, Int))]
    {
      var frames = RandomFrames(seed: seed)
      let left = try frames.frame(rows: rows.0)
      let right = try frames.frame(rows: rows.1)
      let expected = try plain(left, right, keys, how)
      try onEachThreadCount {
        let on = how == .cross ? [] : keys
        let joined = try left.join(right, on: on, how: how)
        let leftRows = try joined["row", as: Int.self]
        if how == .semi || how == .anti {
          #expect(leftRows.map { [$0] } == expected, "seed \(seed)")
          #expect(joined.columns == left.columns)
          return
        }
        let rightRows = try joined["row_right", as: Int.self]
        #expect(zip(leftRows, rightRows).map { [$0, $1] } == expected, "seed \(seed)")
        // A key is that of whichever row is there; the other columns are their side's.
        for name in left.columns {
          let (l, r) = (try left[name], try right[name])
          let values = expected.map { pair in
            pair[0].map { l[$0] } ?? (on.contains(name) ? pair[1].map { r[$0] } : nil) ?? .null
          }
          let found = try joined[name]
          #expect(values.indices.allSatisfy { values[$0].isIdentical(to: found[$0]) }, "\(name)")
          guard !on.contains(name) else { continue }
          let others = try joined[name + "_right"]
          let rightValues = expected.map { pair in pair[1].map { r[$0] } ?? .null }
          #expect(
            rightValues.indices.allSatisfy { rightValues[$0].isIdentical(to: others[$0]) },
            "\(name)"
          )
        }
        let ids = expected.map { pair -> RowID in
          let (l, r) = (pair[0].map { left.ids[$0] }, pair[1].map { right.ids[$0] })
          return (how == .right ? r : l ?? r) ?? RowID(record: 0)
        }
        #expect(joined.rowIDs == ids)
      }
    }
  }

  @Test func joinsTextsWithCategories() throws {
    let texts = try DataFrame([("k", Column(["b", "a", nil])), ("x", Column([1, 2, 3]))])
    let words = try DataFrame([
      ("key", Column(["a", "c", nil]).asCategory()), ("y", Column([10, 20, 30])),
    ])
    let joined = try texts.join(words, leftOn: ["k"], rightOn: ["key"], how: .full)
    #expect(joined.columns == ["k", "x", "y"])
    #expect(try joined["k"] == Column(["b", "a", nil, "c", nil]))
    #expect(try joined["y"] == Column([nil, 10, nil, 20, 30]))
    let other = try words.join(texts, leftOn: ["key"], rightOn: ["k"], how: .right)
    #expect(try other["key"] == Column(["b", "a", nil]).asCategory())
    #expect(try other["y"] == Column([nil, 10, nil]))
  }

  @Test func saysWhatIsWrong() throws {
    let frame = try people()
    let ages = try DataFrame([
      ("age", Column([31.0])), ("fare", Column([1.0])), ("fare_right", Column([1.0])),
      ("name", Column(["Ann"])),
    ])
    #expect(
      message { try frame.join(ages, on: "age") }
        == "key column 'age' is of type int64, 'age' on the right of type float64; cast one of them"
    )
    #expect(message { try frame.join(ages, on: "nam") }.contains("'name'"))
    #expect(
      message { try frame.join(ages, leftOn: ["name"], rightOn: ["nam"]) }.contains("'name'")
    )
    #expect(
      message { try frame.join(ages, on: "name", suffix: "_right") }
        == "both frames have a column 'fare', and 'fare_right' is taken too; choose another suffix"
        || message { try frame.join(ages, on: "name") }.contains("'fare_right'")
    )
    #expect(
      message { try frame.join(frame, on: "name", suffix: "") }
        == "both frames have a column 'age', and 'age' is taken too; choose another suffix"
    )
    #expect(
      message { try frame.join(ages, on: []) } == "no column to join on; only a cross join has none"
    )
    #expect(
      message { try frame.join(ages, on: "name", how: .cross) }
        == #"a cross join has no key columns, found ["name", "name"]"#
    )
    #expect(
      message { try frame.join(ages, leftOn: ["name", "age"], rightOn: ["name"]) }
        == "2 left key columns and 1 right ones, expected as many"
    )
    #expect(
      message { try frame.join(ages, on: "name", "name") } == "key column 'name' is named twice"
    )
  }

  @Test func refusesMoreRowsThanCanBeNumbered() throws {
    let one = try DataFrame([("x", Column([Int](repeating: 1, count: 50_000)))])
    let expected =
      "the join would have 2500000000 rows, at most 2147483647 are possible; "
      + "are keys repeated on both sides?"
    #expect(message { try one.join(one, on: [], how: .cross) } == expected)
    #expect(message { try one.join(one, on: "x") } == expected)
  }
}
