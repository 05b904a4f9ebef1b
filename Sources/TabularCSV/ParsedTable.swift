/// A column as it was read: Arrow's buffers, and what they mean.
package struct ParsedColumn: Sendable {
  /// The values by type.
  package enum Values: Sendable {
    /// A bit a row.
    case bool(ColumnMemory)
    /// Int64 a row.
    case int64(ColumnMemory)
    /// Float64 a row.
    case float64(ColumnMemory)
    /// Int32 a row: days since 1970-01-01.
    case date(ColumnMemory)
    /// Int64 a row: microseconds since 1970 in UTC.
    case datetime(ColumnMemory)
    /// A `StringView` a row.
    case string(ColumnMemory, StringHeap)
    /// An Int32 code a row into the dictionary's `StringView`s, in order of first appearance.
    case category(ColumnMemory, dictionary: ColumnMemory, dictionaryCount: Int, StringHeap)
  }

  package let name: String
  package let values: Values
  /// A bit a row, 1 for a value; nil when there is no null.
  package let validity: ColumnMemory?
  package let nullCount: Int
}

/// A CSV as it was read.
package struct ParsedTable: Sendable {
  package let columns: [ParsedColumn]
  package let rowCount: Int
  /// The record of each row, where bad records were left out; nil when row n is record n.
  package let records: [Int]?
  package let report: CSVReport
}
