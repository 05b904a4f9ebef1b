internal import TabularCSV

extension DataFrame {
  /// Which of equal rows is taken for the original.
  public enum DuplicateRule: Sendable {
    /// The first one; later ones are duplicates.
    case first
    /// The last one; earlier ones are duplicates.
    case last
    /// None: every row that occurs twice is a duplicate.
    case none
  }

  /// The rows that repeat others, as a bool column.
  ///
  /// Nulls are equal to each other here, and so is NaN, as in pandas.
  ///
  /// - Parameters:
  ///   - names: the columns that are compared; all, unless told.
  ///   - keep: which of equal rows is no duplicate.
  /// - Returns: true for duplicates.
  /// - Throws: `FrameError` of kind `column` for an unknown name.
  public func duplicated(columns names: [String]? = nil, keep: DuplicateRule = .first)
    throws(FrameError) -> Column
  {
    let names = names ?? columns
    guard !names.isEmpty else { return Column([Bool](repeating: false, count: rowCount)) }
    let grouping = try grouping(by: names, keepingNulls: true)
    let ids = grouping.ids
    switch keep {
    case .first:
      let firstRows = grouping.firstRows
      return Column(
        bits: BitVector(packing: rowCount) { firstRows[Int(ids.pointer[$0])] != $0 },
        validity: nil
      )
    case .last:
      var last = [Int](repeating: 0, count: grouping.count)
      grouping.forEachRow { row, group in last[group] = row }
      return Column(
        bits: BitVector(packing: rowCount) { last[Int(ids.pointer[$0])] != $0 },
        validity: nil
      )
    case .none:
      var counts = [Int](repeating: 0, count: grouping.count)
      grouping.forEachRow { _, group in counts[group] += 1 }
      return Column(
        bits: BitVector(packing: rowCount) { counts[Int(ids.pointer[$0])] > 1 },
        validity: nil
      )
    }
  }

  /// Leaves out the rows that repeat others, in the order of the frame.
  ///
  /// - Parameters:
  ///   - names: the columns that are compared; all, unless told.
  ///   - keep: which of equal rows stays; `.none` leaves all of them out.
  /// - Returns: the other rows.
  /// - Throws: `FrameError` of kind `column` for an unknown name.
  public func dropDuplicates(columns names: [String]? = nil, keep: DuplicateRule = .first)
    throws(FrameError) -> DataFrame
  {
    try filter(!duplicated(columns: names, keep: keep))
  }
}
