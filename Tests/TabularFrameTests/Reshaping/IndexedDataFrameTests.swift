import TabularCSV
import Testing

@testable import TabularFrame

struct IndexedDataFrameTests {
  @Test func findsRowsByLabel() throws {
    let people = try people()
    let byName = try people.setIndex("name")
    #expect(byName.frame.columns == ["age", "fare", "alive"])
    #expect(try byName.loc["Bo"].rowIDs.map(\.record) == [1])
    #expect(try byName.loc["Di", "age"] == Column([40]))
    #expect(try byName.loc[["Di", "Ann"], ["age"]] == people.iloc[[3, 0]].select(["age"]))
    #expect(try byName.loc[["Di", "Ann"]].columns == ["age", "fare", "alive"])
    #expect(try byName.loc["Ann", ["fare"]] == people.iloc[[0]].select(["fare"]))
    #expect(try byName.loc[Value.null].rowIDs.map(\.record) == [2])
    #expect(try byName.resetIndex() == people)
  }

  @Test func repeatedLabelsGiveAllTheirRows() throws {
    let frame = try DataFrame([
      ("k", Column([1.5, 2, 1.5, -0.0])), ("v", Column([1, 2, 3, 4])),
      ("d", Column(["2020-01-01", nil, "2020-01-02", "2020-01-01"]).cast(to: .date)),
    ])
    #expect(try frame.setIndex("k").loc[1.5, "v"] == Column([1, 3]))
    #expect(try frame.setIndex("k").loc[[2.0, 1.5], ["v"]] == frame.iloc[[1, 0, 2]].select(["v"]))
    #expect(try frame.setIndex("k").loc[2, "v"] == Column([2]))
    #expect(try frame.setIndex("k").loc[0, "v"] == Column([4]))
    #expect(try frame.setIndex("v").loc[2.0, "k"] == Column([2.0]))
    #expect(try frame.setIndex("d").loc["2020-01-01", "v"] == Column([1, 4]))
    let composed = try DataFrame([("k", Column(["\u{E9}", "e\u{301}"])), ("v", Column([1, 2]))])
    #expect(try composed.setIndex("k").loc["e\u{301}", "v"] == Column([2]))
  }

  @Test func saysWhatIsNotThere() throws {
    let people = try people()
    let byName = try people.setIndex("name")
    #expect(
      message { try byName.loc["Anne"] }
        == "no row labelled 'Anne' in 'name'; did you mean 'Ann'?"
    )
    #expect(message { try byName.loc[["Ann", "X"]] }.hasPrefix("no row labelled 'X' in 'name'"))
    #expect(message { try byName.loc["Ann", "agee"] } == "no column 'agee'; did you mean 'age'?")
    #expect(message { try people.setIndex("nam") } == "no column 'nam'; did you mean 'name'?")
    let empty = try people.head(0).setIndex("name")
    #expect(
      message { try empty.loc["Ann"] } == "no row labelled 'Ann' in 'name'; there are none"
    )
    let one = try DataFrame([("k", Column([1]))]).setIndex("k")
    #expect(try one.loc[1].shape == (1, 0) && one.resetIndex().columns == ["k"])
  }

  @Test func positionsTakeMasks() throws {
    let people = try people()
    #expect(people.iloc[[true, false, true, false]].rowIDs.map(\.record) == [0, 2])
    #expect(try people.iloc[people["age"] > 30].rowIDs.map(\.record) == [0, 3])
    #expect(message { try people.iloc[people["age"]] } != "no error")
    #expect(message { try people.iloc[Column([true])] }.contains("mask of 1 rows"))
  }

  @Test func aMaskOfAnotherLengthTraps() async {
    await #expect(processExitsWith: .failure) { _ = try people().iloc[[true]] }
  }

  @Test func fillsWithStatistics() throws {
    #expect(try Column([1, nil, 3]).fillNulls(Column([1, nil, 3]).median()) == Column([1, 2, 3]))
    let halves = Column([1, nil, 2])
    #expect(
      message { try halves.fillNulls(halves.median()) }
        == "nulls of a column of type int64 cannot be filled with 1.5; "
        + "cast it with cast(to: .float64) first"
    )
  }
}
