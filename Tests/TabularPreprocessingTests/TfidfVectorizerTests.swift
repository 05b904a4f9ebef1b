import TabularFrame
import TabularPreprocessing
import Testing

struct TfidfVectorizerTests {
  @Test(.enabled(if: Reference.isThere, "needs ../shared, the folder of reference values"))
  func answersAsScikitLearn() throws {
    let frame = try Reference.titanic()
    let expected = try #require(Reference.preprocessing()["tfidf_name"] as? [String: Any])
    let (fitted, weights) = try TfidfVectorizer(columns: ["Name"]).fitTransform(frame["Name"])
    let terms = try #require(fitted.weights(of: "Name"))
    for (term, idf) in try #require(expected["idf_of"] as? [String: Double]) {
      #expect(try isClose(#require(terms.first { $0.term == term }).idf, idf), "\(term)")
    }
    let row = try #require(expected["row_0"] as? [String: Double])
    let found = weights.row(0)
    #expect(Set(found.map { terms[$0.column].term }) == Set(row.keys))
    for (column, value) in found { #expect(isClose(value, row[terms[column].term] ?? .nan)) }
    #expect(try fitted.transform(frame["Name"]) == weights)
  }

  static let documents = CountVectorizerTests.documents + ["cat cat cat rat"]

  // scikit-learn 1.9.1: TfidfVectorizer(min_df=2, ...).fit_transform(documents), rows 0 and 5, idf_
  @Test(arguments: [
    (
      TfidfVectorizer(minDf: 2),
      [0.28069496799441407, 0.449271679045533, 0.0, 0.37930602245422435, 0.7586120449084487],
      [0.9117724100559041, 0.0, 0.41069583910827284, 0.0, 0.0]
    ),
    (
      TfidfVectorizer(minDf: 2, norm: .l1, sublinearTf: true),
      [0.160260345387154, 0.2565077492159979, 0.0, 0.21656146741879348, 0.3666704379780547],
      [0.6083070530200727, 0.0, 0.3916929469799273, 0.0, 0.0]
    ),
    (
      TfidfVectorizer(minDf: 2, norm: .none, smoothIdf: false),
      [1.1823215567939547, 2.09861228866811, 0.0, 1.6931471805599454, 3.386294361119891],
      [3.546964670381864, 0.0, 1.6931471805599454, 0.0, 0.0]
    ),
    (
      TfidfVectorizer(minDf: 2, useIdf: false),
      [0.3779644730092272, 0.3779644730092272, 0.0, 0.3779644730092272, 0.7559289460184544],
      [0.9486832980505138, 0.0, 0.31622776601683794, 0.0, 0.0]
    ),
    (
      TfidfVectorizer(minDf: 2, binary: true),
      [0.3723187590955569, 0.5959218835812509, 0.0, 0.5031182019637724, 0.5031182019637724],
      [0.5948546604855911, 0.0, 0.8038332743166161, 0.0, 0.0]
    ),
  ])
  func weighsAsScikitLearn(_ step: TfidfVectorizer, _ first: [Double], _ last: [Double]) throws {
    let (_, weights) = try step.fitTransform(Column(Self.documents))
    #expect(weights.shape == (6, 5))
    for column in 0..<5 {
      #expect(isClose(weights[0, column], first[column], within: 1e-12))
      #expect(isClose(weights[5, column], last[column], within: 1e-12))
    }
    #expect(weights.row(4).isEmpty)
  }

  @Test func makesColumnsOfAFrame() throws {
    let frame = try DataFrame([("t", Column(["red fox", nil, "fox fox"]))])
    let applied = try TfidfVectorizer(columns: ["t"]).fitted(to: frame).applied(to: frame)
    #expect(applied.columns == ["t_fox", "t_red"])
    #expect(try applied.numbers("t_red")[1] == 0)
    #expect(try applied.numbers("t_fox")[2] == 1)
  }

  @Test func chunksFitAsOne() throws {
    let frame = try randomCategories(rows: 90, seed: testSeed)
    try checkFolds(TfidfVectorizer(columns: ["text", "word"]), frame, seed: testSeed)
  }
}
