/// The extents of a tensor, outermost first: `[rows, columns]` for a matrix.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The extents, outermost first.
  public let dimensions: [Int]

  /// Creates a shape; an extent below zero traps.
  public init(_ dimensions: [Int]) {
    precondition(dimensions.allSatisfy { $0 >= 0 }, "a shape with a negative extent: \(dimensions)")
    self.dimensions = dimensions
  }

  /// Creates a shape from its extents.
  public init(arrayLiteral dimensions: Int...) {
    self.init(dimensions)
  }

  /// The number of dimensions: 0 for a scalar.
  public var rank: Int { dimensions.count }

  /// The number of elements; traps where it does not fit an `Int`.
  public var count: Int { dimensions.reduce(1, *) }

  /// The extent of a dimension.
  public subscript(dimension: Int) -> Int { dimensions[dimension] }

  /// As in Swift and Python: `[891, 11]`.
  public var description: String { dimensions.description }
}
