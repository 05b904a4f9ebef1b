import Testing

@testable import TabularFrame

struct RowRanksTests {
  /// Standard library's stable sort, value by value: numbers, NaN, nulls.
  private func plain(_ frame: DataFrame, _ keys: [SortKey]) throws -> [Int] {
    func before(_ l: Value, _ r: Value, _ isDescending: Bool) -> Bool? {
      if PlainKey(l) == PlainKey(r) { return nil }
      if l.isNull || r.isNull { return r.isNull }
      switch (l, r) {
      case (.float64(let a), .float64(let b)):
        if a.isNaN || b.isNaN { return b.isNaN }
        return isDescending ? a > b : a < b
      case (.int64(let a), .int64(let b)): return isDescending ? a > b : a < b
      case (.bool(let a), .bool(let b)): return isDescending ? a && !b : b && !a
      case (.date(let a), .date(let b)): return isDescending ? a > b : a < b
      case (.datetime(let a), .datetime(let b)): return isDescending ? a > b : a < b
      case (.string(let a), .string(let b)):
        return isDescending
          ? b.utf8.lexicographicallyPrecedes(a.utf8) : a.utf8.lexicographicallyPrecedes(b.utf8)
      default: return nil
      }
    }
    let columns = try keys.map { (try frame[$0.column], $0.isDescending) }
    return (0..<frame.rowCount).sorted { l, r in
      for (column, isDescending) in columns {
        if let answer = before(column[l], column[r], isDescending) { return answer }
      }
      return l < r
    }
  }

  @Test(arguments: GroupingTests.keys, [0, 1, 2, 100])
  func equalsTheStandardSort(names: [String], rows: Int) throws {
    let seed = UInt64(rows + names.count)
    var frames = RandomFrames(seed: seed)
    let frame = try frames.frame(rows: rows)
    for isDescending in [false, true] {
      let keys = names.enumerated().map { SortKey($1, isDescending: isDescending != ($0 == 1)) }
      let expected = try plain(frame, keys)
      try onEachThreadCount {
        let sorted = try frame.sort(by: keys)
        #expect(try sorted["row"] == Column(expected), "seed \(seed)")
        #expect(sorted.rowIDs.map(\.record) == expected)
      }
    }
  }

  /// Enough rows to be dealt out to parts; every kind of spread.
  @Test(arguments: 0..<6)
  func sortsLongColumns(kind: Int) throws {
    var random = SplitMix64(seed: UInt64(kind))
    let keys = FixedVector<UInt64>(count: 20_000) { row in
      switch kind {
      case 0: random.next()
      case 1: random.next() >> 40
      case 2: UInt64(random.below(3))
      case 3: 1 << UInt64(random.below(64))
      case 4: UInt64(row) << 20
      default: random.chance(1, in: 2) ? 7 : .max - random.next() >> 50
      }
    }
    let expected = (0..<keys.count).sorted { (keys[$0], $0) < (keys[$1], $1) }.map { Int32($0) }
    onEachThreadCount {
      #expect(keys.ascendingPlaces().withPointer { Array($0) } == expected)
    }
  }

  @Test func nanIsBehindEveryNumberInBothDirections() throws {
    let frame = try DataFrame([("x", Column([.nan, 1, nil, .infinity, -.infinity] as [Double?]))])
    #expect(try frame.sort(by: "x").rowIDs.map(\.record) == [4, 1, 3, 0, 2])
    #expect(try frame.sort(by: .descending("x")).rowIDs.map(\.record) == [3, 1, 4, 0, 2])
  }
}
