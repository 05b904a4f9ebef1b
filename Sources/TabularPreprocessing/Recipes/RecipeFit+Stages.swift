internal import TabularCSV
internal import TabularCollectives
internal import TabularFrame

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
      if let ranks {
        for i in open { try fitters[i].join(ranks) }
        try limits.check(open.map { fitters[$0] })
      }
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
