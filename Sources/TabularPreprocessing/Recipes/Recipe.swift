public import TabularCSV
public import TabularFrame
public import TabularTensor

/// A fitted pipeline: what it needs of a table, the steps in order, and the features that come out.
///
/// It uses nothing but what was fitted, and is saved as JSON that a person can read.
public struct Recipe: Sendable {
  /// A column that the recipe needs.
  public struct Input: Codable, Sendable, Equatable {
    /// The name of the column.
    public let name: String
    /// The type that it had in the fit.
    public let type: ColumnType
  }

  /// The columns that it needs, in the order of the fitted table.
  public let inputs: [Input]
  /// The steps in order.
  public let steps: [any Transformer]
  /// The names of the features in order.
  public let featureNames: [String]
  /// How the target is encoded; nil when there is none.
  public let target: TargetEncoding?
  /// The number of rows that it was fitted on.
  public let fittedRows: Int
  /// The rows of the fit, to which it must not be applied when a step learned from the target.
  ///
  /// In memory only; nil once the recipe was saved and read.
  let fingerprint: RowFingerprint?

  /// Transforms a table into features, and its target into labels where it has that column.
  ///
  /// - Throws: `PreprocessingError` that says what differs from the fitted table; of kind `leak` for
  ///   rows that a step which learns from the target was fitted to: `fitTransform` transforms those.
  public func applied<Scalar: FloatingTensorScalar>(
    to frame: DataFrame,
    as type: Scalar.Type,
    report: inout TransformReport
  ) throws(PreprocessingError) -> FeatureMatrix<Scalar> {
    let matrix = try features(of: frame, as: type, report: &report)
    guard let target, frame.columns.contains(target.column) else { return matrix }
    return FeatureMatrix(
      features: matrix.features,
      featureNames: featureNames,
      labels: try target.labels(of: frame, as: type),
      classes: target.classes,
      rowIDs: matrix.rowIDs
    )
  }

  /// Transforms a table into features, and leaves its target alone where it has one.
  ///
  /// - Throws: `PreprocessingError` that says what differs from the fitted table; of kind `leak` for
  ///   rows that a step which learns from the target was fitted to: `fitTransform` transforms those.
  public func features<Scalar: FloatingTensorScalar>(
    of frame: DataFrame,
    as type: Scalar.Type,
    report: inout TransformReport
  ) throws(PreprocessingError) -> FeatureMatrix<Scalar> {
    let inputs = try inputs(of: frame)
    return FeatureMatrix(
      features: try tensor(of: inputs, through: StepRun(steps), as: type, report: &report),
      featureNames: featureNames,
      rowIDs: frame.rowIDs
    )
  }

  /// The table after all steps, the features among its columns.
  func transformed(_ frame: DataFrame, report: inout TransformReport) throws(PreprocessingError)
    -> DataFrame
  {
    try steps.applied(to: inputs(of: frame), report: &report)
  }

  /// The columns of a table that the recipe takes, if it may be applied to them.
  private func inputs(of frame: DataFrame) throws(PreprocessingError) -> DataFrame {
    try check(frame)
    if let row = try fingerprint?.sharedRow(with: frame) {
      throw PreprocessingError(
        .leak,
        "row \(row) was fitted to, and a step of the recipe has learned from its target; "
          + "take what fitTransform returns for such rows",
        row: row
      )
    }
    return try frame.selecting(inputs)
  }

  /// Transforms a table into float32 features, as models take them.
  ///
  /// - Throws: `PreprocessingError` that says what differs from the fitted table.
  public func applied(to frame: DataFrame) throws(PreprocessingError) -> FeatureMatrix<Float> {
    var report = TransformReport()
    return try applied(to: frame, as: Float.self, report: &report)
  }

  /// The types that text columns must be read with, so that a file whose `Cabin` happens to hold
  /// numbers only is read as the fitted one was.
  public var readingTypes: [String: ColumnType] {
    Dictionary(
      uniqueKeysWithValues: inputs.filter { $0.type == .string || $0.type == .category }
        .map { ($0.name, $0.type) }
    )
  }
}

extension DataFrame {
  /// The columns that a recipe takes and no other, whose names might be those of a step's outputs;
  /// and the target beside where one is given.
  func selecting(_ inputs: [Recipe.Input], target: String? = nil) throws(PreprocessingError)
    -> DataFrame
  {
    do throws(FrameError) {
      return try select(inputs.map(\.name) + (target.map { [$0] } ?? []))
    } catch {
      throw PreprocessingError(error)
    }
  }
}

// The schema.
extension Recipe {
  private func check(_ frame: DataFrame) throws(PreprocessingError) {
    for input in inputs {
      guard let column = try? frame.column(input.name) else {
        throw PreprocessingError(
          .column,
          "the recipe needs a column '\(input.name)' of type \(input.type); "
            + suggestion(for: input.name, among: frame.columns),
          column: input.name
        )
      }
      let fits =
        switch (input.type, column.type) {
        case (.int64, .float64), (.float64, .int64): true
        case (.string, .category), (.category, .string): true
        case (let expected, let found): expected == found
        }
      guard fits || column.nullCount == column.count else {
        let row = (0..<column.count).first { !column.isNull($0) } ?? 0
        throw PreprocessingError(
          .type,
          "column '\(input.name)': expected \(input.type) as in the recipe, found \(column.typeInWords), "
            + "such as '\(column[row])' in row \(frame.ids[row])",
          column: input.name,
          row: frame.ids[row]
        )
      }
    }
  }
}
