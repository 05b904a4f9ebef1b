import TabularFrame
import Testing

@testable import TabularPreprocessing

struct CategoryEncoderTests {
  let train: DataFrame

  init() throws {
    train = try DataFrame([("x", Column(["b", "c", "b", "a", "c", "b", nil, "d"]))])
  }

  private func codes(_ step: CategoryEncoder, _ values: [String?]) throws -> [Double] {
    try step.fitted(to: train).applied(to: DataFrame([("x", Column(values))])).numbers("x")
  }

  @Test func numbersTheVocabularyBehindTheBuckets() throws {
    let values = ["b", "c", "a", "d", nil, "?"]
    #expect(try codes(CategoryEncoder(columns: ["x"]), values) == [3, 4, 5, 6, 1, 2])
    let sorted = CategoryEncoder(columns: ["x"], order: .codePoint)
    #expect(try codes(sorted, values) == [4, 5, 3, 6, 1, 2])
    #expect(
      try codes(CategoryEncoder(columns: ["x"], minFrequency: 2), values) == [3, 4, 2, 2, 1, 2]
    )
    #expect(try codes(CategoryEncoder(columns: ["x"], maxSize: 4), values) == [3, 2, 2, 2, 1, 2])
    let both = CategoryEncoder(columns: ["x"], maxSize: 6, order: .codePoint)
    #expect(try codes(both, values) == [4, 5, 3, 2, 1, 2])
    let fitted = try both.fitted(to: train)
    #expect(fitted.size(of: "x") == 6)
    #expect(fitted.categories(of: "x")?.map(\.description) == ["a", "b", "c"])
  }

  @Test func bucketsComeFromTheHash() throws {
    let step = CategoryEncoder(columns: ["x"], buckets: 7, minFrequency: 3)
    // scikit-learn 1.9.1: 2 + murmurhash3_32(text, seed=0, positive=True) % 7
    let expected = ["a", "abc", "hello, world"].map { text in
      2 + Double(Array(text.utf8).withUnsafeBufferPointer { murmurHash3($0) } % 7)
    }
    #expect(try codes(step, ["a", "abc", "hello, world"]) == expected)
    #expect(expected[0] == Double(2 + 1_009_084_850 % 7))
    #expect(try codes(step, ["b", nil]) == [9, 1])
    // An integer by its digits, a category as its text.
    let numbers = try DataFrame([("x", Column([31, 4]))])
    let fitted = try step.fitted(to: numbers.iloc[0..<0])
    let texts = try DataFrame([("x", Column(["31", "4"]).asCategory())])
    #expect(try fitted.applied(to: numbers) == fitted.applied(to: texts))
  }

  @Test func borderCases() throws {
    let nulls = try DataFrame([("x", Column([String?](repeating: nil, count: 2)))])
    let fitted = try CategoryEncoder(columns: ["x"]).fitted(to: nulls)
    #expect(fitted.size(of: "x") == 3)
    #expect(try fitted.applied(to: train).numbers("x") == [2, 2, 2, 2, 2, 2, 1, 2])
    #expect(try fitted.applied(to: nulls.iloc[0..<0]).shape == (0, 1))
  }

  @Test func chunksFitAsOne() throws {
    let frame = try randomCategories(rows: 120, seed: testSeed)
    let columns = ["text", "word", "number", "flag"]
    try checkFolds(CategoryEncoder(columns: columns, buckets: 3), frame, seed: testSeed)
    try checkFolds(
      CategoryEncoder(columns: columns, minFrequency: 0.03, maxSize: 9, order: .codePoint),
      frame,
      seed: testSeed
    )
  }
}

struct FrequencyEncoderTests {
  @Test func countsAndShares() throws {
    let frame = try DataFrame([("x", Column(["b", "a", "b", nil]))])
    let test = try DataFrame([("x", Column(["a", "b", nil, "z"]))])
    var report = TransformReport()
    let shares = try FrequencyEncoder(columns: ["x"]).fitted(to: frame)
    #expect(try shares.applied(to: test, report: &report).numbers("x") == [0.25, 0.5, 0.25, 0])
    #expect(report.unseen == ["x": 1])
    #expect(report.nulls == ["x": 1])
    let counts = try FrequencyEncoder(columns: ["x"], measure: .count).fitted(to: frame)
    #expect(try counts.applied(to: test)["x", as: Int64.self].map { $0 } == [1, 2, 1, 0])
    #expect(counts.counts(of: "x")?.map(\.count) == [1, 2])
    #expect(
      message { try FrequencyEncoder(columns: ["x"]).fitted(to: frame.iloc[0..<0]) }
        == "there are no rows to fit to"
    )
  }

  /// Against a dictionary of texts' bytes.
  @Test(arguments: ["text", "word", "number", "flag"])
  func equalsAPlainCount(name: String) throws {
    let frame = try randomCategories(rows: 250, seed: testSeed &+ 5)
    let column = try frame[name]
    let keys = (0..<250).map { column.isNull($0) ? [0xFF] : Array(column[$0].description.utf8) }
    let counts = Dictionary(keys.map { ($0, 1.0) }, uniquingKeysWith: +)
    let found = try FrequencyEncoder(columns: [name], measure: .count).fitted(to: frame)
      .applied(to: frame).numbers(name)
    #expect(found == keys.map { counts[$0] ?? .nan }, "seed \(testSeed)")
  }

  @Test func chunksFitAsOne() throws {
    let frame = try randomCategories(rows: 120, seed: testSeed)
    for measure in [FrequencyEncoder.Measure.count, .share] {
      let step = FrequencyEncoder(columns: ["text", "word", "number", "flag"], measure: measure)
      try checkFolds(step, frame, seed: testSeed)
    }
  }
}
