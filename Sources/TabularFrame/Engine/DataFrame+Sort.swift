/// A column to sort by, and the direction.
public struct SortKey: Sendable, ExpressibleByStringLiteral {
  /// The column's name.
  public let column: String
  /// Whether large comes before small.
  public let isDescending: Bool

  /// Creates a key.
  public init(_ column: String, isDescending: Bool = false) {
    self.column = column
    self.isDescending = isDescending
  }

  /// Creates an ascending key.
  public init(stringLiteral column: String) { self.init(column) }

  /// A key by which large comes before small.
  public static func descending(_ column: String) -> SortKey {
    SortKey(column, isDescending: true)
  }
}

extension DataFrame {
  /// The rows in the order of the keys, the first key first; rows that are equal keep their order.
  ///
  /// Texts are ordered by their code points, and so are categories. Whatever the direction, NaN
  /// comes behind every number, and nulls come last.
  ///
  /// - Throws: `FrameError` of kind `column` when a key's column is missing, of kind `length` when
  ///   there are more than 2^31 - 1 rows.
  public func sort(by keys: [SortKey]) throws(FrameError) -> DataFrame {
    var ranks: [RowRanks] = []
    for key in keys { ranks.append(contentsOf: try self[key.column].ranks(key.isDescending)) }
    try checkRowLimit("sorted")
    guard rowCount > 1, let order = RowRanks.order(ranks) else { return self }
    return taking(order)
  }

  /// The rows in the order of one key.
  ///
  /// - Throws: `FrameError` of kind `column` when the column is missing.
  public func sort(by key: SortKey) throws(FrameError) -> DataFrame { try sort(by: [key]) }

  /// `count` rows that chance picks without replacement, in random order; all where there are fewer.
  ///
  /// The same seed picks the same rows.
  public func sample(_ count: Int, seed: UInt64 = 0) -> DataFrame {
    taking(sampledRows(count, seed: seed))
  }

  package func sampledRows(_ count: Int, seed: UInt64) -> [Int] {
    var random = SplitMix64(seed: seed)
    var rows = Array(0..<rowCount)
    let wanted = max(0, min(count, rowCount))
    // Fisher and Yates, as far as rows are wanted.
    for position in 0..<wanted {
      rows.swapAt(position, position + random.below(rowCount - position))
    }
    return Array(rows.prefix(wanted))
  }
}

/// A text by its bytes, which in UTF-8 is by its code points.
struct OrderedBytes: Comparable {
  /// The first eight bytes as a number, so that most comparisons look no further.
  let prefix: UInt64
  let text: String

  init(_ text: String) {
    var bytes = text.utf8.makeIterator()
    prefix = (0..<8).reduce(0) { prefix, _ in prefix << 8 | UInt64(bytes.next() ?? 0) }
    self.text = text
  }

  static func < (left: OrderedBytes, right: OrderedBytes) -> Bool {
    if left.prefix != right.prefix { return left.prefix < right.prefix }
    return left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  static func == (left: OrderedBytes, right: OrderedBytes) -> Bool {
    left.prefix == right.prefix && left.text.utf8.elementsEqual(right.text.utf8)
  }
}

extension StringVector {
  func orderedBytes(_ row: Int) -> OrderedBytes { OrderedBytes(self[row]) }
}
