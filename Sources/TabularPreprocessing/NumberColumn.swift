internal import TabularCSV
import TabularFrame

/// A numeric column as doubles, a missing value (null or NaN) as nil.
struct NumberColumn {
  private let column: Column
  let count: Int

  /// Takes int64, float64, bool (0 and 1), and a column without any value.
  ///
  /// - Throws: `PreprocessingError` of kind `type` that says what to do.
  init(_ name: String, in frame: DataFrame) throws(PreprocessingError) {
    column = try frame.column(name)
    count = column.count
    switch column.type {
    case .int64, .float64, .bool: break
    case _ where column.nullCount == count: break
    default:
      let example = (0..<count).first { !column.isNull($0) }.map { " ('\(column[$0])')" } ?? ""
      throw PreprocessingError(
        .type,
        "column '\(name)' is of type \(column.type)\(example), expected numbers; encode or drop it",
        column: name
      )
    }
  }

  subscript(row: Int) -> Double? {
    guard !column.isNull(row) else { return nil }
    switch column.storage {
    case .int64(let vector): return Double(vector[row])
    case .float64(let vector): return vector[row].isNaN ? nil : vector[row]
    case .bool(let bits): return bits[row] ? 1 : 0
    default: return nil
    }
  }

  /// The value of a row, which must be finite.
  func finite(_ row: Int, _ name: String, in frame: DataFrame) throws(PreprocessingError) -> Double?
  {
    guard let value = self[row] else { return nil }
    guard value.isFinite else {
      let id = frame.ids[row]
      throw PreprocessingError(
        .value,
        "column '\(name)' holds \(value) in row \(id); replace or drop it",
        column: name,
        row: id
      )
    }
    return value
  }
}
