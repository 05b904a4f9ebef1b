public import TabularTensor

/// The derivative of a loss by each parameter of a model.
public struct Gradient: Sendable {
  /// Where each parameter's derivatives lie in `values`.
  public let layout: ParameterLayout
  /// All derivatives, flat, laid out as the parameters.
  public internal(set) var values: Tensor<Float>

  /// Where each buffer lies in the model, and what is observed for it in `observations`.
  let bufferLayout: ParameterLayout
  /// What the layers observed of the rows of each batch: an optimizer's step moves running
  /// statistics by it.
  var observations: [Tensor<Float>] = []

  init(zeros layout: ParameterLayout, buffers: ParameterLayout = ParameterLayout([])) {
    self.layout = layout
    bufferLayout = buffers
    values = Tensor(zeros: [layout.count])
  }

  /// The derivatives by a parameter, in its shape, such as `gradient["0.weight"]`; nil without one.
  public subscript(name: String) -> Tensor<Float>? {
    layout.slice(named: name).map { values.slice($0) }
  }
}

extension Sequential {
  /// The mean loss over some rows, and its gradient, both divided by the loss's normaliser.
  ///
  /// Features are [rows, input width]. The rows are cut into `shards`, a power of two, whose
  /// gradients are summed in a fixed tree: a `Trainer` with as many shards gets the same bits. Layers
  /// train: what they observe of the rows is in the gradient, and `Optimizer.step` moves running
  /// statistics by it.
  ///
  /// - Parameters:
  ///   - features: the rows.
  ///   - labels: what is to be learned of them.
  ///   - loss: the loss.
  ///   - shards: the number of shards.
  ///   - seed: what dropout is drawn from.
  ///   - step: the number of the step, such as `optimizer.stepCount`, so that each step drops
  ///     others; a model with dropout needs it.
  ///   - device: what computes; a processor without a limit to its memory unless given.
  /// - Returns: the loss, and the gradient.
  /// - Throws: `TrainingError` of kind `shape` or `labels` when the rows do not fit the model or the
  ///   loss, of kind `data` when there are none, or an id is not one of its embedding, of kind
  ///   `configuration` when `shards` is no power of two or a step is wanted, of kind `gradients`
  ///   inside `withoutGradients`, of kind `outOfMemory` when the device has too little.
  public func valueAndGradient(
    _ features: Tensor<Float>,
    _ labels: some LabelsConvertible,
    loss: Loss,
    shards: Int = 1,
    seed: UInt64 = 0,
    step: Int? = nil,
    on device: any Device = CPUDevice()
  ) throws(TrainingError) -> (loss: Double, gradient: Gradient) {
    guard step != nil || !usesRandomNumbers else {
      throw TrainingError(
        .configuration,
        "the model draws random numbers: valueAndGradient needs step:, as optimizer.stepCount"
      )
    }
    let parallel = try TrainingStep(
      model: self,
      loss: loss,
      devices: [device],
      sharding: Sharding(count: shards)
    )
    let value = try parallel.run(
      self,
      features,
      labels.labels,
      rowIDs: nil,
      randomness: RowRandomness(seed: seed, step: step ?? 0)
    )
    return (value, parallel.gradient)
  }
}

/// Whether gradients may be computed here.
enum GradientMode {
  @TaskLocal static var isEnabled = true

  static func check() throws(TrainingError) {
    guard isEnabled else {
      throw TrainingError(.gradients, "gradients were asked for inside withoutGradients")
    }
  }
}

/// Runs `body` with gradients refused, as PyTorch's `no_grad` says it.
///
/// A forward call keeps no history here anyway, so nothing becomes faster: the promise is that
/// `valueAndGradient` and `Trainer.fit` throw inside, also in what `body` calls.
public func withoutGradients<Result, E: Error>(_ body: () throws(E) -> Result) throws(E) -> Result {
  let outcome = GradientMode.$isEnabled.withValue(false) { () -> Swift.Result<Result, E> in
    do throws(E) {
      return .success(try body())
    } catch {
      return .failure(error)
    }
  }
  return try outcome.get()
}
