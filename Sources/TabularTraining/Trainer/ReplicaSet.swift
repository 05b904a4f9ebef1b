internal import Foundation
internal import TabularCollectives
internal import TabularLoading

/// A replica of the model on each device, each with a run of the shards, or two with one.
///
/// The first computes on the calling thread, so that one device needs no other thread. With several
/// ranks each has replicas for its own shards.
final class ReplicaSet: ShardSpread {
  /// What makes one sum of all ranks'; nil for one process.
  let exchange: RankExchange?

  private let replicas: [Replica]
  private let runs: [ShardRun]
  private let work: [@Sendable () -> Void]
  private let device: any Device
  private var tickets: [Int] = []

  init(
    model: Sequential,
    loss: Loss,
    devices: [any Device],
    sharding: Sharding,
    ranks: (any Communicator)?,
    buckets: GradientBuckets?
  ) throws(OutOfMemory) {
    let device = devices[0]
    self.device = device
    let buckets = buckets ?? GradientBuckets(count: model.layout.count)
    let leavesEarly = ranks != nil && buckets.ranges.count > 1
    let shares = Self.shares(
      of: ranks.map { sharding.shards(of: $0.rank, outOf: $0.size) } ?? 0..<sharding.count,
      among: devices,
      sharding,
      // What leaves while the last shard is computed must know which is the last.
      inPairs: !leavesEarly
    )
    let gate =
      leavesEarly ? BucketGate(buckets: buckets.ranges.count, devices: shares.count) : nil
    let replicas = shares.map { share in
      Replica(
        model: model,
        loss: loss,
        device: share.device,
        sharding: sharding,
        run: share.run,
        end: share.end,
        departures: gate.map { gate in
          Replica.Departures(buckets: buckets) { gate.arrive(at: $0) }
        }
      )
    }
    self.replicas = replicas
    runs = shares.filter { $0.end == .front }.map(\.run)
    work = replicas.map { replica in { replica.compute() } }
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
  }

  private typealias Share = (device: any Device, run: ShardRun, end: ShardRun.End)

  /// Cuts shards into runs, for each device one or for each two; with more devices than shards, some
  /// rest.
  private static func shares(
    of shards: Range<Int>,
    among devices: [any Device],
    _ sharding: Sharding,
    inPairs: Bool
  ) -> [Share] {
    let own = devices.enumerated().map { position, device in
      (device: device, shards: sharding.shards(of: position, outOf: devices.count, in: shards))
    }.filter { !$0.shards.isEmpty }
    guard inPairs else {
      return own.map { (device: $0.device, run: ShardRun($0.shards), end: .front) }
    }
    return stride(from: 0, to: own.count, by: 2).flatMap { position -> [Share] in
      let pair = own[position..<min(position + 2, own.count)]
      let bounds = (pair.first?.shards.lowerBound ?? 0)..<(pair.last?.shards.upperBound ?? 0)
      let run = ShardRun(bounds)
      return zip(pair, [.front, .back]).map { (device: $0.device, run: run, end: $1) }
    }
  }

  var notices: [String] {
    guard let device = replicas.first(where: \.isFrugal)?.device else { return [] }
    let limit = device.memory.limit.map { " of \($0) bytes" } ?? ""
    return [
      "\(device) holds one shard's gradient at a time: its memory\(limit) is too small for those that "
        + "wait for their sums, which wait outside it; the result is the same"
    ]
  }

  /// A thread for each replica, which then finds its rows in its caches.
  var crew: GatheringCrew? {
    let processors = ProcessInfo.processInfo.activeProcessorCount
    guard replicas.count > 1, replicas.count <= processors else { return nil }
    let others = replicas.dropFirst().map(\.device)
    return GatheringCrew(parts: replicas.count) { copy in
      let tickets = others.enumerated().map { position, device in
        device.start { copy(position + 1) }
      }
      copy(0)
      for (device, ticket) in zip(others, tickets) { device.wait(for: ticket) }
    }
  }

  func reserve(rows: Int) throws(OutOfMemory) {
    for replica in replicas { try replica.reserve(rows: rows) }
  }

  func sum(of job: BatchJob) throws(TrainingError) -> StepSum {
    for run in runs { run.refill() }
    for replica in replicas { replica.job = job }
    defer { for replica in replicas { replica.job = nil } }
    exchange?.begin()
    tickets.removeAll(keepingCapacity: true)
    for position in replicas.indices.dropFirst() {
      tickets.append(replicas[position].device.start(work[position]))
    }
    work.first?()
    for (replica, ticket) in zip(replicas.dropFirst(), tickets) {
      replica.device.wait(for: ticket)
    }
    return try merge()
  }

  /// Sums what the replicas left, in tree order, and what those of other ranks left.
  private func merge() throws(TrainingError) -> StepSum {
    if let exchange { return try exchange.sum() }
    var root = DyadicSum()
    for node in replicas.lazy.flatMap(\.sum.nodes) { root.append(node, on: device) }
    let sum = root.root
    return StepSum(loss: sum.loss, pieces: [StepSum.Piece(start: 0, gradient: sum.gradient)])
  }

  func observations(of shard: Int) -> UnsafeMutablePointer<Float> {
    if let exchange { return exchange.observations(of: shard) }
    guard let replica = replicas.first(where: { $0.shards.contains(shard) }) else {
      preconditionFailure("shard \(shard) is not here")
    }
    return replica.observations(of: shard)
  }
}
