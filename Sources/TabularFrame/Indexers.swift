internal import OrderedCollections

/// Selection by position, as pandas' `iloc`: negative positions count from the end, and one that is
/// out of range traps as in `Array`.
public struct PositionIndexer: Sendable {
  let frame: DataFrame

  private func resolved(_ position: Int, of count: Int, _ what: String) -> Int {
    let resolved = position < 0 ? position + count : position
    precondition(
      resolved >= 0 && resolved < count,
      "\(what) \(position) is out of range, there are \(count)"
    )
    return resolved
  }

  /// Bounds below 0 count from the end: `(-3)...`, `..<(-1)` and `-3...(-2)` are as in pandas.
  private func resolved(_ range: some RangeExpression<Int>, of count: Int, _ what: String)
    -> Range<Int>
  {
    // The bounds as written: making a range of `..<(-1)` would trap.
    let (first, last, end): (Int, Int?, Int?) =
      switch range {
      case let range as PartialRangeUpTo<Int>: (0, nil, range.upperBound)
      case let range as PartialRangeThrough<Int>: (0, range.upperBound, nil)
      case let range as PartialRangeFrom<Int>: (range.lowerBound, nil, count)
      case let range as ClosedRange<Int>: (range.lowerBound, range.upperBound, nil)
      default:
        (range.relative(to: 0..<count).lowerBound, nil, range.relative(to: 0..<count).upperBound)
      }
    func fromStart(_ bound: Int) -> Int { bound < 0 ? bound + count : bound }
    let lower = fromStart(first)
    // In `-3..<0` the upper bound is the end.
    let upper =
      last.map { fromStart($0) + 1 } ?? (first < 0 && end == 0 ? count : fromStart(end ?? count))
    precondition(
      lower >= 0 && lower <= upper && upper <= count,
      "\(what) \(range) are out of range, there are \(count)"
    )
    return lower..<upper
  }

  private func columns(_ positions: some Sequence<Int>) -> DataFrame {
    var kept = DataFrame(table: [:], ids: frame.ids)
    for position in positions {
      let (name, column) = frame.table.elements[resolved(position, of: frame.table.count, "column")]
      let previous = kept.table.updateValue(column, forKey: name)
      precondition(previous == nil, "column \(position) is selected twice")
    }
    return kept
  }

  /// The row at a position.
  public subscript(row: Int) -> Row {
    Row(frame: frame, position: resolved(row, of: frame.rowCount, "row"))
  }

  /// The rows of a range of positions.
  public subscript(rows: some RangeExpression<Int>) -> DataFrame {
    frame.slice(resolved(rows, of: frame.rowCount, "rows"))
  }

  /// The rows at these positions, in this order.
  public subscript(rows: [Int]) -> DataFrame {
    frame.taking(rows.map { resolved($0, of: frame.rowCount, "row") })
  }

  /// The value at a row and a column.
  public subscript(row: Int, column: Int) -> Value {
    let position = resolved(column, of: frame.table.count, "column")
    return frame.table.elements[position].value[resolved(row, of: frame.rowCount, "row")]
  }

  /// The rows and columns of two ranges of positions.
  public subscript(rows: some RangeExpression<Int>, columns: some RangeExpression<Int>)
    -> DataFrame
  {
    self.columns(resolved(columns, of: frame.table.count, "columns")).iloc[rows]
  }

  /// The rows of a range, and the columns at these positions.
  public subscript(rows: some RangeExpression<Int>, columns: [Int]) -> DataFrame {
    self.columns(columns).iloc[rows]
  }

  /// The rows at these positions, and the columns of a range.
  public subscript(rows: [Int], columns: some RangeExpression<Int>) -> DataFrame {
    self.columns(resolved(columns, of: frame.table.count, "columns")).iloc[rows]
  }

  /// The rows and columns at these positions, in this order.
  public subscript(rows: [Int], columns: [Int]) -> DataFrame {
    self.columns(columns).iloc[rows]
  }
}

/// Selection by label, as pandas' `loc`: rows by their default label, which is their position, or
/// by a mask; columns by name.
public struct LabelIndexer: Sendable {
  let frame: DataFrame

  private func checked(_ label: Int) throws(FrameError) -> Int {
    guard label >= 0, label < frame.rowCount else {
      let known =
        frame.rowCount == 0 ? "there are none" : "labels go from 0 to \(frame.rowCount - 1)"
      throw FrameError(.value, "no row labelled \(label); \(known)")
    }
    return label
  }

  /// The row of a label.
  ///
  /// - Throws: `FrameError` of kind `value` when no row has it.
  public subscript(row: Int) -> Row {
    get throws(FrameError) { Row(frame: frame, position: try checked(row)) }
  }

  /// The value of a row label and a column name.
  ///
  /// - Throws: `FrameError` when there is no such row or column.
  public subscript(row: Int, name: String) -> Value {
    get throws(FrameError) { try frame[name][try checked(row)] }
  }

  /// Some columns of the row of a label.
  ///
  /// - Throws: `FrameError` when there is no such row or column.
  public subscript(row: Int, names: [String]) -> Row {
    get throws(FrameError) {
      Row(frame: try frame.select(names), position: try checked(row))
    }
  }

  /// The rows where a bool column is true; a null counts as false.
  ///
  /// - Throws: `FrameError` when the mask is no bool, or of another length.
  public subscript(mask: Column) -> DataFrame {
    get throws(FrameError) { try frame.filter(mask) }
  }

  /// The rows where a bool column is true, and these columns.
  ///
  /// - Throws: `FrameError` when the mask does not fit, or a name is unknown.
  public subscript(mask: Column, names: [String]) -> DataFrame {
    get throws(FrameError) { try frame.select(names).filter(mask) }
  }

  /// One column of the rows where a bool column is true.
  ///
  /// - Throws: `FrameError` when the mask does not fit, or the name is unknown.
  public subscript(mask: Column, name: String) -> Column {
    get throws(FrameError) { try frame.select([name]).filter(mask)[name] }
  }
}

extension DataFrame {
  /// Selection by position.
  public var iloc: PositionIndexer { PositionIndexer(frame: self) }
  /// Selection by label, mask and name.
  public var loc: LabelIndexer { LabelIndexer(frame: self) }
}
