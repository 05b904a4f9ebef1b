/// Which layers each device of a pipeline computes: contiguous runs that take alike long.
///
/// Times are measured, so that the runs may differ from one start to the next; what is computed does
/// not.
struct StageAssignment: Equatable {
  /// The layers of each stage, in order.
  let stages: [Range<Int>]

  /// Takes runs as given; others than all layers in order trap.
  init(_ stages: [Range<Int>], layers: Int) {
    var end = 0
    for stage in stages {
      precondition(stage.lowerBound == end && !stage.isEmpty, "stages \(stages)")
      end = stage.upperBound
    }
    precondition(end == layers, "stages \(stages) of \(layers) layers")
    self.stages = stages
  }

  /// Cuts layers of some costs into `count` runs, or as many as there are layers, of which the dearest
  /// is as cheap as can be.
  ///
  /// Of cuts that are as good the first run that may be short is: each stage after it holds fewer
  /// shards at once.
  init(costs: [Double], count: Int) {
    precondition(!costs.isEmpty && count >= 1, "\(count) stages of \(costs.count) layers")
    let count = min(count, costs.count)
    var sums = [0.0]
    for cost in costs { sums.append(sums[sums.count - 1] + cost) }
    // For each number of runs, and of layers from the front, the least cost of the dearest run, and
    // where the last run then begins.
    var best = [sums.map { (cost: $0, start: 0) }]
    for runs in 1..<max(count, 1) {
      var row = Array(repeating: (cost: Double.infinity, start: 0), count: sums.count)
      for end in (runs + 1)..<sums.count {
        for start in runs..<end {
          let cost = max(best[runs - 1][start].cost, sums[end] - sums[start])
          if cost < row[end].cost { row[end] = (cost: cost, start: start) }
        }
      }
      best.append(row)
    }
    var stages: [Range<Int>] = []
    var end = costs.count
    for row in best.reversed() {
      stages.insert(row[end].start..<end, at: 0)
      end = row[end].start
    }
    self.init(stages, layers: costs.count)
  }
}

extension StageAssignment {
  /// Seconds that each layer takes for one shard, forward and back: the least of several times.
  ///
  /// - Throws: `OutOfMemory` when the device has too little for a layer.
  static func costs(
    of model: Sequential,
    rows: Int,
    on device: any Device
  ) throws(OutOfMemory) -> [Double] {
    var costs: [Double] = []
    var width = model.inputWidth
    for position in model.layers.indices {
      let part = model.stack.part(position..<position + 1)
      let trial = try LayerTrial(part, rows: rows, inputWidth: width, model, on: device)
      costs.append(trial.seconds(isFirst: position == 0))
      width = part.outputWidth(forInputWidth: width)
    }
    return costs
  }
}

/// The memory of one layer, to see how long it takes.
private struct LayerTrial {
  private let part: LayerStack
  private let model: Sequential
  private let device: any Device
  private let rows: Int
  private let (inputWidth, outputWidth): (Int, Int)
  private let input: DeviceMemory
  private let output: DeviceMemory
  private let scratch: DeviceMemory
  private let gradient: DeviceMemory
  private let observations: DeviceMemory

  init(
    _ part: LayerStack,
    rows: Int,
    inputWidth: Int,
    _ model: Sequential,
    on device: any Device
  ) throws(OutOfMemory) {
    self.part = part
    self.rows = rows
    self.model = model
    self.device = device
    let outputWidth = part.outputWidth(forInputWidth: inputWidth)
    (self.inputWidth, self.outputWidth) = (inputWidth, outputWidth)
    input = try device.allocate(2 * rows * inputWidth)
    output = try device.allocate(2 * rows * outputWidth)
    scratch = try device.allocate(
      part.scratchCount(rows: rows, inputWidth: inputWidth, mode: .training)
    )
    gradient = try device.allocate(part.floats(in: model.layout).count)
    observations = try device.allocate(model.bufferLayout.count)
  }

  func seconds(isFirst: Bool) -> Double {
    let clock = ContinuousClock()
    var (least, spent) = (Duration.seconds(1), Duration.zero)
    // The first times see cold caches.
    for time in 0..<20 where time < 3 || spent < .milliseconds(2) {
      let found = clock.measure { run(isFirst: isFirst) }
      spent += found
      least = min(least, found)
    }
    return Double(least.components.attoseconds) * 1e-18 + Double(least.components.seconds)
  }

  private func run(isFirst: Bool) {
    model.withUnsafeState { parameters, buffers in
      let context = LayerContext(
        device: device,
        mode: .training,
        parameters: ParameterViews(base: parameters, layout: model.layout),
        buffers: ParameterViews(base: buffers, layout: model.bufferLayout),
        observations: ParameterViews(base: observations.base, layout: model.bufferLayout),
        scratch: ScratchMemory(scratch.base),
        randomness: RowRandomness(seed: 0, step: 0)
      )
      let taken = input.matrix(rows: rows, columns: inputWidth)
      let given = output.matrix(rows: rows, columns: outputWidth)
      part.forward(taken, into: given, context)
      part.backward(
        DeviceMatrix(base: output.base + rows * outputWidth, rows: rows, columns: outputWidth),
        input: taken,
        output: given,
        into: ParameterViews(
          base: gradient.base,
          layout: model.layout,
          origin: part.floats(in: model.layout).lowerBound
        ),
        inputGradient: isFirst
          ? nil
          : DeviceMatrix(base: input.base + rows * inputWidth, rows: rows, columns: inputWidth),
        context
      )
    }
  }
}

extension LayerStack {
  /// The floats of the layers' parameters.
  func floats(in layout: ParameterLayout) -> Range<Int> {
    let range = parameterRange
    func offset(_ position: Int) -> Int {
      position < layout.slices.count ? layout.slices[position].offset : layout.count
    }
    return offset(range.lowerBound)..<offset(range.upperBound)
  }
}
