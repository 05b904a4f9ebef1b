public import TabularCSV

/// A Swift value that stands for a cell: what columns are compared and computed with.
///
/// `Int`, `Int64`, `Double`, `Float`, `Bool`, `String`, `CalendarDate`, `Timestamp`, and `Value`
/// itself.
public protocol ValueConvertible: Sendable {
  /// The cell's value.
  var cellValue: Value { get }
}

extension Value: ValueConvertible {
  /// The value itself.
  public var cellValue: Value { self }
}

extension Int: ValueConvertible {
  /// An int64.
  public var cellValue: Value { .int64(Int64(self)) }
}

extension Int64: ValueConvertible {
  /// An int64.
  public var cellValue: Value { .int64(self) }
}

extension Double: ValueConvertible {
  /// A float64.
  public var cellValue: Value { .float64(self) }
}

extension Float: ValueConvertible {
  /// A float64.
  public var cellValue: Value { .float64(Double(self)) }
}

extension Bool: ValueConvertible {
  /// A bool.
  public var cellValue: Value { .bool(self) }
}

extension String: ValueConvertible {
  /// A string.
  public var cellValue: Value { .string(self) }
}

extension CalendarDate: ValueConvertible {
  /// A date.
  public var cellValue: Value { .date(self) }
}

extension Timestamp: ValueConvertible {
  /// A datetime.
  public var cellValue: Value { .datetime(self) }
}

extension Value {
  /// The number of an int64 or a float64; nil for anything else.
  public var double: Double? {
    switch self {
    case .int64(let value): Double(value)
    case .float64(let value): value
    default: nil
    }
  }

  /// The number of an int64; nil for anything else.
  public var int: Int? {
    if case .int64(let value) = self { Int(value) } else { nil }
  }

  /// The text of a string; nil for anything else.
  public var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The name of the value's type, as in schemas.
  var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "bool"
    case .int64: "int64"
    case .float64: "float64"
    case .string: "string"
    case .date: "date"
    case .datetime: "datetime"
    }
  }

  /// The value in a message: texts in quotes, and of a long one the beginning.
  var quoted: String {
    guard case .string(let text) = self else { return description }
    return text.count > 60 ? "'\(text.prefix(57))...'" : "'\(text)'"
  }
}
