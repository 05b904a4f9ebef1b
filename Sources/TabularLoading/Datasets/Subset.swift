public import TabularFrame

/// Some rows of a dataset, in an order of one's own.
///
/// A batch of them is served as the base serves it: whole where it can.
public struct Subset<Base: Dataset>: Dataset {
  /// The dataset that the rows belong to.
  public let base: Base
  /// The positions of the rows in the base; one may be there more than once.
  public let indices: [Int]

  /// Takes the rows at some positions; a position that the base does not have traps.
  public init(_ base: Base, indices: some Sequence<Int>) {
    self.base = base
    self.indices = Array(indices)
    let count = base.count
    if let wrong = firstOutside(self.indices, of: count) {
      preconditionFailure("row \(wrong) of \(count)")
    }
  }

  /// The number of rows.
  public var count: Int { indices.count }

  /// The base's row.
  ///
  /// - Throws: what the base throws.
  public subscript(index: Int) -> Base.Element {
    get throws { try base[indices[index]] }
  }

  /// The base's row.
  ///
  /// - Throws: what the base throws.
  public func element(at index: Int, in context: BatchContext) throws -> Base.Element {
    try base.element(at: indices[index], in: context)
  }

  /// The base's rows.
  ///
  /// - Throws: what the base throws.
  public func elements(at indices: [Int], in context: BatchContext) throws -> [Base.Element] {
    try base.elements(at: positions(indices), in: context)
  }

  /// The base's row id.
  public func rowID(at index: Int) -> RowID { base.rowID(at: indices[index]) }

  /// The base's row ids.
  public func rowIDs(at indices: [Int]) -> [RowID] { base.rowIDs(at: positions(indices)) }

  /// The base's, and all positions.
  public var fingerprint: String {
    var hash = Fingerprint()
    hash.combine(base.fingerprint)
    hash.combine(indices.count)
    for index in indices { hash.combine(index) }
    return hash.text
  }

  private func positions(_ rows: [Int]) -> [Int] { rows.map { indices[$0] } }
}

extension Subset: BatchDataset where Base: BatchDataset {
  /// The base's features.
  public typealias Features = Base.Features
  /// The base's target.
  public typealias Target = Base.Target

  /// The base's rows.
  ///
  /// - Throws: what the base throws.
  public func batch(_ indices: [Int]) throws -> (features: Base.Features, target: Base.Target) {
    try base.batch(positions(indices))
  }

  /// The base's rows.
  ///
  /// - Throws: what the base throws.
  public func batch(_ indices: [Int], in context: BatchContext) throws
    -> (features: Base.Features, target: Base.Target)
  {
    try base.batch(positions(indices), in: context)
  }
}
