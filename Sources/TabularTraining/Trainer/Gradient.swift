public import TabularTensor

/// The derivative of a loss by each parameter of a model.
public struct Gradient: Sendable {
  /// Where each parameter's derivatives lie in `values`.
  public let layout: ParameterLayout
  /// All derivatives, flat, laid out as the parameters.
  public internal(set) var values: Tensor<Float>

  init(zeros layout: ParameterLayout) {
    self.layout = layout
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
  /// gradients are summed in a fixed tree: a `Trainer` with as many shards gets the same bits.
  ///
  /// - Throws: `TrainingError` of kind `shape` or `labels` when the rows do not fit the model or the
  ///   loss, of kind `data` when there are none, of kind `gradients` inside `withoutGradients`.
  public func valueAndGradient(
    _ features: Tensor<Float>,
    _ labels: some LabelsConvertible,
    loss: Loss,
    shards: Int = 1
  ) throws(TrainingError) -> (loss: Double, gradient: Gradient) {
    let step = try DataParallelStep(
      model: self,
      loss: loss,
      devices: [CPUDevice()],
      sharding: Sharding(count: shards)
    )
    let value = try step.run(self, features, labels.labels, rowIDs: nil)
    return (value, step.gradient)
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
