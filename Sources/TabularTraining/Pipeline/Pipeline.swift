internal import TabularLoading

/// The layers of a model spread over devices, through which the shards of a batch go one after another.
///
/// Each stage has the sum of its own layers' gradients over all shards, in the order of the tree: the
/// numbers are those of one device. The first stage computes on the calling thread.
final class Pipeline: ShardSpread {
  private let stages: [PipelineStage]
  private let gate: PipelineGate
  private let work: [@Sendable () -> Void]
  private let bufferCount: Int
  private let shardCount: Int
  private let assignment: StageAssignment
  private var observed: DeviceMemory?
  private var capacity = 0
  private var tickets: [Int] = []

  /// The rows with which layers are timed: those of a shard of a large batch.
  private static let timedRows = 64

  /// Gives the devices their layers; with more devices than layers, some rest.
  ///
  /// - Parameters:
  ///   - model: the layers.
  ///   - loss: what the last stage computes.
  ///   - devices: one for each stage.
  ///   - sharding: the shards of a batch.
  ///   - stages: the layers of each device; nil for those that take alike long.
  /// - Throws: `OutOfMemory` when a device has not enough to time the layers.
  init(
    model: Sequential,
    loss: Loss,
    devices: [any Device],
    sharding: Sharding,
    stages: [Range<Int>]?
  ) throws(OutOfMemory) {
    if let stages {
      precondition(
        stages.count <= devices.count,
        "\(stages.count) stages on \(devices.count) devices"
      )
      assignment = StageAssignment(stages, layers: model.layers.count)
    } else {
      assignment = StageAssignment(
        costs: try StageAssignment.costs(of: model, rows: Self.timedRows, on: devices[0]),
        count: devices.count
      )
    }
    let gate = PipelineGate(stages: assignment.stages.count)
    var all: [PipelineStage] = []
    for (index, layers) in assignment.stages.enumerated() {
      let stage = PipelineStage(
        index,
        layers: layers,
        after: all.last,
        model: model,
        loss: loss,
        device: devices[index],
        sharding: sharding,
        gate: gate
      )
      all.append(stage)
    }
    self.stages = all
    self.gate = gate
    work = all.map { stage in { stage.run() } }
    bufferCount = model.bufferLayout.count
    shardCount = sharding.count
  }

  var notices: [String] {
    let parts = zip(stages, assignment.stages).map { stage, layers in
      layers.count == 1
        ? "\(stage.device) layer \(layers.lowerBound)"
        : "\(stage.device) layers \(layers.lowerBound) to \(layers.upperBound - 1)"
    }
    let frugal = stages.enumerated().filter { index, stage in
      stage.isFrugal || stage.slots < wantedSlots(index)
    }
    return ["the model's layers are spread: " + parts.joined(separator: ", ")]
      + frugal.prefix(1).map { _, stage in
        "\(stage.device) holds fewer shards at a time: its memory"
          + "\(stage.device.memory.limit.map { " of \($0) bytes" } ?? "") is too small for all that "
          + "could be under way; the result is the same"
      }
  }

  /// A stage has as many shards under way as there are stages from it on.
  private func wantedSlots(_ index: Int) -> Int { min(stages.count - index, shardCount) }

  /// The first stage alone reads rows: it would fetch those that others copied from their caches.
  var crew: GatheringCrew? { nil }

  func reserve(rows: Int) throws(OutOfMemory) {
    guard rows > capacity else { return }
    // What is held goes before more is asked for.
    for stage in stages { stage.release() }
    (observed, capacity) = (nil, 0)
    let observed = try stages[0].device.allocate(shardCount * bufferCount)
    // A stage that began more shards than the one before it lets through would wait for ever.
    var most = stages.count
    for (index, stage) in stages.enumerated() {
      most = min(most, wantedSlots(index))
      try stage.reserve(rows: rows, slots: most, observations: observed.base)
      most = stage.slots
    }
    (self.observed, capacity) = (observed, rows)
  }

  func sum(of job: BatchJob) throws(TrainingError) -> StepSum {
    gate.close()
    for stage in stages { stage.job = job }
    defer { for stage in stages { stage.job = nil } }
    tickets.removeAll(keepingCapacity: true)
    for position in stages.indices.dropFirst() {
      tickets.append(stages[position].device.start(work[position]))
    }
    work[0]()
    for (stage, ticket) in zip(stages.dropFirst(), tickets) { stage.device.wait(for: ticket) }
    let roots = stages.map(\.sum.root)
    return StepSum(
      // The last stage knows it, and the others add nothing.
      loss: roots[roots.count - 1].loss,
      pieces: zip(stages, roots).map { stage, root in
        StepSum.Piece(start: stage.parameters.lowerBound, gradient: root.gradient)
      }
    )
  }

  func observations(of shard: Int) -> UnsafeMutablePointer<Float> {
    guard let observed else { preconditionFailure("no memory was reserved") }
    return observed.base + shard * bufferCount
  }
}
