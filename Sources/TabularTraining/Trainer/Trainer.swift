internal import TabularFrame
internal import TabularLoading
public import TabularPreprocessing
public import TabularTensor

/// How a model is spread over devices.
public enum Strategy: String, Sendable, CaseIterable {
  /// Each device computes the gradients of some shards of each batch.
  case dataParallel
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
  /// `onEpoch` gets each epoch as it ends; what it throws ends the training.
  ///
  /// - Throws: `TrainingError` of kind `shape` or `labels` when rows do not fit the model or the
  ///   loss, of kind `notFinite` with step and row ids when the loss is NaN or infinite, of kind
  ///   `data` when the batches fail, of kind `callback` when `onEpoch` does, of kind
  ///   `configuration` when `shards` is no power of two, of kind `name` when a parameter group does
  ///   not fit the model. Steps taken before stay.
  public func fit(
    _ batches: some BatchSource,
    epochs: Int,
    validation: FeatureMatrix<Float>? = nil,
    onEpoch: ((History.Epoch) throws -> Void)? = nil
  ) throws(TrainingError) -> History {
    precondition(epochs >= 0, "\(epochs) epochs")
    try optimizer.configuration.check(for: model)
    let step = try DataParallelStep(
      model: model,
      loss: loss,
      devices: devices,
      sharding: shards.map { (count) throws(TrainingError) in try Sharding(count: count) }
        ?? Sharding(batchSize: batches.batchSize)
    )
    var history = History()
    for _ in 0..<epochs {
      let meter = try train(batches, step)
      let epoch = meter.epoch(
        epochCount,
        validation: try validation.map { (rows) throws(TrainingError) in try evaluate(rows) }
      )
      epochCount += 1
      history.epochs.append(epoch)
      do {
        try onEpoch?(epoch)
      } catch let error as TrainingError {
        throw error
      } catch {
        throw TrainingError(.callback, "\(error)", underlying: error)
      }
    }
    return history
  }

  private func train(
    _ batches: some BatchSource,
    _ step: DataParallelStep
  ) throws(TrainingError) -> EpochMeter {
    var meter = EpochMeter()
    // The batches and rows of the step to come.
    var (pending, rows) = (0, 0)
    do {
      try batches.forEachBatch(epoch: epochCount) { batch in
        meter.stepBegins()
        let (features, labels, ids) = (batch.features, batch.target.labels, batch.rowIDs)
        let random = RowRandomness(seed: seed, step: optimizer.stepCount, firstRow: rows)
        pending += 1
        rows += batch.count
        let isLast = pending == accumulation
        let value =
          isLast
          ? try step.run(model, features, labels, rowIDs: ids, randomness: random)
          : try step.accumulate(model, features, labels, rowIDs: ids, randomness: random)
        guard value.isFinite else { throw notFinite(value, batch.rowIDs, meter) }
        if isLast {
          update(step)
          meter.stepEnds(loss: value, rows: rows)
          (pending, rows) = (0, 0)
        } else {
          meter.batchEnds()
        }
      }
    } catch let error as TrainingError {
      throw error
    } catch {
      throw TrainingError(.data, "\(error)", underlying: error)
    }
    if let value = step.finish() {
      update(step)
      meter.stepEnds(loss: value, rows: rows)
    }
    guard meter.rows > 0 else { throw TrainingError(.data, "an epoch without rows") }
    meter.finish()
    return meter
  }

  /// Takes the step of a gradient.
  private func update(_ step: DataParallelStep) {
    if let clipping { step.gradient.clip(clipping) }
    optimizer.follow(schedule, epoch: epochCount)
    optimizer.step(&model, step.gradient)
  }

  private func notFinite(_ loss: Double, _ rowIDs: [RowID], _ meter: EpochMeter) -> TrainingError {
    let rows = rowIDs.prefix(8).map(\.description).joined(separator: ", ")
    return TrainingError(
      .notFinite,
      "the loss is \(loss) in epoch \(epochCount), step \(meter.steps), over rows "
        + rows + (rowIDs.count > 8 ? ", ... (\(rowIDs.count) rows)" : "")
    )
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
