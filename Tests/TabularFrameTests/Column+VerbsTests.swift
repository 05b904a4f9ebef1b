import TabularCSV
import Testing

@testable import TabularFrame

struct ColumnVerbsTests {
  @Test func mapsByDictionary() throws {
    var passengers = try DataFrame(csv: "Sex,Age\nmale,1\nfemale,2\n,3\nother,4\n")
    passengers["Sex"] = try passengers["Sex"].map(["male": 0, "female": 1])
    #expect(try passengers["Sex"] == Column([0, 1, nil, nil]))
    #expect(try passengers["Sex"].type == .int64)
    #expect(try passengers["Age"].map([1: 0.5, 3: 1.5]) == Column([0.5, nil, 1.5, nil]))
    #expect(try Column(["x", nil]).asCategory().map(["x": true]) == Column([true, nil]))
    #expect(
      message { try passengers["Age"].map(["1": 2]) }
        == "a column of type int64 cannot be read as String"
    )
  }

  @Test func mapsByClosure() throws {
    let ages = Column([31, nil, 7])
    #expect(try ages.map { (age: Int) in age > 18 } == Column([true, nil, false]))
    #expect(try ages.map { (age: Double) in age / 2 } == Column([15.5, nil, 3.5]))
    #expect(try ages.map { (age: Int) in "\(age)" } == Column(["31", nil, "7"]))
    #expect(try ages.map { (age: Int) in age > 18 ? age : nil } == Column([31, nil, nil]))
    #expect(message { try ages.map { (text: String) in text } }.contains("String"))
    struct Stop: Error {}
    #expect(throws: Stop.self) { try ages.map { (_: Int) -> Int in throw Stop() } }
  }

  @Test func fillsNullsOfEveryType() throws {
    let day = CalendarDate(daysSinceEpoch: 1)
    let instant = Timestamp(microsecondsSinceEpoch: 1)
    #expect(try Column([nil, true]).fillNulls(false) == Column([false, true]))
    #expect(try Column([nil, 1]).fillNulls(2) == Column([2, 1]))
    #expect(try Column([nil, 1.5]).fillNulls(2) == Column([2, 1.5]))
    #expect(try Column([nil, 1.5]).fillNulls(2.5) == Column([2.5, 1.5]))
    #expect(try Column([nil, day]).fillNulls(.date(day)) == Column([day, day]))
    #expect(
      try Column([nil, instant]).fillNulls(.datetime(instant)) == Column([instant, instant])
    )
    let category = try Column(["a", nil]).asCategory().fillNulls("b")
    #expect(category.type == .category && category[1] == "b" && category.nullCount == 0)
    #expect(message { try Column([nil, 1]).fillNulls("x") }.contains("cannot be filled with x"))
    #expect(message { try Column([nil, true]).fillNulls(1) }.contains("type bool"))
  }

  @Test func countsDistinctValues() throws {
    #expect(Column([1, 1, nil, 2]).distinctCount == 2)
    #expect(Column([true, nil, true]).distinctCount == 1)
    #expect(Column([0.0, -0.0, .nan, -.nan, nil, .infinity]).distinctCount == 3)
    // Canonically equivalent, but of other bytes.
    #expect(Column(["\u{E9}", "e\u{301}", "", nil]).distinctCount == 3)
    #expect(Column(["\u{E9}", "e\u{301}", "", nil]).asCategory().distinctCount == 3)
    // The dictionary outlives the rows.
    #expect(Column(["a", "b", "a"]).asCategory().slice(0..<1).distinctCount == 1)
    #expect(Column([String?]()).distinctCount == 0)
    #expect(try everyType().namedColumns.map(\.column.distinctCount) == [2, 2, 2, 2, 2, 2, 1])
  }

  @Test func categoriesReadAsTexts() throws {
    let texts = ["b", nil, "", "a", "b"]
    let category = Column(texts).asCategory()
    #expect(category.type == .category && category.count == 5 && category.nullCount == 1)
    #expect(try Array(TypedColumn<String>(category)) == texts)
    #expect(category != Column(texts))
    #expect(category.taking([4, 0]) == category.taking([0, 4]))
    #expect(category == Column(texts.reversed()).asCategory().taking([4, 3, 2, 1, 0]))
  }

  @Test func describesItself() {
    #expect(Column([1, nil]).description == "int64 [1, null], 2 rows, 1 null")
    #expect(
      Column(Array(0..<9)).description == "int64 [0, 1, 2, 3, 4, 5, 6, 7, ...], 9 rows, 0 null"
    )
    #expect(Column([nil, true]).isNull == Column([true, false]))
  }

  @Test func floatsTakeTheirShortestText() {
    let floats: [Float] = [0.1, 16_777_216, -.infinity]
    #expect(Column(shortest: floats) == Column([0.1, 16_777_216, -.infinity]))
  }
}
