public import TabularFrame

/// Rows that can be read by position: a count and a subscript.
///
/// Workers read several rows at once, each on its own thread, so a dataset must be `Sendable`.
///
/// ```swift
/// struct Squares: Dataset {
///   let count = 100
///   subscript(index: Int) -> Sample<[Float], Float> {
///     Sample(features: [Float(index)], target: Float(index * index))
///   }
/// }
/// ```
public protocol Dataset: Sendable {
  /// What a row is; a `Sample` of collatable parts needs no collate closure.
  associatedtype Element: Sendable

  /// The number of rows.
  ///
  /// A loader asks once, when it is created.
  var count: Int { get }

  /// The row at a position 0 ..< count.
  ///
  /// - Throws: whatever keeps the row from being read; the loader says which row it was.
  subscript(index: Int) -> Element { get throws }

  /// The row at a position, for a batch: the subscript's, unless it has something random that depends
  /// on the seed, the epoch and the row.
  ///
  /// - Throws: whatever keeps the row from being read; the loader says which row it was.
  func element(at index: Int, in context: BatchContext) throws -> Element

  /// The rows at some positions, in their order: one after the other unless the dataset is faster
  /// than that.
  ///
  /// - Throws: `RowError` for a row that cannot be read, or whatever keeps them all from it.
  func elements(at indices: [Int], in context: BatchContext) throws -> [Element]

  /// Where the row at a position came from; the position itself unless the dataset knows better.
  func rowID(at index: Int) -> RowID

  /// Where the rows of a batch came from: one after the other unless the dataset is faster than that.
  func rowIDs(at indices: [Int]) -> [RowID]

  /// What tells this dataset from another: a cursor resumes a dataset of the same fingerprint only.
  ///
  /// A loader asks once, when it is created, so it should take no time: a hash of sizes, names and
  /// some rows, or of the file that the rows come from. Unless the dataset knows better, it is made
  /// of the count and of the ids of some rows.
  var fingerprint: String { get }
}

extension Dataset {
  /// The subscript's row.
  @inlinable
  public func element(at index: Int, in context: BatchContext) throws -> Element {
    try self[index]
  }

  /// Each row's element.
  ///
  /// - Throws: `RowError` for the first row that cannot be read.
  @inlinable
  public func elements(at indices: [Int], in context: BatchContext) throws -> [Element] {
    // Inlinable, so that it is compiled together with the dataset: a call a row through the tables
    // of a generic takes longer than most rows do.
    var elements: [Element] = []
    elements.reserveCapacity(indices.count)
    for (position, index) in indices.enumerated() {
      do {
        elements.append(try element(at: index, in: context))
      } catch {
        throw RowError(position: position, underlying: error)
      }
    }
    return elements
  }

  /// The position, as the record of the first file.
  public func rowID(at index: Int) -> RowID { RowID(record: index) }

  /// The id of each row.
  public func rowIDs(at indices: [Int]) -> [RowID] { indices.map { rowID(at: $0) } }
}

/// A row of a batch that could not be read.
public struct RowError: Error {
  /// The position of the row in its batch, from 0.
  public let position: Int
  /// What the dataset threw.
  public let underlying: any Error

  /// Creates an error about the row at a position of the batch.
  public init(position: Int, underlying: any Error) {
    (self.position, self.underlying) = (position, underlying)
  }
}

/// A row to learn from: its features and its target.
///
/// A target of optional type is nil where there is nothing to learn.
public struct Sample<Features, Target> {
  /// What the model sees.
  public var features: Features
  /// What it shall answer.
  public var target: Target

  /// Joins features and target.
  public init(features: Features, target: Target) {
    self.features = features
    self.target = target
  }
}

extension Sample: Sendable where Features: Sendable, Target: Sendable {}
extension Sample: Equatable where Features: Equatable, Target: Equatable {}

/// A dataset that serves a whole batch at once, which is faster than row by row.
///
/// Its element is a batch of one row.
public protocol BatchDataset: Dataset where Element == Sample<Features, Target> {
  /// The features of a batch.
  associatedtype Features: Sendable
  /// The target of a batch.
  associatedtype Target: Sendable

  /// The rows at some positions, in their order, collated.
  ///
  /// - Throws: whatever keeps the rows from being read; the loader says which rows they were.
  func batch(_ indices: [Int]) throws -> (features: Features, target: Target)

  /// The rows at some positions for a loader, whose context has memory that is used again, and
  /// random numbers; as without unless the dataset makes use of it.
  ///
  /// - Throws: whatever keeps the rows from being read; the loader says which rows they were.
  func batch(_ indices: [Int], in context: BatchContext) throws
    -> (features: Features, target: Target)
}

extension BatchDataset {
  /// The rows without the context.
  public func batch(_ indices: [Int], in context: BatchContext) throws
    -> (features: Features, target: Target)
  {
    try batch(indices)
  }

  /// A batch of the one row.
  public func element(at index: Int, in context: BatchContext) throws -> Sample<Features, Target> {
    let (features, target) = try batch([index], in: context)
    return Sample(features: features, target: target)
  }

  /// A batch of the one row.
  public subscript(index: Int) -> Sample<Features, Target> {
    get throws {
      let (features, target) = try batch([index])
      return Sample(features: features, target: target)
    }
  }
}
