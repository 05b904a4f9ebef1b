import TabularCSV
import Testing

@testable import TabularFrame

/// Duplicates and dummies.
struct DataFrameDuplicatesTests {
  let frame: DataFrame

  init() throws {
    frame = try DataFrame([
      ("a", Column([1.0, 1, nil, nil, .nan, .nan, 1])),
      ("b", Column(["x", "x", "y", "y", "z", "z", "q"])),
    ])
  }

  // pandas 3.1.1: df.duplicated(keep=...)
  @Test func findsDuplicates() throws {
    let (t, f) = (true, false)
    #expect(try frame.duplicated() == Column([f, t, f, t, f, t, f]))
    #expect(try frame.duplicated(keep: .last) == Column([t, f, t, f, t, f, f]))
    #expect(try frame.duplicated(keep: .none) == Column([t, t, t, t, t, t, f]))
    #expect(try frame.duplicated(columns: ["a"]) == Column([f, t, f, t, f, t, t]))
    #expect(try frame.dropDuplicates().rowIDs.map(\.record) == [0, 2, 4, 6])
    #expect(try frame.dropDuplicates(columns: ["b"], keep: .none).rowIDs.map(\.record) == [6])
    #expect(
      try frame.dropDuplicates(columns: ["a"], keep: .last).rowIDs.map(\.record) == [3, 5, 6]
    )
    #expect(try frame.head(0).dropDuplicates().shape == (0, 2))
    #expect(try frame.head(1).duplicated(keep: .none) == Column([false]))
    #expect(try DataFrame().duplicated().count == 0)
    #expect(message { try frame.duplicated(columns: ["A"]) } == "no column 'A'; did you mean 'a'?")
  }

  // pandas 3.1.1: pd.get_dummies
  @Test func makesDummies() throws {
    let dummies = try frame.getDummies()
    #expect(dummies.columns == ["a", "b_q", "b_x", "b_y", "b_z"])
    #expect(try dummies["b_y"] == Column([false, false, true, true, false, false, false]))
    #expect(try frame.getDummies(droppingFirst: true).columns == ["a", "b_x", "b_y", "b_z"])
    let numbers = Column([2, nil, 10]).getDummies(prefix: "n")
    #expect(numbers.columns == ["n_2", "n_10"])
    #expect(try numbers["n_2"] == Column([true, false, false]))
    #expect(Column([nil, nil] as [String?]).getDummies().shape == (2, 0))
    #expect(try frame.head(0).getDummies().columns == ["a"])
    let clash = try DataFrame([("x", Column(["a"])), ("x_a", Column([1]))])
    #expect(message { try clash.getDummies() } == "two columns are named 'x_a'")
    #expect(message { try frame.getDummies(columns: ["B"]) }.contains("did you mean 'b'?"))
  }
}
