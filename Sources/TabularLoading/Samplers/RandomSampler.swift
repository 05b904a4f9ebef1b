/// The rows of a dataset in an order of their own for each epoch.
///
/// Without replacement the order is a keyed bijection: no array of rows is held, and the same seed
/// and epoch give the same order on every platform. More samples than rows are whole orders, one
/// behind the other.
public struct RandomSampler: Sampler {
  /// The positions of an epoch.
  public let count: Int
  /// The number of rows of the dataset.
  public let rowCount: Int
  /// Whether a row may come again before all others have come.
  public let replacement: Bool
  /// What the orders are drawn from, together with the epoch.
  public let seed: UInt64

  /// Visits each row once an epoch; a negative count traps.
  ///
  /// - Throws: `LoadingError` of kind `argument` where there is no row.
  public init(count: Int, seed: UInt64 = 0) throws(LoadingError) {
    try self.init(count: count, replacement: false, seed: seed)
  }

  /// Draws rows with or without replacement; a negative count traps.
  ///
  /// - Parameters:
  ///   - count: the rows of the dataset.
  ///   - replacement: whether each draw is from all rows.
  ///   - sampleCount: the draws of an epoch, as many as rows unless given.
  ///   - seed: what they are drawn from.
  /// - Throws: `LoadingError` of kind `argument` where there is nothing to draw, or no row.
  public init(
    count: Int,
    replacement: Bool,
    sampleCount: Int? = nil,
    seed: UInt64 = 0
  ) throws(LoadingError) {
    precondition(count >= 0, "a sampler of \(count) rows")
    if let sampleCount { try checkSampleCount(sampleCount, isOptional: true) }
    guard count > 0 else {
      throw LoadingError(.argument, "there are no rows to draw from; give a count of 1 or more")
    }
    self.count = sampleCount ?? count
    rowCount = count
    self.replacement = replacement
    self.seed = seed
  }

  /// Draws rows without replacement; a negative count traps.
  ///
  /// - Throws: `LoadingError` of kind `argument` where there is nothing to draw, or no row.
  public init(count: Int, sampleCount: Int, seed: UInt64 = 0) throws(LoadingError) {
    try self.init(count: count, replacement: false, sampleCount: sampleCount, seed: seed)
  }

  /// The kind, the sizes and the seed.
  public var identity: String {
    let draws = count == rowCount ? "" : ", sampleCount: \(count)"
    return "RandomSampler(count: \(rowCount)\(replacement ? ", replacement: true" : "")\(draws), "
      + "seed: \(seed))"
  }

  /// The order of an epoch; a negative epoch traps.
  public func order(epoch: Int) -> any RowOrder {
    if replacement {
      return ReplacementOrder(
        count: rowCount,
        numbers: EpochNumbers(seed: seed, epoch: epoch, purpose: .replacement)
      )
    }
    let first = Permutation(count: rowCount, seed: seed, epoch: epoch).tabulated()
    return count <= rowCount ? first : RepeatedOrder(first: first, seed: seed, epoch: epoch)
  }
}

extension Permutation: RowOrder {
  package func rows(at positions: Range<Int>) -> [Int] {
    // The standard library writes into the one empty array of all threads for a capacity of 0.
    if positions.isEmpty { return [] }
    return Array(unsafeUninitializedCapacity: positions.count) { rows, count in
      fill(rows, from: positions.lowerBound)
      count = positions.count
    }
  }
}

/// Rows each of which is drawn from all.
private struct ReplacementOrder: RowOrder {
  let count: Int
  let numbers: EpochNumbers

  func rows(at positions: Range<Int>) -> [Int] { positions.map { numbers.below(count, at: $0) } }
}

/// Permutations one behind the other, each of a seed of its own.
private struct RepeatedOrder: RowOrder {
  let first: Permutation
  let seed: UInt64
  let epoch: Int

  func rows(at positions: Range<Int>) -> [Int] {
    var rows: [Int] = []
    rows.reserveCapacity(positions.count)
    var next = positions.lowerBound
    while next < positions.upperBound {
      let (round, start) = next.quotientAndRemainder(dividingBy: first.count)
      let end = min(first.count, start + positions.upperBound - next)
      rows += permutation(round).rows(at: start..<end)
      next += end - start
    }
    return rows
  }

  private func permutation(_ round: Int) -> Permutation {
    guard round > 0 else { return first }
    let seed = EpochNumbers.seed(seed, for: .replacement, round)
    return Permutation(count: first.count, seed: seed, epoch: epoch)
  }
}

/// Refuses to draw nothing.
func checkSampleCount(_ count: Int, isOptional: Bool = false) throws(LoadingError) {
  guard count >= 1 else {
    throw LoadingError(
      .argument,
      "sampleCount is \(count); give 1 or more" + (isOptional ? ", or leave it out" : "")
    )
  }
}
