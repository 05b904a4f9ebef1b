internal import TabularCSV
public import TabularFrame
public import TabularTensor

/// A recipe before the fit: the columns that it takes, the estimators in order, and why.
public struct RecipePlan: Sendable {
  /// The columns that become features, in the order of the features.
  ///
  /// The name of a column that a step adds may stand here too, to say where it comes; else it comes
  /// behind the last feature of the step's columns.
  public var features: [String]
  /// The steps in order; each sees what the ones before it made.
  public var steps: [any Estimator]
  /// The column to learn; nil for features alone.
  public var target: String?
  /// What is learned; nil lets the column decide.
  public var task: TargetEncoding.Task?
  /// Whether rows whose target is null are left out; else they are an error.
  public var dropNullTargets: Bool
  /// Parts of the table that must stay unseen: fitting to any of their rows is an error.
  public var heldOut: [DataFrame] = []
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

  /// The plan that refuses to be fitted to rows of a validation or a test part.
  public func holdingOut(_ parts: DataFrame...) -> RecipePlan {
    var plan = self
    plan.heldOut += parts
    return plan
  }
}

// The fit.
extension RecipePlan {
  /// Fits the steps in order, each to what the ones before it made of the rows.
  ///
  /// - Throws: `PreprocessingError` when a column is missing, does not fit, or the target is null.
  public func fitted(to frame: DataFrame) throws(PreprocessingError) -> Recipe {
    try fitted(to: [frame])
  }

  /// Fits the steps to a table in chunks, to the same bits for any chunks: steps that do not see
  /// each other's columns in one pass, the others in a pass each.
  ///
  /// - Throws: `PreprocessingError` when a column is missing, does not fit, or the target is null.
  public func fitted(to chunks: [DataFrame]) throws(PreprocessingError) -> Recipe {
    var rows: [DataFrame] = []
    for chunk in chunks { rows.append(try labelled(chunk)) }
    var fit = try RecipeFit(self, rows, transforms: false)
    return try fit.run()
  }

  /// Fits to a table, and transforms it.
  ///
  /// What a step learns from the target is applied out of fold: no row sees its own target.
  ///
  /// - Throws: `PreprocessingError` when a column is missing, does not fit, or the target is null.
  public func fitTransform<Scalar: FloatingTensorScalar>(
    _ frame: DataFrame,
    as type: Scalar.Type
  ) throws(PreprocessingError) -> (recipe: Recipe, matrix: FeatureMatrix<Scalar>) {
    let rows = try labelled(frame)
    var fit = try RecipeFit(self, [rows], transforms: true)
    let recipe = try fit.run()
    var report = TransformReport()
    let features = try fit.transformed(report: &report)
    let matrix = FeatureMatrix(
      features: try recipe.tensor(from: features, as: type, report: &report),
      featureNames: recipe.featureNames,
      labels: try recipe.target?.labels(of: rows, as: type),
      classes: recipe.target?.classes,
      rowIDs: rows.rowIDs
    )
    return (recipe, matrix)
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
}
