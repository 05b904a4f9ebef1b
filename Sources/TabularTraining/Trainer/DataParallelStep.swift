internal import TabularCollectives
internal import TabularFrame
internal import TabularLoading
internal import TabularPreprocessing
internal import TabularTensor

/// The gradient of a batch, computed by several devices with the result of one.
///
/// Replicas compute the shards, each on its device; the first on the calling thread, so that one
/// device needs no other thread. With several ranks each does so with its own shards, and an exchange
/// makes one sum of theirs. All memory is kept from step to step.
final class DataParallelStep {
  /// The gradient of the last step, divided by the normaliser.
  ///
  /// While batches accumulate it is the sum, not yet divided.
  var gradient: Gradient

  private let loss: Loss
  let stack: LayerStack
  let sharding: Sharding
  let replicas: [Replica]
  private let work: [@Sendable () -> Void]
  let exchange: RankExchange?
  private let device: any Device
  private var tickets: [Int] = []
  private var scratch: [Float] = []
  var order: UInt64 = 0
  /// The loss of the batches that have been accumulated.
  var accumulated: LossSum?

  init(
    model: Sequential,
    loss: Loss,
    devices: [any Device],
    sharding: Sharding,
    ranks: (any Communicator)? = nil,
    buckets: GradientBuckets? = nil
  ) throws(TrainingError) {
    try GradientMode.check()
    try loss.check(outputWidth: model.outputWidth)
    precondition(!devices.isEmpty, "a step without devices")
    self.loss = loss
    stack = model.stack
    self.sharding = sharding
    gradient = Gradient(zeros: model.layout, buffers: model.bufferLayout)
    let device = devices[0]
    self.device = device
    // With more devices than shards, some rest.
    let run = ranks.map { sharding.shards(of: $0.rank, outOf: $0.size) } ?? 0..<sharding.count
    let shares = devices.enumerated().map { position, device in
      (device: device, shards: sharding.shards(of: position, outOf: devices.count, in: run))
    }.filter { !$0.shards.isEmpty }
    let buckets = buckets ?? GradientBuckets(count: model.layout.count)
    let gate =
      ranks != nil && buckets.ranges.count > 1
      ? BucketGate(buckets: buckets.ranges.count, devices: shares.count) : nil
    let replicas = shares.map { device, shards in
      Replica(
        model: model,
        loss: loss,
        device: device,
        sharding: sharding,
        shards: shards,
        departures: gate.map { gate in
          Replica.Departures(buckets: buckets) { gate.arrive(at: $0) }
        }
      )
    }
    self.replicas = replicas
    work = replicas.map { replica in { replica.run() } }
    do throws(OutOfMemory) {
      exchange = try ranks.map { (ranks) throws(OutOfMemory) in
        try RankExchange(
          ranks,
          sharding: sharding,
          replicas: replicas,
          buckets: buckets,
          gate: gate,
          observations: model.bufferLayout.count,
          device: device
        )
      }
    } catch {
      throw TrainingError(error, advice: Self.advice)
    }
  }

  private static let advice =
    "take smaller batches, more shards of a batch, or a smaller model, or give the device more"

  /// The devices that hold one shard's gradient at a time, having too little memory for more.
  var frugalDevices: [any Device] { replicas.filter(\.isFrugal).map(\.device) }

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
    return sum.loss.mean
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
    func run(_ targets: Targets?) throws(TrainingError) -> StepSum {
      try model.withUnsafeState { (parameters, buffers) throws(TrainingError) in
        try features.withUnsafeScalars { (scalars) throws(TrainingError) in
          guard let base = scalars.baseAddress else {
            preconditionFailure("a tensor without memory")
          }
          return try self.run(
            Replica.Job(
              parameters: parameters,
              buffers: buffers,
              features: DeviceMatrix(reading: base, rows: rows, columns: model.inputWidth),
              targets: targets ?? .values(base),
              place: place,
              randomness: randomness
            )
          )
        }
      }
    }
    // The shards of a rank may have no rows: it reads no target then.
    guard rows > 0 else { return try run(nil) }
    return try loss.withTargets(
      labels,
      rows: rows,
      outputWidth: model.outputWidth,
      rowIDs: rowIDs,
      scratch: &scratch,
      run
    )
  }

  private func run(_ job: Replica.Job) throws(TrainingError) -> StepSum {
    for replica in replicas {
      do throws(OutOfMemory) {
        try replica.reserve(rows: sharding.mostRows(outOf: job.place.total))
      } catch {
        throw TrainingError(error, advice: Self.advice)
      }
      replica.job = job
    }
    exchange?.begin()
    tickets.removeAll(keepingCapacity: true)
    for position in replicas.indices.dropFirst() {
      tickets.append(replicas[position].device.start(work[position]))
    }
    work.first?()
    for (replica, ticket) in zip(replicas.dropFirst(), tickets) {
      replica.device.wait(for: ticket)
    }
    defer { for replica in replicas { replica.job = nil } }
    let sum = try merge()
    if gradient.bufferLayout.count > 0 { observe(job.place.total) }
    return sum
  }

  /// Sums what the replicas left, in tree order, and what those of other ranks left.
  private func merge() throws(TrainingError) -> StepSum {
    if let exchange { return try exchange.sum() }
    var root = DyadicSum()
    for node in replicas.lazy.flatMap(\.sum.nodes) { root.append(node, on: device) }
    guard root.nodes.count == 1, let sum = root.nodes.first else {
      preconditionFailure("the shards left \(root.nodes.count) sums")
    }
    return StepSum(loss: sum.loss, pieces: [StepSum.Piece(start: 0, gradient: sum.gradient)])
  }
}
