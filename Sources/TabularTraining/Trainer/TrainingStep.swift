internal import TabularCollectives
internal import TabularFrame
internal import TabularLoading
internal import TabularPreprocessing
internal import TabularTensor

/// The gradient of a batch, computed by several devices with the result of one.
///
/// A spread computes the shards: replicas of the model, each with some of them, or a pipeline of its
/// layers. With several ranks each does so with its own shards, and an exchange makes one sum of
/// theirs. All memory is kept from step to step.
final class TrainingStep {
  /// The gradient of the last step, divided by the normaliser.
  ///
  /// While batches accumulate it is the sum, not yet divided.
  var gradient: Gradient

  private let loss: Loss
  let stack: LayerStack
  let sharding: Sharding
  let spread: any ShardSpread
  let exchange: RankExchange?
  private let rowWeights: RowWeights?
  private var scratch: [Float] = []
  private var weights: [Float] = []
  var order: UInt64 = 0
  /// The loss of the batches that have been accumulated.
  var accumulated: LossSum?

  /// Puts a step together.
  ///
  /// `stages` are the runs of layers that `modelParallel` gives the devices; nil for those that
  /// take alike long.
  init(
    model: Sequential,
    loss: Loss,
    devices: [any Device],
    sharding: Sharding,
    strategy: Strategy = .dataParallel,
    stages: [Range<Int>]? = nil,
    rowWeights: RowWeights? = nil,
    ranks: (any Communicator)? = nil,
    buckets: GradientBuckets? = nil
  ) throws(TrainingError) {
    try GradientMode.check()
    try loss.check(outputWidth: model.outputWidth)
    precondition(!devices.isEmpty, "a step without devices")
    self.loss = loss
    self.rowWeights = rowWeights
    stack = model.stack
    self.sharding = sharding
    gradient = Gradient(zeros: model.layout, buffers: model.bufferLayout)
    do throws(OutOfMemory) {
      switch strategy {
      case .dataParallel, .distributed:
        let replicas = try ReplicaSet(
          model: model,
          loss: loss,
          devices: devices,
          sharding: sharding,
          ranks: ranks,
          buckets: buckets
        )
        (spread, exchange) = (replicas, replicas.exchange)
      case .modelParallel:
        spread = try Pipeline(
          model: model,
          loss: loss,
          devices: devices,
          sharding: sharding,
          stages: stages
        )
        exchange = nil
      }
    } catch {
      throw TrainingError(error, advice: Self.advice)
    }
  }

  private static let advice =
    "take smaller batches, more shards of a batch, or a smaller model, or give the device more"

  /// Computes the mean loss of a batch, and `gradient`, to which earlier batches add.
  ///
  /// Of several ranks each gives the rows of its shards, or more of them: `place` says where they
  /// stand in the whole batch, nil that they are all of it. `randomness` begins with the whole
  /// batch's first row.
  ///
  /// - Throws: `TrainingError` of kind `shape`, `labels` or `data` when the batch does not fit, of
  ///   kind `ranks` when another rank cannot be reached.
  func run(
    _ model: Sequential,
    _ features: Tensor<Float>,
    _ labels: Labels<Float>?,
    rowIDs: [RowID]?,
    place: BatchPlace? = nil,
    randomness: RowRandomness = RowRandomness(seed: 0, step: 0)
  ) throws(TrainingError) -> Double {
    let sum = try compute(model, features, labels, rowIDs: rowIDs, place, randomness)
    return accumulated == nil ? take(sum) : finish(adding: sum)
  }

  /// Adds a batch to those of the step to come, and gives the batch's own mean loss.
  ///
  /// - Throws: as `run`.
  func accumulate(
    _ model: Sequential,
    _ features: Tensor<Float>,
    _ labels: Labels<Float>?,
    rowIDs: [RowID]?,
    place: BatchPlace? = nil,
    randomness: RowRandomness = RowRandomness(seed: 0, step: 0)
  ) throws(TrainingError) -> Double {
    let sum = try compute(model, features, labels, rowIDs: rowIDs, place, randomness)
    add(sum)
    return sum.loss.stepMean
  }

  /// Computes the tree's root, whose memory is written by the next batch.
  private func compute(
    _ model: Sequential,
    _ features: Tensor<Float>,
    _ labels: Labels<Float>?,
    rowIDs: [RowID]?,
    _ place: BatchPlace?,
    _ randomness: RowRandomness
  ) throws(TrainingError) -> StepSum {
    try model.check(features, rowIDs: rowIDs)
    let rows = features.shape[0]
    let place = place ?? BatchPlace(whole: rows)
    guard place.total > 0 else { throw TrainingError(.data, "a batch without rows") }
    try exchange?.check(rows: rows, at: place, sharding)
    if let rowWeights {
      guard let rowIDs else { preconditionFailure("weights of rows without ids") }
      try rowWeights.write(rowIDs, into: &weights)
    }
    let weights = rowWeights == nil ? nil : weights
    func run(
      _ targets: Targets?,
      _ weights: UnsafePointer<Float>?
    ) throws(TrainingError) -> StepSum {
      try model.withUnsafeState { (parameters, buffers) throws(TrainingError) in
        try features.withUnsafeScalars { (scalars) throws(TrainingError) in
          guard let base = scalars.baseAddress else {
            preconditionFailure("a tensor without memory")
          }
          return try self.run(
            BatchJob(
              parameters: parameters,
              buffers: buffers,
              features: DeviceMatrix(reading: base, rows: rows, columns: model.inputWidth),
              targets: targets ?? .values(base),
              weights: weights,
              place: place,
              randomness: randomness
            )
          )
        }
      }
    }
    // The shards of a rank may have no rows: it reads no target then.
    guard rows > 0 else { return try run(nil, nil) }
    return try loss.withTargets(
      labels,
      rows: rows,
      outputWidth: model.outputWidth,
      rowIDs: rowIDs,
      scratch: &scratch
    ) { (targets) throws(TrainingError) in
      guard let weights else { return try run(targets, nil) }
      return try weights.withUnsafeBufferPointer { (weights) throws(TrainingError) in
        try run(targets, weights.baseAddress)
      }
    }
  }

  private func run(_ job: BatchJob) throws(TrainingError) -> StepSum {
    do throws(OutOfMemory) {
      try spread.reserve(rows: sharding.mostRows(outOf: job.place.total))
    } catch {
      throw TrainingError(error, advice: Self.advice)
    }
    let sum = try spread.sum(of: job)
    if gradient.bufferLayout.count > 0 { observe(job.place.total) }
    return sum
  }
}
