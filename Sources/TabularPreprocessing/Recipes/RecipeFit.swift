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
  private let plan: RecipePlan
  /// Whether the rows are wanted transformed, too.
  private let transforms: Bool
  private let limits: FitLimits
  private let inputs: [Recipe.Input]
  private let target: TargetEncoding?
  private let rowCount: Int
  private var fingerprint: RowFingerprint?
  /// No row of the inputs, and none as the steps that the rows have been through made it.
  private let emptyInput: DataFrame
  private var head: DataFrame
  private var rows: Rows
  /// What was gathered of the rows before, as they came; nil where nothing was.
  private var look: TableLook?
  private var steps: [any Transformer] = []
  /// Fitted steps that the rows have not been through.
  private var pending: [TrainingStep] = []

  /// The rows as the steps up to `pending` make them, with the target beside.
  private enum Rows {
    /// Made once and kept.
    case inMemory([DataFrame])
    /// Made anew in each pass.
    case streamed(any RowSource, steps: [TrainingStep])
  }

  /// A fitted step as it transforms the rows of the fit.
  fileprivate enum TrainingStep {
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
  private func forEachChunk(_ body: (DataFrame) throws(PreprocessingError) -> Void)
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
  private var ranks: (any Communicator)? {
    guard case .streamed(let source, _) = rows else { return nil }
    return source.ranks
  }

  /// The rows of a chunk that can be learned from, with the columns that are needed.
  private func selected(_ chunk: DataFrame) throws(PreprocessingError) -> DataFrame {
    let rows = plan.dropNullTargets ? try plan.labelled(chunk) : chunk
    return try rows.selecting(inputs, target: plan.target)
  }

  /// Sends the rows through the pending steps.
  private mutating func apply() throws(PreprocessingError) {
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
    let features = try (steps + pending).applied(to: frame, report: &report)
    return FeatureMatrix(
      features: try recipe.tensor(from: features, as: type, report: &report),
      featureNames: recipe.featureNames,
      labels: try target?.labels(of: frame, as: type),
      classes: target?.classes,
      rowIDs: frame.rowIDs
    )
  }
}

// The stages.
extension RecipeFit {
  /// Fits all steps.
  package mutating func run() throws(PreprocessingError) -> Recipe {
    var next = plan.steps.startIndex
    while next < plan.steps.endIndex { next = try fitStage(from: next) }
    if limits.bytes != nil {
      look = nil
      releaseFreeMemory()
    }
    return try recipe()
  }

  /// Fits as many steps as one pass can; the index of the next one.
  private mutating func fitStage(from first: Int) throws(PreprocessingError) -> Int {
    var fitters: [any StepFitter] = []
    var touched: Set<String> = []
    var next = first
    while next < plan.steps.endIndex {
      let step = plan.steps[next]
      var numbers = numberStage(from: next)
      var columns = numbers.isEmpty ? step.columns : numbers.columns
      if fitters.isEmpty, touchesPending(columns) {
        try apply()
        numbers = numberStage(from: next)
        columns = numbers.isEmpty ? step.columns : numbers.columns
      }
      // What an earlier stage has made is there once the rows are sent through it.
      let isHere = columns.allSatisfy { !touched.contains($0) && (try? head.column($0)) != nil }
      guard fitters.isEmpty || isHere && !touchesPending(columns) else { break }
      if let crossing = step as? any CrossFittingEstimator, numbers.isEmpty {
        guard fitters.isEmpty else { break }
        try fit(crossing, later: plan.steps[(next + 1)...])
        return next + 1
      }
      let steps = numbers.isEmpty ? [step] : Array(plan.steps[next..<next + numbers.count])
      var fitter = numbers.isEmpty ? Self.fitter(of: step) : numbers
      guard ranks == nil || fitter.isShared else { throw Self.notShared(step) }
      // No pass is needed for what was gathered already, of columns that no step has touched.
      if let look { fitter.adopt(look) { isUntouched($0) } }
      fitters.append(fitter)
      touched.formUnion(columns)
      touched.formUnion(steps.flatMap(\.addedColumns))
      next += steps.count
    }
    let open = fitters.indices.filter { !fitters[$0].isComplete }
    if !open.isEmpty {
      try forEachChunk { chunk throws(PreprocessingError) in
        for i in open { try fitters[i].observe(chunk) }
        try limits.check(open.map { fitters[$0] })
      }
      if let ranks { for i in open { try fitters[i].join(ranks) } }
    }
    for fitter in fitters {
      let fitted = try fitter.finish()
      steps += fitted
      pending += fitted.map { .transformer($0) }
    }
    return next
  }

  private func numberStage(from next: Int) -> NumberStage {
    NumberStage(plan.steps[next...], over: head, approximates: limits.approximates)
  }

  /// Whether a column is as it was read.
  private func isUntouched(_ name: String) -> Bool {
    !steps.contains { step in
      step.columns.contains(name) || step.addedColumns.contains(name)
        || step.columns.contains { step.outputNames(of: $0).contains(name) }
    }
  }

  private static func fitter(of step: some Estimator) -> any StepFitter {
    OneStepFitter(state: step.makeState())
  }

  private mutating func fit(
    _ step: some CrossFittingEstimator,
    later: ArraySlice<any Estimator>
  ) throws(PreprocessingError) {
    guard step.target == plan.target else {
      throw PreprocessingError(
        .target,
        "a step learns from the target '\(step.target)', the recipe from "
          + (plan.target.map { "'\($0)'" } ?? "none") + "; give both the same",
        column: step.target
      )
    }
    let isSeen = later.contains { other in
      other.columns.contains { name in step.columns.contains { name.hasPrefix($0) } }
    }
    if let ranks {
      guard let encoder = step as? TargetEncoder else { throw Self.notShared(step) }
      let (fitted, outOfFold) = try encoder.crossFit(over: ranks) {
        body throws(PreprocessingError) in
        try forEachChunk(body)
      }
      steps.append(fitted)
      pending.append(.outOfFold(fitted, outOfFold))
      return
    }
    guard transforms || isSeen else {
      var fitter = OneStepFitter(state: step.makeState())
      try forEachChunk { chunk throws(PreprocessingError) in try fitter.observe(chunk) }
      steps += try fitter.finish()
      return
    }
    let (fitted, outOfFold) = try step.crossFit { body throws(PreprocessingError) in
      try forEachChunk(body)
    }
    steps.append(fitted)
    pending.append(.outOfFold(fitted, outOfFold))
  }

  private static func notShared(_ step: any Estimator) -> PreprocessingError {
    PreprocessingError(
      .recipe,
      "several processes cannot fit the step \(type(of: step)) together: start one process"
    )
  }

  /// Whether a column is not yet what the fitted steps make of it.
  private func touchesPending(_ columns: [String]) -> Bool {
    guard !pending.isEmpty else { return false }
    return columns.contains { name in
      pending.map(\.transformer).contains { step in
        step.columns.contains(name) || step.addedColumns.contains(name)
          || step.columns.contains { step.outputNames(of: $0).contains(name) }
      }
    }
  }

  private func recipe() throws(PreprocessingError) -> Recipe {
    let names = steps.featureNames(from: plan.features)
    if let twice = names.firstRepeated {
      throw PreprocessingError(
        .column,
        "two features are named '\(twice)'; rename a column",
        column: twice
      )
    }
    var ignored = TransformReport()
    let sample = try steps.applied(to: emptyInput, report: &ignored)
    for name in names { try plan.refuseText(name, in: sample) }
    return Recipe(
      inputs: inputs,
      steps: steps,
      featureNames: names,
      target: target,
      fittedRows: rowCount,
      fingerprint: fingerprint
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

  fileprivate func refuseText(_ name: String, in frame: DataFrame) throws(PreprocessingError) {
    let column = try frame.column(name)
    switch column.type {
    case .int64, .float64, .bool: return
    default:
      throw PreprocessingError(
        .type,
        "column '\(name)' is of type \(column.typeInWords) and no step makes numbers of it; "
          + "encode or drop it",
        column: name
      )
    }
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
}
