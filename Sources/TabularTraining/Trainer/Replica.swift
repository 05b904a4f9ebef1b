/// What one device does in a step: the gradients of its run of shards, summed into tree nodes.
///
/// Unchecked, because one thread at a time touches it: the caller's between steps, and the device's
/// from `Device.start` to `Device.wait`, which order their memory accesses.
final class Replica: @unchecked Sendable {
  /// What a step brings; the pointers are valid until the step's end.
  struct Job {
    let parameters: UnsafeMutablePointer<Float>
    let buffers: UnsafeMutablePointer<Float>
    /// The features of the rows that are here.
    let features: DeviceMatrix
    /// The targets of these rows.
    let targets: Targets
    /// Where these rows stand in the whole batch.
    let place: BatchPlace
    /// The random numbers of the whole batch.
    let randomness: RowRandomness
  }

  let device: any Device
  /// The shards that this device computes.
  let shards: Range<Int>
  /// The work of the step under way.
  var job: Job?
  /// What a step leaves here: the maximal tree nodes of `shards`, valid until the next step.
  private(set) var sum = DyadicSum()

  private let stack: LayerStack
  private let layout: ParameterLayout
  private let bufferLayout: ParameterLayout
  private let outputWidth: Int
  private let inputWidth: Int
  private let loss: Loss
  private let sharding: Sharding
  private let slots: [DeviceMemory]
  private var free: [DeviceMatrix] = []
  // What the layers observe of each shard.
  private let observations: DeviceMemory
  private var scratch: DeviceMemory
  private var outputs: DeviceMemory
  private var outputGradient: DeviceMemory
  private var capacity = 0

  init(
    model: Sequential,
    loss: Loss,
    device: any Device,
    sharding: Sharding,
    shards: Range<Int>
  ) {
    self.device = device
    self.shards = shards
    self.loss = loss
    self.sharding = sharding
    stack = model.stack
    layout = model.layout
    bufferLayout = model.bufferLayout
    (inputWidth, outputWidth) = (model.inputWidth, model.outputWidth)
    let count = layout.count
    slots = (0..<DyadicSum.mostNodes(of: shards)).map { _ in device.allocate(count) }
    observations = device.allocate(shards.count * bufferLayout.count)
    (scratch, outputs, outputGradient) = (
      device.allocate(0), device.allocate(0), device.allocate(0)
    )
  }

  /// Makes room for shards of up to `rows` rows.
  func reserve(rows: Int) {
    guard rows > capacity else { return }
    capacity = rows
    scratch = device.allocate(
      stack.scratchCount(rows: rows, inputWidth: inputWidth, mode: .training)
    )
    outputs = device.allocate(rows * outputWidth)
    outputGradient = device.allocate(rows * outputWidth)
  }

  /// Computes the job, on the calling thread.
  func run() {
    guard let job else { return }
    sum.removeAll()
    free.removeAll(keepingCapacity: true)
    for slot in slots { free.append(slot.matrix(rows: 1, columns: layout.count)) }
    for shard in shards {
      // `mostNodes` counted them.
      guard let gradient = free.popLast() else { preconditionFailure("no memory for a gradient") }
      let node = DyadicNode(
        position: .leaf(shard),
        gradient: gradient,
        loss: compute(job, shard, into: gradient)
      )
      sum.append(node, on: device) { free.append($0) }
    }
  }

  /// What the layers observed of a shard that has rows.
  func observations(of shard: Int) -> UnsafeMutablePointer<Float> {
    observations.base + (shard - shards.lowerBound) * bufferLayout.count
  }

  /// Overwrites `gradient` with the sum over the rows of a shard, and returns their loss.
  private func compute(_ job: Job, _ shard: Int, into gradient: DeviceMatrix) -> LossSum {
    let rows = sharding.rows(of: shard, outOf: job.place.total)
    guard !rows.isEmpty else {
      device.clear(gradient)
      return LossSum(sum: 0, normaliser: 0)
    }
    let first = rows.lowerBound - job.place.offset
    let input = job.features.rows(first..<first + rows.count)
    let output = outputs.matrix(rows: rows.count, columns: outputWidth)
    let outputGradient = outputGradient.matrix(rows: rows.count, columns: outputWidth)
    let context = LayerContext(
      device: device,
      mode: .training,
      parameters: ParameterViews(base: job.parameters, layout: layout),
      buffers: ParameterViews(base: job.buffers, layout: bufferLayout),
      observations: ParameterViews(base: observations(of: shard), layout: bufferLayout),
      scratch: ScratchMemory(scratch.base),
      randomness: job.randomness.dropFirst(rows.lowerBound)
    )
    stack.forward(input, into: output, context)
    let sum = device.lossSum(
      loss,
      outputs: output,
      targets: job.targets.dropFirst(first),
      gradient: outputGradient
    )
    stack.backward(
      outputGradient,
      input: input,
      output: output,
      into: ParameterViews(base: gradient.base, layout: layout),
      // Nobody asks for the gradient of the features.
      inputGradient: nil,
      context
    )
    return sum
  }
}
