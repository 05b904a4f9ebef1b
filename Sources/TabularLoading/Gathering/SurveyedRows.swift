/// What is known of the rows of a batch, looked at once for all that is copied of them.
///
/// It holds the very list that was looked at: as long as it does, nothing else lies in that list's
/// memory, and nobody writes to it. Whoever has a list in the same place has the same rows.
struct SurveyedRows: Sendable {
  private let rows: [Int]
  private let rowCount: Int
  /// Whether each row is the one before plus 1.
  let isRun: Bool

  /// Looks at rows; nil where one is outside 0 ..< rowCount.
  init?(_ rows: [Int], rowCount: Int) {
    guard let isRun = rows.withUnsafeBufferPointer({ isRunInside($0, rowCount: rowCount) }) else {
      return nil
    }
    (self.rows, self.rowCount, self.isRun) = (rows, rowCount, isRun)
  }

  /// Takes rows each of which is the one before plus 1; nil where one is outside 0 ..< rowCount.
  init?(consecutive rows: [Int], rowCount: Int) {
    guard rows.first ?? 0 >= 0, rows.last ?? -1 < rowCount else { return nil }
    (self.rows, self.rowCount, isRun) = (rows, rowCount, true)
  }

  /// Whether these are the rows that were looked at, of a dataset of as many rows.
  func covers(_ list: UnsafeBufferPointer<Int>, rowCount: Int) -> Bool {
    self.rowCount == rowCount && list.count == rows.count
      && rows.withUnsafeBufferPointer { $0.baseAddress == list.baseAddress }
  }
}

/// Whether each row is the one before plus 1; nil where one is outside 0 ..< rowCount.
func isRunInside(_ rows: UnsafeBufferPointer<Int>, rowCount: Int) -> Bool? {
  guard var expected = rows.first else { return true }
  let last = rowCount &- 1
  // Without branches, so that it is done several rows at a time.
  var (outside, jumps) = (0, 0)
  for row in rows {
    outside |= row | (last &- row)
    jumps |= row ^ expected
    expected &+= 1
  }
  return outside < 0 ? nil : jumps == 0
}

/// The same for a batch that may know it already; traps where a row is outside.
func isRun(
  _ rows: UnsafeBufferPointer<Int>,
  rowCount: Int,
  in context: BatchContext
) -> Bool {
  if let known = context.surveyed, known.covers(rows, rowCount: rowCount) { return known.isRun }
  guard let isRun = isRunInside(rows, rowCount: rowCount) else {
    let wrong = rows.first { $0 < 0 || $0 >= rowCount } ?? 0
    preconditionFailure("row \(wrong) of \(rowCount)")
  }
  return isRun
}
