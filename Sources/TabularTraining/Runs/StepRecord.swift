internal import TabularFrame

/// What each step of a training was, as hashes: the rows it took, and the loss it found.
///
/// The loss of a step depends on all weights before it, down to the last bit: two trainings whose
/// losses agree up to a step have been the same up to it.
public struct StepRecord: Sendable, Hashable, Codable {
  /// The rows of each step, in their order.
  public private(set) var orders = HashedSequence()
  /// The bits of each step's loss.
  public private(set) var losses = HashedSequence()
  // The rows of the step to come.
  private var pending: UInt64 = 0

  /// Begins before the first step.
  public init() {}

  mutating func take(_ rowIDs: [RowID], from place: Int) {
    var sum = pending
    for (offset, id) in rowIDs.enumerated() {
      sum &+= HashedSequence.hash(id.rawValue, at: place + offset)
    }
    pending = sum
  }

  mutating func stepEnds(loss: Double) {
    orders.append(pending)
    losses.append(loss.bitPattern)
    pending = 0
  }
}
