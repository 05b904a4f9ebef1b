internal import TabularLoading
internal import TabularTensor

// What a training leaves in a checkpoint, and takes from one.
extension Trainer {
  /// Goes on where a checkpoint stands, on these devices.
  ///
  /// The next `fit` begins with the rest of the epoch that was under way. The trainer must have been
  /// made with the settings of the one that wrote the checkpoint; devices, workers and ranks may
  /// differ.
  ///
  /// - Throws: `TrainingError` of kind `checkpoint` when it is of another model or other settings,
  ///   saying which; the trainer is unchanged then.
  public func resume(from checkpoint: Checkpoint) throws(TrainingError) {
    let state = checkpoint.state
    if let other = JSONDifference(try state.settings.json(), try settingsJSON()) {
      throw TrainingError(
        .checkpoint,
        "cannot go on from the checkpoint: its \(other.path) is \(other.left), and this training's "
          + other.right
      )
    }
    func tensor(_ name: String, _ count: Int) throws(TrainingError) -> Tensor<Float> {
      guard let tensor = checkpoint.tensors[name], tensor.shape == [count] else {
        throw TrainingError(
          .checkpoint,
          "cannot go on from the checkpoint: expected \(count) numbers in its '\(name)', found "
            + (checkpoint.tensors[name].map { "\($0.shape)" } ?? "none")
        )
      }
      return tensor
    }
    let (count, bufferCount) = (model.layout.count, model.bufferLayout.count)
    let parameters = try tensor(Name.parameters, count)
    let buffers = try tensor(Name.buffers, bufferCount)
    let moments = optimizer.configuration.moments
    let optimizer = Optimizer(
      optimizer.configuration,
      stepCount: state.stepCount,
      first: moments >= 1 && state.stepCount > 0 ? try tensor(Name.first, count) : nil,
      second: moments >= 2 && state.stepCount > 0 ? try tensor(Name.second, count) : nil,
      of: model
    )
    if let numbers = state.best {
      best = BestEpoch(
        numbers,
        parameters: try tensor(Name.bestParameters, count),
        buffers: try tensor(Name.bestBuffers, bufferCount)
      )
    } else {
      best = BestEpoch()
    }
    restore(model: parameters, buffers, optimizer, state)
  }

  /// What it would take to go on from here.
  ///
  /// - Throws: `TrainingError` of kind `format` when a layer cannot be written as JSON.
  public func checkpoint(metadata: [String: String] = [:]) throws(TrainingError) -> Checkpoint {
    var tensors = [Name.parameters: model.parameters, Name.buffers: model.buffers]
    if optimizer.stepCount > 0 {
      let moments = optimizer.configuration.moments
      if moments >= 1 { tensors[Name.first] = optimizer.first }
      if moments >= 2 { tensors[Name.second] = optimizer.second }
    }
    if best.numbers != nil {
      tensors[Name.bestParameters] = best.parameters
      tensors[Name.bestBuffers] = best.buffers
    }
    let state = TrainingState(
      settings: try settings(),
      epochCount: epochCount,
      stepCount: optimizer.stepCount,
      partial: partial,
      best: best.numbers,
      epochs: summaries,
      steps: steps
    )
    return Checkpoint(state: state, tensors: tensors, metadata: metadata)
  }

  private func settings() throws(TrainingError) -> TrainingSettings {
    TrainingSettings(
      layers: try SavedModel.json(of: model, loss: loss),
      loss: loss,
      optimizer: optimizer.configuration,
      schedule: schedule,
      clipping: clipping,
      accumulation: accumulation,
      rowWeights: rowWeights?.fingerprint,
      shards: shards,
      seed: seed
    )
  }

  /// What the trainer was told, as JSON: for the record of a run.
  ///
  /// - Throws: `TrainingError` of kind `format` when a layer cannot be written as JSON.
  public func settingsJSON() throws(TrainingError) -> String { try settings().json() }

  private enum Name {
    static let parameters = "model.parameters"
    static let buffers = "model.buffers"
    static let first = "optimizer.first"
    static let second = "optimizer.second"
    static let bestParameters = "best.parameters"
    static let bestBuffers = "best.buffers"
  }
}
