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

  /// Looks at the column, and decides unless a task is given: text, bools, and integers with at
  /// most 20 different values are classified, other numbers regressed.
  ///
  /// - Throws: `PreprocessingError` when the column is missing, has no value, or does not fit.
  init(fittedTo frame: DataFrame, column name: String, task: Task?) throws(PreprocessingError) {
    let column = try frame.column(name)
    guard column.nullCount < column.count else {
      throw PreprocessingError(.target, "the target '\(name)' has no value", column: name)
    }
    self.column = name
    switch (column.type, task) {
    case (.date, _), (.datetime, _):
      throw PreprocessingError(
        .target,
        "the target '\(name)' is a \(column.type); learn a number or a class",
        column: name
      )
    case (.string, .regression), (.category, .regression):
      throw PreprocessingError(
        .target,
        "the target '\(name)' is text, and cannot be regressed",
        column: name
      )
    case (.float64, .classification):
      throw PreprocessingError(
        .target,
        "the target '\(name)' holds fractions, and cannot be classified",
        column: name
      )
    case (.float64, _), (_, .regression):
      self.task = .regression
    case (.int64, nil) where column.distinctCount > Self.largestClassCount:
      self.task = .regression
    default:
      self.task = .classification
    }
    guard self.task == .classification else {
      categories = nil
      return
    }
    var fold = CategoryFold()
    try fold.observe(name, in: frame)
    let categories = fold.sorted.categories
    guard categories.count > 1 else {
      throw PreprocessingError(
        .target,
        "the target '\(name)' has one value only, '\(categories[0])': nothing to learn",
        column: name
      )
    }
    self.categories = categories
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
    let positions = Vocabulary(column: column, categories: categories).positions
    let keys = try CategoryColumn(column, in: frame)
    var codes: [Int64] = []
    codes.reserveCapacity(keys.count)
    for row in 0..<keys.count {
      guard let key = keys[row], let code = positions[key] else {
        let id = frame.ids[row]
        let known = categories.map(\.description).joined(separator: ", ")
        throw PreprocessingError(
          .target,
          "the target '\(column)' is '\(keys[row]?.description ?? "null")' in row \(id), "
            + "expected one of \(known)",
          column: column,
          row: id
        )
      }
      codes.append(Int64(code))
    }
    return .classes(Tensor(codes))
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
    let id = frame.ids[row]
    throw PreprocessingError(
      .target,
      "the target '\(name)' is null in \(missing.count) of \(frame.rowCount) rows, first in row "
        + "\(id); drop them with --drop-null-targets (dropNullTargets)",
      column: name,
      row: id
    )
  }
}
