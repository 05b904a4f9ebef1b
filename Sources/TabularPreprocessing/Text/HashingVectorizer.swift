internal import TabularCSV
public import TabularFrame

/// Counts the terms of texts in columns that a hash picks, as scikit-learn's `HashingVectorizer`.
///
/// The hash is signed MurmurHash3, 32 bits, seed 0. It learns nothing.
///
/// Terms are those of `CountVectorizer`. A null is a text without a term.
public struct HashingVectorizer: Estimator, Codable {
  /// The columns of text.
  public let columns: [String]
  let settings: FittedHashingVectorizer.Settings

  /// Creates a vectorizer; `columns` are needed for frames and recipes alone.
  ///
  /// - Parameters:
  ///   - columns: the columns of text.
  ///   - featureCount: the number of columns that come of one; dense columns of a frame want few.
  ///   - lowercase: whether the text is put in lower case first.
  ///   - ngrams: the shortest and longest runs of words that are terms.
  ///   - stopWords: words that are left out before runs are made.
  ///   - binary: whether what is not zero becomes 1.
  ///   - norm: what each text is scaled by.
  ///   - alternateSign: whether a term counts down where the hash is negative.
  public init(
    columns: [String] = [],
    featureCount: Int = 1 << 20,
    lowercase: Bool = true,
    ngrams: ClosedRange<Int> = 1...1,
    stopWords: [String] = [],
    binary: Bool = false,
    norm: VectorNorm = .l2,
    alternateSign: Bool = true
  ) {
    precondition(featureCount > 0 && featureCount < 1 << 31, "\(featureCount) columns")
    self.columns = columns
    settings = FittedHashingVectorizer.Settings(
      analyzer: TextAnalyzer(lowercase: lowercase, ngrams: ngrams, stopWords: stopWords),
      featureCount: featureCount,
      binary: binary,
      norm: norm,
      alternateSign: alternateSign
    )
  }

  /// A state that has seen no row.
  public func makeState() -> State { State(vectorizer: self) }

  /// Nothing but a look at the columns' types.
  public struct State: FittingState {
    let vectorizer: HashingVectorizer

    /// Refuses columns that are not text.
    public mutating func observe(_ chunk: DataFrame) throws(PreprocessingError) {
      for name in vectorizer.columns { _ = try TextColumn(name, in: chunk) }
    }

    /// Takes nothing.
    public mutating func merge(_ other: State) {}

    /// The vectorizer.
    ///
    /// - Throws: nothing.
    public func finish() throws(PreprocessingError) -> FittedHashingVectorizer {
      FittedHashingVectorizer(columns: vectorizer.columns, settings: vectorizer.settings)
    }
  }

  /// Counts the terms of one column of text.
  ///
  /// - Throws: `PreprocessingError` when it is not text.
  public func transform(_ column: Column) throws(PreprocessingError) -> SparseMatrix {
    let texts = try TextColumn(columns.first ?? "text", column)
    return settings.counts(of: texts)
  }
}

/// A vectorizer as a step of a recipe.
public struct FittedHashingVectorizer: Transformer {
  /// `hashing`.
  public static var name: String { "hashing" }

  struct Settings: Codable, Sendable, Equatable {
    var analyzer: TextAnalyzer
    var featureCount: Int
    var binary: Bool
    var norm: VectorNorm
    var alternateSign: Bool

    func counts(of texts: TextColumn) -> SparseMatrix {
      let runs = rowRuns(texts.count, columns: 1)
      let parts = [SparseRows](concurrently: runs.count, cells: texts.count * 8) { run in
        let tokenizer = Tokenizer(analyzer)
        var rows = SparseRows()
        var cells: [(column: Int32, value: Double)] = []
        for row in runs[run] {
          cells.removeAll(keepingCapacity: true)
          if texts.withText(row, { tokenizer.read($0) }) {
            tokenizer.forEachTerm { text, count in
              let hashed = hashedColumn(
                UnsafeBufferPointer(start: text, count: count),
                of: featureCount,
                alternateSign: alternateSign
              )
              cells.append((hashed.column, hashed.sign))
            }
          }
          rows.append(cells)
        }
        if binary { rows.makeBinary() }
        rows.normalize(norm)
        return rows
      }
      return SparseMatrix(columns: featureCount, parts)
    }
  }

  /// The columns.
  public let columns: [String]
  let settings: Settings

  /// `column_0` and so on.
  public func outputNames(of column: String) -> [String] {
    columns.contains(column) ? (0..<settings.featureCount).map { "\(column)_\($0)" } : [column]
  }

  /// Replaces each column by its hashed counts, float64, at the end of the frame.
  public func applied(to frame: DataFrame, report: inout TransformReport)
    throws(PreprocessingError) -> DataFrame
  {
    var result = frame
    for name in columns {
      let texts = try TextColumn(name, in: frame)
      try DataFrame.refuseDense(settings.featureCount, of: name)
      report.nulls[name, default: 0] += texts.nullCount
      result[name] = nil
      try result.append(
        settings.counts(of: texts).floatColumns(),
        outputNames(of: name),
        from: name
      )
    }
    return result
  }
}
