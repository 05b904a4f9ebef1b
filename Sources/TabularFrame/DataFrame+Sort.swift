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
  /// Texts are ordered by their code points, and so are categories; NaN comes behind every number,
  /// and nulls come last whatever the direction.
  ///
  /// - Throws: `FrameError` of kind `column` when a key's column is missing.
  public func sort(by keys: [SortKey]) throws(FrameError) -> DataFrame {
    var order = Array(0..<rowCount)
    // From the last key to the first, each stable: then the first one decides.
    for key in keys.reversed() {
      let column = try self[key.column]
      order = column.sorted(order, isDescending: key.isDescending)
    }
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

extension Column {
  /// The rows in the order of their values, stably; those without one last.
  fileprivate func sorted(_ rows: [Int], isDescending: Bool) -> [Int] {
    switch storage {
    case .bool(let bits): sorted(rows, isDescending) { bits[$0] ? 1 : 0 }
    case .int64(let vector): sorted(rows, isDescending) { vector[$0] }
    case .float64(let vector): sorted(rows, isDescending) { orderedBits(vector[$0]) }
    case .date(let vector): sorted(rows, isDescending) { vector[$0] }
    case .datetime(let vector): sorted(rows, isDescending) { vector[$0] }
    case .string(let texts): sorted(rows, isDescending) { texts.orderedBytes($0) }
    case .category(let codes, let words):
      sortedByRank(rows, isDescending, codes, words)
    }
  }

  private func sorted<Key: Comparable>(
    _ rows: [Int],
    _ isDescending: Bool,
    _ key: (Int) -> Key
  ) -> [Int] {
    let valid = rows.filter { !isNull($0) }
    let nulls = valid.count == rows.count ? [] : rows.filter { isNull($0) }
    var keyed = valid.map { (key: key($0), row: $0) }
    // Swift's sort is stable, which is documented since 2024 (SE-0372).
    if isDescending { keyed.sort { $0.key > $1.key } } else { keyed.sort { $0.key < $1.key } }
    return keyed.map(\.row) + nulls
  }

  /// Each word is compared once with the others, not each row.
  private func sortedByRank(
    _ rows: [Int],
    _ isDescending: Bool,
    _ codes: FixedVector<Int32>,
    _ words: StringVector
  ) -> [Int] {
    let texts = (0..<words.count).map { words.orderedBytes($0) }
    var rank = [Int](repeating: 0, count: words.count)
    for (position, code) in texts.indices.sorted(by: { texts[$0] < texts[$1] }).enumerated() {
      rank[code] = position
    }
    return sorted(rows, isDescending) { rank[Int(codes[$0])] }
  }
}

/// A number's place among all: -0 and 0 are one, NaN comes last.
private func orderedBits(_ value: Double) -> Int64 {
  guard !value.isNaN else { return .max }
  let bits = Int64(bitPattern: (value + 0).bitPattern)
  return bits < 0 ? bits ^ .max : bits
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
