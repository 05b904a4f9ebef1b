public import TabularCSV

/// The value of one cell, for display and for cells of mixed types; columns hold no such boxes.
public enum Value: Sendable, Hashable {
  /// No value.
  case null
  /// A truth value.
  case bool(Bool)
  /// A 64-bit integer.
  case int64(Int64)
  /// A 64-bit float.
  case float64(Double)
  /// Text, also of a category.
  case string(String)
  /// A day.
  case date(CalendarDate)
  /// An instant in UTC.
  case datetime(Timestamp)

  /// Whether there is no value.
  public var isNull: Bool { self == .null }

  /// As `==`, but NaN is identical to NaN, and texts are by their bytes.
  func isIdentical(to other: Value) -> Bool {
    switch (self, other) {
    case (.float64(let l), .float64(let r)) where l.isNaN: r.isNaN
    case (.string(let l), .string(let r)): l.utf8.elementsEqual(r.utf8)
    default: self == other
    }
  }
}

extension Value: CustomStringConvertible {
  /// The text that a CSV would hold; `null` for a null.
  public var description: String {
    switch self {
    case .null: "null"
    case .bool(let value): value.description
    case .int64(let value): value.description
    case .float64(let value): value.description
    case .string(let value): value
    case .date(let value): value.description
    case .datetime(let value): value.description
    }
  }
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
  /// An int64.
  public init(integerLiteral value: Int64) { self = .int64(value) }
  /// A float64.
  public init(floatLiteral value: Double) { self = .float64(value) }
  /// A string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A bool.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A null.
  public init(nilLiteral: ()) { self = .null }
}
