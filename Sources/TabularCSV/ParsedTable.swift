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
  /// Which records the rows are, in their order.
  package let runs: [RecordRun]
  package let report: CSVReport
}

/// Rows that are records of one input, one behind the other.
package struct RecordRun: Sendable, Equatable {
  /// The position of the input among those that were read.
  package let input: Int
  /// The first record, from 0; bad records count too.
  package let record: Int
  package let count: Int
}
