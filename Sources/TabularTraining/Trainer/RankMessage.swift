/// What all ranks have to say of a run of parameters in a step, in one piece of memory.
///
/// Each rank's part holds, in this order: sum and normaliser of the loss of each of its nodes, in
/// float64, and a hash of its rows; what was observed of each of its shards; and the gradients of its nodes. Each of them
/// begins at a multiple of 64 bytes. How long the parts are follows from the sharding, so that
/// nobody has to say it.
struct RankMessage {
  /// The parameters whose gradients are sent.
  let parameters: Range<Int>
  /// The bytes of each rank's part.
  let counts: [Int]

  private let runs: [Range<Int>]
  private let positions: [[DyadicPosition]]
  private let observationCount: Int
  private let memory: DeviceMemory
  /// The float with which each rank's part begins.
  private let starts: [Int]

  /// Makes room.
  ///
  /// - Parameters:
  ///   - runs: the shards of each rank.
  ///   - parameters: the parameters whose gradients are sent.
  ///   - observations: the number of floats that are observed of a shard.
  ///   - device: the one that sums.
  /// - Throws: `OutOfMemory` when the device has too little.
  init(
    _ runs: [Range<Int>],
    parameters: Range<Int>,
    observations: Int,
    device: any Device
  ) throws(OutOfMemory) {
    self.runs = runs
    self.parameters = parameters
    observationCount = observations
    positions = runs.map { DyadicSum.positions(of: $0) }
    let lengths = zip(runs, positions).map { run, nodes in
      Self.headFloats(nodes.count)
        + ScratchMemory.aligned(run.count * observations)
        + nodes.count * ScratchMemory.aligned(parameters.count)
    }
    counts = lengths.map { $0 * MemoryLayout<Float>.size }
    starts = lengths.indices.map { lengths[..<$0].reduce(0, +) }
    memory = try device.allocate(lengths.reduce(0, +))
  }

  /// Two numbers in float64 for each node, and the order of the rank's rows.
  private static func headFloats(_ nodes: Int) -> Int { ScratchMemory.aligned(nodes * 4 + 2) }

  /// All parts.
  var bytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(
      start: memory.base,
      count: memory.count * MemoryLayout<Float>.size
    )
  }

  /// Where a rank says what was observed of one of its shards.
  func observations(of shard: Int, rank: Int) -> UnsafeMutablePointer<Float> {
    memory.base + starts[rank]
      + Self.headFloats(positions[rank].count)
      + (shard - runs[rank].lowerBound) * observationCount
  }

  private func losses(of rank: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(memory.base + starts[rank])
  }

  private func gradient(of node: Int, rank: Int) -> DeviceMatrix {
    let start =
      starts[rank] + Self.headFloats(positions[rank].count)
      + ScratchMemory.aligned(runs[rank].count * observationCount)
      + node * ScratchMemory.aligned(parameters.count)
    return DeviceMatrix(base: memory.base + start, rows: 1, columns: parameters.count)
  }

  /// The hash of the rows that a rank has sent.
  func order(of rank: Int) -> UInt64 {
    losses(of: rank).load(fromByteOffset: 16 * positions[rank].count, as: UInt64.self)
  }

  /// Writes a rank's nodes, of these parameters alone, and the hash of its rows.
  func write(_ nodes: [DyadicNode], order: UInt64, rank: Int) {
    precondition(nodes.map(\.position) == positions[rank], "nodes \(nodes.map(\.position))")
    let losses = losses(of: rank)
    losses.storeBytes(of: order, toByteOffset: 16 * nodes.count, as: UInt64.self)
    for (position, node) in nodes.enumerated() {
      losses.storeBytes(of: node.loss.sum, toByteOffset: 16 * position, as: Double.self)
      losses.storeBytes(of: node.loss.normaliser, toByteOffset: 16 * position + 8, as: Double.self)
      gradient(of: position, rank: rank).base
        .update(from: node.gradient.base, count: parameters.count)
    }
  }

  /// The nodes that a rank has sent.
  func nodes(of rank: Int) -> [DyadicNode] {
    let losses = losses(of: rank)
    return positions[rank].indices.map { position in
      DyadicNode(
        position: positions[rank][position],
        gradient: gradient(of: position, rank: rank),
        loss: LossSum(
          sum: losses.load(fromByteOffset: 16 * position, as: Double.self),
          normaliser: losses.load(fromByteOffset: 16 * position + 8, as: Double.self)
        )
      )
    }
  }
}
