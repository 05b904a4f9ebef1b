/// Some rows of a dataset in an order of their own for each epoch.
public struct SubsetRandomSampler: Sampler {
  /// The rows; one that is there twice comes twice an epoch.
  public let rows: [Int]
  /// What the orders are drawn from, together with the epoch.
  public let seed: UInt64
  private let fingerprint: String

  /// Visits each of the rows once an epoch.
  ///
  /// - Throws: `LoadingError` of kind `argument` for a row below 0.
  public init(_ rows: some Sequence<Int>, seed: UInt64 = 0) throws(LoadingError) {
    self.rows = Array(rows)
    self.seed = seed
    fingerprint = try rowsFingerprint(self.rows)
  }

  /// The number of rows.
  public var count: Int { rows.count }

  /// The kind, a hash of the rows, and the seed.
  public var identity: String {
    "SubsetRandomSampler(count: \(count), rows: \(fingerprint), seed: \(seed))"
  }

  /// The order of an epoch; a negative epoch traps.
  public func order(epoch: Int) -> any RowOrder {
    SubsetOrder(
      rows: rows,
      positions: Permutation(count: count, seed: seed, epoch: epoch).tabulated()
    )
  }
}

/// Some rows of a dataset in the order in which they are listed, the same in each epoch.
public struct SubsetSequentialSampler: Sampler {
  /// The rows; one that is there twice comes twice an epoch.
  public let rows: [Int]
  private let fingerprint: String

  /// Visits the rows as they are listed.
  ///
  /// - Throws: `LoadingError` of kind `argument` for a row below 0.
  public init(_ rows: some Sequence<Int>) throws(LoadingError) {
    self.rows = Array(rows)
    fingerprint = try rowsFingerprint(self.rows)
  }

  /// The number of rows.
  public var count: Int { rows.count }

  /// The kind and a hash of the rows.
  public var identity: String { "SubsetSequentialSampler(count: \(count), rows: \(fingerprint))" }

  /// The order of the list, whatever the epoch.
  public func order(epoch: Int) -> any RowOrder { RowList(rows) }
}

private struct SubsetOrder: RowOrder {
  let rows: [Int]
  let positions: Permutation

  func rows(at range: Range<Int>) -> [Int] { positions.rows(at: range).map { rows[$0] } }
}

/// A hash of rows, and the refusal of those that cannot be.
private func rowsFingerprint(_ rows: [Int]) throws(LoadingError) -> String {
  var hash = Fingerprint()
  for (position, row) in rows.enumerated() {
    guard row >= 0 else {
      throw LoadingError(
        .argument,
        "row \(row) at position \(position) of the sampler's rows; rows count from 0"
      )
    }
    hash.combine(row)
  }
  return hash.text
}
