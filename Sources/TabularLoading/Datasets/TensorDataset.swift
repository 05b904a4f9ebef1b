public import TabularTensor

/// Rows of tensors, or of labels, arrays and dictionaries of tensors: features and target.
///
/// ```swift
/// let dataset = TensorDataset(images, labels)  // [rows, 28, 28] and [rows]
/// let several = TensorDataset(["numbers": x, "more": z], y)
/// ```
public struct TensorDataset<Features: RowStorage, Target: RowStorage>: BatchDataset {
  /// The number of rows.
  public let count: Int
  /// The features of all rows.
  public let features: Features
  /// The target of all rows.
  public let target: Target

  /// Joins features and target of the same rows, without copying; numbers of rows that differ trap,
  /// as do those of a dictionary's values.
  public init(_ features: Features, _ target: Target) {
    let counts = [features.rowCounts, target.rowCounts].joined()
    guard let count = counts.first else { preconditionFailure("a dataset of nothing") }
    precondition(counts.allSatisfy { $0 == count }, "rows of a dataset: \(Array(counts))")
    (self.count, self.features, self.target) = (count, features, target)
  }

  /// The rows at some positions; a position outside 0 ..< count traps.
  public func batch(_ indices: [Int]) -> (features: Features, target: Target) {
    batch(indices, in: .alone)
  }

  /// The rows at some positions, in the loader's memory; a position outside 0 ..< count traps.
  public func batch(_ indices: [Int], in context: BatchContext) -> (
    features: Features, target: Target
  ) {
    (features.gathered(indices, in: context), target.gathered(indices, in: context))
  }
}

extension TensorDataset where Target == Tensor<Float>? {
  /// Takes features alone: the target is nil.
  public init(_ features: Features) { self.init(features, nil) }
}
