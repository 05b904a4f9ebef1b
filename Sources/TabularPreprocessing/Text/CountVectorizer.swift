internal import TabularCSV
public import TabularFrame

/// Counts the terms of texts, as scikit-learn's `CountVectorizer`: the text in lower case (as
/// Python's `str.lower`), words of two or more letters, digits and underscores (the pattern
/// `(?u)\b\w\w+\b`), and runs of words where `ngrams` asks for them.
///
/// The vocabulary is in code-point order. A null is a text without a term.
///
/// ```swift
/// let (vectorizer, counts) = try CountVectorizer(minDf: 2).fitTransform(frame["Name"])
/// vectorizer.terms, counts.shape, counts.row(0)
/// ```
public struct CountVectorizer: Estimator, Codable {
  /// The columns of text, each with a vocabulary of its own.
  public let columns: [String]
  let analyzer: TextAnalyzer
  let selection: TermSelection

  /// Creates a vectorizer; `columns` are needed for frames and recipes alone.
  ///
  /// - Parameters:
  ///   - columns: the columns of text.
  ///   - lowercase: whether the text is put in lower case first.
  ///   - ngrams: the shortest and longest runs of words that are terms.
  ///   - stopWords: words that are left out before runs are made.
  ///   - minDf: terms in fewer texts are left out.
  ///   - maxDf: terms in more texts are left out.
  ///   - maxFeatures: the most terms: the most frequent, of equally frequent ones the first in
  ///     code-point order.
  ///   - binary: whether a count above 1 is 1.
  public init(
    columns: [String] = [],
    lowercase: Bool = true,
    ngrams: ClosedRange<Int> = 1...1,
    stopWords: [String] = [],
    minDf: RowThreshold = .count(1),
    maxDf: RowThreshold = .fraction(1),
    maxFeatures: Int? = nil,
    binary: Bool = false
  ) {
    precondition(maxFeatures ?? 1 > 0, "at most \(maxFeatures ?? 0) terms")
    self.columns = columns
    analyzer = TextAnalyzer(lowercase: lowercase, ngrams: ngrams, stopWords: stopWords)
    selection = TermSelection(minDf: minDf, maxDf: maxDf, maxFeatures: maxFeatures, binary: binary)
  }

  /// A state that has seen no row.
  public func makeState() -> State { State(vectorizer: self) }

  /// The terms of each column.
  public struct State: FittingState {
    let vectorizer: CountVectorizer
    var folds: [TextFold]

    init(vectorizer: CountVectorizer) {
      self.vectorizer = vectorizer
      folds = vectorizer.columns.map { _ in TextFold() }
    }

    /// Takes the rows of a chunk.
    public mutating func observe(_ chunk: DataFrame) throws(PreprocessingError) {
      var columns: [TextColumn] = []
      for name in vectorizer.columns { columns.append(try TextColumn(name, in: chunk)) }
      folds.observe(columns, vectorizer.analyzer)
    }

    /// Takes what another state has gathered from other rows.
    public mutating func merge(_ other: State) {
      for i in folds.indices { folds[i].merge(other.folds[i]) }
    }

    /// The fitted vectorizer.
    ///
    /// - Throws: `PreprocessingError` of kind `empty` for a column without a term.
    public func finish() throws(PreprocessingError) -> FittedCountVectorizer {
      var vocabularies: [Vocabulary] = []
      for (name, fold) in zip(vectorizer.columns, folds) {
        vocabularies.append(try fold.vocabulary(of: name, vectorizer.selection).vocabulary)
      }
      return FittedCountVectorizer(
        analyzer: vectorizer.analyzer,
        binary: vectorizer.selection.binary,
        vocabularies: vocabularies
      )
    }
  }

  /// Fits to one column of text.
  ///
  /// - Throws: `PreprocessingError` when it is not text, or has no term.
  public func fitted(to column: Column) throws(PreprocessingError) -> FittedCountVectorizer {
    try fitTransform(column).fitted
  }

  /// Fits to one column of text and counts its terms, in one pass over the text.
  ///
  /// - Throws: `PreprocessingError` when it is not text, or has no term.
  public func fitTransform(_ column: Column) throws(PreprocessingError) -> (
    fitted: FittedCountVectorizer, counts: SparseMatrix
  ) {
    let (vocabulary, _, rows) = try counted(column)
    let fitted = FittedCountVectorizer(
      analyzer: analyzer,
      binary: selection.binary,
      vocabularies: [vocabulary]
    )
    return (fitted, SparseMatrix(columns: vocabulary.count, rows))
  }

  /// The vocabulary of a column, the texts that hold each term, and the counts.
  func counted(_ column: Column) throws(PreprocessingError) -> (
    vocabulary: Vocabulary, documents: [Int], rows: [SparseRows]
  ) {
    let name = columns.first ?? "text"
    let texts = try TextColumn(name, column)
    let runs = rowRuns(texts.count, columns: 1)
    typealias Part = (fold: TextFold, kept: TextFold.Kept)
    let parts = [Part](concurrently: runs.count, cells: texts.count * 8) { run in
      var part: Part = (TextFold(), TextFold.Kept())
      part.fold.observe(texts, runs[run], analyzer, keeping: &part.kept)
      return part
    }
    var all = parts.first?.fold ?? TextFold()
    for part in parts.dropFirst() { all.merge(part.fold) }
    let (vocabulary, documents) = try all.vocabulary(of: name, selection)
    let rows = [SparseRows](concurrently: parts.count, cells: texts.count * 8) { index in
      let (fold, kept) = parts[index]
      let positions = fold.positions(in: vocabulary)
      var codes = kept.codes
      return codes.withUnsafeMutableBufferPointer { codes in
        for i in codes.indices { codes[i] = positions[Int(codes[i])] }
        var rows = SparseRows()
        rows.indices.reserveCapacity(codes.count)
        rows.values.reserveCapacity(codes.count)
        rows.ends.reserveCapacity(kept.ends.count)
        var start = 0
        for end in kept.ends {
          rows.append(counting: UnsafeMutableBufferPointer(rebasing: codes[start..<end]))
          start = end
        }
        if selection.binary { rows.makeBinary() }
        return rows
      }
    }
    return (vocabulary, documents, rows)
  }
}

/// A vectorizer that knows its terms.
public struct FittedCountVectorizer: Transformer {
  /// `count`.
  public static var name: String { "count" }

  let analyzer: TextAnalyzer
  let binary: Bool
  let vocabularies: [Vocabulary]

  /// The columns.
  public var columns: [String] { vocabularies.map(\.column) }

  /// The terms of the first column in code-point order.
  public var terms: [String] { vocabularies.first?.categories.map(\.description) ?? [] }

  /// The terms of a column in code-point order.
  public func terms(of column: String) -> [String]? {
    vocabularies.first { $0.column == column }?.categories.map(\.description)
  }

  /// `column_term` for each term.
  public func outputNames(of column: String) -> [String] {
    terms(of: column)?.map { "\(column)_\($0)" } ?? [column]
  }

  /// Counts the terms of texts by the first column's vocabulary; other terms are left out.
  ///
  /// - Throws: `PreprocessingError` when the column is not text.
  public func transform(_ column: Column) throws(PreprocessingError) -> SparseMatrix {
    let vocabulary = vocabularies[0]
    let texts = try TextColumn(vocabulary.column, column)
    let rows = vocabulary.counts(of: texts, analyzer, binary: binary)
    return SparseMatrix(columns: vocabulary.count, rows)
  }

  /// Replaces each column by the counts of its terms, int64, at the end of the frame.
  public func applied(to frame: DataFrame, report: inout TransformReport)
    throws(PreprocessingError) -> DataFrame
  {
    var result = frame
    for vocabulary in vocabularies {
      let texts = try TextColumn(vocabulary.column, in: frame)
      try DataFrame.refuseDense(vocabulary.count, of: vocabulary.column)
      let rows = vocabulary.counts(of: texts, analyzer, binary: binary)
      report.nulls[vocabulary.column, default: 0] += texts.nullCount
      result[vocabulary.column] = nil
      try result.append(
        SparseMatrix(columns: vocabulary.count, rows).integerColumns(),
        outputNames(of: vocabulary.column),
        from: vocabulary.column
      )
    }
    return result
  }
}

extension Vocabulary {
  /// The counts of the terms of texts, in runs of rows.
  func counts(of texts: TextColumn, _ analyzer: TextAnalyzer, binary: Bool) -> [SparseRows] {
    let runs = rowRuns(texts.count, columns: 1)
    return [SparseRows](concurrently: runs.count, cells: texts.count * 8) { run in
      let tokenizer = Tokenizer(analyzer)
      var rows = SparseRows()
      var codes: [Int32] = []
      for row in runs[run] {
        codes.removeAll(keepingCapacity: true)
        if texts.withText(row, { tokenizer.read($0) }) {
          tokenizer.forEachTerm { text, count in
            let code = table.code(of: PackedKey(padded: text, count: count), text: text)
            if code >= 0 { codes.append(code) }
          }
        }
        codes.withUnsafeMutableBufferPointer { rows.append(counting: $0) }
      }
      if binary { rows.makeBinary() }
      return rows
    }
  }
}
