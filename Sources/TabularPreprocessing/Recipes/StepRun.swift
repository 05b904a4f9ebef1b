internal import TabularFrame
internal import TabularTensor

/// Fitted steps in order, and how a frame is sent through some of them.
struct StepRun {
  /// The steps; nil for one that transforms otherwise than by what it learned.
  let steps: [(any Transformer)?]
  /// Whether steps of one number each that follow one another are one pass over the rows.
  let joinsMaps: Bool
  /// Sends a frame through some of the steps.
  let apply: (Range<Int>, DataFrame, inout TransformReport) throws(PreprocessingError) -> DataFrame

  /// The steps of a recipe.
  init(_ steps: [any Transformer]) {
    self.steps = steps
    joinsMaps = true
    apply = { range, frame, report throws(PreprocessingError) in
      try Array(steps[range]).applied(to: frame, report: &report)
    }
  }

  /// Steps of which each is a pass of its own.
  init(
    oneByOne steps: [(any Transformer)?],
    apply:
      @escaping (Range<Int>, DataFrame, inout TransformReport) throws(PreprocessingError) ->
      DataFrame
  ) {
    self.steps = steps
    joinsMaps = false
    self.apply = apply
  }
}

extension Recipe {
  /// The features of a frame that is sent through the steps, of which the last ones write them
  /// straight into the tensor where they can.
  func tensor<Scalar: FloatingTensorScalar>(
    of frame: DataFrame,
    through run: StepRun,
    as type: Scalar.Type,
    report: inout TransformReport
  ) throws(PreprocessingError) -> Tensor<Scalar> {
    let deferred = DeferredSteps(of: run, features: featureNames)
    let first = try run.apply(0..<deferred.start, frame, &report)
    if let tensor = deferred.tensor(from: first, features: featureNames, as: type, report: &report)
    {
      return tensor
    }
    let last = try run.apply(deferred.start..<run.steps.count, first, &report)
    return try tensor(from: last, as: type, report: &report)
  }
}
