internal import TabularCSV
internal import TabularFrame
internal import TabularTensor

/// How a column becomes what there is to learn: class numbers, or values.
public struct TargetEncoding: Codable, Sendable, Equatable {
  /// What is learned.
  public enum Task: String, Codable, Sendable {
    /// One of k classes.
    case classification
    /// A value.
    case regression
  }

  /// The column.
  public let column: String
  /// What is learned.
  public let task: Task
  /// The original value of each class number, in ascending order; nil when regressing.
  public let categories: [CategoryKey]?

  /// The text of each class; nil when regressing.
  public var classes: [String]? { categories?.map(\.description) }

  /// Integers with more different values are regressed.
  static let largestClassCount = 20

  init(column: String, task: Task, categories: [CategoryKey]?) {
    (self.column, self.task, self.categories) = (column, task, categories)
  }

  /// Looks at the column, and decides unless a task is given: text, bools, and integers with at
  /// most 20 different values are classified, other numbers regressed.
  ///
  /// - Throws: `PreprocessingError` when the column is missing, has no value, or does not fit.
  init(fittedTo frame: DataFrame, column name: String, task: Task?) throws(PreprocessingError) {
    var fold = TargetFold(column: name, task: task)
    try fold.observe(frame)
    self = try fold.encoding()
  }

  /// The labels of a frame, shape [rows].
  ///
  /// - Throws: `PreprocessingError` of kind `target` for a null or a class that the fit did not see.
  func labels<Scalar: FloatingTensorScalar>(of frame: DataFrame, as type: Scalar.Type)
    throws(PreprocessingError) -> Labels<Scalar>
  {
    try Self.refuseNulls(in: frame, column: column)
    guard let categories else {
      let numbers = try NumberColumn(column, in: frame)
      var values: [Scalar] = []
      values.reserveCapacity(numbers.count)
      for row in 0..<numbers.count {
        values.append(Scalar(try numbers.finite(row, column, in: frame) ?? .nan))
      }
      return .values(Tensor(values))
    }
    let values = try frame.categories(column)
    let positions = Vocabulary(column: column, categories: categories).positions(of: values)
    if let row = positions.firstIndex(where: { $0 < 0 }) {
      let known = categories.map(\.description).joined(separator: ", ")
      throw PreprocessingError(
        .target,
        "the target '\(column)' is '\(values[row])' in row \(frame.ids[row]), "
          + "expected one of \(known)",
        column: column,
        row: frame.ids[row]
      )
    }
    return .classes(
      Tensor<Int64>(shape: [positions.count]) { codes in
        for (row, position) in positions.enumerated() { codes[row] = Int64(position) }
      }
    )
  }

  /// The rows that have no target: null, or NaN.
  static func missingRows(in frame: DataFrame, column name: String) throws(PreprocessingError)
    -> [Int]
  {
    let column = try frame.column(name)
    if case .float64(let values) = column.storage {
      return (0..<column.count).filter { column.isNull($0) || values[$0].isNaN }
    }
    return column.nullCount == 0 ? [] : (0..<column.count).filter { column.isNull($0) }
  }

  /// Refuses a target with nulls, naming the first.
  static func refuseNulls(in frame: DataFrame, column name: String) throws(PreprocessingError) {
    let missing = try missingRows(in: frame, column: name)
    guard let row = missing.first else { return }
    throw nullError(name, missing: missing.count, of: frame.rowCount, first: frame.ids[row])
  }

  static func nullError(_ name: String, missing: Int, of rows: Int, first id: RowID)
    -> PreprocessingError
  {
    PreprocessingError(
      .target,
      "the target '\(name)' is null in \(missing) of \(rows) rows, first in row "
        + "\(id); drop them with --drop-null-targets (dropNullTargets)",
      column: name,
      row: id
    )
  }
}
