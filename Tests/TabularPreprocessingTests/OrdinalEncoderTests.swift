import TabularFrame
import TabularPreprocessing
import Testing

struct OrdinalEncoderTests {
  @Test(.enabled(if: Reference.isThere, "needs ../shared, the folder of reference values"))
  func answersAsScikitLearn() throws {
    let known = try Reference.titanic().dropNulls(columns: ["Embarked"])
    let columns = ["Sex", "Embarked"]
    let codes = try OrdinalEncoder(columns: columns).fitted(to: known).applied(to: known)
    let rows = try #require(
      Reference.preprocessing()["ordinal_sex_embarked_first"] as? [[Double]]
    )
    for (row, values) in rows.enumerated() {
      #expect(try columns.map { try codes.numbers($0)[row] } == values, "row \(row)")
    }
  }

  @Test func unknownCategoriesAndNullsByPolicy() throws {
    let train = try DataFrame([("x", Column(["b", "a", nil]))])
    let test = try DataFrame([("x", Column(["a", "b", nil, "c"]))])
    func codes(_ unknown: OrdinalEncoder.Unknown, _ missing: OrdinalEncoder.Missing) throws
      -> [Int64?]
    {
      let step = OrdinalEncoder(columns: ["x"], unknown: unknown, missing: missing)
      var report = TransformReport()
      let applied = try step.fitted(to: train).applied(to: test, report: &report)
      #expect(report.nulls == ["x": 1])
      #expect(report.unseen == ["x": 1])
      return try applied["x", as: Int64.self].map { $0 }
    }
    #expect(try codes(.code(-1), .code(-1)) == [0, 1, -1, -1])
    #expect(try codes(.code(9), .null) == [0, 1, nil, 9])
    #expect(try codes(.null, .code(-2)) == [0, 1, -2, nil])
    #expect(try codes(.null, .null) == [0, 1, nil, nil])
    #expect(message { try codes(.error, .null) }.contains("holds 'c' in row 3"))
    #expect(
      message { try codes(.code(1), .null) }
        == "code 1 is that of 'b' in column 'x', which has 2 categories; choose a code below 0"
    )
  }

  @Test func borderCases() throws {
    let nulls = try DataFrame([("x", Column([Int?](repeating: nil, count: 2)))])
    let step = OrdinalEncoder(columns: ["x"])
    #expect(try step.fitted(to: nulls).applied(to: nulls).numbers("x") == [-1, -1])
    let empty = nulls.iloc[0..<0]
    #expect(try step.fitted(to: empty).applied(to: nulls).numbers("x") == [-1, -1])
    #expect(try step.fitted(to: nulls).applied(to: empty).shape == (0, 1))
    #expect(try step.fitted(to: nulls).categories(of: "x") == [])
  }

  /// Positions in a sorted array of the distinct values.
  @Test(arguments: ["text", "word", "number", "flag"])
  func equalsPlainPositions(name: String) throws {
    let frame = try randomCategories(rows: 200, seed: testSeed &+ 1)
    let column = try frame[name]
    let texts = (0..<200).map { column.isNull($0) ? nil : column[$0].description }
    var sorted = Set(texts.compactMap { $0.map { Array($0.utf8) } })
      .sorted { $0.lexicographicallyPrecedes($1) }
    if name == "number" {
      sorted.sort {
        (Int(String(decoding: $0, as: UTF8.self)) ?? 0, 0)
          < (Int(String(decoding: $1, as: UTF8.self)) ?? 0, 0)
      }
    }
    let expected = texts.map { text in
      text.flatMap { sorted.firstIndex(of: Array($0.utf8)) } ?? -1
    }
    let found = try OrdinalEncoder(columns: [name]).fitted(to: frame).applied(to: frame)
    #expect(try found.numbers(name) == expected.map { Double($0) }, "seed \(testSeed)")
  }

  @Test func chunksFitAsOne() throws {
    let frame = try randomCategories(rows: 150, seed: testSeed)
    let columns = ["text", "word", "number", "flag", "complete"]
    try checkFolds(OrdinalEncoder(columns: columns), frame, seed: testSeed)
    try checkFolds(
      OrdinalEncoder(columns: columns, unknown: .null, missing: .null),
      frame,
      seed: testSeed
    )
  }
}
