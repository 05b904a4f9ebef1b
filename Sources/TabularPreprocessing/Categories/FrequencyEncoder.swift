internal import TabularCSV
public import TabularFrame

/// Replaces categories by how often the fit saw them.
///
/// A null is a category. A category that the fit did not see becomes 0, and is counted.
public struct FrequencyEncoder: Estimator, Codable {
  /// What becomes of a category.
  public enum Measure: String, Codable, Sendable {
    /// Its rows, int64.
    case count
    /// Its part of all rows, float64.
    case share
  }

  /// The columns: text, integers or bools.
  public let columns: [String]
  /// What becomes of a category.
  public let measure: Measure

  /// Creates an encoder.
  public init(columns: [String], measure: Measure = .share) {
    self.columns = columns
    self.measure = measure
  }

  /// A state that has seen no row.
  public func makeState() -> State {
    State(encoder: self, folds: columns.map { _ in CategoryFold() })
  }

  /// The rows of each category of each column.
  public struct State: FittingState {
    let encoder: FrequencyEncoder
    var folds: [CategoryFold]

    /// Takes the rows of a chunk.
    public mutating func observe(_ chunk: DataFrame) throws(PreprocessingError) {
      try folds.observe(encoder.columns, in: chunk)
    }

    /// Takes what another state has gathered from other rows.
    public mutating func merge(_ other: State) { folds.merge(other.folds) }

    /// The fitted encoder.
    ///
    /// - Throws: `PreprocessingError` of kind `empty` without rows.
    public func finish() throws(PreprocessingError) -> FittedFrequencyEncoder {
      var frequencies: [FittedFrequencyEncoder.Frequencies] = []
      for (column, fold) in zip(encoder.columns, folds) {
        guard fold.rows > 0 else {
          throw PreprocessingError(.empty, "there are no rows to fit to", column: column)
        }
        let (vocabulary, counts) = fold.vocabulary(of: column, nullIsCategory: true)
        frequencies.append(
          FittedFrequencyEncoder.Frequencies(
            vocabulary: vocabulary,
            counts: counts,
            rows: fold.rows
          )
        )
      }
      return FittedFrequencyEncoder(frequencies: frequencies, measure: encoder.measure)
    }
  }
}

/// An encoder that knows how often each category occurs.
public struct FittedFrequencyEncoder: Transformer {
  /// `frequency`.
  public static var name: String { "frequency" }

  struct Frequencies: Codable, Sendable, Equatable {
    var vocabulary: Vocabulary
    /// The rows of each category, the null's last where the fit saw one.
    var counts: [Int]
    var rows: Int
  }

  let frequencies: [Frequencies]
  let measure: FrequencyEncoder.Measure

  /// The columns.
  public var columns: [String] { frequencies.map(\.vocabulary.column) }

  /// The categories of a column in sorted order, and the rows of each.
  public func counts(of column: String) -> [(category: CategoryKey, count: Int)]? {
    frequencies.first { $0.vocabulary.column == column }.map {
      zip($0.vocabulary.categories, $0.counts).map { ($0, $1) }
    }
  }

  /// Replaces each column by counts or shares.
  public func applied(to frame: DataFrame, report: inout TransformReport)
    throws(PreprocessingError) -> DataFrame
  {
    try frame.replacing(
      frequencies.map(\.vocabulary),
      report: &report,
      names: { [columns[$0]] }
    ) { (index, positions, _) throws(PreprocessingError) -> [Column] in
      let (counts, rows) = (frequencies[index].counts, frequencies[index].rows)
      func vector<Value: BitwiseCopyable & Sendable>(_ values: [Value], _ zero: Value)
        -> FixedVector<Value>
      {
        FixedVector(count: positions.count) { row in
          positions[row] < 0 ? zero : values[Int(positions[row])]
        }
      }
      let storage: Column.Storage =
        switch measure {
        case .count: .int64(vector(counts.map { Int64($0) }, 0))
        case .share: .float64(vector(counts.map { Double($0) / Double(rows) }, 0))
        }
      return [Column(storage: storage, validity: nil)]
    }
  }
}
