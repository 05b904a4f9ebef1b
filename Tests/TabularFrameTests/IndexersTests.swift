import Testing

@testable import TabularFrame

struct IndexersTests {
  /// Rows 0 to 4, columns a, b, c; the value of a row and a column is 10 * row + column.
  static func grid() throws -> DataFrame {
    try DataFrame(
      ["a", "b", "c"].enumerated().map { position, name in
        (name: name, column: Column((0..<5).map { 10 * $0 + position }))
      }
    )
  }

  static func values(_ frame: DataFrame) -> [[Value]] {
    (0..<frame.rowCount).map { row in frame.namedColumns.map { $0.column[row] } }
  }

  @Test func takesARow() throws {
    let frame = try Self.grid()
    #expect(try frame.iloc[3]["b"] == 31)
    #expect(try frame.iloc[-1]["c"] == 42)
    #expect(frame.iloc[-5].position == 0)
    #expect(frame.iloc[2].id == RowID(record: 2))
    #expect(try frame.iloc[2]["b", as: Double.self] == 21)
    #expect(message { try frame.iloc[2]["d"] }.contains("no column 'd'"))
  }

  @Test func takesAValue() throws {
    let frame = try Self.grid()
    #expect(frame.iloc[1, 2] == 12 && frame.iloc[-1, -3] == 40)
  }

  @Test func takesRanges() throws {
    let iloc = try Self.grid().iloc
    func rows(_ frame: DataFrame) throws -> [Int?] { Array(try frame["a", as: Int.self]) }
    #expect(try rows(iloc[1..<3]) == [10, 20])
    #expect(try rows(iloc[1...3]) == [10, 20, 30])
    #expect(try rows(iloc[...1]) == [0, 10])
    #expect(try rows(iloc[..<1]) == [0])
    #expect(try rows(iloc[3...]) == [30, 40])
    #expect(try rows(iloc[5...]) == [])
    #expect(try rows(iloc[2..<2]) == [])
    // From the end, as pandas' iloc[-2:], iloc[:-3] and iloc[-3:-1].
    #expect(try rows(iloc[(-2)...]) == [30, 40])
    #expect(try rows(iloc[..<(-3)]) == [0, 10])
    #expect(try rows(iloc[...(-4)]) == [0, 10])
    #expect(try rows(iloc[...(-1)]) == [0, 10, 20, 30, 40])
    #expect(try rows(iloc[-3..<(-1)]) == [20, 30])
    #expect(try rows(iloc[-3...(-1)]) == [20, 30, 40])
    #expect(try rows(iloc[-2..<0]) == [30, 40])
    #expect(try rows(iloc[-5..<2]) == [0, 10])
  }

  @Test func takesListsInTheirOrder() throws {
    let frame = try Self.grid()
    #expect(Self.values(frame.iloc[[4, 0, -1, 0]]).map(\.first) == [40, 0, 40, 0])
    #expect(frame.iloc[[4, 0, -1]].rowIDs.map(\.record) == [4, 0, 4])
  }

  @Test func takesRowsAndColumnsInAllCombinations() throws {
    let iloc = try Self.grid().iloc
    #expect(Self.values(iloc[0..<2, 1...2]) == [[1, 2], [11, 12]])
    #expect(Self.values(iloc[(-1)..., [2, 0]]) == [[42, 40]])
    #expect(Self.values(iloc[[3, 1], ..<2]) == [[30, 31], [10, 11]])
    #expect(Self.values(iloc[[3, 1], [-1, 0]]) == [[32, 30], [12, 10]])
    #expect(iloc[[0], [2, 0]].columns == ["c", "a"])
    #expect(iloc[0..., 3...].shape == (rows: 5, columns: 0))
  }

  @Test func trapsOutOfRange() async {
    await #expect(processExitsWith: .failure) { _ = try IndexersTests.grid().iloc[5] }
    await #expect(processExitsWith: .failure) { _ = try IndexersTests.grid().iloc[2..<6] }
    await #expect(processExitsWith: .failure) { _ = try IndexersTests.grid().iloc[(-6)...] }
    await #expect(processExitsWith: .failure) { _ = try IndexersTests.grid().iloc[[0], [1, 1]] }
  }

  @Test func takesByLabel() throws {
    let frame = try people()
    #expect(try frame.loc[2]["age"] == 7)
    #expect(try frame.loc[3, "name"] == "Di")
    #expect(try frame.loc[3, ["fare", "name"]].description == "fare  null\nname  Di")
    #expect(message { try frame.loc[4] } == "no row labelled 4; labels go from 0 to 3")
    #expect(message { try frame.loc[-1, "name"] }.hasPrefix("no row labelled -1"))
    #expect(message { try frame.head(0).loc[0] } == "no row labelled 0; there are none")
    #expect(message { try frame.loc[0, "nam"] }.contains("'name'"))
  }

  @Test func takesByMask() throws {
    let frame = try people()
    let alive = try frame["alive"]
    #expect(try frame.loc[alive].rowIDs.map(\.record) == [0, 3])
    #expect(try frame.loc[alive, ["age"]].shape == (rows: 2, columns: 1))
    #expect(try frame.loc[alive, "age"] == Column([31, 40]))
    #expect(try frame.loc[frame["name"].isNull, "age"] == Column([7]))
    #expect(message { try frame.loc[frame["age"]] }.contains("Bool"))
    #expect(message { try frame.loc[alive, "ag"] }.contains("'age'"))
    #expect(message { try frame.loc[Column([true]), "age"] }.contains("a mask of 1 rows"))
  }
}
