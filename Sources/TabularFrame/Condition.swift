internal import TabularCSV

/// A comparison of a column with a value, as people write it: `Age >= 18`, `Sex == female`.
///
/// A null satisfies no comparison; `Cabin is null` and `Cabin is not null` ask for it.
public struct Condition: Sendable, CustomStringConvertible {
  /// How a value is compared.
  public enum Comparison: String, Sendable, CaseIterable {
    // In this order they are looked for: the long ones before those that they begin with.
    case isNotNull = " is not null"
    case isNull = " is null"
    case equal = "=="
    case notEqual = "!="
    case atMost = "<="
    case atLeast = ">="
    case below = "<"
    case above = ">"
    case single = "="
  }

  /// The column's name.
  public let column: String
  /// How its values are compared.
  public let comparison: Comparison
  /// With what, as text.
  public let value: String

  /// Creates a condition.
  public init(_ column: String, _ comparison: Comparison, _ value: String = "") {
    self.column = column
    self.comparison = comparison
    self.value = value
  }

  /// Reads `COL OP VALUE`; nil where no operator stands behind one of the column names.
  ///
  /// Spaces around the parts do not count; quotes around the value keep its own.
  public init?(_ text: String, columns: [String]) {
    // The longest name that fits: a name may contain an operator.
    for start in text.indices.reversed() {
      let column = String(text[..<start]).trimmed
      guard columns.contains(column) else { continue }
      for comparison in Comparison.allCases where text[start...].hasPrefix(comparison.rawValue) {
        let value = String(text[start...].dropFirst(comparison.rawValue.count)).trimmed
        let isNullTest = comparison == .isNull || comparison == .isNotNull
        guard isNullTest == value.isEmpty || !isNullTest else { continue }
        self.init(column, comparison == .single ? .equal : comparison, value.unquoted)
        return
      }
    }
    return nil
  }

  /// The condition as it is written.
  public var description: String {
    comparison == .isNull || comparison == .isNotNull
      ? column + comparison.rawValue : "\(column) \(comparison.rawValue) \(value)"
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }

  fileprivate var unquoted: String {
    guard count >= 2, let first, first == last, first == "\"" || first == "'" else { return self }
    return String(dropFirst().dropLast())
  }
}

extension DataFrame {
  /// The rows that satisfy a condition.
  ///
  /// - Throws: `FrameError` when the column is missing, or the value is none of its type.
  public func filter(_ condition: Condition) throws(FrameError) -> DataFrame {
    try filter(try self[condition.column].mask(of: condition))
  }
}

extension Column {
  fileprivate func mask(of condition: Condition) throws(FrameError) -> Column {
    switch condition.comparison {
    case .isNull: return isNull
    case .isNotNull: return isNotNull
    case .equal, .single: return try compared(.equal, to: try value(of: condition))
    case .notEqual: return try compared(.notEqual, to: try value(of: condition))
    case .below: return try compared(.below, to: try value(of: condition))
    case .atMost: return try compared(.atMost, to: try value(of: condition))
    case .above: return try compared(.above, to: try value(of: condition))
    case .atLeast: return try compared(.atLeast, to: try value(of: condition))
    }
  }

  /// The condition's text as a value of the column's type.
  private func value(of condition: Condition) throws(FrameError) -> Value {
    let text = condition.value
    let value: Value? =
      switch type {
      case .bool: ["true": .bool(true), "false": .bool(false)][text.lowercased()]
      case .int64, .float64: Int64(text).map { .int64($0) } ?? Double(text).map { .float64($0) }
      case .date, .datetime:
        Timestamp(text).map { .datetime($0) } ?? CalendarDate(text).map { .date($0) }
      case .string, .category: .string(text)
      }
    guard let value else {
      throw FrameError(
        .value,
        "column '\(condition.column)' is of type \(type), and '\(text)' is none",
        column: condition.column
      )
    }
    return value
  }
}
