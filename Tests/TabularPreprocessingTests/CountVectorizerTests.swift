import TabularFrame
import Testing

@testable import TabularPreprocessing

struct CountVectorizerTests {
  @Test(.enabled(if: Reference.isThere, "needs ../shared, the folder of reference values"))
  func answersAsScikitLearn() throws {
    let names = try Reference.titanic()["Name"]
    let expected = try #require(
      Reference.preprocessing()["count_vectorizer_name"] as? [String: Any]
    )
    let (fitted, counts) = try CountVectorizer().fitTransform(names)
    let terms = fitted.terms
    #expect(counts.shape == (891, terms.count))
    #expect(terms.count == expected["vocabulary_size"] as? Int)
    #expect(Array(terms.prefix(20)) == expected["first_20_terms"] as? [String])
    #expect(Array(terms.suffix(20)) == expected["last_20_terms"] as? [String])
    #expect(Int(counts.sum) == expected["total"] as? Int)
    var sums = [Double](repeating: 0, count: terms.count)
    for (column, value) in zip(counts.indices, counts.values) { sums[Int(column)] += value }
    for (term, count) in try #require(expected["count_of"] as? [String: Int]) {
      #expect(try sums[#require(terms.firstIndex(of: term))] == Double(count), "\(term)")
    }
    #expect(counts.row(0).map { terms[$0.column] } == expected["row_0_terms"] as? [String])
    #expect(try fitted.transform(names) == counts)
  }

  @Test(.enabled(if: Reference.isThere)) func answersAsScikitLearnWithOptions() throws {
    let names = try Reference.titanic()["Name"]
    let key = "count_vectorizer_name_1_2_min5_max05_stop_mr_binary"
    let expected = try #require(Reference.preprocessing()[key] as? [String: Any])
    let step = CountVectorizer(
      ngrams: 1...2,
      stopWords: ["mr"],
      minDf: 5,
      maxDf: 0.5,
      binary: true
    )
    let (fitted, counts) = try step.fitTransform(names)
    #expect(fitted.terms == expected["terms"] as? [String])
    #expect(Int(counts.sum) == expected["total"] as? Int)
    #expect(counts.values.allSatisfy { $0 == 1 })
  }

  static let documents = [
    "the cat sat on the mat", "the cat ate the rat", "a rat sat on a cat", "dogs and the cat sat",
    "no cats here",
  ]

  // scikit-learn 1.9.1: CountVectorizer(ngram_range=(1, 3), stop_words=["the"], min_df=2,
  // max_df=0.75, max_features=5).fit_transform(documents)
  @Test func limitsTheVocabulary() throws {
    let step = CountVectorizer(
      ngrams: 1...3,
      stopWords: ["the"],
      minDf: 2,
      maxDf: 0.75,
      maxFeatures: 5
    )
    let (fitted, counts) = try step.fitTransform(Column(Self.documents))
    #expect(fitted.terms == ["cat sat", "on", "rat", "sat", "sat on"])
    let rows = [
      [1, 1, 0, 1, 1], [0, 0, 1, 0, 0], [0, 1, 1, 1, 1], [1, 0, 0, 1, 0], [0, 0, 0, 0, 0],
    ]
    for (row, values) in rows.enumerated() {
      #expect(values.indices.map { counts[row, $0] } == values.map { Double($0) }, "row \(row)")
    }
  }

  // scikit-learn 1.9.1: CountVectorizer(lowercase=...).fit(texts).get_feature_names_out()
  @Test func cutsUnicodeAsPython() throws {
    let texts = [
      "İstanbul ΟΔΥΣΣΕΥΣ", "naïve café_x ½½ ²³ x9", "Straße GROẞ ΣΑΣ Σ",
      "日本語 テキスト हिन्दी भाषा", "it's a don't-stop A.B.C. e-mail", "١٢٣ Ⅷ ⅧⅨ ǅǆ ⓐⓑ",
      "\u{E9}t\u{E9} e\u{301}te\u{301}", "ΑΣ.Β ΑΣ'Β ᾈᾉ", "𝔘𝔫𝔦 𐐀𐐁 x",
      "a\u{AD}b co\u{200D}de", "K\u{212A} \u{C5}\u{212B}",
    ]
    let lower = [
      "caf\u{E9}_x", "co", "de", "don", "gro\u{DF}", "it", "kk", "mail", "na\u{EF}ve", "stanbul",
      "stop", "stra\u{DF}e", "te", "x9", "\u{B2}\u{B3}", "\u{BD}\u{BD}", "\u{E5}\u{E5}",
      "\u{E9}t\u{E9}", "\u{1C6}\u{1C6}", "\u{3B1}\u{3C3}",
      "\u{3BF}\u{3B4}\u{3C5}\u{3C3}\u{3C3}\u{3B5}\u{3C5}\u{3C2}", "\u{3C3}\u{3B1}\u{3C2}",
      "\u{661}\u{662}\u{663}", "\u{1F80}\u{1F81}", "\u{2177}\u{2178}",
      "\u{30C6}\u{30AD}\u{30B9}\u{30C8}", "\u{65E5}\u{672C}\u{8A9E}", "\u{10428}\u{10429}",
      "\u{1D518}\u{1D52B}\u{1D526}",
    ]
    let mixed = [
      "GRO\u{1E9E}", "K\u{212A}", "Stra\u{DF}e", "caf\u{E9}_x", "co", "de", "don", "it", "mail",
      "na\u{EF}ve", "stop", "te", "x9", "\u{B2}\u{B3}", "\u{BD}\u{BD}", "\u{C5}\u{212B}",
      "\u{E9}t\u{E9}", "\u{130}stanbul", "\u{1C5}\u{1C6}", "\u{391}\u{3A3}",
      "\u{39F}\u{394}\u{3A5}\u{3A3}\u{3A3}\u{395}\u{3A5}\u{3A3}", "\u{3A3}\u{391}\u{3A3}",
      "\u{661}\u{662}\u{663}", "\u{1F88}\u{1F89}", "\u{2167}\u{2168}",
      "\u{30C6}\u{30AD}\u{30B9}\u{30C8}", "\u{65E5}\u{672C}\u{8A9E}", "\u{10400}\u{10401}",
      "\u{1D518}\u{1D52B}\u{1D526}",
    ]
    func scalars(_ terms: [String]) -> [[UInt8]] { terms.map { Array($0.utf8) } }
    let found = try CountVectorizer().fitted(to: Column(texts)).terms
    #expect(scalars(found) == scalars(lower))
    let kept = try CountVectorizer(lowercase: false).fitted(to: Column(texts)).terms
    #expect(scalars(kept) == scalars(mixed))
  }

  /// Against dictionaries and the words of a plain loop, over random texts.
  @Test(arguments: 0..<6)
  func equalsAPlainCount(round: Int) throws {
    let seed = testSeed &+ UInt64(round)
    var random = SplitMix64(seed: seed)
    let pieces = [
      "a", "B", "cd", "É", "ß", "_", "9", " ", " ", ",", "-", "日", "\u{301}", "İ", "Σ", "½",
      "averylongwordindeed",
    ]
    let texts: [String?] = (0..<60).map { _ in
      random.chance(1, in: 12)
        ? nil : (0..<random.below(30)).map { _ in random.pick(pieces) }.joined()
    }
    let longest = 1 + random.below(3)
    let rows = texts.map { plainTerms($0 ?? "", longest) }
    let vocabulary = Set(rows.flatMap { $0 }.map { Array($0.utf8) })
      .sorted { $0.lexicographicallyPrecedes($1) }
    let (fitted, counts) = try CountVectorizer(ngrams: 1...longest).fitTransform(Column(texts))
    #expect(fitted.terms.map { Array($0.utf8) } == vocabulary, "seed \(seed)")
    for (row, terms) in rows.enumerated() {
      var expected: [Int: Double] = [:]
      for term in terms {
        expected[vocabulary.firstIndex(of: Array(term.utf8)) ?? -1, default: 0] += 1
      }
      let found = counts.row(row)
      #expect(found.map(\.column) == expected.keys.sorted(), "row \(row), seed \(seed)")
      #expect(found.allSatisfy { expected[$0.column] == $0.value }, "row \(row), seed \(seed)")
    }
    #expect(try fitted.transform(Column(texts)) == counts, "seed \(seed)")
    #expect(try fitted.transform(Column(texts).asCategory()) == counts, "seed \(seed)")
  }

  /// Words of two and more scalars that Python's `\w` takes, and runs of them.
  private func plainTerms(_ text: String, _ longest: Int) -> [String] {
    var words: [String] = []
    var word = String.UnicodeScalarView()
    let scalars = Array(text.unicodeScalars)
    let lower = WordCharacters.shared.lowercased(scalars)
    for scalar in lower + [" "] {
      let properties = scalar.properties
      if scalar == "_" || properties.isAlphabetic && properties.generalCategory != .nonspacingMark
        || properties.numericType != nil
      {
        word.append(scalar)
      } else {
        if word.count > 1 { words.append(String(word)) }
        word.removeAll()
      }
    }
    return (1...longest).flatMap { length in
      words.count < length
        ? [] : (0...(words.count - length)).map { words[$0..<($0 + length)].joined(separator: " ") }
    }
  }

  @Test func borderCases() throws {
    func fit(_ texts: [String?], _ step: CountVectorizer = CountVectorizer()) -> String {
      message { try step.fitted(to: Column(texts)) }
    }
    let empty =
      "column 'text' has no term in 2 texts: they are null, empty, or of stop words and "
      + "single characters only"
    #expect(fit([nil, nil]) == empty)
    #expect(fit(["", "a b c"]) == empty)
    #expect(fit(["the", "the the"], CountVectorizer(stopWords: ["the"])) == empty)
    #expect(fit([]).hasPrefix("column 'text' has no term in 0 texts"))
    #expect(
      fit(["cat", "dog"], CountVectorizer(minDf: 2))
        == "no term of column 'text' is left of 2; choose a lower minDf or a higher maxDf"
    )
    #expect(
      fit(["cat", "dog"], CountVectorizer(minDf: 3, maxDf: 2)).contains("choose a lower minDf")
    )
    #expect(
      message { try CountVectorizer().fitted(to: Column([1])) }
        == "column 'text' is of type int64, expected text"
    )
    let (fitted, counts) = try CountVectorizer().fitTransform(Column(["one row", nil]))
    #expect(counts.shape == (2, 2))
    #expect(counts.row(1).isEmpty)
    #expect(try fitted.transform(Column([String]())).shape == (0, 2))
    #expect(try fitted.transform(Column(["nothing known"])).values.isEmpty)
  }

  @Test func makesColumnsOfAFrame() throws {
    let frame = try DataFrame([
      ("t", Column(["red fox", nil, "fox fox"])), ("n", Column([1, 2, 3])),
    ])
    let fitted = try CountVectorizer(columns: ["t"]).fitted(to: frame)
    var report = TransformReport()
    let applied = try fitted.applied(to: frame, report: &report)
    #expect(applied.columns == ["n", "t_fox", "t_red"])
    #expect(try applied["t_fox", as: Int64.self].map { $0 } == [1, 0, 2])
    #expect(report.nulls == ["t": 1])
  }

  @Test func chunksFitAsOne() throws {
    let frame = try randomCategories(rows: 90, seed: testSeed)
    try checkFolds(CountVectorizer(columns: ["text", "word"]), frame, seed: testSeed)
    let step = CountVectorizer(columns: ["text"], ngrams: 1...2, minDf: 2, maxFeatures: 9)
    try checkFolds(step, frame, seed: testSeed)
  }
}
