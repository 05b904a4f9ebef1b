import TabularCSV
import Testing

@testable import TabularFrame

struct ColumnLogicTests {
  /// Kleene's three values: nil is a truth that is not known.
  private func and(_ l: Bool?, _ r: Bool?) -> Bool? {
    l == false || r == false ? false : l == nil || r == nil ? nil : true
  }

  private func or(_ l: Bool?, _ r: Bool?) -> Bool? {
    l == true || r == true ? true : l == nil || r == nil ? nil : false
  }

  @Test func agreesWithKleeneOnRandomColumns() throws {
    var random = SplitMix64(seed: propertySeed)
    for count in [0, 1, 5, 64, 200] {
      for _ in 0..<4 {
        let left = Column.random(.bool, count: count, &random)
        let right = Column.random(.bool, count: count, &random)
        let (l, r) = (try TypedColumn<Bool>(left), try TypedColumn<Bool>(right))
        #expect(try (left && right) == Column(zip(l, r).map { and($0, $1) }), "\(propertySeed)")
        #expect(try (left || right) == Column(zip(l, r).map { or($0, $1) }), "\(propertySeed)")
        #expect(try !left == Column(l.map { truth in truth.map { !$0 } }), "\(propertySeed)")
        #expect(try left.trueRows() == (0..<count).filter { l[$0] == true }, "\(propertySeed)")
        #expect(left.isNull == Column(l.map { $0 == nil }), "\(propertySeed)")
        #expect(left.isNotNull == Column(l.map { $0 != nil }), "\(propertySeed)")
      }
    }
  }

  @Test func findsValuesAmongOthers() throws {
    let people = try people()
    #expect(try people["age"].between(7, 31) == Column([true, nil, true, false]))
    #expect(try people["age"].between(7.5, 40.0) == Column([true, nil, false, true]))
    #expect(try people["name"].isIn(["Di", "Bo", "Cy"]) == Column([false, true, nil, true]))
    #expect(try people["age"].isIn([7.0, 31.5]) == Column([false, nil, true, false]))
    #expect(try people["age"].isIn([Int]()) == Column([false, nil, false, false]))
    #expect(try people["age"].isIn([.null, 7] as [Value]) == Column([false, nil, true, false]))
  }

  @Test func manyValuesAgreeWithFew() throws {
    var random = SplitMix64(seed: propertySeed)
    for type in [ColumnType.int64, .string, .category, .float64] {
      let column = Column.random(type, count: 100, &random)
      let values = (0..<20).map { column[$0] } + (type == .int64 ? [2.5] : [])
      let cells = (0..<100).map { row in
        column[row].isNull ? nil : values.contains { $0 == column[row] }
      }
      #expect(try column.isIn(values) == Column(cells), "\(type), \(propertySeed)")
    }
  }

  @Test func saysWhatIsNoTruth() throws {
    #expect(
      message { try Column([1]) && Column([true]) }
        == "&& of a column of type int64, expected a bool; compare it with something first"
    )
    #expect(
      message { try Column([true]) || Column([true, false]) }
        == "|| of columns of 1 and of 2 rows"
    )
    #expect(message { try !Column(["a"]) }.hasPrefix("! of a column of type string"))
    #expect(message { try Column([1]).isIn(["a"]) }.contains("cannot be compared with 'a'"))
    #expect(message { try Column([1]).isIn(["a", "b", "c", "d", "e"]) }.contains("with 'a'"))
    #expect(message { try Column([1]).trueRows() } == "a mask of type int64, expected a bool")
  }
}
