internal import Foundation
internal import TabularCSV
public import TabularFrame

/// Puts columns of any number of categories into a fixed number of columns, picked by a hash, as
/// scikit-learn's `FeatureHasher` of dictionaries: signed MurmurHash3, 32 bits, seed 0.
///
/// A text v of column c counts 1 for the feature `c=v`, a number x counts x for the feature `c`, a
/// bool as 0 or 1. A null, a NaN and a zero count nothing. It learns nothing.
public struct FeatureHasher: Estimator, Codable {
  /// The columns: text, numbers or bools, hashed together.
  public let columns: [String]
  /// The number of columns that come of them.
  public let featureCount: Int
  /// Whether a feature counts down where its hash is negative.
  public let alternateSign: Bool

  /// Creates a hasher of these columns together; dense columns of a frame want few features.
  public init(columns: [String], featureCount: Int = 1 << 20, alternateSign: Bool = true) {
    precondition(featureCount > 0 && featureCount < 1 << 31, "\(featureCount) columns")
    self.columns = columns
    self.featureCount = featureCount
    self.alternateSign = alternateSign
  }

  /// A state that has seen no row.
  public func makeState() -> State { State(hasher: self) }

  /// Nothing but a look at the columns' types.
  public struct State: FittingState {
    let hasher: FeatureHasher

    /// Refuses dates.
    public mutating func observe(_ chunk: DataFrame) throws(PreprocessingError) {
      for name in hasher.columns { _ = try HashedColumn(name, in: chunk) }
    }

    /// Takes nothing.
    public mutating func merge(_ other: State) {}

    /// The hasher.
    ///
    /// - Throws: nothing.
    public func finish() throws(PreprocessingError) -> FittedFeatureHasher {
      FittedFeatureHasher(
        columns: hasher.columns,
        featureCount: hasher.featureCount,
        alternateSign: hasher.alternateSign
      )
    }
  }

  /// Hashes the rows of a frame, without a dense column.
  ///
  /// - Throws: `PreprocessingError` when a column is missing, a date, or holds an infinity.
  public func transform(_ frame: DataFrame) throws(PreprocessingError) -> SparseMatrix {
    var report = TransformReport()
    return try makeState().finish().hashed(frame, report: &report)
  }
}

/// A hasher as a step of a recipe.
public struct FittedFeatureHasher: Transformer {
  /// `hash`.
  public static var name: String { "hash" }

  /// The columns.
  public let columns: [String]
  let featureCount: Int
  let alternateSign: Bool

  /// `hash_0` and so on for the first column, none for the others.
  public func outputNames(of column: String) -> [String] {
    if column == columns.first { return (0..<featureCount).map { "hash_\($0)" } }
    return columns.contains(column) ? [] : [column]
  }

  func hashed(_ frame: DataFrame, report: inout TransformReport) throws(PreprocessingError)
    -> SparseMatrix
  {
    var hashed: [HashedColumn] = []
    for name in columns {
      let column = try HashedColumn(name, in: frame)
      report.nulls[name, default: 0] += column.nullCount
      hashed.append(column)
    }
    let runs = rowRuns(frame.rowCount, columns: 1)
    let parts = try [SparseRows](
      concurrently: runs.count,
      cells: frame.rowCount * columns.count
    ) { (run) throws(PreprocessingError) -> SparseRows in
      var rows = SparseRows()
      var name: [UInt8] = []
      var cells: [(column: Int32, value: Double)] = []
      for row in runs[run] {
        cells.removeAll(keepingCapacity: true)
        for column in hashed {
          guard let value = try column.feature(row, in: frame, name: &name) else { continue }
          let hash = name.withUnsafeBufferPointer {
            hashedColumn($0, of: featureCount, alternateSign: alternateSign)
          }
          cells.append((hash.column, value * hash.sign))
        }
        rows.append(cells)
      }
      return rows
    }
    return SparseMatrix(columns: featureCount, parts)
  }

  /// Replaces the columns by hashed ones, float64, at the end of the frame.
  public func applied(to frame: DataFrame, report: inout TransformReport)
    throws(PreprocessingError) -> DataFrame
  {
    guard let first = columns.first else { return frame }
    try DataFrame.refuseDense(featureCount, of: first)
    let matrix = try hashed(frame, report: &report)
    var result = frame
    for name in columns { result[name] = nil }
    try result.append(matrix.floatColumns(), outputNames(of: first), from: first)
    return result
  }
}

/// A column as features: a name and a value.
private struct HashedColumn: Sendable {
  private let name: [UInt8]
  private let source: String
  private let column: Column

  var nullCount: Int { column.nullCount }

  init(_ name: String, in frame: DataFrame) throws(PreprocessingError) {
    column = try frame.column(name)
    source = name
    self.name = Array(name.utf8)
    switch column.type {
    case .date,
      .datetime where column.nullCount < column.count:
      throw PreprocessingError(
        .type,
        "column '\(name)' is of type \(column.typeInWords), expected text, numbers or bools",
        column: name
      )
    default: break
    }
  }

  /// Writes a row's feature name.
  ///
  /// - Returns: its value; nil where there is none, or zero.
  func feature(_ row: Int, in frame: DataFrame, name: inout [UInt8]) throws(PreprocessingError)
    -> Double?
  {
    guard !column.isNull(row) else { return nil }
    name.removeAll(keepingCapacity: true)
    name.append(contentsOf: self.name)
    let value: Double
    switch column.storage {
    case .string(let texts):
      name.append(UInt8(ascii: "="))
      texts.withBytes(row) { name.append(contentsOf: $0) }
      return 1
    case .category(let words, let texts):
      name.append(UInt8(ascii: "="))
      texts.withBytes(Int(words[row])) { name.append(contentsOf: $0) }
      return 1
    case .bool(let bits): value = bits[row] ? 1 : 0
    case .int64(let vector): value = Double(vector[row])
    case .float64(let vector): value = vector[row]
    default: return nil
    }
    guard !value.isInfinite else {
      throw PreprocessingError(
        .value,
        "column '\(source)' holds \(value) in row \(frame.ids[row]); replace or drop it",
        column: source,
        row: frame.ids[row]
      )
    }
    return value.isNaN || value == 0 ? nil : value
  }
}
