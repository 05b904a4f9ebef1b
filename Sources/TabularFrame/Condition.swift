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
    let column = try self[condition.column]
    return taking(try column.rows(satisfying: condition))
  }
}

extension Column {
  fileprivate func rows(satisfying condition: Condition) throws(FrameError) -> [Int] {
    switch condition.comparison {
    case .isNull: return (0..<count).filter { isNull($0) }
    case .isNotNull: return (0..<count).filter { !isNull($0) }
    default: break
    }
    func rows<Value: Comparable>(_ value: Value?, _ at: (Int) -> Value) throws(FrameError) -> [Int]
    {
      guard let value else {
        throw FrameError(
          .value,
          "column '\(condition.column)' is of type \(type), and '\(condition.value)' is none",
          column: condition.column
        )
      }
      return (0..<count).filter { row in
        guard !isNull(row) else { return false }
        let cell = at(row)
        return switch condition.comparison {
        case .equal, .single: cell == value
        case .notEqual: cell != value
        case .below: cell < value
        case .atMost: cell <= value
        case .above: cell > value
        case .atLeast: cell >= value
        case .isNull, .isNotNull: false
        }
      }
    }
    let text = condition.value
    switch storage {
    case .bool(let bits):
      let value: Int? = ["true": 1, "false": 0][text.lowercased()]
      return try rows(value) { bits[$0] ? 1 : 0 }
    case .int64(let vector):
      if let value = Int64(text) { return try rows(value) { vector[$0] } }
      // Compared with a fraction, or with what no integer reaches, rounding decides nothing.
      let value = Double(text).map { abs($0) >= 0x1p63 ? $0 * .infinity : $0 }
      return try rows(value) { Double(vector[$0]) }
    case .float64(let vector): return try rows(Double(text)) { vector[$0] }
    case .date(let vector):
      return try rows(CalendarDate(text)) { CalendarDate(daysSinceEpoch: vector[$0]) }
    case .datetime(let vector):
      let value = Timestamp(text) ?? CalendarDate(text).map { Timestamp($0) }
      return try rows(value) { Timestamp(microsecondsSinceEpoch: vector[$0]) }
    case .string(let texts): return try rows(OrderedBytes(text)) { texts.orderedBytes($0) }
    case .category(let codes, let words):
      return try rows(OrderedBytes(text)) { words.orderedBytes(Int(codes[$0])) }
    }
  }
}

extension Timestamp {
  fileprivate init(_ date: CalendarDate) {
    self.init(microsecondsSinceEpoch: Int64(date.daysSinceEpoch) * 86_400_000_000)
  }
}
