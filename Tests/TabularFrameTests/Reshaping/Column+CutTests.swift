import TabularCSV
import Testing

@testable import TabularFrame

struct ColumnCutTests {
  /// The bins' names in order, and each row's bin.
  private func bins(_ column: Column) throws -> (words: [String], codes: [Int?]) {
    guard case .category(let codes, let words) = column.storage else { return ([], []) }
    return (
      (0..<words.count).map { words[$0] },
      (0..<column.count).map { column.isNull($0) ? nil : Int(codes[$0]) }
    )
  }

  // pandas 3.1.1: pd.cut(...).categories and .codes
  @Test func cutsAtEdges() throws {
    let (words, codes) = try bins(Column([0, 1, 12, 13, 19, nil]).cut([0, 12, 18]))
    #expect(words == ["(0, 12]", "(12, 18]"] && codes == [nil, 0, 0, 1, nil, nil])
    let left = try bins(Column([0, 12, 18, 5]).cut([0, 12, 18], right: false))
    #expect(left.words == ["[0, 12)", "[12, 18)"] && left.codes == [0, 1, nil, 0])
    let both = try bins(Column([18, 0.0]).cut([0, 12, 18], right: false, includingLowest: true))
    #expect(both.codes == [1, 0])
    let parts = try bins(Column([0, 1, 2.5, 3, .nan]).cut([0, 1.5, 2.75, 3]))
    #expect(parts.words == ["(0.0, 1.5]", "(1.5, 2.75]", "(2.75, 3.0]"])
    #expect(parts.codes == [nil, 0, 1, 2, nil])
    let lowest = try bins(Column([0.5, 0, 3]).cut([0.5, 2, 3], includingLowest: true))
    #expect(lowest.words[0] == "(0.499, 2.0]" && lowest.codes == [0, nil, 1])
    let named = try Column([1, 13]).cut([0, 12, 18], labels: ["child", "teen"])
    #expect(try named.cast(to: .string) == Column(["child", "teen"]))
    let open = try Column([-5.0, 70]).cut([-.infinity, 0, .infinity])
    #expect(try bins(open).codes == [0, 1])
  }

  // pandas 3.1.1: pd.cut([0.42, 5, 19, 80, nan], 4)
  @Test func cutsIntoBinsOfEqualWidth() throws {
    let ages = try bins(Column([0.42, 5, 19, 80, nil]).cut(bins: 4))
    #expect(
      ages.words == ["(0.34, 20.315]", "(20.315, 40.21]", "(40.21, 60.105]", "(60.105, 80.0]"]
    )
    #expect(ages.codes == [0, 0, 0, 3, nil])
    let one = try bins(Column([1, 1]).cut(bins: 2))
    #expect(one.words == ["(0.999, 1.0]", "(1.0, 1.001]"] && one.codes == [0, 0])
  }

  // pandas 3.1.1: pd.qcut
  @Test func cutsAtQuantiles() throws {
    let quarters = try bins(Column([1, 2, 3, 4, 5, 6, 7, 9.5]).qcut(4))
    #expect(quarters.words == ["(0.999, 2.75]", "(2.75, 4.5]", "(4.5, 6.25]", "(6.25, 9.5]"])
    #expect(quarters.codes == [0, 0, 1, 1, 2, 2, 3, 3])
    let thirds = try bins(Column([0.0012345, 2, 3, 4, 5, 6, 7, 9.5]).qcut(3))
    #expect(thirds.words[0] == "(0.00022999999999999995, 3.333]")
    #expect(thirds.codes == [0, 0, 0, 1, 1, 2, 2, 2])
    #expect(try bins(Column([1, 1, 1, 2]).qcut(2, droppingDuplicates: true)).words.count == 1)
  }

  @Test func saysWhatMakesNoBins() throws {
    let column = Column([1, 2])
    #expect(message { try column.cut([1]) } == "1 edges make no bin, expected at least two")
    #expect(message { try column.cut([2, 1]) } == "edge 1.0 after 2.0: edges must ascend")
    #expect(message { try column.cut([0, .nan]) }.contains("edges must ascend"))
    #expect(
      message { try column.cut([0, 1, 2], labels: ["a", "a"]) }
        == "1 different labels for 2 bins; give one a bin"
    )
    #expect(message { try column.cut(bins: 0) } == "a cut into 0 bins")
    #expect(message { try column.qcut(0) } == "a qcut into 0 bins")
    #expect(message { try Column(["a"]).cut([0, 1]) }.contains("expected numbers"))
    #expect(message { try Column(["a"]).qcut(2) }.contains("expected numbers"))
    #expect(
      message { try Column([1, 1, 1, 2]).qcut(2) }
        == "edge 1.0 after 1.0: edges must ascend; equal ones make no bin"
    )
    #expect(
      message { try Column([Double?]()).cut(bins: 2) }
        == "a cut into bins of equal width of a column without numbers"
    )
    #expect(message { try Column([.infinity, 1]).cut(bins: 2) }.contains("an infinity"))
    #expect(
      message { try Column([nil, Double.nan]).qcut(2) } == "a qcut of a column without numbers"
    )
    #expect(try Column([Double?]()).cut([0, 1]).count == 0)
  }
}
