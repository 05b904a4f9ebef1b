internal import TabularCollectives
internal import TabularFrame

/// What the ranks of a job tell each other in each step, and the sum that each makes of it.
///
/// A rank sends the maximal tree nodes of its run of shards, their losses, and what layers observed
/// of each of its shards. Every rank gets all of it and completes the tree from left to right, as
/// one process does with its devices: bytes are moved and nothing is added on the way, so that the
/// bits do not depend on the number of ranks. A rank has at most 2·log2(L) nodes; each of two, four
/// or eight has one. All memory is kept from step to step.
final class RankExchange {
  let ranks: any Communicator
  /// The shards of each rank.
  let runs: [Range<Int>]

  private let device: any Device
  private let observationCount: Int
  private let messages: [RankMessage]

  init(
    _ ranks: any Communicator,
    sharding: Sharding,
    parameters: Int,
    observations: Int,
    device: any Device
  ) throws(OutOfMemory) {
    let runs = (0..<ranks.size).map { sharding.shards(of: $0, outOf: ranks.size) }
    self.ranks = ranks
    self.runs = runs
    self.device = device
    observationCount = observations
    messages = [
      try RankMessage(
        runs,
        parameters: 0..<parameters,
        observations: observations,
        device: device
      )
    ]
  }

  /// Sums over all ranks.
  ///
  /// - Parameters:
  ///   - nodes: the maximal nodes of runs of this rank's shards, left to right.
  ///   - observations: what was observed of one of its shards.
  /// - Returns: the sum, whose memory is written by the next call.
  /// - Throws: `TrainingError` of kind `ranks` when a rank cannot be reached.
  func sum(
    _ nodes: [DyadicNode],
    observations: (_ shard: Int) -> UnsafeMutablePointer<Float>
  ) throws(TrainingError) -> StepSum {
    for shard in runs[ranks.rank] {
      messages[0].observations(of: shard, rank: ranks.rank)
        .update(from: observations(shard), count: observationCount)
    }
    var loss = LossSum(sum: 0, normaliser: 0)
    var pieces: [StepSum.Piece] = []
    for message in messages {
      let root = try send(nodes, message)
      // Each message holds the losses.
      loss = root.loss
      pieces.append(
        StepSum.Piece(start: message.parameters.lowerBound, gradient: root.gradient)
      )
    }
    return StepSum(loss: loss, pieces: pieces)
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

  private func send(
    _ nodes: [DyadicNode],
    _ message: RankMessage
  ) throws(TrainingError) -> DyadicNode {
    // The nodes of this rank's devices make those of the rank.
    var own = DyadicSum()
    for node in nodes { own.append(node.part(message.parameters), on: device) }
    message.write(own.nodes, rank: ranks.rank)
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
