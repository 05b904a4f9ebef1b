public import TabularFrame

/// A dataset whose rows are made of another one's, each when it is asked for.
///
/// The transform gets random numbers of its own: from the loader's seed, the epoch and the row, so
/// that they are the same for any number of workers and ranks, and others in each epoch.
///
/// ```swift
/// let noisy = rows.map { row, generator in
///   Sample(features: row.features.map { $0 + Float.random(in: -0.1...0.1, using: &generator) },
///          target: row.target)
/// }
/// ```
public struct MapDataset<Base: Dataset, Element: Sendable>: Dataset {
  /// The dataset whose rows are transformed.
  public let base: Base
  /// What makes a row of a row; several threads call it at once where there are workers.
  public let transform: @Sendable (Base.Element, inout RowGenerator) throws -> Element

  /// Transforms the rows of a dataset.
  public init(
    _ base: Base,
    transform: @escaping @Sendable (Base.Element, inout RowGenerator) throws -> Element
  ) {
    (self.base, self.transform) = (base, transform)
  }

  /// The number of rows.
  public var count: Int { base.count }

  /// The row with the random numbers of seed 0 and epoch 0; a loader has those of its own.
  ///
  /// - Throws: what the base or the transform throws.
  public subscript(index: Int) -> Element {
    get throws { try element(at: index, in: .alone) }
  }

  /// The row with the random numbers of its seed and epoch.
  ///
  /// - Throws: what the base or the transform throws.
  @inlinable
  public func element(at index: Int, in context: BatchContext) throws -> Element {
    var generator = context.generator(row: index)
    return try transform(base.element(at: index, in: context), &generator)
  }

  /// The base's row id.
  public func rowID(at index: Int) -> RowID { base.rowID(at: index) }

  /// The base's row ids.
  public func rowIDs(at indices: [Int]) -> [RowID] { base.rowIDs(at: indices) }

  /// The base's fingerprint: what a transform does cannot be told.
  public var fingerprint: String { base.fingerprint }
}

extension Dataset {
  /// A dataset whose rows are made of these, with random numbers that depend on the loader's seed,
  /// the epoch and the row.
  public func map<NewElement: Sendable>(
    _ transform: @escaping @Sendable (Element, inout RowGenerator) throws -> NewElement
  ) -> MapDataset<Self, NewElement> {
    MapDataset(self, transform: transform)
  }

  /// A dataset whose rows are made of these.
  public func map<NewElement: Sendable>(
    _ transform: @escaping @Sendable (Element) throws -> NewElement
  ) -> MapDataset<Self, NewElement> {
    MapDataset(self) { row, _ in try transform(row) }
  }
}
