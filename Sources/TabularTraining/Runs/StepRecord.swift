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

  /// A hash of rows at their places in a step: the wrapping sum of those of its parts.
  static func hash(_ rowIDs: some Sequence<RowID>, from place: Int) -> UInt64 {
    var (sum, place): (UInt64, Int) = (0, place)
    for id in rowIDs {
      sum &+= HashedSequence.hash(id.rawValue, at: place)
      place += 1
    }
    return sum
  }

  /// Takes the hash of the rows of a batch.
  mutating func take(_ hash: UInt64) { pending &+= hash }

  mutating func stepEnds(loss: Double) {
    orders.append(pending)
    losses.append(loss.bitPattern)
    pending = 0
  }
}
