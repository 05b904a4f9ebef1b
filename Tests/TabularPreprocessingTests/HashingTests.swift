import TabularFrame
import Testing

@testable import TabularPreprocessing

struct HashingTests {
  // scikit-learn 1.9.1: sklearn.utils.murmurhash3_32(text, seed=0)
  @Test(
    arguments: [
      ("", 0), ("a", 1_009_084_850), ("ab", -1_681_926_305), ("abc", -1_277_324_294),
      ("abcd", 1_139_631_978), ("hello, world", 345_750_399), ("C1=05db9164", -686_415_300),
      ("Größe", -479_250_386), ("日本語テキスト", -423_053_779),
    ] as [(String, Int32)]
  )
  func murmurHash(text: String, expected: Int32) {
    let hash = Array(text.utf8).withUnsafeBufferPointer { murmurHash3($0) }
    #expect(Int32(bitPattern: hash) == expected)
  }

  @Test(.enabled(if: Reference.isThere, "needs ../shared, the folder of reference values"))
  func vectorizerAnswersAsScikitLearn() throws {
    let names = try Reference.titanic().iloc[0..<4]["Name"]
    let expected = try #require(
      Reference.preprocessing()["hashing_64_name_first_4"] as? [[Double]]
    )
    let found = try HashingVectorizer(featureCount: 64, norm: .none).transform(names)
    for (row, values) in expected.enumerated() {
      #expect(values.indices.map { found[row, $0] } == values, "row \(row)")
    }
  }

  // scikit-learn 1.9.1: HashingVectorizer(n_features=8).transform(texts).toarray()
  @Test func vectorizerScalesEachText() throws {
    let texts = ["İstanbul ΟΔΥΣΣΕΥΣ", "naïve café_x ½½ ²³ x9", "Straße GROẞ ΣΑΣ Σ"]
    let (a, b, c) = (0.7071067811865475, 0.4472135954999579, 0.5773502691896258)
    let expected = [
      [0, -a, 0, a, 0, 0, 0, 0], [b, 0, 0, b, b, b, 0, -b], [0, 0, 0, 0, c, c, 0, c],
    ]
    let found = try HashingVectorizer(featureCount: 8).transform(Column(texts))
    for (row, values) in expected.enumerated() {
      for column in values.indices { #expect(isClose(found[row, column], values[column])) }
    }
  }

  // scikit-learn 1.9.1: FeatureHasher(n_features=8).transform([
  //   {"sex": "male", "age": 22.5, "ok": True}, {"sex": "female", "age": -1.0, "n": 3},
  //   {"ok": False, "n": 0, "sex": "Größe"}]).toarray()
  @Test func hasherAnswersAsScikitLearn() throws {
    let frame = try DataFrame([
      ("sex", Column(["male", "female", "Größe"])), ("age", Column([22.5, -1, nil])),
      ("ok", Column([true, nil, false])), ("n", Column([nil, 3, 0])),
    ])
    let hasher = FeatureHasher(columns: frame.columns, featureCount: 8)
    let expected: [[Double]] = [
      [0, 21.5, -1, 0, 0, 0, 0, 0], [0, -1, 0, 0, -3, 1, 0, 0], [0, -1, 0, 0, 0, 0, 0, 0],
    ]
    let found = try hasher.transform(frame)
    for (row, values) in expected.enumerated() {
      #expect(values.indices.map { found[row, $0] } == values, "row \(row)")
    }
    let fitted = try hasher.fitted(to: frame)
    let applied = try fitted.applied(to: frame)
    #expect(applied.columns == (0..<8).map { "hash_\($0)" })
    #expect(applied.columns == frame.columns.flatMap { fitted.outputNames(of: $0) })
    #expect(try applied.numbers("hash_1") == [21.5, -1, -1])
  }

  @Test func borderCases() throws {
    let frame = try DataFrame([("x", Column(["a", "b"])), ("n", Column([1, .infinity]))])
    #expect(
      message { try FeatureHasher(columns: ["x"]).fitted(to: frame).applied(to: frame) }
        == "column 'x' would become 1048576 dense columns, of at most 65536; choose fewer, or take "
        + "the sparse matrix (transform)"
    )
    #expect(
      message { try FeatureHasher(columns: ["n"]).transform(frame) }.contains("holds inf in row 1")
    )
    #expect(try FeatureHasher(columns: ["x"]).transform(frame.iloc[0..<0]).shape == (0, 1 << 20))
    #expect(
      message { try HashingVectorizer().transform(Column([1.5])) }
        == "column 'text' is of type float64, expected text"
    )
    #expect(try HashingVectorizer().transform(Column([String?.none, ""])).values.isEmpty)
  }

  @Test func chunksFitAsOne() throws {
    let frame = try randomCategories(rows: 60, seed: testSeed)
    try checkFolds(
      FeatureHasher(columns: ["text", "word", "number", "flag"], featureCount: 16),
      frame,
      seed: testSeed
    )
    let step = HashingVectorizer(columns: ["text", "word"], featureCount: 16)
    try checkFolds(step, frame, seed: testSeed)
  }
}
