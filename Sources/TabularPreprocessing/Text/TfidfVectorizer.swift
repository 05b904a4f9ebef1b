internal import Foundation
internal import TabularCSV
public import TabularFrame

/// Weighs the terms of texts by how rare they are, as scikit-learn's `TfidfVectorizer`: a term's
/// count times `ln((1 + n) / (1 + df)) + 1`, of n texts of which df hold it, each text scaled to
/// length 1.
///
/// Terms and their order are those of `CountVectorizer`.
public struct TfidfVectorizer: Estimator, Codable {
  /// The columns of text, each with a vocabulary of its own.
  public var columns: [String] { counter.columns }
  let counter: CountVectorizer
  let weighting: TermWeighting

  /// Creates a vectorizer; `columns` are needed for frames and recipes alone.
  ///
  /// - Parameters:
  ///   - columns: the columns of text.
  ///   - lowercase: whether the text is put in lower case first.
  ///   - ngrams: the shortest and longest runs of words that are terms.
  ///   - stopWords: words that are left out before runs are made.
  ///   - minDf: terms in fewer texts are left out.
  ///   - maxDf: terms in more texts are left out.
  ///   - maxFeatures: the most terms, the most frequent ones.
  ///   - binary: whether a count above 1 is 1.
  ///   - norm: what each text is scaled by.
  ///   - useIdf: whether rare terms weigh more; else the counts alone count.
  ///   - smoothIdf: whether `ln((1 + n) / (1 + df)) + 1` is taken, or `ln(n / df) + 1`.
  ///   - sublinearTf: whether a count c becomes `1 + ln(c)`.
  public init(
    columns: [String] = [],
    lowercase: Bool = true,
    ngrams: ClosedRange<Int> = 1...1,
    stopWords: [String] = [],
    minDf: RowThreshold = .count(1),
    maxDf: RowThreshold = .fraction(1),
    maxFeatures: Int? = nil,
    binary: Bool = false,
    norm: VectorNorm = .l2,
    useIdf: Bool = true,
    smoothIdf: Bool = true,
    sublinearTf: Bool = false
  ) {
    counter = CountVectorizer(
      columns: columns,
      lowercase: lowercase,
      ngrams: ngrams,
      stopWords: stopWords,
      minDf: minDf,
      maxDf: maxDf,
      maxFeatures: maxFeatures,
      binary: binary
    )
    weighting = TermWeighting(
      norm: norm,
      useIdf: useIdf,
      smoothIdf: smoothIdf,
      sublinearTf: sublinearTf
    )
  }

  /// A state that has seen no row.
  public func makeState() -> State {
    State(vectorizer: self, counts: counter.makeState())
  }

  /// The terms of each column.
  public struct State: FittingState {
    let vectorizer: TfidfVectorizer
    var counts: CountVectorizer.State

    /// Takes the rows of a chunk.
    public mutating func observe(_ chunk: DataFrame) throws(PreprocessingError) {
      try counts.observe(chunk)
    }

    /// Takes what another state has gathered from other rows.
    public mutating func merge(_ other: State) { counts.merge(other.counts) }

    /// The fitted vectorizer.
    ///
    /// - Throws: `PreprocessingError` of kind `empty` for a column without a term.
    public func finish() throws(PreprocessingError) -> FittedTfidfVectorizer {
      var terms: [FittedTfidfVectorizer.Terms] = []
      for (name, fold) in zip(vectorizer.columns, counts.folds) {
        let (vocabulary, documents) = try fold.vocabulary(of: name, vectorizer.counter.selection)
        terms.append(vectorizer.terms(vocabulary, documents, of: fold.documents))
      }
      return vectorizer.fitted(terms)
    }
  }

  private func terms(_ vocabulary: Vocabulary, _ documents: [Int], of all: Int)
    -> FittedTfidfVectorizer.Terms
  {
    FittedTfidfVectorizer.Terms(
      vocabulary: vocabulary,
      idf: documents.map { weighting.idf(documents: $0, of: all) }
    )
  }

  private func fitted(_ terms: [FittedTfidfVectorizer.Terms]) -> FittedTfidfVectorizer {
    FittedTfidfVectorizer(
      analyzer: counter.analyzer,
      binary: counter.selection.binary,
      weighting: weighting,
      terms: terms
    )
  }

  /// Fits to one column of text.
  ///
  /// - Throws: `PreprocessingError` when it is not text, or has no term.
  public func fitted(to column: Column) throws(PreprocessingError) -> FittedTfidfVectorizer {
    try fitTransform(column).fitted
  }

  /// Fits to one column of text and weighs its terms, in one pass over the text.
  ///
  /// - Throws: `PreprocessingError` when it is not text, or has no term.
  public func fitTransform(_ column: Column) throws(PreprocessingError) -> (
    fitted: FittedTfidfVectorizer, weights: SparseMatrix
  ) {
    let (vocabulary, documents, rows) = try counter.counted(column)
    let terms = terms(vocabulary, documents, of: column.count)
    return (
      fitted([terms]),
      SparseMatrix(columns: vocabulary.count, weighting.applied(to: rows, terms.idf))
    )
  }
}

/// How counts become weights.
struct TermWeighting: Codable, Sendable, Equatable {
  var norm: VectorNorm
  var useIdf: Bool
  var smoothIdf: Bool
  var sublinearTf: Bool

  /// Source: scikit-learn, user guide, "Tf-idf term weighting".
  func idf(documents: Int, of all: Int) -> Double {
    guard useIdf else { return 1 }
    let added = smoothIdf ? 1.0 : 0
    return log((Double(all) + added) / (Double(documents) + added)) + 1
  }

  func applied(to runs: [SparseRows], _ idf: [Double]) -> [SparseRows] {
    let cells = runs.reduce(0) { $0 + $1.values.count }
    return [SparseRows](concurrently: runs.count, cells: cells) { run in
      var rows = runs[run]
      for i in rows.values.indices {
        let count = sublinearTf ? log(rows.values[i]) + 1 : rows.values[i]
        rows.values[i] = count * idf[Int(rows.indices[i])]
      }
      rows.normalize(norm)
      return rows
    }
  }
}

/// A vectorizer that knows its terms and their weights.
public struct FittedTfidfVectorizer: Transformer {
  /// `tfidf`.
  public static var name: String { "tfidf" }

  struct Terms: Codable, Sendable, Equatable {
    var vocabulary: Vocabulary
    /// A weight a term.
    var idf: [Double]
  }

  let analyzer: TextAnalyzer
  let binary: Bool
  let weighting: TermWeighting
  let terms: [Terms]

  /// The columns.
  public var columns: [String] { terms.map(\.vocabulary.column) }

  /// The terms of a column in code-point order, and their inverse document frequencies.
  public func weights(of column: String) -> [(term: String, idf: Double)]? {
    terms.first { $0.vocabulary.column == column }.map { terms in
      zip(terms.vocabulary.categories, terms.idf).map { ($0.description, $1) }
    }
  }

  /// `column_term` for each term.
  public func outputNames(of column: String) -> [String] {
    weights(of: column)?.map { "\(column)_\($0.term)" } ?? [column]
  }

  private func weighted(_ terms: Terms, _ texts: TextColumn) -> SparseMatrix {
    let rows = terms.vocabulary.counts(of: texts, analyzer, binary: binary)
    return SparseMatrix(
      columns: terms.vocabulary.count,
      weighting.applied(to: rows, terms.idf)
    )
  }

  /// Weighs the terms of texts by the first column's vocabulary; other terms are left out.
  ///
  /// - Throws: `PreprocessingError` when the column is not text.
  public func transform(_ column: Column) throws(PreprocessingError) -> SparseMatrix {
    weighted(terms[0], try TextColumn(terms[0].vocabulary.column, column))
  }

  /// Replaces each column by the weights of its terms, float64, at the end of the frame.
  public func applied(to frame: DataFrame, report: inout TransformReport)
    throws(PreprocessingError) -> DataFrame
  {
    var result = frame
    for terms in terms {
      let name = terms.vocabulary.column
      let texts = try TextColumn(name, in: frame)
      try DataFrame.refuseDense(terms.vocabulary.count, of: name)
      report.nulls[name, default: 0] += texts.nullCount
      result[name] = nil
      try result.append(weighted(terms, texts).floatColumns(), outputNames(of: name), from: name)
    }
    return result
  }
}
