public import TabularFrame

/// The rows of one step, collated.
public struct Batch<Features: Sendable, Target: Sendable>: Sendable {
  /// The features, for tensors of shape [rows, columns].
  public let features: Features
  /// The target, for tensors of shape [rows].
  public let target: Target
  /// Where each row came from, in the order of the rows.
  public let rowIDs: [RowID]
  /// The epoch that the batch belongs to, from 0.
  public let epoch: Int
  /// The position of the batch in its epoch, from 0.
  public let index: Int
  /// The position of the first row among those of all ranks.
  public let offset: Int
  /// The rows of the batch over all ranks; those of this one where it is alone.
  public let wholeCount: Int
  /// How far the loader has come with this batch; nil for a batch that no loader delivered.
  public internal(set) var cursor: LoaderCursor?

  /// The number of rows.
  public var count: Int { rowIDs.count }

  package init(
    features: Features,
    target: Target,
    rowIDs: [RowID],
    epoch: Int,
    index: Int,
    offset: Int = 0,
    wholeCount: Int? = nil
  ) {
    self.features = features
    self.target = target
    self.rowIDs = rowIDs
    self.epoch = epoch
    self.index = index
    self.offset = offset
    self.wholeCount = wholeCount ?? rowIDs.count
  }
}
