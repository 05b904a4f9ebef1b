internal import TabularFrame
internal import TabularPreprocessing
internal import TabularTensor

/// The gradient of a batch, computed by several devices with the result of one.
///
/// Replicas compute the shards, each on its device; the first on the calling thread, so that one
/// device needs no other thread. All memory is kept from step to step.
final class DataParallelStep {
  /// The gradient of the last step, divided by the normaliser.
  ///
  /// While batches accumulate it is the sum, not yet divided.
  var gradient: Gradient

  private let loss: Loss
  private let stack: LayerStack
  private let sharding: Sharding
  private let replicas: [Replica]
  private let work: [@Sendable () -> Void]
  private var tickets: [Int] = []
  private var root = DyadicSum()
  private var scratch: [Float] = []
  /// The loss of the batches that have been accumulated.
  private var accumulated: LossSum?

  init(
    model: Sequential,
    loss: Loss,
    devices: [any Device],
    sharding: Sharding
  ) throws(TrainingError) {
    try GradientMode.check()
    try loss.check(outputWidth: model.outputWidth)
    precondition(!devices.isEmpty, "a step without devices")
    self.loss = loss
    stack = model.stack
    self.sharding = sharding
    gradient = Gradient(zeros: model.layout, buffers: model.bufferLayout)
    let all = devices.enumerated().map { position, device in
      Replica(
        model: model,
        loss: loss,
        device: device,
        sharding: sharding,
        shards: sharding.shards(of: position, outOf: devices.count)
      )
    }
    // With more devices than shards, some rest.
    replicas = all.filter { !$0.shards.isEmpty }
    work = replicas.map { replica in { replica.run() } }
  }

  /// Computes the mean loss of a batch, and `gradient`, to which earlier batches add.
  ///
  /// `randomness` begins with the batch's first row.
  ///
  /// - Throws: `TrainingError` of kind `shape`, `labels` or `data` when the batch does not fit.
  func run(
    _ model: Sequential,
    _ features: Tensor<Float>,
    _ labels: Labels<Float>?,
    rowIDs: [RowID]?,
    randomness: RowRandomness = RowRandomness(seed: 0, step: 0)
  ) throws(TrainingError) -> Double {
    let sum = try compute(model, features, labels, rowIDs: rowIDs, randomness)
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
    randomness: RowRandomness = RowRandomness(seed: 0, step: 0)
  ) throws(TrainingError) -> Double {
    let sum = try compute(model, features, labels, rowIDs: rowIDs, randomness)
    add(sum)
    return sum.loss.mean
  }

  /// Computes the tree's root, which lies in a replica's memory until the next batch.
  private func compute(
    _ model: Sequential,
    _ features: Tensor<Float>,
    _ labels: Labels<Float>?,
    rowIDs: [RowID]?,
    _ randomness: RowRandomness
  ) throws(TrainingError) -> DyadicNode {
    try model.check(features, rowIDs: rowIDs)
    let rows = features.shape[0]
    guard rows > 0 else { throw TrainingError(.data, "a batch without rows") }
    let width = model.inputWidth
    return try loss.withTargets(
      labels,
      rows: rows,
      outputWidth: model.outputWidth,
      rowIDs: rowIDs,
      scratch: &scratch
    ) { (targets) throws(TrainingError) in
      model.withUnsafeState { parameters, buffers in
        features.withUnsafeScalars { scalars in
          guard let base = scalars.baseAddress else {
            preconditionFailure("a tensor without memory")
          }
          return run(
            Replica.Job(
              parameters: parameters,
              buffers: buffers,
              features: DeviceMatrix(reading: base, rows: rows, columns: width),
              targets: targets,
              randomness: randomness
            )
          )
        }
      }
    }
  }

  private func run(_ job: Replica.Job) -> DyadicNode {
    for replica in replicas {
      replica.reserve(rows: sharding.mostRows(outOf: job.features.rows))
      replica.job = job
    }
    tickets.removeAll(keepingCapacity: true)
    for position in replicas.indices.dropFirst() {
      tickets.append(replicas[position].device.start(work[position]))
    }
    work[0]()
    for (replica, ticket) in zip(replicas.dropFirst(), tickets) {
      replica.device.wait(for: ticket)
    }
    if gradient.bufferLayout.count > 0 { observe(job.features.rows) }
    return merge()
  }

  /// Sums what the replicas left, in tree order.
  private func merge() -> DyadicNode {
    root.removeAll()
    for replica in replicas {
      for node in replica.sum.nodes { root.append(node, on: replicas[0].device) { _ in } }
      replica.job = nil
    }
    guard root.nodes.count == 1, let sum = root.nodes.first else {
      preconditionFailure("the shards left \(root.nodes.count) sums")
    }
    return sum
  }
}

// What layers observe of the shards' rows is put together in the order of the shards.
extension DataParallelStep {
  private func observe(_ rows: Int) {
    let layout = gradient.bufferLayout
    // A step of one batch writes where the step before wrote.
    if accumulated != nil || gradient.observations.count != 1 {
      if accumulated == nil { gradient.observations.removeAll() }
      gradient.observations.append(Tensor<Float>(zeros: [layout.count]))
    }
    let last = gradient.observations.count - 1
    gradient.observations[last].withUnsafeMutableScalars { all in
      guard let base = all.baseAddress else { return }
      let sum = ParameterViews(base: base, layout: layout)
      var isFirst = true
      for replica in replicas {
        for shard in replica.shards where !sharding.rows(of: shard, outOf: rows).isEmpty {
          let found = replica.observations(of: shard)
          if isFirst {
            base.update(from: found, count: layout.count)
          } else {
            stack.merge(ParameterViews(base: found, layout: layout), into: sum)
          }
          isFirst = false
        }
      }
    }
  }
}

// Batches of one step are added in their order, and divided together: rows count alike, in whatever
// batch they are.
extension DataParallelStep {
  /// Ends a step of batches that have been accumulated; nil when there are none.
  func finish() -> Double? {
    guard let loss = accumulated else { return nil }
    accumulated = nil
    let normaliser = Float(loss.normaliser)
    gradient.values.withUnsafeMutableScalars { values in
      for i in 0..<values.count { values[i] /= normaliser }
    }
    return loss.mean
  }

  private func finish(adding sum: DyadicNode) -> Double {
    add(sum)
    return finish() ?? .nan
  }

  /// Makes a sum the gradient: what a step of one batch is.
  private func take(_ sum: DyadicNode) -> Double {
    let (source, normaliser) = (sum.gradient.base, Float(sum.loss.normaliser))
    gradient.values.withUnsafeMutableScalars { values in
      for i in 0..<values.count { values[i] = source[i] / normaliser }
    }
    return sum.loss.mean
  }

  private func add(_ sum: DyadicNode) {
    let source = sum.gradient.base
    gradient.values.withUnsafeMutableScalars { values in
      if accumulated == nil {
        for i in 0..<values.count { values[i] = source[i] }
      } else {
        for i in 0..<values.count { values[i] += source[i] }
      }
    }
    accumulated = accumulated.map { $0 + sum.loss } ?? sum.loss
  }
}
