package import TabularCollectives
internal import TabularFrame
internal import TabularLoading
public import TabularPreprocessing
public import TabularTensor

/// How a model is spread over devices.
public enum Strategy: String, Sendable, CaseIterable {
  /// Each device computes the gradients of some shards of each batch.
  case dataParallel
  /// Each of the processes that `mpirun` started computes the gradients of some shards of each batch,
  /// with its own devices; see `Ranks`. One process alone is `dataParallel`.
  case distributed
}

/// Trains a model, with the same bits for any number of devices.
///
/// Each batch is cut into logical shards, by default as many as leave a shard 32 rows, a power of
/// two up to 64. A shard's gradient is computed alone on the device that holds it, and the
/// gradients are summed in one fixed tree. So losses and weights depend on the shards and not on
/// the devices; on processors of one family, since OpenBLAS's products depend on that.
///
/// ```swift
/// let trainer = Trainer(
///   model: Sequential(Linear(7, 64), ReLU(), Linear(64, 1)),
///   loss: .binaryCrossEntropyWithLogits, optimizer: .adam(learningRate: 0.01),
///   devices: .cpu(count: 2), seed: 7)
/// let history = try trainer.fit(loader, epochs: 20, validation: valid)
/// ```
public final class Trainer {
  /// The model as trained so far.
  public private(set) var model: Sequential
  /// The optimizer as of the last step.
  public private(set) var optimizer: Optimizer
  /// The loss that is made small.
  public let loss: Loss
  /// How the learning rate changes.
  public let schedule: Schedule
  /// How large the gradient of a step may be; nil for any.
  public let clipping: GradientClipping?
  /// The number of batches whose gradients make one step; the last step of an epoch may have fewer.
  public let accumulation: Int
  /// The devices.
  public let devices: [any Device]
  /// How the model is spread over the devices.
  public let strategy: Strategy
  /// The number of logical shards; nil lets the batch size decide.
  public let shards: Int?
  /// What initial parameters and dropout are drawn from.
  public let seed: UInt64
  /// The number of epochs trained; the next `fit` goes on from here.
  public private(set) var epochCount = 0
  /// What all epochs came to, also those before a checkpoint.
  public private(set) var summaries: [History.Summary] = []
  /// What all steps were, as hashes.
  public private(set) var steps = StepRecord()
  /// The epoch with the lowest validation loss so far, where `fit` was told to stop early.
  public var bestEpoch: Int? { best.numbers?.epoch }
  var best = BestEpoch()
  private var hasTold = false
  /// The epoch that is under way, which a checkpoint went on with or is about to hold.
  var partial: PartialEpoch?
  /// Gets each step as it ends.
  public var onStep: ((StepProgress) -> Void)?
  /// Gets what a training has to say once, such as that a device has little memory.
  public var onNotice: ((String) -> Void)?
  /// The processes of `distributed`; nil for those that mpirun started.
  package var communicator: (any Communicator)?
  /// How a gradient is cut into what ranks send at once; nil for the usual sizes.
  var buckets: GradientBuckets?

  /// Puts a training together.
  ///
  /// A model whose parameters are not the caller's own is initialised from `seed`. No devices, an
  /// accumulation below 1, or an optimizer or clipping setting out of its range, trap;
  /// `Optimizer.Configuration.check` says beforehand.
  public init(
    model: Sequential,
    loss: Loss,
    optimizer: Optimizer.Configuration,
    schedule: Schedule = .constant,
    clipping: GradientClipping? = nil,
    accumulation: Int = 1,
    devices: [any Device] = .cpu(count: 1),
    strategy: Strategy = .dataParallel,
    seed: UInt64 = 0,
    shards: Int? = nil
  ) {
    precondition(!devices.isEmpty, "a trainer without devices")
    precondition(accumulation >= 1, "steps of \(accumulation) batches")
    precondition(clipping?.isValid ?? true, "clipping to \(clipping.map { "\($0)" } ?? "")")
    self.schedule = schedule
    self.clipping = clipping
    self.accumulation = accumulation
    self.model = model
    self.loss = loss
    self.optimizer = Optimizer(optimizer)
    self.devices = devices
    self.strategy = strategy
    self.shards = shards
    self.seed = seed
    if !model.ownsParameters { self.model.initialize(seed: seed) }
  }
}

extension Trainer {
  /// Trains for some epochs, and compares with `validation` after each.
  ///
  /// - Parameters:
  ///   - batches: the rows to learn from.
  ///   - epochs: the number of epochs; one that a checkpoint is in the middle of counts.
  ///   - validation: the rows to compare with.
  ///   - threshold: of two classes, a row is taken for the second where its probability is above.
  ///   - earlyStopping: when to end before; it looks at `validation`, without which it traps.
  ///   - checkpoints: where to write checkpoints: after each epoch, and as the folder says.
  ///   - stop: what ends the training after a step, with a checkpoint where there is a folder.
  ///   - onEpoch: gets each epoch as it ends; what it throws ends the training.
  /// - Returns: what the epochs came to.
  /// - Throws: `TrainingError` of kind `shape` or `labels` when rows do not fit the model or the
  ///   loss, of kind `notFinite` with step, row ids and largest gradient when the loss is NaN or
  ///   infinite, of kind `data` when the batches fail, of kind `callback` when `onEpoch` does, of kind
  ///   `configuration` when `shards` is no power of two, of kind `name` when a parameter group does
  ///   not fit the model, of kind `file` when a checkpoint cannot be written, of kind `stopped` when
  ///   `stop` says so, of kind `ranks` when the processes of `distributed` differ in what decides the
  ///   weights, or cannot reach each other. Steps taken before stay.
  public func fit(
    _ batches: some BatchSource,
    epochs: Int,
    validation: FeatureMatrix<Float>? = nil,
    threshold: Double = 0.5,
    earlyStopping: EarlyStopping? = nil,
    checkpoints: CheckpointFolder? = nil,
    stop: StopRequest? = nil,
    onEpoch: ((History.Epoch) throws -> Void)? = nil
  ) throws(TrainingError) -> History {
    precondition(epochs >= 0, "\(epochs) epochs")
    precondition(
      earlyStopping == nil || validation != nil,
      "early stopping without validation rows"
    )
    try optimizer.configuration.check(for: model)
    let ranks = try ranks(for: batches, epochs: epochs)
    let step = try DataParallelStep(
      model: model,
      loss: loss,
      devices: devices,
      sharding: shards.map { (count) throws(TrainingError) in try Sharding(count: count) }
        ?? Sharding(batchSize: batches.batchSize),
      ranks: ranks,
      buckets: buckets
    )
    // All ranks go on from checkpoints, and one writes them.
    let checkpoints = ranks?.rank ?? 0 == 0 ? checkpoints : nil
    let keeper = StepKeeper(checkpoints: checkpoints, stop: stop)
    var history = History()
    for _ in 0..<epochs {
      if let earlyStopping, best.isOver(earlyStopping) { break }
      let meter = try train(batches, step, keeper)
      let epoch = meter.epoch(
        epochCount,
        validation: try validation.map { (rows) throws(TrainingError) in
          try model.evaluate(rows, loss: loss, threshold: threshold)
        },
        learningRate: optimizer.learningRate
      )
      if let earlyStopping, let loss = epoch.validation?.loss {
        best.take(model, epoch: epochCount, loss: loss, earlyStopping)
      }
      epochCount += 1
      partial = nil
      if let ranks { try checkWeights(among: ranks) }
      history.epochs.append(epoch)
      summaries.append(History.Summary(epoch))
      if let checkpoints { try checkpoints.write(checkpoint(metadata: checkpoints.metadata)) }
      try report(epoch, to: onEpoch)
      if stop?.isRequested ?? false, history.epochs.count < epochs { throw stopped(checkpoints) }
    }
    if earlyStopping != nil, best.numbers != nil {
      (model.parameters, model.buffers) = (best.parameters, best.buffers)
    }
    return history
  }

  private func report(
    _ epoch: History.Epoch,
    to onEpoch: ((History.Epoch) throws -> Void)?
  ) throws(TrainingError) {
    do {
      try onEpoch?(epoch)
    } catch let error as TrainingError {
      throw error
    } catch {
      throw TrainingError(.callback, "\(error)", underlying: error)
    }
  }

  private func train(
    _ batches: some BatchSource,
    _ step: DataParallelStep,
    _ keeper: StepKeeper
  ) throws(TrainingError) -> EpochMeter {
    var meter = EpochMeter(partial?.meter ?? EpochMeter.Sums())
    // The batches and rows of the step to come.
    var (pending, rows) = (0, 0)
    func take(_ batch: Batch<Tensor<Float>, some LabelsConvertible>) throws {
      meter.stepBegins()
      let (features, labels, ids) = (batch.features, batch.target.labels, batch.rowIDs)
      let random = RowRandomness(seed: seed, step: optimizer.stepCount, firstRow: rows)
      let place = step.place(of: batch)
      step.note(ids, at: place, from: rows)
      pending += 1
      rows += place.total
      let isLast = pending == accumulation
      let value =
        isLast
        ? try step.run(model, features, labels, rowIDs: ids, place: place, randomness: random)
        : try step.accumulate(
          model,
          features,
          labels,
          rowIDs: ids,
          place: place,
          randomness: random
        )
      steps.take(step.wholeOrder)
      guard value.isFinite else {
        throw notFinite(value, try step.rowIDs(of: batch), meter, step.gradient)
      }
      if meter.steps == 0, pending == 1 { tell(of: step) }
      guard isLast else { return meter.batchEnds() }
      update(step, loss: value)
      meter.stepEnds(loss: value, rows: rows)
      (pending, rows) = (0, 0)
      onStep?(StepProgress(epoch: epochCount, step: meter.steps - 1, loss: value, rows: meter.rows))
      guard keeper.isDue(after: optimizer.stepCount), let cursor = batch.cursor else { return }
      partial = PartialEpoch(cursor: cursor, meter: meter.sums)
      try keep(keeper)
      meter.batchEnds()
    }
    do {
      if let partial {
        try batches.forEachBatch(after: partial.cursor) { try take($0) }
      } else {
        try batches.forEachBatch(epoch: epochCount) { try take($0) }
      }
    } catch let error as TrainingError {
      throw error
    } catch {
      throw TrainingError(.data, "\(error)", underlying: error)
    }
    if let value = step.finish() {
      update(step, loss: value)
      meter.stepEnds(loss: value, rows: rows)
    }
    guard meter.rows > 0 else { throw TrainingError(.data, "an epoch without rows") }
    meter.finish()
    return meter
  }

  /// Says once which devices hold one shard's gradient at a time.
  private func tell(of step: DataParallelStep) {
    guard !hasTold, let device = step.frugalDevices.first else { return }
    hasTold = true
    let limit = device.memory.limit.map { " of \($0) bytes" } ?? ""
    onNotice?(
      "\(device) holds one shard's gradient at a time: its memory\(limit) is too small for those that "
        + "wait for their sums, which wait outside it; the result is the same"
    )
  }

  /// Takes the step of a gradient.
  private func update(_ step: DataParallelStep, loss: Double) {
    if let clipping { step.gradient.clip(clipping) }
    optimizer.follow(schedule, epoch: epochCount)
    optimizer.step(&model, step.gradient)
    steps.stepEnds(loss: loss)
  }

  /// Writes a checkpoint after a step, and ends where that was asked for.
  private func keep(_ keeper: StepKeeper) throws(TrainingError) {
    if let folder = keeper.checkpoints {
      try folder.write(checkpoint(metadata: folder.metadata))
    }
    if keeper.stop?.isRequested ?? false { throw stopped(keeper.checkpoints) }
  }

  private func stopped(_ checkpoints: CheckpointFolder?) -> TrainingError {
    TrainingError(
      .stopped,
      "stopped after step \(optimizer.stepCount) of epoch \(epochCount)"
        + (checkpoints.map { "; '\($0.path)' holds a checkpoint to go on from" } ?? "")
    )
  }

  private func notFinite(
    _ loss: Double,
    _ rowIDs: [RowID],
    _ meter: EpochMeter,
    _ gradient: Gradient
  ) -> TrainingError {
    let rows = rowIDs.prefix(8).map(\.description).joined(separator: ", ")
    return TrainingError(
      .notFinite,
      "the loss is \(loss) in epoch \(epochCount), step \(meter.steps), over rows "
        + rows + (rowIDs.count > 8 ? ", ... (\(rowIDs.count) rows)" : "")
        + (gradient.largest.map { "; the largest gradient is \($0.value), of \($0.name)" } ?? "")
    )
  }

  /// Takes over what a checkpoint holds.
  func restore(
    model parameters: Tensor<Float>,
    _ buffers: Tensor<Float>,
    _ optimizer: Optimizer,
    _ state: TrainingState
  ) {
    (model.parameters, model.buffers) = (parameters, buffers)
    model.ownsParameters = true
    self.optimizer = optimizer
    (epochCount, partial) = (state.epochCount, state.partial)
    (summaries, steps) = (state.epochs, state.steps)
  }
}

/// How far a training is.
public struct StepProgress: Sendable {
  /// The number of the epoch, from 0.
  public let epoch: Int
  /// The number of the step in its epoch, from 0.
  public let step: Int
  /// The loss of the step, before it.
  public let loss: Double
  /// The rows of the epoch so far.
  public let rows: Int
}

/// After which steps something is written, or looked at.
private struct StepKeeper {
  let checkpoints: CheckpointFolder?
  let stop: StopRequest?

  func isDue(after step: Int) -> Bool {
    if let every = checkpoints?.everySteps, step.isMultiple(of: every) { return true }
    return stop?.isRequested ?? false
  }
}

extension Trainer {
  /// Compares the model with labelled rows, each exactly once; see `Sequential.evaluate`.
  ///
  /// - Throws: `TrainingError` of kind `shape`, `labels` or `data` when the rows do not fit.
  public func evaluate(_ matrix: FeatureMatrix<Float>) throws(TrainingError) -> Evaluation {
    try model.evaluate(matrix, loss: loss)
  }

  /// Computes outputs and, when the loss classifies, probabilities and classes.
  ///
  /// - Throws: `TrainingError` of kind `shape` when the features have another width.
  public func predict(_ features: Tensor<Float>) throws(TrainingError) -> Predictions {
    try model.predict(features, loss: loss)
  }

  /// Saves model and loss, with metadata of the caller's, such as a recipe; see `SavedModel`.
  ///
  /// - Throws: `TrainingError` of kind `file`.
  public func save(to path: String, metadata: [String: String] = [:]) throws(TrainingError) {
    try SavedModel(model: model, loss: loss, metadata: metadata).write(to: path)
  }

  /// Saves the model with the recipe that makes its features, ready to predict from a table.
  ///
  /// - Throws: `TrainingError` of kind `file`.
  public func save(to path: String, recipe: Recipe) throws(TrainingError) {
    try save(to: path, metadata: SavedModel.metadata(recipe: recipe))
  }
}
