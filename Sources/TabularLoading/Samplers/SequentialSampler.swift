/// The rows of a dataset in their order, the same in each epoch.
public struct SequentialSampler: Sampler {
  /// The number of rows.
  public let count: Int

  /// Visits the rows 0 ..< count; a negative count traps.
  public init(count: Int) {
    precondition(count >= 0, "a sampler of \(count) rows")
    self.count = count
  }

  /// The kind and the number of rows.
  public var identity: String { "SequentialSampler(count: \(count))" }

  /// The order of the dataset, whatever the epoch.
  public func order(epoch: Int) -> any RowOrder { SequentialOrder() }
}

private struct SequentialOrder: RowOrder {
  func rows(at positions: Range<Int>) -> [Int] {
    [Int](unsafeUninitializedCapacity: positions.count) { rows, count in
      for slot in rows.indices.prefix(positions.count) { rows[slot] = positions.lowerBound + slot }
      count = positions.count
    }
  }
}
