import Testing

@testable import TabularFrame

struct ColumnTests {
  /// Slices begin at any bit, and slices of slices count from their own first row.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func slicesAndTakesAgreeWithArrays(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    for _ in 0..<50 {
      let count = random.below(40)
      let bits = (0..<count).map { _ in
        random.chance(1, in: 3) ? nil : random.chance(1, in: 2)
      }
      let texts = bits.map { $0.map { $0 ? "true, in more than twelve bytes" : "" } }
      let low = random.below(count + 1)
      let range = low..<(low + random.below(count - low + 1))
      let rows = range.isEmpty ? [] : (0..<5).map { _ in random.below(range.count) }
      func check<Element: ColumnElement>(_ values: [Element?]) {
        let slice = Column(values).slice(range)
        #expect(slice == Column(Array(values[range])), "seed \(seed)")
        #expect(slice.nullCount == values[range].count { $0 == nil }, "seed \(seed)")
        #expect(
          slice.taking(rows) == Column(rows.map { values[range.lowerBound + $0] }),
          "seed \(seed)"
        )
      }
      check(bits)
      check(texts)
      check(bits.map { $0.map { $0 ? 1 : 0 } })
    }
  }

  @Test func aColumnWithoutNullsHasNoBitmap() {
    #expect(Column([1, 2]).validity == nil)
    #expect(Column([1, nil]).validity?.nullCount == 1)
    #expect(Column([1, nil, 3]).slice(2..<3).validity == nil)
  }

  @Test func trapsOutsideItsRows() async {
    await #expect(processExitsWith: .failure) { _ = Column([1])[1] }
  }

  @Test func rowsGiveFloats() throws {
    let frame = try people()
    #expect(try frame[["age", "alive"]].iloc[0].values() == [31, 1])
    let second = try frame[["age", "fare"]].iloc[1].values(as: Float.self)
    #expect(second[0].isNaN && second[1] == 0.5)
    #expect(
      message { try frame.iloc[0].values() }
        == "column 'name' is of type string, expected numbers; map or drop it"
    )
  }

  @Test func rowsDescribeThemselves() throws {
    #expect(
      try people().iloc[2].description == "name   null\nage    7\nfare   12.0\nalive  false"
    )
    let wide = try DataFrame([("\u{6771}\u{4EAC}", Column(["a\u{1B}b\n"])), ("x", Column([1]))])
    #expect(wide.iloc[0].description == "\u{6771}\u{4EAC}  a b \nx     1")
  }

  @Test func rowIDsOrderAndDescribe() {
    let ids = [RowID(file: 1, record: 0), RowID(record: 7), RowID(record: 1 << 40 - 1)]
    #expect(ids.sorted().map(\.description) == ["7", "1099511627775", "1:0"])
    #expect(ids.map(\.file) == [1, 0, 0])
  }
}
