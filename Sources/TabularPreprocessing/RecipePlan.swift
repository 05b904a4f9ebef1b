internal import TabularCSV
public import TabularFrame
public import TabularTensor

/// A recipe before the fit: the columns that it takes, the estimators in order, and why.
public struct RecipePlan: Sendable {
  /// The columns that become features, in the order of the features.
  public var features: [String]
  /// The steps in order; each sees what the ones before it made.
  public var steps: [any Estimator]
  /// The column to learn; nil for features alone.
  public var target: String?
  /// What is learned; nil lets the column decide.
  public var task: TargetEncoding.Task?
  /// Whether rows whose target is null are left out; else they are an error.
  public var dropNullTargets: Bool
  /// The decisions that made this plan, a line each.
  public internal(set) var decisions: [String] = []

  /// Creates a plan.
  public init(
    features: [String],
    steps: [any Estimator],
    target: String? = nil,
    task: TargetEncoding.Task? = nil,
    dropNullTargets: Bool = false
  ) {
    self.features = features
    self.steps = steps
    self.target = target
    self.task = task
    self.dropNullTargets = dropNullTargets
  }

  /// Fits the steps in order, each to what the ones before it made of the rows.
  ///
  /// - Throws: `PreprocessingError` when a column is missing, does not fit, or the target is null.
  public func fitted(to frame: DataFrame) throws(PreprocessingError) -> Recipe {
    try fitted(to: [frame])
  }

  /// Fits the steps to a table in chunks: a pass a step, to the same bits for any chunks.
  ///
  /// - Throws: `PreprocessingError` when a column is missing, does not fit, or the target is null.
  public func fitted(to chunks: [DataFrame]) throws(PreprocessingError) -> Recipe {
    var current: [DataFrame] = []
    for chunk in chunks { current.append(try labelled(chunk)) }
    // A chunk without rows says nothing, not even its columns' types.
    current.removeAll { $0.rowCount == 0 }
    let rows = current.reduce(0) { $0 + $1.rowCount }
    guard let first = current.first else {
      throw PreprocessingError(.empty, "there are no rows to fit to")
    }
    guard !features.isEmpty else {
      throw PreprocessingError(.empty, "no column is left to make features of")
    }
    for name in features { _ = try first.column(name) }
    var inputs: [Recipe.Input] = []
    for (name, type) in first.types
    where features.contains(name) || steps.contains(where: { $0.columns.contains(name) }) {
      inputs.append(Recipe.Input(name: name, type: type))
    }
    let encoding = try targetEncoding(of: try targetColumn(of: current))
    for i in current.indices { current[i] = try current[i].selecting(inputs) }

    var transformers: [any Transformer] = []
    for step in steps {
      let transformer = try fit(step, to: current)
      for i in current.indices { current[i] = try transformer.applied(to: current[i]) }
      transformers.append(transformer)
    }
    let names = features.flatMap { feature in
      transformers.reduce([feature]) { names, step in names.flatMap { step.outputNames(of: $0) } }
    }
    if let twice = names.firstRepeated {
      throw PreprocessingError(
        .column,
        "two features are named '\(twice)'; rename a column",
        column: twice
      )
    }
    for name in names { try refuseText(name, in: current[0]) }
    return Recipe(
      inputs: inputs,
      steps: transformers,
      featureNames: names,
      target: encoding,
      fittedRows: rows
    )
  }

  /// Fits to a table, and transforms it.
  ///
  /// - Throws: `PreprocessingError` when a column is missing, does not fit, or the target is null.
  public func fitTransform<Scalar: FloatingTensorScalar>(
    _ frame: DataFrame,
    as type: Scalar.Type
  ) throws(PreprocessingError) -> (recipe: Recipe, matrix: FeatureMatrix<Scalar>) {
    let rows = try labelled(frame)
    let recipe = try fitted(to: rows)
    var report = TransformReport()
    return (recipe, try recipe.applied(to: rows, as: type, report: &report))
  }

  /// Fits to a table, and transforms it into float32 features, as models take them.
  ///
  /// - Throws: `PreprocessingError` when a column is missing, does not fit, or the target is null.
  public func fitTransform(_ frame: DataFrame) throws(PreprocessingError) -> (
    recipe: Recipe, matrix: FeatureMatrix<Float>
  ) {
    try fitTransform(frame, as: Float.self)
  }
}

extension RecipePlan {
  /// The rows that can be learned from.
  package func labelled(_ frame: DataFrame) throws(PreprocessingError) -> DataFrame {
    guard let target else { return frame }
    guard dropNullTargets else {
      try TargetEncoding.refuseNulls(in: frame, column: target)
      return frame
    }
    let missing = try TargetEncoding.missingRows(in: frame, column: target)
    return missing.isEmpty ? frame : frame.drop(rows: missing)
  }

  /// How the target would be encoded; nil without one.
  package func targetEncoding(of frame: DataFrame) throws(PreprocessingError) -> TargetEncoding? {
    guard let target else { return nil }
    return try TargetEncoding(fittedTo: frame, column: target, task: task)
  }

  private func targetColumn(of chunks: [DataFrame]) throws(PreprocessingError) -> DataFrame {
    guard let target, chunks.count > 1 else { return chunks[0] }
    do throws(FrameError) {
      var parts: [DataFrame] = []
      for chunk in chunks { parts.append(try chunk.select([target])) }
      return try DataFrame.concat(parts)
    } catch {
      throw PreprocessingError(error)
    }
  }

  private func fit(_ step: some Estimator, to chunks: [DataFrame]) throws(PreprocessingError)
    -> any Transformer
  {
    try step.fitted(to: chunks)
  }

  private func refuseText(_ name: String, in frame: DataFrame) throws(PreprocessingError) {
    let column = try frame.column(name)
    switch column.type {
    case .int64, .float64, .bool: return
    default:
      throw PreprocessingError(
        .type,
        "column '\(name)' is of type \(column.type) and no step makes numbers of it; "
          + "encode or drop it",
        column: name
      )
    }
  }
}
