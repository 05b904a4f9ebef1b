internal import TabularFrame

/// What each step of a training was, as hashes: the rows it took, and the loss it found.
///
/// The loss of a step depends on all weights before it, down to the last bit: two trainings whose
/// losses agree up to a step have been the same up to it.
public struct StepRecord: Sendable, Hashable, Codable {
  /// The rows of each step, in their order; nothing where this process did not see all of them.
  public private(set) var orders = HashedSequence()
  /// The bits of each step's loss.
  public private(set) var losses = HashedSequence()
  // The rows of the step to come.
  private var pending: UInt64 = 0
  private var seesAll = true

  /// Begins before the first step.
  public init() {}

  /// A process was given a part of a batch: the others' rows are not known here.
  mutating func takePart() {
    seesAll = false
    orders = HashedSequence()
  }

  mutating func take(_ rowIDs: [RowID], from place: Int) {
    var sum = pending
    for (offset, id) in rowIDs.enumerated() {
      sum &+= HashedSequence.hash(id.rawValue, at: place + offset)
    }
    pending = sum
  }

  mutating func stepEnds(loss: Double) {
    if seesAll { orders.append(pending) }
    losses.append(loss.bitPattern)
    pending = 0
  }
}
