import Testing

@testable import TabularCSV
@testable import TabularFrame

struct DataFrameVerbsTests {
  @Test func selectsDropsAndRenames() throws {
    let frame = try people()
    #expect(try frame.select(["fare", "name"]).columns == ["fare", "name"])
    #expect(try frame.select([]).shape == (rows: 4, columns: 0))
    #expect(try frame.drop(columns: ["age", "fare"]).columns == ["name", "alive"])
    #expect(
      try frame.rename(["age": "name", "name": "age"]).columns == ["age", "name", "fare", "alive"]
    )
    #expect(try frame.rename(["age": "years"])["years"] == frame["age"])
    #expect(message { try frame.rename(["age": "fare"]) } == "two columns are named 'fare'")
    #expect(message { try frame.rename(["z1": "a", "z0": "b"]) }.hasPrefix("no column 'z0'"))
    #expect(message { try frame.drop(columns: ["fares"]) }.contains("'fare'"))
    #expect(message { try frame.select(["sex"]) }.hasPrefix("no column 'sex'"))
  }

  @Test func dropsRows() throws {
    let frame = try people()
    #expect(try frame.drop(rows: [0, 2, 2])["name"] == Column(["Bo", "Di"]))
    #expect(frame.drop(rows: []) == frame)
    #expect(try frame.dropNulls().rowIDs.map(\.record) == [0])
    #expect(try frame.dropNulls(columns: ["age"])["name"] == Column(["Ann", nil, "Di"]))
    #expect(try frame.dropNulls(columns: []) == frame)
    #expect(message { try frame.dropNulls(columns: ["Age"]) }.contains("'age'"))
  }

  @Test func fillsNulls() throws {
    let filled = try people().fillNulls(["age": 0, "fare": 1, "name": "?"])
    #expect(try filled["age"] == Column([31, 0, 7, 40]))
    #expect(try filled["fare"] == Column([7.25, 0.5, 12, 1]))
    #expect(try filled["name"] == Column(["Ann", "Bo", "?", "Di"]))
    #expect(try people().fillNulls(["age": nil]) == people())
    #expect(
      message { try people().fillNulls(["name": 1, "age": 0.5]) }
        == "column 'age': nulls of a column of type int64 cannot be filled with 0.5"
    )
    #expect(message { try people().fillNulls(["nam": 1]) }.contains("'name'"))
  }

  @Test func filtersByClosureAndMask() throws {
    let frame = try people()
    let adults = try frame.filter { try $0["age", as: Int.self] ?? 0 >= 18 }
    #expect(try adults["name"] == Column(["Ann", "Di"]))
    #expect(adults.rowIDs.map(\.record) == [0, 3])
    #expect(try frame.filter(frame["alive"]) == adults)
    #expect(try frame.filter(Column([true, nil, false, nil])).rowCount == 1)
    #expect(
      message { try frame.filter(Column([true])) } == "a mask of 1 rows for a frame of 4"
    )
    #expect(
      message { try frame.filter(frame["age"]) }
        == "a column of type int64 cannot be read as Bool"
    )
    struct Stop: Error {}
    #expect(throws: Stop.self) { try frame.filter { _ in throw Stop() } }
  }

  @Test func takesFromBothEnds() throws {
    let frame = try people()
    #expect(try frame.head(2)["name"] == Column(["Ann", "Bo"]))
    #expect(try frame.tail(3)["name"] == Column(["Bo", nil, "Di"]))
    #expect(frame.head() == frame && frame.tail(9) == frame)
    #expect(frame.head(0).rowCount == 0 && frame.tail(-1).rowCount == 0)
    #expect(frame.tail(2).rowIDs.map(\.record) == [2, 3])
    #expect(frame.tail(3).head(2).tail(1).rowIDs.map(\.record) == [2])
    #expect(frame.tail(3).filter { _ in true }.tail(2).rowIDs.map(\.record) == [2, 3])
  }

  @Test func concatenates() throws {
    let frame = try everyType()
    let whole = try DataFrame.concat([frame.tail(1), frame, frame.head(0)])
    #expect(whole.rowIDs.map(\.record) == [2, 0, 1, 2])
    #expect(whole == frame.taking([2, 0, 1, 2]))
    #expect(try DataFrame.concat([]) == DataFrame())
    let narrow = try frame.drop(columns: ["bool"])
    #expect(message { try DataFrame.concat([frame, narrow]) }.contains("'bool'"))
    #expect(message { try DataFrame.concat([narrow, frame]) }.contains("'bool'"))
    let other = try DataFrame([("x", Column([1]))])
    #expect(
      message { try DataFrame.concat([other, DataFrame([("x", Column(["1"]))])]) }
        == "column 'x' is of type int64 and of type string"
    )
  }

  /// Every verb on a frame without rows, with one row, and without columns.
  @Test(arguments: [0, 1])
  func smallFramesGoThroughEveryVerb(rows: Int) throws {
    let frame = try everyType().head(rows)
    #expect(frame.filter { _ in false }.shape == (rows: 0, columns: 7))
    #expect(frame.filter { _ in true } == frame)
    #expect(try frame.filter(frame["bool"]).rowCount == rows)
    #expect(try frame.loc[frame["bool"], ["int64"]].shape == (rows: rows, columns: 1))
    #expect(frame.drop(rows: Array(0..<rows)).rowCount == 0)
    #expect(try frame.dropNulls() == frame)
    #expect(frame.head() == frame && frame.tail() == frame)
    #expect(frame.iloc[0...] == frame && frame.iloc[[]].rowCount == 0)
    #expect(frame.iloc[..<rows, [0]].shape == (rows: rows, columns: 1))
    #expect(try frame.fillNulls(["int64": 0]) == frame)
    #expect(try frame.rename(["bool": "flag"]).rowCount == rows)
    #expect(try frame["string"].map(["": 1]).count == rows)
    #expect(try frame["string"].asCategory().distinctCount == rows)
    #expect(try frame["float64"].isNull.count == rows)
    #expect(frame.description.hasSuffix(rows == 1 ? "[1 row x 7 columns]" : "[0 rows x 7 columns]"))
    let read = try DataFrame(
      csv: frame.csv(),
      options: .init(types: frame.typeCommands)
    )
    #expect(read == frame)
    #expect(try DataFrame.concat([frame, frame]).rowCount == 2 * rows)

    let bare = try frame.select([])
    #expect(bare.shape == (rows: rows, columns: 0) && bare.rowIDs == frame.rowIDs)
    #expect(bare.iloc[0...].rowCount == rows && bare.head().rowCount == rows)
    #expect(try bare.dropNulls().rowCount == rows)
    #expect(bare.csv() == String(repeating: "\n", count: rows + 1))
  }
}
