import Testing

@testable import TabularFrame

struct GroupingTests {
  static let keys = [
    ["bool"], ["small"], ["int64"], ["float64"], ["date"], ["datetime"], ["string"], ["category"],
    ["small", "bool"], ["string", "category"], ["float64", "int64", "date"],
  ]

  /// A dictionary from key to number, asked row by row.
  private func plain(_ frame: DataFrame, _ names: [String], _ keepingNulls: Bool) throws -> (
    ids: [Int32], firstRows: [Int]
  ) {
    var numbers: [[PlainKey]: Int32] = [:]
    var (ids, firstRows) = ([Int32](), [Int]())
    for row in 0..<frame.rowCount {
      if try !keepingNulls && frame.hasNull(names, row) {
        ids.append(-1)
        continue
      }
      let key = try frame.plainKey(names, row)
      if numbers[key] == nil {
        numbers[key] = Int32(firstRows.count)
        firstRows.append(row)
      }
      ids.append(numbers[key] ?? -1)
    }
    return (ids, firstRows)
  }

  @Test(arguments: keys, [0, 1, 3, 100])
  func equalsADictionary(names: [String], rows: Int) throws {
    let seed = UInt64(rows * 31 + names.count)
    var frames = RandomFrames(seed: seed)
    let whole = try frames.frame(rows: rows + 3)
    for frame in [whole, whole.slice(2..<rows + 2)] {
      for keepingNulls in [false, true] {
        let expected = try plain(frame, names, keepingNulls)
        try onEachThreadCount {
          let found = try frame.grouping(by: names, keepingNulls: keepingNulls)
          #expect(found.ids.withPointer { Array($0) } == expected.ids, "seed \(seed)")
          #expect(found.firstRows == expected.firstRows, "seed \(seed)")
        }
      }
    }
  }

  /// Tables grow, and hold more keys than fit the place for each whole number.
  @Test func numbersManyKeys() throws {
    var random = SplitMix64(seed: 5)
    let wholes = (0..<6000).map { _ in Int64(random.below(3000)) << 40 }
    let texts = wholes.map { "a text of more than twelve bytes \($0)" }
    let frame = try DataFrame([("n", Column(wholes)), ("s", Column(texts))])
    for name in ["n", "s"] {
      let expected = try plain(frame, [name], false)
      try onEachThreadCount {
        let found = try frame.grouping(by: [name], keepingNulls: false)
        #expect(found.ids.withPointer { Array($0) } == expected.ids)
        #expect(found.firstRows == expected.firstRows)
      }
    }
  }

  /// So many different keys that they are sorted, and not looked up.
  @Test(arguments: [false, true])
  func sortsManyKeys(keepingNulls: Bool) throws {
    var random = SplitMix64(seed: 6)
    let wholes = (0..<9000).map { _ in
      random.chance(1, in: 9) ? nil : Int64(bitPattern: random.next()) & ~1023
    }
    let floats = wholes.map { $0.map { $0 % 31 == 0 ? .nan : $0 % 37 == 0 ? -0.0 : Double($0) } }
    let repeated = (0..<9000).map { row in random.chance(1, in: 3) ? wholes[row / 2] : wholes[row] }
    let frame = try DataFrame([
      ("n", Column(wholes)), ("x", Column(floats)), ("r", Column(repeated)),
    ])
    for names in [["n"], ["x"], ["r"], ["n", "r"]] {
      let expected = try plain(frame, names, keepingNulls)
      try onEachThreadCount {
        let found = try frame.grouping(by: names, keepingNulls: keepingNulls)
        #expect(found.ids.withPointer { Array($0) } == expected.ids)
        #expect(found.firstRows == expected.firstRows)
      }
    }
  }

  @Test func saysWhatIsWrong() throws {
    #expect(
      message { try people().grouping(by: [], keepingNulls: true) } == "no column to group by"
    )
    #expect(message { try people().grouping(by: ["Age"], keepingNulls: true) }.contains("'age'"))
  }
}
