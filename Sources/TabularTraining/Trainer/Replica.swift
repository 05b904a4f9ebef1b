/// What one device does in a step: the gradients of its run of shards, or of its end of one, summed
/// into tree nodes.
///
/// Unchecked, because one thread at a time touches it: the caller's between steps, and the device's
/// from `Device.start` to `Device.wait`, which order their memory accesses.
final class Replica: @unchecked Sendable {
  /// Buckets of gradients, and who is told that one is complete.
  struct Departures {
    let buckets: GradientBuckets
    let complete: @Sendable (_ bucket: Int) -> Void
  }

  let device: any Device
  /// The shards that this device computes, perhaps with another.
  let run: ShardRun
  /// Where it begins.
  let end: ShardRun.End
  /// Those that it computed in the last step.
  private(set) var shards: Range<Int> = 0..<0
  /// The work of the step under way.
  var job: BatchJob?
  /// What a step leaves here: the maximal tree nodes of `shards`, valid until the next step.
  private(set) var sum = DyadicSum()

  private let stack: LayerStack
  private let layout: ParameterLayout
  private let bufferLayout: ParameterLayout
  private let outputWidth: Int
  private let inputWidth: Int
  private let loss: Loss
  private let sharding: Sharding
  private var memory: ReplicaMemory?
  private var transposed: TransposedWeights?
  /// What is sent while the last shard's backward pass still goes on, of a run that no other device
  /// takes from; nil where nothing is.
  private let departures: Departures?
  private var free: [DeviceMatrix] = []
  private var capacity = 0

  init(
    model: Sequential,
    loss: Loss,
    device: any Device,
    sharding: Sharding,
    run: ShardRun,
    end: ShardRun.End = .front,
    departures: Departures? = nil
  ) {
    self.departures = departures
    self.device = device
    (self.run, self.end) = (run, end)
    self.loss = loss
    self.sharding = sharding
    stack = model.stack
    layout = model.layout
    bufferLayout = model.bufferLayout
    (inputWidth, outputWidth) = (model.inputWidth, model.outputWidth)
  }

  /// Whether the device has too little memory for the gradients that wait for their sums.
  var isFrugal: Bool { memory?.staging != nil }

  /// The memory of the step under way.
  private var reserved: ReplicaMemory {
    guard let memory else { preconditionFailure("no memory was reserved") }
    return memory
  }

  /// Makes room for shards of up to `rows` rows.
  ///
  /// - Throws: `OutOfMemory` when the device has not enough for one shard at a time.
  func reserve(rows: Int) throws(OutOfMemory) {
    guard rows > capacity else { return }
    // What is held goes before more is asked for.
    memory = nil
    transposed = nil
    transposed = try TransposedWeights(of: 0..<layout.count, in: layout, on: device)
    memory = try ReplicaMemory(
      device: device,
      scratch: stack.scratchCount(rows: rows, inputWidth: inputWidth, mode: .training),
      outputs: rows * outputWidth,
      observations: run.shards.count * bufferLayout.count,
      gradient: layout.count,
      gradients: DyadicSum.mostNodes(of: run.shards, from: end)
    )
    capacity = rows
  }

  /// Computes the job, on the calling thread.
  func compute() {
    guard let job else { return }
    sum.removeAll()
    free.removeAll(keepingCapacity: true)
    let memory = reserved
    transposed?.update(from: job.parameters, on: device)
    for slot in memory.gradients { free.append(slot.matrix(rows: 1, columns: layout.count)) }
    var count = 0
    shards = run.taken(0, from: end)
    while run.take() {
      let shard =
        end == .front ? run.shards.lowerBound + count : run.shards.upperBound - 1 - count
      count += 1
      // Before the last one's buckets leave, whose taker asks for it.
      shards = run.taken(count, from: end)
      // `mostNodes` counted them.
      guard let gradient = free.popLast() else { preconditionFailure("no memory for a gradient") }
      if let departures, count == run.shards.count {
        finish(job, shard, into: gradient, departures)
        continue
      }
      let loss = compute(job, shard, into: memory.target(of: gradient))
      memory.fetch(into: gradient)
      let node = node(shard, gradient, loss)
      switch end {
      case .front: sum.append(node, on: device) { free.append($0) }
      case .back: sum.prepend(node, on: device) { free.append($0) }
      }
    }
  }

  private func node(_ shard: Int, _ gradient: DeviceMatrix, _ loss: LossSum) -> DyadicNode {
    DyadicNode(position: .leaf(shard), gradient: gradient, loss: loss)
  }

  /// Computes the last shard, whose gradient goes into the tree bucket by bucket: the same sums.
  private func finish(
    _ job: BatchJob,
    _ shard: Int,
    into gradient: DeviceMatrix,
    _ departures: Departures
  ) {
    var additions: [(right: DeviceMatrix, left: DeviceMatrix)] = []
    var next = 0
    func complete(from start: Int) {
      while next < departures.buckets.complete(from: start) {
        let range = departures.buckets.ranges[next]
        for (right, left) in additions { device.add(right.part(range), to: left.part(range)) }
        departures.complete(next)
        next += 1
      }
    }
    let (slices, count, memory) = (layout.slices, layout.count, reserved)
    compute(job, shard, into: memory.target(of: gradient)) { loss in
      // The nodes are there from now on; their sums follow.
      sum.append(node(shard, gradient, loss)) { additions.append(($0, $1)) }
    } completed: { parameters in
      guard memory.staging == nil else { return }
      complete(from: parameters < slices.count ? slices[parameters].offset : count)
    }
    // A shard without rows has no backward pass, and one that is fetched goes when it is there.
    memory.fetch(into: gradient)
    complete(from: 0)
  }

  /// What the layers observed of a shard that has rows.
  func observations(of shard: Int) -> UnsafeMutablePointer<Float> {
    reserved.observations.base + (shard - run.shards.lowerBound) * bufferLayout.count
  }

  /// Overwrites `gradient` with the sum over the rows of a shard, and returns their loss.
  ///
  /// `lossIsKnown` is told it before the backward pass, and `completed` after each layer of that what
  /// `LayerStack.backward` says.
  @discardableResult
  private func compute(
    _ job: BatchJob,
    _ shard: Int,
    into gradient: DeviceMatrix,
    lossIsKnown: (LossSum) -> Void = { _ in },
    completed: ((_ parameters: Int) -> Void)? = nil
  ) -> LossSum {
    let rows = sharding.rows(of: shard, outOf: job.place.total)
    guard !rows.isEmpty else {
      device.clear(gradient)
      let none = LossSum(sum: 0, normaliser: 0)
      lossIsKnown(none)
      return none
    }
    let first = rows.lowerBound - job.place.offset
    let input = job.features.rows(first..<first + rows.count)
    let memory = reserved
    let output = memory.outputs.matrix(rows: rows.count, columns: outputWidth)
    let outputGradient = memory.outputGradient.matrix(rows: rows.count, columns: outputWidth)
    let context = LayerContext(
      device: device,
      mode: .training,
      parameters: ParameterViews(base: job.parameters, layout: layout),
      buffers: ParameterViews(base: job.buffers, layout: bufferLayout),
      observations: ParameterViews(base: observations(of: shard), layout: bufferLayout),
      scratch: ScratchMemory(memory.scratch.base),
      randomness: job.randomness.dropFirst(rows.lowerBound),
      transposed: transposed?.views
    )
    stack.forward(input, into: output, context)
    let sum = device.lossSum(
      loss,
      outputs: output,
      targets: job.targets.dropFirst(first),
      weights: job.weights.map { $0 + first },
      gradient: outputGradient
    )
    lossIsKnown(sum)
    stack.backward(
      outputGradient,
      input: input,
      output: output,
      into: ParameterViews(base: gradient.base, layout: layout),
      // Nobody asks for the gradient of the features.
      inputGradient: nil,
      context,
      completed: completed
    )
    return sum
  }
}
