internal import TabularCSV
import TabularFrame
internal import TabularTensor

/// A numeric column as doubles; a missing value (null or NaN) is nil, or NaN in a block.
struct NumberColumn: Sendable {
  let name: String
  private let column: Column
  private let ids: RowIDs
  let count: Int

  /// The rows that kernels take at a time: 16 KB of doubles stay in the first cache.
  static let blockSize = 2048

  /// Takes int64, float64, bool (0 and 1), and a column without any value.
  ///
  /// - Throws: `PreprocessingError` of kind `type` that says what to do.
  init(_ name: String, in frame: DataFrame) throws(PreprocessingError) {
    column = try frame.column(name)
    self.name = name
    ids = frame.ids
    count = column.count
    switch column.type {
    case .int64, .float64, .bool: break
    case _ where column.nullCount == count: break
    default:
      let example = (0..<count).first { !column.isNull($0) }.map { " ('\(column[$0])')" } ?? ""
      throw PreprocessingError(
        .type,
        "column '\(name)' is of type \(column.typeInWords)\(example), expected numbers; encode or drop it",
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
    guard value.isFinite else { throw refusal(row) }
    return value
  }

  /// The error for a value that no step can take.
  func refusal(_ row: Int, because reason: String = "replace or drop it") -> PreprocessingError {
    PreprocessingError(
      .value,
      "column '\(name)' holds \(self[row] ?? .nan) in row \(ids[row]); \(reason)",
      column: name,
      row: ids[row]
    )
  }
}

// Blocks of rows, for kernels.
extension NumberColumn {
  /// The values of a column of integers, and which are null; valid while this is held.
  var integers: (values: UnsafePointer<Int64>, nulls: NullBits)? {
    guard case .int64(let vector) = column.storage else { return nil }
    return (UnsafePointer(vector.pointer), NullBits(column))
  }

  /// Writes a run of rows as doubles, a missing value as NaN.
  ///
  /// - Throws: `PreprocessingError` of kind `value` that names the first infinity.
  func read(_ rows: Range<Int>, into target: UnsafeMutablePointer<Double>)
    throws(PreprocessingError)
  {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "rows \(rows) of \(count)")
    let first = rows.lowerBound
    let length = rows.count
    switch column.storage {
    case .int64(let vector):
      let source = vector.pointer + first
      for i in 0..<length { target[i] = Double(source[i]) }
    case .float64(let vector):
      let source = vector.pointer + first
      var infinite = false
      for i in 0..<length {
        let bits = source[i].bitPattern
        infinite = infinite || bits & 0x7FFF_FFFF_FFFF_FFFF == 0x7FF0_0000_0000_0000
        target[i] = source[i]
      }
      if infinite { try refuseInfinity(rows) }
    case .bool(let bits):
      for i in 0..<length { target[i] = bits[first + i] ? 1 : 0 }
    default:
      for i in 0..<length { target[i] = .nan }
      return
    }
    guard let validity = column.validity else { return }
    let valid = validity.bits.reader
    var start = 0
    while start < length {
      let end = min(start &+ 64, length)
      let word = valid.word(at: first &+ start, count: end &- start)
      var nulls = ~word & (UInt64.max &>> UInt64(64 &- (end &- start)))
      if nulls == 0 {
        start = end
        continue
      }
      // A null's pattern of ones is NaN, whatever lies in the null's place.
      while start < end {
        target[start] = Double(bitPattern: target[start].bitPattern | (0 &- (nulls & 1)))
        nulls &>>= 1
        start &+= 1
      }
    }
  }

  /// Writes the values of a run of rows one behind the other, and leaves missing ones out; -0
  /// becomes 0, so that they are one value.
  ///
  /// - Returns: the number of values.
  /// - Throws: `PreprocessingError` of kind `value` that names the first infinity.
  func readPresent(_ rows: Range<Int>, into target: UnsafeMutablePointer<Double>)
    throws(PreprocessingError) -> Int
  {
    try read(rows, into: target)
    var present = 0
    for i in 0..<rows.count {
      let value = target[i]
      target[present] = value + 0
      present &+= value == value ? 1 : 0
    }
    return present
  }

  /// An infinity is one where the row is not null.
  private func refuseInfinity(_ rows: Range<Int>) throws(PreprocessingError) {
    for row in rows {
      if let value = self[row], value.isInfinite { throw refusal(row) }
    }
  }
}
