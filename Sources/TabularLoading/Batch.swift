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

  /// The number of rows.
  public var count: Int { rowIDs.count }

  package init(features: Features, target: Target, rowIDs: [RowID], epoch: Int, index: Int) {
    self.features = features
    self.target = target
    self.rowIDs = rowIDs
    self.epoch = epoch
    self.index = index
  }
}
