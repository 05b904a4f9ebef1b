internal import TabularCSV
internal import TabularFrame

/// A plan that is being fitted to chunks of rows.
///
/// Steps are applied to the rows only when a later step looks at what they made, so that the rows
/// are read once a stage and not once a step.
struct RecipeFit {
  private let plan: RecipePlan
  /// Whether the rows are wanted transformed, too.
  private let transforms: Bool
  private let inputs: [Recipe.Input]
  private let target: TargetEncoding?
  private let rowCount: Int
  /// No row of the inputs, to see types by.
  private let head: DataFrame
  private var fingerprint: RowFingerprint?
  /// The rows as the steps up to `pending` made them, with the target beside.
  private var chunks: [DataFrame]
  private var steps: [any Transformer] = []
  /// Fitted steps that the chunks have not been through.
  private var pending: [any Transformer] = []

  /// Looks at the rows, and refuses what cannot be fitted.
  init(_ plan: RecipePlan, _ labelled: [DataFrame], transforms: Bool) throws(PreprocessingError) {
    (self.plan, self.transforms) = (plan, transforms)
    // A chunk without rows says nothing, not even its columns' types.
    let rows = labelled.filter { $0.rowCount > 0 }
    guard let first = rows.first else {
      throw PreprocessingError(.empty, "there are no rows to fit to")
    }
    guard !plan.features.isEmpty else {
      throw PreprocessingError(.empty, "no column is left to make features of")
    }
    let added = plan.steps.flatMap(\.addedColumns)
    for name in plan.features where !added.contains(name) { _ = try first.column(name) }
    try plan.refuseTargetAsFeature()
    inputs = first.types.filter { name, _ in
      plan.features.contains(name) || plan.steps.contains { $0.columns.contains(name) }
    }
    .map { Recipe.Input(name: $0.name, type: $0.type) }
    target = try plan.targetEncoding(of: try plan.targetColumn(of: rows))
    rowCount = rows.reduce(0) { $0 + $1.rowCount }
    head = try first.slice(0..<0).selecting(inputs)

    var kept: [DataFrame] = []
    for chunk in rows { kept.append(try chunk.selecting(inputs, target: plan.target)) }
    chunks = kept
    let crossed = plan.steps.filter { $0 is any CrossFittingEstimator }.flatMap(\.columns)
    if !crossed.isEmpty || !plan.heldOut.isEmpty {
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
  }

  /// Fits all steps.
  mutating func run() throws(PreprocessingError) -> Recipe {
    var next = 0
    while next < plan.steps.count {
      if touches(plan.steps[next].columns) { try apply() }
      let stage = NumberStage(plan.steps[next...], over: chunks[0])
      if touches(stage.columns) { try apply() }
      if stage.isEmpty {
        try fit(plan.steps[next], later: plan.steps[(next + 1)...])
        next += 1
      } else {
        let fitted = try stage.fitted(to: chunks)
        steps += fitted
        pending += fitted
        next += fitted.count
      }
    }
    return try recipe()
  }

  private mutating func fit(_ step: any Estimator, later: ArraySlice<any Estimator>)
    throws(PreprocessingError)
  {
    guard let crossing = step as? any CrossFittingEstimator else {
      let fitted = try Self.fit(step, to: chunks)
      steps.append(fitted)
      pending.append(fitted)
      return
    }
    guard crossing.target == plan.target else {
      throw PreprocessingError(
        .target,
        "a step learns from the target '\(crossing.target)', the recipe from "
          + (plan.target.map { "'\($0)'" } ?? "none") + "; give both the same",
        column: crossing.target
      )
    }
    let isSeen = later.contains { step in
      step.columns.contains { name in crossing.columns.contains { name.hasPrefix($0) } }
    }
    guard transforms || isSeen else {
      steps.append(try Self.fit(step, to: chunks))
      return
    }
    steps.append(try cross(crossing))
  }

  private mutating func cross(_ step: some CrossFittingEstimator) throws(PreprocessingError)
    -> any Transformer
  {
    let (fitted, transformed) = try step.crossFitted(to: chunks)
    chunks = transformed
    return fitted
  }

  private static func fit(_ step: some Estimator, to chunks: [DataFrame])
    throws(PreprocessingError) -> any Transformer
  {
    try step.fitted(to: chunks)
  }

  /// Whether a column is not yet what the steps before make of it.
  private func touches(_ columns: [String]) -> Bool {
    guard !pending.isEmpty else { return false }
    return columns.contains { name in
      pending.contains { step in
        step.columns.contains(name) || step.addedColumns.contains(name)
          || step.columns.contains { step.outputNames(of: $0).contains(name) }
      }
    }
  }

  private mutating func apply() throws(PreprocessingError) {
    var ignored = TransformReport()
    for i in chunks.indices { chunks[i] = try pending.applied(to: chunks[i], report: &ignored) }
    pending = []
  }

  /// The rows as all steps make them; for a fit that transforms, of one chunk.
  mutating func transformed(report: inout TransformReport) throws(PreprocessingError) -> DataFrame {
    precondition(transforms && chunks.count == 1, "a fit that does not transform")
    chunks[0] = try pending.applied(to: chunks[0], report: &report)
    pending = []
    return chunks[0]
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
    let sample = try steps.applied(to: head, report: &ignored)
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

  fileprivate func targetColumn(of chunks: [DataFrame]) throws(PreprocessingError) -> DataFrame {
    guard let target, chunks.count > 1 else { return chunks[0] }
    do throws(FrameError) {
      var parts: [DataFrame] = []
      for chunk in chunks { parts.append(try chunk.select([target])) }
      return try DataFrame.concat(parts)
    } catch {
      throw PreprocessingError(error)
    }
  }

  fileprivate func refuseText(_ name: String, in frame: DataFrame) throws(PreprocessingError) {
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

extension Array where Element == any Transformer {
  /// The names of the features that the steps make of columns.
  ///
  /// A column that a step adds stands where the plan names it, else behind the last feature that
  /// the step made of one of its columns.
  func featureNames(from features: [String]) -> [String] {
    var names = features
    for step in self {
      let made = Set(step.columns.flatMap { step.outputNames(of: $0) })
      names = names.flatMap { step.outputNames(of: $0) }
      let added = step.addedColumns.filter { !names.contains($0) }
      guard !added.isEmpty else { continue }
      let last = names.lastIndex { made.contains($0) } ?? names.count - 1
      names.insert(contentsOf: added, at: last + 1)
    }
    return names
  }
}
