internal import TabularCSV

/// What several values of one cell of a pivot table become.
public enum PivotAggregate: String, Sendable, CaseIterable {
  /// The number of values.
  case count
  /// The sum.
  case sum
  /// The mean.
  case mean
  /// The median.
  case median
  /// The smallest.
  case min
  /// The largest.
  case max
  /// The standard deviation, with the count less 1 as divisor.
  case std
  /// The first value that is no null.
  case first
  /// The last value that is no null.
  case last
}

extension DataFrame {
  /// A table with a row for each value of one column and a column for each value of another, as
  /// pandas' `pivot_table`; both in ascending order, a category in that of its dictionary.
  ///
  /// - Parameters:
  ///   - index: the column whose values are the rows. Rows with a null in it are left out.
  ///   - columns: the column whose values name the columns. Rows with a null are left out.
  ///   - values: the column of the cells.
  ///   - aggregate: what several values of a cell become; nil allows for one alone.
  /// - Returns: the column `index`, then a column for each value; null where there is no row.
  /// - Throws: `FrameError` for an unknown name, an aggregate that does not fit the type, and two
  ///   rows for one cell without an aggregate.
  public func pivot(
    index: String,
    columns: String,
    values: String,
    aggregate: PivotAggregate? = nil
  ) throws(FrameError) -> DataFrame {
    let (indexColumn, columnColumn) = (try self[index], try self[columns])
    let column = try self[values]
    let rows = Grouping([indexColumn], keepingNulls: false)
    let tops = Grouping([columnColumn], keepingNulls: false)
    let cells = Grouping([indexColumn, columnColumn], keepingNulls: false)
    let (order, starts) = cells.rowsByGroup()
    let sorted = column.taking(order)
    // Each cell's value, at its row and column.
    var table = tops.firstRows.map { _ in [Value](repeating: .null, count: rows.count) }
    for cell in 0..<cells.count {
      let first = cells.firstRows[cell]
      let found = sorted.slice(starts[cell]..<starts[cell + 1])
      if aggregate == nil, found.count > 1 {
        throw FrameError(
          .value,
          "\(found.count) rows have \(index) \(indexColumn[first].quoted) and \(columns) "
            + "\(columnColumn[first].quoted); say with aggregate: what becomes of them",
          column: values
        )
      }
      table[Int(tops.ids[first])][Int(rows.ids[first])] = try found.pivoted(aggregate ?? .first)
    }
    let rowOrder = indexColumn.orderedGroups(of: rows)
    var result = [
      (name: index, column: indexColumn.taking(rowOrder.map { rows.firstRows[$0] }))
    ]
    for top in columnColumn.orderedGroups(of: tops) {
      let cells = rowOrder.map { table[top][$0] }
      let type = column.pivotedType(aggregate ?? .first)
      result.append(
        (columnColumn[tops.firstRows[top]].description, Column(cells: cells, type: type))
      )
    }
    return try DataFrame(result)
  }

  /// How often each pair of values of two columns occurs, as pandas' `crosstab`; both in ascending
  /// order, a category in that of its dictionary.
  ///
  /// - Parameters:
  ///   - index: the column whose values are the rows. Rows with a null in it are left out.
  ///   - columns: the column whose values name the columns. Rows with a null are left out.
  /// - Returns: the column `index`, then a column of counts for each value.
  /// - Throws: `FrameError` of kind `column` for an unknown name, or a value that is called as the
  ///   index is.
  public func crosstab(index: String, columns: String) throws(FrameError) -> DataFrame {
    let (indexColumn, columnColumn) = (try self[index], try self[columns])
    // Values that only occur beside a null have no row and no column.
    let known = try isIncluded(indexColumn, columnColumn)
    let rows = Grouping([indexColumn.filtered(known)], keepingNulls: false)
    let tops = Grouping([columnColumn.filtered(known)], keepingNulls: false)
    var counts = [Int](repeating: 0, count: rows.count * tops.count)
    for row in 0..<rows.ids.count {
      counts[Int(tops.ids.pointer[row]) * rows.count + Int(rows.ids.pointer[row])] += 1
    }
    let (left, right) = (indexColumn.filtered(known), columnColumn.filtered(known))
    let rowOrder = left.orderedGroups(of: rows)
    var result = [(name: index, column: left.taking(rowOrder.map { rows.firstRows[$0] }))]
    for top in right.orderedGroups(of: tops) {
      let column = Column(rowOrder.map { counts[top * rows.count + $0] })
      result.append((right[tops.firstRows[top]].description, column))
    }
    return try DataFrame(result)
  }

  private func isIncluded(_ left: Column, _ right: Column) throws(FrameError) -> [Int]? {
    guard left.nullCount + right.nullCount > 0 else { return nil }
    return try (left.isNotNull && right.isNotNull).trueRows()
  }
}

extension Column {
  fileprivate func filtered(_ rows: [Int]?) -> Column { rows.map { taking($0) } ?? self }

  /// One value of several, of which none may be there.
  fileprivate func pivoted(_ aggregate: PivotAggregate) throws(FrameError) -> Value {
    if aggregate == .count { return .int64(Int64(valueCount)) }
    guard valueCount > 0 else { return .null }
    func number(_ value: Double) -> Value { value.isNaN ? .null : .float64(value) }
    switch aggregate {
    case .count: return .int64(Int64(valueCount))
    case .sum: return try sum()
    case .mean: return number(try mean())
    case .median: return number(try median())
    case .std: return number(try std())
    case .min: return min()
    case .max: return max()
    case .first: return (0..<count).first { !isNull($0) }.map { self[$0] } ?? .null
    case .last: return (0..<count).last { !isNull($0) }.map { self[$0] } ?? .null
    }
  }

  fileprivate func pivotedType(_ aggregate: PivotAggregate) -> ColumnType {
    switch aggregate {
    case .count: .int64
    case .sum: type == .float64 ? .float64 : .int64
    case .mean, .median, .std: .float64
    case .min, .max, .first, .last: type
    }
  }

  /// A column of cells that all are of its type, or null.
  init(cells: [Value], type: ColumnType) {
    switch type {
    case .bool: self.init(cells.map { if case .bool(let value) = $0 { value } else { nil } })
    case .int64: self.init(cells.map(\.int))
    case .float64: self.init(cells.map(\.double))
    case .date: self.init(cells.map { if case .date(let value) = $0 { value } else { nil } })
    case .datetime:
      self.init(cells.map { if case .datetime(let value) = $0 { value } else { nil } })
    case .string: self.init(cells.map(\.string))
    case .category: self = Column(cells.map(\.string)).asCategory()
    }
  }
}
