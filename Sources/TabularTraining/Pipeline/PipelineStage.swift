/// What one device of a pipeline does: some of the layers, for all shards of a batch.
///
/// A stage takes what the stage before it made of a shard, and gives back the gradient of that. It
/// begins as many shards as it has room for, then goes back through one for each that it begins: one
/// forward, one backward (1F1B). So it goes back in the order of the shards, in which the tree wants
/// their gradients.
///
/// Source of the order: D. Narayanan et al., "PipeDream", 2019, with the flush of "Memory-efficient
/// pipeline-parallel DNN training", 2021.
///
/// Unchecked, because one thread at a time touches it: the caller's between batches, and the device's
/// from `Device.start` to `Device.wait`. Of its neighbour's memory a stage touches what the gate says.
final class PipelineStage: @unchecked Sendable {
  let device: any Device
  /// The layers, which see the parameters of all.
  let stack: LayerStack
  /// Their parameters among the floats of the model.
  let parameters: Range<Int>
  /// The batch under way.
  var job: BatchJob?
  /// What a batch leaves here: the sum over all shards, valid until the next batch.
  private(set) var sum = DyadicSum()
  /// The shards that may be under way here at once.
  private(set) var slots = 0

  private let index: Int
  private let model: Sequential
  private let loss: Loss
  private let sharding: Sharding
  private let gate: PipelineGate
  private let previous: PipelineStage?
  private let isLast: Bool
  private let inputWidth: Int
  private let outputWidth: Int
  private var memory: ReplicaMemory?
  private var transposed: TransposedWeights?
  private var observations: UnsafeMutablePointer<Float>?
  private var rows = 0
  private var free: [DeviceMatrix] = []

  init(
    _ index: Int,
    layers: Range<Int>,
    after previous: PipelineStage?,
    model: Sequential,
    loss: Loss,
    device: any Device,
    sharding: Sharding,
    gate: PipelineGate
  ) {
    self.index = index
    self.model = model
    self.loss = loss
    self.device = device
    self.sharding = sharding
    self.gate = gate
    self.previous = previous
    stack = model.stack.part(layers)
    isLast = layers.upperBound == model.layers.count
    parameters = stack.floats(in: model.layout)
    inputWidth = previous?.outputWidth ?? model.inputWidth
    outputWidth = stack.outputWidth(forInputWidth: inputWidth)
  }
}

// Memory.
extension PipelineStage {
  /// Whether the device has too little memory for the gradients that wait for their sums.
  var isFrugal: Bool { memory?.staging != nil }

  func release() {
    memory = nil
    transposed = nil
  }

  /// Makes room for shards of up to `rows` rows, up to `slots` of them at once, or fewer.
  ///
  /// - Throws: `OutOfMemory` when the device has not enough for one.
  func reserve(
    rows: Int,
    slots: Int,
    observations: UnsafeMutablePointer<Float>
  ) throws(OutOfMemory) {
    (self.rows, self.observations) = (rows, observations)
    transposed = try TransposedWeights(of: parameters, in: model.layout, on: device)
    // Gradients that wait outside the device cost less than stages that wait: they leave first, within
    // `ReplicaMemory`.
    for count in stride(from: slots, through: 1, by: -1) {
      do throws(OutOfMemory) {
        memory = try ReplicaMemory(
          device: device,
          scratch: count * scratchCount,
          outputs: count * outputCount,
          observations: 0,
          gradient: parameters.count,
          gradients: DyadicSum.mostNodes(of: 0..<sharding.count)
        )
        self.slots = count
        return
      } catch {
        guard count > 1 else { throw error }
      }
    }
  }

  private var scratchCount: Int {
    stack.scratchCount(rows: rows, inputWidth: inputWidth, mode: .training)
  }

  private var outputCount: Int { ScratchMemory.aligned(rows * outputWidth) }

  private var reserved: ReplicaMemory {
    guard let memory else { preconditionFailure("no memory was reserved") }
    return memory
  }

  /// What the layers made of a shard.
  private func output(of shard: Int, rows: Int) -> DeviceMatrix {
    let start = shard % slots * outputCount
    return DeviceMatrix(base: reserved.outputs.base + start, rows: rows, columns: outputWidth)
  }

  /// The derivatives by that, which the next stage or the loss writes.
  private func outputGradient(of shard: Int, rows: Int) -> DeviceMatrix {
    let start = shard % slots * outputCount
    return DeviceMatrix(
      base: reserved.outputGradient.base + start,
      rows: rows,
      columns: outputWidth
    )
  }
}

// Work.
extension PipelineStage {
  /// Computes the job, on the calling thread, while the other stages do.
  func run() {
    guard let job else { return }
    sum.removeAll()
    free.removeAll(keepingCapacity: true)
    transposed?.update(from: job.parameters, on: device)
    for slot in reserved.gradients {
      free.append(slot.matrix(rows: 1, columns: parameters.count))
    }
    var (begun, ended) = (0, 0)
    // The loss of a shard is known between the two.
    var losses = Array(repeating: LossSum(sum: 0, normaliser: 0), count: slots)
    while ended < sharding.count {
      if begun < sharding.count, begun - ended < slots {
        if index > 0 { gate.waitForForward(of: begun, by: index - 1) }
        losses[begun % slots] = forward(job, begun)
        gate.forwardIsDone(by: index)
        begun += 1
      } else {
        if !isLast { gate.waitForBackward(of: ended, by: index + 1) }
        backward(job, ended, loss: losses[ended % slots])
        gate.backwardIsDone(by: index)
        ended += 1
      }
    }
  }

  private func forward(_ job: BatchJob, _ shard: Int) -> LossSum {
    let rows = sharding.rows(of: shard, outOf: job.place.total)
    let none = LossSum(sum: 0, normaliser: 0)
    guard !rows.isEmpty else { return none }
    let output = output(of: shard, rows: rows.count)
    stack.forward(input(job, shard, rows), into: output, context(job, shard, rows))
    guard isLast else { return none }
    let first = rows.lowerBound - job.place.offset
    return device.lossSum(
      loss,
      outputs: output,
      targets: job.targets.dropFirst(first),
      weights: job.weights.map { $0 + first },
      gradient: outputGradient(of: shard, rows: rows.count)
    )
  }

  private func backward(_ job: BatchJob, _ shard: Int, loss: LossSum) {
    // `mostNodes` counted them.
    guard let gradient = free.popLast() else { preconditionFailure("no memory for a gradient") }
    let rows = sharding.rows(of: shard, outOf: job.place.total)
    let memory = reserved
    let target = memory.target(of: gradient)
    if rows.isEmpty {
      device.clear(target)
    } else {
      stack.backward(
        outputGradient(of: shard, rows: rows.count),
        input: input(job, shard, rows),
        output: output(of: shard, rows: rows.count),
        into: ParameterViews(
          base: target.base,
          layout: model.layout,
          origin: parameters.lowerBound
        ),
        // Nobody asks for the gradient of the features.
        inputGradient: previous?.outputGradient(of: shard, rows: rows.count),
        context(job, shard, rows)
      )
    }
    memory.fetch(into: gradient)
    let node = DyadicNode(position: .leaf(shard), gradient: gradient, loss: loss)
    sum.append(node, on: device) { free.append($0) }
  }

  /// The features of a shard, or what the stage before made of them: it stays there until that stage
  /// goes back through the shard, which is after this one does.
  private func input(_ job: BatchJob, _ shard: Int, _ rows: Range<Int>) -> DeviceMatrix {
    if let previous { return previous.output(of: shard, rows: rows.count) }
    let first = rows.lowerBound - job.place.offset
    return job.features.rows(first..<first + rows.count)
  }

  private func context(_ job: BatchJob, _ shard: Int, _ rows: Range<Int>) -> LayerContext {
    guard let observations else { preconditionFailure("no memory was reserved") }
    return LayerContext(
      device: device,
      mode: .training,
      parameters: ParameterViews(base: job.parameters, layout: model.layout),
      buffers: ParameterViews(base: job.buffers, layout: model.bufferLayout),
      observations: ParameterViews(
        base: observations + shard * model.bufferLayout.count,
        layout: model.bufferLayout
      ),
      scratch: ScratchMemory(reserved.scratch.base + shard % slots * scratchCount),
      randomness: job.randomness.dropFirst(rows.lowerBound),
      transposed: transposed?.views
    )
  }
}
