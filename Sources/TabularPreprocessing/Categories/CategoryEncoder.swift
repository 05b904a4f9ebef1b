internal import TabularCSV
public import TabularFrame

/// Numbers categories as rows of an embedding table: 0 is padding (no category has it), 1 is null,
/// then come the out-of-vocabulary buckets from 2 on, then the vocabulary.
///
/// A category outside the vocabulary, too rare or not seen in the fit, falls into the bucket that a
/// hash of its text picks (MurmurHash3, 32 bits, seed 0), and is counted as unseen.
public struct CategoryEncoder: Estimator, Codable {
  /// How the vocabulary is ordered.
  public enum Order: String, Codable, Sendable {
    /// The most frequent first, of equally frequent ones the first in sorted order.
    case frequency
    /// Sorted: integers ascending, texts in code-point order.
    case codePoint
  }

  /// The columns: text, integers or bools.
  public let columns: [String]
  /// The number of buckets.
  public let buckets: Int
  /// Categories of fewer rows are left out of the vocabulary.
  public let minFrequency: RowThreshold?
  /// The most rows of the table, padding, null and buckets among them; the most frequent
  /// categories stay.
  public let maxSize: Int?
  /// How the vocabulary is ordered.
  public let order: Order

  /// Creates an encoder; a table without room for padding, null and buckets traps.
  public init(
    columns: [String],
    buckets: Int = 1,
    minFrequency: RowThreshold? = nil,
    maxSize: Int? = nil,
    order: Order = .frequency
  ) {
    precondition(buckets > 0, "\(buckets) buckets for categories outside the vocabulary")
    precondition(maxSize ?? .max >= 2 + buckets, "a table of \(maxSize ?? 0) rows")
    self.columns = columns
    self.buckets = buckets
    self.minFrequency = minFrequency
    self.maxSize = maxSize
    self.order = order
  }

  /// A state that has seen no row.
  public func makeState() -> State {
    State(encoder: self, folds: columns.map { _ in CategoryFold() })
  }

  /// The rows of each category of each column.
  public struct State: FittingState {
    let encoder: CategoryEncoder
    var folds: [CategoryFold]

    /// Takes the rows of a chunk.
    public mutating func observe(_ chunk: DataFrame) throws(PreprocessingError) {
      try folds.observe(encoder.columns, in: chunk)
    }

    /// Takes what another state has gathered from other rows.
    public mutating func merge(_ other: State) { folds.merge(other.folds) }

    /// The fitted encoder; a column without a category has an empty vocabulary.
    ///
    /// - Throws: nothing.
    public func finish() throws(PreprocessingError) -> FittedCategoryEncoder {
      FittedCategoryEncoder(
        vocabularies: zip(encoder.columns, folds).map { column, fold in
          Vocabulary(column: column, categories: encoder.kept(fold))
        },
        buckets: encoder.buckets
      )
    }
  }

  private func kept(_ fold: CategoryFold) -> [CategoryKey] {
    let (categories, counts, _) = fold.sorted
    let least = minFrequency?.rows(of: fold.rows) ?? 0
    var kept = categories.indices.filter { Double(counts[$0]) >= least }
    let room = maxSize.map { $0 - 2 - buckets } ?? .max
    if order == .frequency || kept.count > room {
      kept.sort { (-counts[$0], $0) < (-counts[$1], $1) }
      kept = Array(kept.prefix(room))
    }
    if order == .codePoint { kept.sort() }
    return kept.map { categories[$0] }
  }
}

/// An encoder that knows its vocabulary.
public struct FittedCategoryEncoder: Transformer {
  /// `category`.
  public static var name: String { "category" }

  let vocabularies: [Vocabulary]
  /// The number of buckets.
  public let buckets: Int

  /// The columns.
  public var columns: [String] { vocabularies.map(\.column) }

  /// The vocabulary of a column, whose first category has the number 2 + `buckets`.
  public func categories(of column: String) -> [CategoryKey]? {
    vocabularies.first { $0.column == column }?.categories
  }

  /// The rows of a column's embedding table.
  public func size(of column: String) -> Int? {
    vocabularies.first { $0.column == column }.map { 2 + buckets + $0.count }
  }

  /// Replaces each column by int64 rows of its table.
  public func applied(to frame: DataFrame, report: inout TransformReport)
    throws(PreprocessingError) -> DataFrame
  {
    try frame.replacing(vocabularies, report: &report, names: { [columns[$0]] }) {
      (_, positions, column) throws(PreprocessingError) -> [Column] in
      let nulls = NullBits(column)
      let codes = FixedVector<Int64>(count: positions.count) { row in
        if positions[row] >= 0 { return Int64(2 + buckets) + Int64(positions[row]) }
        return nulls.isNull(row) ? 1 : 2 + bucket(column, row)
      }
      return [Column(storage: .int64(codes), validity: nil)]
    }
  }

  private func bucket(_ column: Column, _ row: Int) -> Int64 {
    guard buckets > 1 else { return 0 }
    func bucket(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64 {
      Int64(murmurHash3(bytes)) % Int64(buckets)
    }
    switch column.storage {
    case .string(let texts): return texts.withBytes(row, bucket)
    case .category(let words, let texts): return texts.withBytes(Int(words[row]), bucket)
    default: return Array(column[row].description.utf8).withUnsafeBufferPointer(bucket)
    }
  }
}
