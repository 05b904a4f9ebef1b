/// The rows of a dataset in an order of their own for each epoch.
///
/// Without replacement the order is a keyed bijection: no array of rows is held, and the same seed
/// and epoch give the same order on every platform.
public struct RandomSampler: Sampler {
  /// The positions of an epoch.
  public let count: Int
  /// The number of rows of the dataset.
  public let rowCount: Int
  /// What the orders are drawn from, together with the epoch.
  public let seed: UInt64

  /// Visits each row once an epoch; a negative count traps.
  public init(count: Int, seed: UInt64 = 0) {
    precondition(count >= 0, "a sampler of \(count) rows")
    self.count = count
    rowCount = count
    self.seed = seed
  }

  /// The kind, the sizes and the seed.
  public var identity: String { "RandomSampler(count: \(count), seed: \(seed))" }

  /// The order of an epoch; a negative epoch traps.
  public func order(epoch: Int) -> any RowOrder {
    Permutation(count: rowCount, seed: seed, epoch: epoch)
  }
}

extension Permutation: RowOrder {
  package func rows(at positions: Range<Int>) -> [Int] { positions.map { self[$0] } }
}
