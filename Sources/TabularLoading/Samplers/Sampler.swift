/// Which rows an epoch visits, and in what order.
///
/// An order is random access: any position can be asked for by itself, so that workers and ranks
/// need no one to hand them rows, and an epoch can be resumed anywhere without a replay.
///
/// ```swift
/// struct Reversed: Sampler {
///   let count: Int
///   var identity: String { "Reversed(count: \(count))" }
///   func order(epoch: Int) -> any RowOrder { RowList((0..<count).reversed()) }
/// }
/// ```
public protocol Sampler: Sendable {
  /// The positions of an epoch, the same number in each.
  var count: Int { get }

  /// What tells this sampler's orders from those of another, in one line: its kind, sizes and seed.
  ///
  /// A cursor remembers it, and resumes a loader of the same identity only.
  var identity: String { get }

  /// The order of an epoch, from 0.
  ///
  /// A loader asks once an epoch: what takes time, such as an array of all rows, is made here. The
  /// same epoch must have the same order each time.
  func order(epoch: Int) -> any RowOrder
}

/// The rows of one epoch by position.
public protocol RowOrder: Sendable {
  /// The rows at some positions 0 ..< count of the sampler.
  ///
  /// Several workers ask at once, each for the positions of a batch.
  func rows(at positions: Range<Int>) -> [Int]
}

/// An order whose rows are listed.
public struct RowList: RowOrder {
  private let list: [Int]

  /// Takes the rows in the order in which they come.
  public init(_ rows: some Sequence<Int>) { list = Array(rows) }

  /// The rows at some positions of the list; a position outside of it traps.
  public func rows(at positions: Range<Int>) -> [Int] { Array(list[positions]) }
}
