import TabularFrame
import TabularPreprocessing
import Testing

struct OneHotEncoderTests {
  @Test(.enabled(if: Reference.isThere, "needs ../shared, the folder of reference values"))
  func answersAsScikitLearn() throws {
    let known = try Reference.titanic().dropNulls(columns: ["Embarked"])
    let expected = try #require(Reference.preprocessing()["onehot_sex_embarked"] as? [String: Any])
    let columns = ["Sex", "Embarked"]
    for (drop, key) in [(OneHotEncoder.Drop.none, "first"), (.first, "drop_first")] {
      let fitted = try OneHotEncoder(columns: columns, drop: drop).fitted(to: known)
      #expect(
        columns.map { fitted.categories(of: $0)?.map(\.description) ?? [] }
          == expected["categories"] as? [[String]]
      )
      let applied = try fitted.applied(to: known)
      let names = columns.flatMap { fitted.outputNames(of: $0) }
      for (row, values) in try #require(expected[key] as? [[Double]]).enumerated() {
        #expect(try names.map { try applied.numbers($0)[row] } == values, "row \(row)")
      }
    }
  }

  /// 5 b, 2 a, 2 c, a d, an e and a null.
  static func rare() throws -> DataFrame {
    let values = ["b", "b", "b", "b", "b", "a", "a", "c", "c", "d", "e", nil]
    return try DataFrame([("x", Column(values))])
  }

  // scikit-learn 1.9.1: OneHotEncoder(handle_unknown="infrequent_if_exist", ...).fit(rare), its
  // names without "_sklearn", and the rows a, b, d, None, zz transformed.
  @Test(arguments: [
    (
      OneHotEncoder(columns: ["x"], unknown: .infrequent, minFrequency: 2),
      ["x_a", "x_b", "x_c", "x_infrequent"],
      [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1]]
    ),
    (
      OneHotEncoder(columns: ["x"], unknown: .infrequent, maxCategories: 3),
      ["x_b", "x_c", "x_infrequent"],
      [[0, 0, 1], [1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]]
    ),
    (
      OneHotEncoder(columns: ["x"], unknown: .infrequent, minFrequency: 0.2),
      ["x_b", "x_infrequent"], [[0, 1], [1, 0], [0, 1], [0, 1], [0, 1]]
    ),
    (
      OneHotEncoder(columns: ["x"], drop: .first, unknown: .infrequent, maxCategories: 3),
      ["x_c", "x_infrequent"], [[0, 1], [0, 0], [0, 1], [0, 1], [0, 1]]
    ),
    (
      OneHotEncoder(columns: ["x"], drop: .ifBinary, unknown: .infrequent, maxCategories: 2),
      ["x_infrequent"], [[1], [0], [1], [1], [1]]
    ),
    (
      OneHotEncoder(columns: ["x"], unknown: .infrequent, maxCategories: 1),
      ["x_infrequent"], [[1], [1], [1], [1], [1]]
    ),
  ])
  func putsRareCategoriesTogether(_ step: OneHotEncoder, _ names: [String], _ rows: [[Double]])
    throws
  {
    let fitted = try step.fitted(to: Self.rare())
    #expect(fitted.outputNames(of: "x") == names)
    var report = TransformReport()
    let frame = try DataFrame([("x", Column(["a", "b", "d", nil, "zz"]))])
    let applied = try fitted.applied(to: frame, report: &report)
    #expect(applied.columns == names)
    for row in rows.indices {
      #expect(try names.map { try applied.numbers($0)[row] } == rows[row], "row \(row)")
    }
    #expect(report.unseen == ["x": 1])
    #expect(report.nulls == ["x": 1])
  }

  @Test func unknownCategoriesByPolicy() throws {
    let train = try DataFrame([("x", Column(["a", "b"]))])
    let test = try DataFrame([("x", Column(["b", "q", nil]))])
    let ignoring = try OneHotEncoder(columns: ["x"]).fitted(to: train)
    var report = TransformReport()
    let applied = try ignoring.applied(to: test, report: &report)
    #expect(try applied.numbers("x_a") == [0, 0, 0])
    #expect(try applied.numbers("x_b") == [1, 0, 0])
    #expect(report.unseen == ["x": 1])
    #expect(report.nulls == ["x": 1])
    let refusing = try OneHotEncoder(columns: ["x"], unknown: .error).fitted(to: train)
    #expect(
      message { try refusing.applied(to: test) }
        == "column 'x' holds 'q' in row 1, which the fit did not see; choose another policy for "
        + "unknown categories, or drop the row"
    )
    #expect(
      message { try refusing.applied(to: test.iloc[2..<3]) }.contains("holds a null in row 2")
    )
  }

  @Test func borderCases() throws {
    let nulls = try DataFrame([("x", Column([String?](repeating: nil, count: 3)))])
    let fitted = try OneHotEncoder(columns: ["x"]).fitted(to: nulls)
    #expect(try fitted.applied(to: nulls).numbers("x_null") == [1, 1, 1])
    let empty = nulls.iloc[0..<0]
    #expect(try fitted.applied(to: empty).shape == (0, 1))
    let ofNone = try OneHotEncoder(columns: ["x"], drop: .first).fitted(to: empty)
    #expect(try ofNone.applied(to: nulls).shape == (3, 0))
    let one = try DataFrame([("x", Column([7]))])
    #expect(try OneHotEncoder(columns: ["x"]).fitted(to: one).applied(to: one).columns == ["x_7"])
    let floats = try DataFrame([("x", Column([0.5]))])
    #expect(
      message { try OneHotEncoder(columns: ["x"]).fitted(to: floats) }
        == "column 'x' is of type float64, expected text, integers or bools; cast or bin it"
    )
    #expect(message { try OneHotEncoder(columns: ["y"]).fitted(to: one) }.contains("no column 'y'"))
    let clash = try DataFrame([("x", Column(["a"])), ("x_a", Column([1]))])
    #expect(
      message { try OneHotEncoder(columns: ["x"]).fitted(to: clash).applied(to: clash) }
        == "two features are named 'x_a'; rename a column"
    )
  }

  @Test func chunksFitAsOne() throws {
    let frame = try randomCategories(rows: 120, seed: testSeed)
    let columns = ["plain", "number", "flag"]
    try checkFolds(OneHotEncoder(columns: columns), frame, seed: testSeed)
    try checkFolds(
      OneHotEncoder(columns: columns, drop: .first, minFrequency: 4, maxCategories: 6),
      frame,
      seed: testSeed
    )
  }
}
