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

/// The positions themselves.
struct SequentialOrder: RowOrder {
  func rows(at positions: Range<Int>) -> [Int] {
    // The standard library writes into the one empty array of all threads for a capacity of 0.
    if positions.isEmpty { return [] }
    return [Int](unsafeUninitializedCapacity: positions.count) { rows, count in
      count = positions.count
      guard let start = rows.baseAddress else { return }
      for slot in 0..<count { start[slot] = positions.lowerBound &+ slot }
    }
  }
}
