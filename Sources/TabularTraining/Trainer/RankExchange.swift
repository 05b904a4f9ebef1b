internal import TabularCollectives
internal import TabularFrame

/// What the ranks of a job tell each other in each step, and the sum that each makes of it.
///
/// A rank sends the maximal tree nodes of its run of shards, their losses, and what layers observed
/// of each of its shards. Every rank gets all of it and completes the tree from left to right, as
/// one process does with its devices: bytes are moved and nothing is added on the way, so that the
/// bits do not depend on the number of ranks. A rank has at most 2·log2(L) nodes; each of two, four
/// or eight has one. All memory is kept from step to step.
///
/// A gradient of several buckets is sent by a thread of its own, whose calls wait: one bucket after
/// the other, as soon as the last shards' backward passes have left it.
///
/// Unchecked, because one thread at a time touches the messages: the courier's from `begin` to `sum`,
/// which order their memory accesses, and else the caller's.
final class RankExchange: @unchecked Sendable {
  let ranks: any Communicator
  /// The shards of each rank.
  let runs: [Range<Int>]

  private let replicas: [Replica]
  private let device: any Device
  private let observationCount: Int
  private let messages: [RankMessage]
  private let gate: BucketGate?
  private let courier: CPUDevice
  private var ticket = 0
  /// A hash of the rows of this rank's shards, set before a step; after it, the sum of all ranks'.
  var order: UInt64 = 0
  private var outcome: Result<StepSum, TrainingError>?

  /// Makes room.
  ///
  /// - Parameters:
  ///   - ranks: the ranks.
  ///   - sharding: the shards of all ranks.
  ///   - replicas: what computes this rank's.
  ///   - buckets: the runs of parameters that are sent.
  ///   - gate: what says when they are complete; nil when all are, at the end of a step.
  ///   - observations: the number of floats that layers observe of a shard.
  ///   - device: the one that sums.
  /// - Throws: `OutOfMemory` when the device has too little.
  init(
    _ ranks: any Communicator,
    sharding: Sharding,
    replicas: [Replica],
    buckets: GradientBuckets,
    gate: BucketGate?,
    observations: Int,
    device: any Device
  ) throws(OutOfMemory) {
    let runs = (0..<ranks.size).map { sharding.shards(of: $0, outOf: ranks.size) }
    self.ranks = ranks
    self.runs = runs
    self.replicas = replicas
    self.gate = gate
    self.device = device
    courier = CPUDevice()
    observationCount = observations
    messages = try buckets.ranges.enumerated().map { (place) throws(OutOfMemory) in
      try RankMessage(
        runs,
        parameters: place.element,
        observations: place.offset == 0 ? observations : 0,
        device: device
      )
    }
  }

  /// Begins a step, before the replicas do.
  func begin() {
    guard let gate else { return }
    gate.close()
    ticket = courier.start { [self] in
      do throws(TrainingError) {
        outcome = .success(try sendAll())
      } catch {
        outcome = .failure(error)
      }
    }
  }

  /// Sums what all ranks' replicas have left, after this one's have ended.
  ///
  /// - Returns: the sum, whose memory is written by the next step.
  /// - Throws: `TrainingError` of kind `ranks` when a rank cannot be reached.
  func sum() throws(TrainingError) -> StepSum {
    guard gate != nil else { return try sendAll() }
    courier.wait(for: ticket)
    guard let outcome else { preconditionFailure("a sum before the step") }
    return try outcome.get()
  }

  private func sendAll() throws(TrainingError) -> StepSum {
    var loss = LossSum(sum: 0, normaliser: 0)
    var pieces: [StepSum.Piece] = []
    for (bucket, message) in messages.enumerated() {
      gate?.wait(for: bucket)
      if bucket == 0 { writeObservations() }
      let root = try send(message)
      // Each message holds the losses.
      loss = root.loss
      pieces.append(
        StepSum.Piece(start: message.parameters.lowerBound, gradient: root.gradient)
      )
    }
    order = (0..<ranks.size).reduce(0) { $0 &+ messages[0].order(of: $1) }
    return StepSum(loss: loss, pieces: pieces)
  }

  private func writeObservations() {
    for replica in replicas {
      for shard in replica.shards {
        messages[0].observations(of: shard, rank: ranks.rank)
          .update(from: replica.observations(of: shard), count: observationCount)
      }
    }
  }

  /// What was observed of any rank's shard, after `sum`.
  func observations(of shard: Int) -> UnsafeMutablePointer<Float> {
    guard let rank = runs.firstIndex(where: { $0.contains(shard) }) else {
      preconditionFailure("shard \(shard) of \(runs)")
    }
    return messages[0].observations(of: shard, rank: rank)
  }

  /// The ids of the whole batch's rows; all ranks ask for them, each with those that it was given.
  func rowIDs(
    _ given: [RowID],
    at place: BatchPlace,
    _ sharding: Sharding
  ) throws(TrainingError) -> [RowID] {
    let needed = sharding.rows(of: runs[ranks.rank], outOf: place.total)
    let own = needed.map { given[$0 - place.offset].rawValue }
    do throws(CollectivesError) {
      return try ranks.allGather(own.withUnsafeBytes { Array($0) }).flatMap { bytes in
        bytes.withUnsafeBytes { bytes in
          (0..<bytes.count / 8).map {
            RowID(rawValue: bytes.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self))
          }
        }
      }
    } catch {
      throw TrainingError(error, ranks)
    }
  }

  /// The positions of this rank's rows among those that it was given.
  func ownRows(at place: BatchPlace, _ sharding: Sharding) -> Range<Int> {
    let needed = sharding.rows(of: runs[ranks.rank], outOf: place.total)
    return needed.isEmpty
      ? 0..<0 : needed.lowerBound - place.offset..<needed.upperBound - place.offset
  }

  /// Refuses rows that are not all of those of this rank's shards.
  func check(rows: Int, at place: BatchPlace, _ sharding: Sharding) throws(TrainingError) {
    let needed = sharding.rows(of: runs[ranks.rank], outOf: place.total)
    let given = place.offset..<place.offset + rows
    guard !needed.isEmpty,
      !(given.contains(needed.lowerBound) && needed.upperBound <= given.upperBound)
    else { return }
    throw TrainingError(
      .data,
      "rank \(ranks.rank) of \(ranks.size) was given rows \(given) of a batch of \(place.total), "
        + "and its shards are rows \(needed): give the loader its rank and worldSize, and "
        + "shards: \(sharding.count)"
    )
  }

  private func send(_ message: RankMessage) throws(TrainingError) -> DyadicNode {
    // The nodes of this rank's devices make those of the rank.
    var own = DyadicSum()
    for node in replicas.lazy.flatMap(\.sum.nodes) {
      own.append(node.part(message.parameters), on: device)
    }
    message.write(own.nodes, order: order, rank: ranks.rank)
    do throws(CollectivesError) {
      try ranks.allGather(in: message.bytes, counts: message.counts)
    } catch {
      throw TrainingError(error, ranks)
    }
    var root = DyadicSum()
    for rank in 0..<ranks.size {
      for node in message.nodes(of: rank) { root.append(node, on: device) }
    }
    guard root.nodes.count == 1, let sum = root.nodes.first else {
      preconditionFailure("the ranks left \(root.nodes.count) sums")
    }
    return sum
  }
}

extension TrainingError {
  /// An error between the ranks of a job.
  init(_ error: CollectivesError, _ ranks: (any Communicator)? = nil) {
    let rank = ranks.map { "rank \($0.rank) of \($0.size): " } ?? ""
    self.init(.ranks, rank + error.message, underlying: error)
  }
}
