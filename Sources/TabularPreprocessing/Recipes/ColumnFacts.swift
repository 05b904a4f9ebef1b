internal import TabularCSV
internal import TabularFrame

/// What decides about a column, found without counting all of its different values where that is not
/// asked.
struct ColumnFacts: Sendable {
  /// The rows that are not null.
  let present: Int
  /// Whether all values are one.
  let isConstant: Bool
  /// Whether no value is there twice; false for fractions and dates, of which nobody asks.
  let isUnique: Bool
  /// The number of different texts; nil for another type.
  private let texts: Int?

  init(_ column: Column) {
    present = column.count - column.nullCount
    switch column.storage {
    case .string, .category:
      var fold = CategoryFold()
      fold.observe(column, 0..<column.count)
      let count = fold.count - (column.nullCount > 0 ? 1 : 0)
      texts = count
      isConstant = count == 1
      isUnique = count == present
    case .int64(let values):
      texts = nil
      isConstant = Self.isConstant(column) { values[$0] }
      // The first value that is there twice ends the search, in most columns soon.
      var seen: Set<Int64> = []
      isUnique = (0..<column.count).allSatisfy {
        column.isNull($0) || seen.insert(values[$0]).inserted
      }
    case .float64(let values):
      texts = nil
      isConstant = Self.isConstant(column) {
        values[$0].isNaN ? UInt64.max : (values[$0] + 0).bitPattern
      }
      isUnique = false
    case .bool(let bits):
      (texts, isUnique) = (nil, false)
      isConstant = Self.isConstant(column) { bits[$0] }
    case .date(let days):
      (texts, isUnique) = (nil, false)
      isConstant = Self.isConstant(column) { days[$0] }
    case .datetime(let micros):
      (texts, isUnique) = (nil, false)
      isConstant = Self.isConstant(column) { micros[$0] }
    }
  }

  /// The number of different values.
  func distinct(in column: Column) -> Int { texts ?? column.distinctCount }

  private static func isConstant<Key: Equatable>(_ column: Column, _ key: (Int) -> Key) -> Bool {
    guard let first = (0..<column.count).first(where: { !column.isNull($0) }) else { return false }
    let value = key(first)
    return (first..<column.count).allSatisfy { column.isNull($0) || key($0) == value }
  }
}
