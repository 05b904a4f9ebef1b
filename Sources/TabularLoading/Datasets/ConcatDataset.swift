public import TabularFrame

/// Datasets of one kind, one behind the other.
///
/// Row ids stay those of the parts: give parts of different files ids that tell them apart.
public struct ConcatDataset<Base: Dataset>: Dataset {
  /// The datasets in order.
  public let parts: [Base]
  /// The position at which each part begins, and at last the number of all rows.
  private let starts: [Int]

  /// Puts datasets one behind the other; none at all is a dataset without rows.
  public init(_ parts: [Base]) {
    self.parts = parts
    starts = parts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
  }

  /// The rows of all parts.
  public var count: Int { starts[parts.count] }

  /// A part's row; a position outside 0 ..< count traps.
  ///
  /// - Throws: what the part throws.
  public subscript(index: Int) -> Base.Element {
    get throws {
      let (part, row) = place(index)
      return try parts[part][row]
    }
  }

  /// A part's row; a position outside 0 ..< count traps.
  ///
  /// - Throws: what the part throws.
  public func element(at index: Int, in context: BatchContext) throws -> Base.Element {
    let (part, row) = place(index)
    return try parts[part].element(at: row, in: context)
  }

  /// The row id of the part; a position outside 0 ..< count traps.
  public func rowID(at index: Int) -> RowID {
    let (part, row) = place(index)
    return parts[part].rowID(at: row)
  }

  /// Those of the parts.
  public var fingerprint: String {
    var hash = Fingerprint()
    hash.combine(parts.count)
    for part in parts { hash.combine(part.fingerprint) }
    return hash.text
  }

  /// The part that has a row, and the row's position in it.
  private func place(_ index: Int) -> (part: Int, row: Int) {
    precondition(index >= 0 && index < count, "row \(index) of \(count)")
    // The last part that begins at or before the row; parts without rows are passed over.
    var (low, high) = (0, parts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= index { low = middle } else { high = middle }
    }
    return (low, index - starts[low])
  }
}

extension ConcatDataset: BatchDataset
where Base: BatchDataset, Base.Features: RowStorage, Base.Target: RowStorage {
  /// The parts' features.
  public typealias Features = Base.Features
  /// The parts' target.
  public typealias Target = Base.Target

  /// The rows of each part as it serves them, put together in their order.
  ///
  /// - Throws: what a part throws; `CollationError` where rows of several do not go together.
  public func batch(_ indices: [Int]) throws -> (features: Base.Features, target: Base.Target) {
    try batch(indices, in: .alone)
  }

  /// The rows of each part as it serves them, put together in their order.
  ///
  /// - Throws: what a part throws; `CollationError` where rows of several do not go together.
  public func batch(_ indices: [Int], in context: BatchContext) throws
    -> (features: Base.Features, target: Base.Target)
  {
    precondition(!parts.isEmpty, "rows of a dataset without parts")
    var positions: [[Int]] = Array(repeating: [], count: parts.count)
    var rows = positions
    for (position, index) in indices.enumerated() {
      let (part, row) = place(index)
      positions[part].append(position)
      rows[part].append(row)
    }
    var (features, targets) = (
      [(positions: [Int], rows: Base.Features)](), [(positions: [Int], rows: Base.Target)]()
    )
    for part in parts.indices where !rows[part].isEmpty || indices.isEmpty && part == 0 {
      let served = try parts[part].batch(rows[part], in: context)
      // One part has them all, and in their order.
      if rows[part].count == indices.count { return served }
      features.append((positions[part], served.features))
      targets.append((positions[part], served.target))
    }
    return (
      try Base.Features.joined(features, count: indices.count),
      try Base.Target.joined(targets, count: indices.count)
    )
  }
}
