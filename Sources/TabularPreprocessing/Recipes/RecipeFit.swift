internal import TabularCollectives
internal import TabularCSV
package import TabularFrame
package import TabularTensor

/// A plan that is being fitted to rows.
///
/// Steps that do not look at what the others make are fitted in one pass over the rows, a stage; a
/// step that looks at an earlier one's columns begins the next stage, for which the rows are
/// transformed.
package struct RecipeFit {
  let plan: RecipePlan
  /// Whether the rows are wanted transformed, too.
  let transforms: Bool
  let limits: FitLimits
  let inputs: [Recipe.Input]
  let target: TargetEncoding?
  let rowCount: Int
  var fingerprint: RowFingerprint?
  /// No row of the inputs, and none as the steps that the rows have been through made it.
  let emptyInput: DataFrame
  var head: DataFrame
  private var rows: Rows
  /// What was gathered of the rows before, as they came; nil where nothing was.
  var look: TableLook?
  var steps: [any Transformer] = []
  /// Fitted steps that the rows have not been through.
  var pending: [TrainingStep] = []

  /// The rows as the steps up to `pending` make them, with the target beside.
  private enum Rows {
    /// Made once and kept.
    case inMemory([DataFrame])
    /// Made anew in each pass.
    case streamed(any RowSource, steps: [TrainingStep])
  }

  /// A fitted step as it transforms the rows of the fit.
  enum TrainingStep {
    case transformer(any Transformer)
    /// Of a step that learned from the target.
    case outOfFold(any Transformer, (DataFrame) throws(PreprocessingError) -> DataFrame)

    var transformer: any Transformer {
      switch self {
      case .transformer(let step), .outOfFold(let step, _): step
      }
    }

    func applied(to frame: DataFrame, report: inout TransformReport) throws(PreprocessingError)
      -> DataFrame
    {
      switch self {
      case .transformer(let step): try step.applied(to: frame, report: &report)
      case .outOfFold(_, let transform): try transform(frame)
      }
    }
  }

  /// Prepares to fit to rows in memory, and refuses what cannot be fitted.
  init(_ plan: RecipePlan, _ labelled: [DataFrame], transforms: Bool) throws(PreprocessingError) {
    // A chunk without rows says nothing, not even its columns' types.
    let rows = labelled.filter { $0.rowCount > 0 }
    guard !rows.isEmpty else {
      throw PreprocessingError(.empty, "there are no rows to fit to")
    }
    var target = plan.target.map { TargetFold(column: $0, task: plan.task) }
    for chunk in rows { try target?.observe(chunk) }
    try self.init(
      plan,
      RowsInMemory(rows),
      target: target,
      rowCount: rows.reduce(0) { $0 + $1.rowCount },
      transforms: transforms,
      FitLimits()
    )
    var chunks: [DataFrame] = []
    for chunk in rows { chunks.append(try chunk.selecting(inputs, target: plan.target)) }
    self.rows = .inMemory(chunks)
    try remember(chunks)
  }

  /// Prepares to fit to rows that are gone through a pass a stage.
  ///
  /// The recipe does not remember them: it must not be applied to them where a step learns from the
  /// target; `matrix(of:)` transforms them.
  package init(
    _ plan: RecipePlan,
    _ source: any RowSource,
    look: TableLook,
    limits: FitLimits = FitLimits()
  ) throws(PreprocessingError) {
    if !plan.dropNullTargets { try look.target?.refuseNulls() }
    let rowCount = look.target?.labelledRows ?? look.rowCount
    guard rowCount > 0 else { throw PreprocessingError(.empty, "there are no rows to fit to") }
    try self.init(plan, source, target: look.target, rowCount: rowCount, transforms: true, limits)
    if rowCount == look.rowCount { self.look = look }
  }

  private init(
    _ plan: RecipePlan,
    _ source: any RowSource,
    target: TargetFold?,
    rowCount: Int,
    transforms: Bool,
    _ limits: FitLimits
  ) throws(PreprocessingError) {
    (self.plan, self.transforms, self.rowCount) = (plan, transforms, rowCount)
    self.limits = limits
    guard !plan.features.isEmpty else {
      throw PreprocessingError(.empty, "no column is left to make features of")
    }
    let first = try source.head
    let added = plan.steps.flatMap(\.addedColumns)
    for name in plan.features where !added.contains(name) { _ = try first.column(name) }
    try plan.refuseTargetAsFeature()
    inputs = source.types.filter { name, _ in
      plan.features.contains(name) || plan.steps.contains { $0.columns.contains(name) }
    }
    .map { Recipe.Input(name: $0.name, type: $0.type) }
    self.target = try target?.encoding()
    head = try first.selecting(inputs, target: plan.target)
    emptyInput = try first.selecting(inputs)
    rows = .streamed(source, steps: [])
  }

  /// Remembers rows to which the recipe must not be applied, and refuses those that are held out.
  private mutating func remember(_ chunks: [DataFrame]) throws(PreprocessingError) {
    let crossed = plan.steps.filter { $0 is any CrossFittingEstimator }.flatMap(\.columns)
    guard !crossed.isEmpty || !plan.heldOut.isEmpty else { return }
    let known = Set(inputs.map(\.name))
    let seen = try RowFingerprint(
      of: chunks,
      by: crossed.filter { known.contains($0) } + inputs.map(\.name)
    )
    for part in plan.heldOut {
      guard let row = try seen.sharedRow(with: part) else { continue }
      throw PreprocessingError(
        .leak,
        "row \(row) is of a part that was held out; fit to the training part alone",
        row: row
      )
    }
    if !crossed.isEmpty { fingerprint = seen }
  }

  /// The columns that the rows need.
  package var columns: [String] { inputs.map(\.name) + (plan.target.map { [$0] } ?? []) }
}

// The rows.
extension RecipeFit {
  func forEachChunk(_ body: (DataFrame) throws(PreprocessingError) -> Void)
    throws(PreprocessingError)
  {
    switch rows {
    case .inMemory(let chunks): for chunk in chunks { try body(chunk) }
    case .streamed(let source, let steps):
      var ignored = TransformReport()
      try source.forEachChunk(columns: columns) { chunk throws(PreprocessingError) in
        let frame = try selected(chunk)
        guard frame.rowCount > 0 else { return }
        try body(steps.applied(to: frame, report: &ignored))
      }
    }
  }

  /// The processes that fit together, each to rows of its own; nil where all are here.
  var ranks: (any Communicator)? {
    guard case .streamed(let source, _) = rows else { return nil }
    return source.ranks
  }

  /// The rows of a chunk that can be learned from, with the columns that are needed.
  private func selected(_ chunk: DataFrame) throws(PreprocessingError) -> DataFrame {
    let rows = plan.dropNullTargets ? try plan.labelled(chunk) : chunk
    return try rows.selecting(inputs, target: plan.target)
  }

  /// Sends the rows through the pending steps.
  mutating func apply() throws(PreprocessingError) {
    guard !pending.isEmpty else { return }
    var ignored = TransformReport()
    head = try pending.map(\.transformer).applied(to: head, report: &ignored)
    switch rows {
    case .inMemory(var chunks):
      for i in chunks.indices { chunks[i] = try pending.applied(to: chunks[i], report: &ignored) }
      rows = .inMemory(chunks)
    case .streamed(let source, let steps): rows = .streamed(source, steps: steps + pending)
    }
    pending = []
  }

  /// The rows as all steps make them; for rows in memory, of one chunk.
  mutating func transformed(report: inout TransformReport) throws(PreprocessingError) -> DataFrame {
    guard transforms, case .inMemory(let chunks) = rows, chunks.count == 1 else {
      preconditionFailure("a fit that does not transform")
    }
    let frame = try pending.applied(to: chunks[0], report: &report)
    rows = .inMemory([frame])
    pending = []
    return frame
  }

  /// The features and labels of a chunk of the rows that were fitted to; those without a target are
  /// left out where the plan says so.
  package func matrix<Scalar: FloatingTensorScalar>(
    of chunk: DataFrame,
    by recipe: Recipe,
    as type: Scalar.Type,
    report: inout TransformReport
  ) throws(PreprocessingError) -> FeatureMatrix<Scalar> {
    guard case .streamed(_, let steps) = rows else {
      preconditionFailure("a fit of rows in memory")
    }
    let frame = try selected(chunk)
    return FeatureMatrix(
      features: try recipe.tensor(
        of: frame,
        through: (steps + pending).run,
        as: type,
        report: &report
      ),
      featureNames: recipe.featureNames,
      labels: try target?.labels(of: frame, as: type),
      classes: target?.classes,
      rowIDs: frame.rowIDs
    )
  }
}

extension RecipePlan {
  fileprivate func refuseTargetAsFeature() throws(PreprocessingError) {
    guard let target else { return }
    guard features.contains(target) || steps.contains(where: { $0.columns.contains(target) })
    else { return }
    throw PreprocessingError(
      .leak,
      "the target '\(target)' is among the features or the steps' columns; leave it out",
      column: target
    )
  }
}

extension [RecipeFit.TrainingStep] {
  /// A frame sent through all of them.
  fileprivate func applied(to frame: DataFrame, report: inout TransformReport)
    throws(PreprocessingError) -> DataFrame
  {
    var current = frame
    for step in self { current = try step.applied(to: current, report: &report) }
    return current
  }

  /// The steps, each a pass of its own.
  fileprivate var run: StepRun {
    StepRun(
      oneByOne: map { if case .transformer(let step) = $0 { step } else { nil } }
    ) { range, frame, report throws(PreprocessingError) in
      try Array(self[range]).applied(to: frame, report: &report)
    }
  }
}
