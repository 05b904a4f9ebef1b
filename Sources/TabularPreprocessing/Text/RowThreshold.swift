/// A number of rows: counted, as `5`, or as a share of all rows, as `0.5`.
public enum RowThreshold: Codable, Sendable, Equatable {
  /// So many.
  case count(Int)
  /// This share of all rows, 0 to 1.
  case fraction(Double)

  /// The number among so many rows.
  func rows(of all: Int) -> Double {
    switch self {
    case .count(let count): Double(count)
    case .fraction(let fraction): fraction * Double(all)
    }
  }
}

extension RowThreshold: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
  /// A count.
  public init(integerLiteral value: Int) { self = .count(value) }
  /// A share.
  public init(floatLiteral value: Double) { self = .fraction(value) }
}
