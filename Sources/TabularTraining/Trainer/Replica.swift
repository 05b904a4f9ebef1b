/// What one device does in a step: the gradients of its run of shards, summed into tree nodes.
///
/// Unchecked, because one thread at a time touches it: the caller's between steps, and the device's
/// from `Device.start` to `Device.wait`, which order their memory accesses.
final class Replica: @unchecked Sendable {
  /// What a step brings; the pointers are valid until the step's end.
  struct Job {
    let parameters: UnsafeMutablePointer<Float>
    /// The features of the whole batch.
    let features: DeviceMatrix
    /// The targets of the whole batch.
    let targets: Targets
  }

  let device: any Device
  /// The shards that this device computes.
  let shards: Range<Int>
  /// The work of the step under way.
  var job: Job?
  /// What a step leaves here: the maximal tree nodes of `shards`, valid until the next step.
  private(set) var sum = DyadicSum()

  private let layers: [any Module]
  private let layout: ParameterLayout
  private let widths: [Int]
  private let loss: Loss
  private let sharding: Sharding
  private let slots: [DeviceMemory]
  private var free: [DeviceMatrix] = []
  private var activations: [DeviceMemory] = []
  private var flow: [DeviceMemory] = []
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
    layers = model.layers
    layout = model.layout
    widths = model.widths
    let count = layout.count
    slots = (0..<DyadicSum.mostNodes(of: shards)).map { _ in device.allocate(count) }
  }

  /// Makes room for shards of up to `rows` rows.
  func reserve(rows: Int) {
    guard rows > capacity else { return }
    capacity = rows
    activations = widths.dropFirst().map { device.allocate(rows * $0) }
    let widest = widths.max() ?? 0
    flow = (0..<2).map { _ in device.allocate(rows * widest) }
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
      let rows = sharding.rows(of: shard, outOf: job.features.rows)
      let node = DyadicNode(
        position: .leaf(shard),
        gradient: gradient,
        loss: compute(job, rows, into: gradient)
      )
      sum.append(node, on: device) { free.append($0) }
    }
  }
}

// One shard.
extension Replica {
  /// Overwrites `gradient` with the sum over the rows, and returns their loss.
  private func compute(_ job: Job, _ rows: Range<Int>, into gradient: DeviceMatrix) -> LossSum {
    guard !rows.isEmpty else {
      device.clear(gradient)
      return LossSum(sum: 0, normaliser: 0)
    }
    let input = job.features.rows(rows)
    forward(input, job)
    let sum = device.lossSum(
      loss,
      outputs: activation(layers.count, input),
      targets: job.targets.dropFirst(rows.lowerBound),
      gradient: flow(layers.count, rows.count)
    )
    backward(input, job, into: gradient)
    return sum
  }

  private func forward(_ input: DeviceMatrix, _ job: Job) {
    for (position, layer) in layers.enumerated() {
      layer.forward(
        activation(position, input),
        into: activation(position + 1, input),
        context(position, job)
      )
    }
  }

  private func backward(_ input: DeviceMatrix, _ job: Job, into gradient: DeviceMatrix) {
    for position in layers.indices.reversed() {
      layers[position].backward(
        flow(position + 1, input.rows),
        input: activation(position, input),
        output: activation(position + 1, input),
        into: ParameterViews(base: gradient.base, layout: layout, layer: position),
        // Nobody asks for the gradient of the features.
        inputGradient: position > 0 ? flow(position, input.rows) : nil,
        context(position, job)
      )
    }
  }

  /// The matrix before layer `position`, or after the last one.
  private func activation(_ position: Int, _ input: DeviceMatrix) -> DeviceMatrix {
    guard position > 0 else { return input }
    return activations[position - 1].matrix(rows: input.rows, columns: widths[position])
  }

  /// The gradient of `activation(position)`: two pieces of memory take turns.
  private func flow(_ position: Int, _ rows: Int) -> DeviceMatrix {
    flow[position % 2].matrix(rows: rows, columns: widths[position])
  }

  private func context(_ position: Int, _ job: Job) -> LayerContext {
    LayerContext(
      device: device,
      parameters: ParameterViews(base: job.parameters, layout: layout, layer: position)
    )
  }
}
