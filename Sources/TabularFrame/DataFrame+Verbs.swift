internal import OrderedCollections
internal import TabularCSV

// Verbs that make a frame of a frame.
extension DataFrame {
  /// Keeps these columns, in this order.
  ///
  /// - Throws: `FrameError` of kind `column` for an unknown or repeated name.
  public func select(_ names: [String]) throws(FrameError) -> DataFrame {
    var kept: OrderedDictionary<String, Column> = [:]
    for name in names {
      let column = try self[name]
      guard kept.updateValue(column, forKey: name) == nil else {
        throw FrameError(.column, "column '\(name)' is selected twice", column: name)
      }
    }
    return DataFrame(table: kept, ids: ids)
  }

  /// Leaves out these columns.
  ///
  /// - Throws: `FrameError` of kind `column` for an unknown name.
  public func drop(columns names: [String]) throws(FrameError) -> DataFrame {
    var rest = self
    for name in names {
      _ = try self[name]
      rest.table.removeValue(forKey: name)
    }
    return rest
  }

  /// Leaves out the rows at these positions; one that is not there traps.
  public func drop(rows positions: [Int]) -> DataFrame {
    let dropped = Set(positions)
    precondition(dropped.allSatisfy { $0 >= 0 && $0 < rowCount }, "rows outside 0..<\(rowCount)")
    return taking((0..<rowCount).filter { !dropped.contains($0) })
  }

  /// Leaves out rows with a null in any of these columns (in any column, unless told).
  ///
  /// - Throws: `FrameError` of kind `column` for an unknown name.
  public func dropNulls(columns names: [String]? = nil) throws(FrameError) -> DataFrame {
    var checked: [Column] = []
    for name in names ?? columns {
      let column = try self[name]
      if column.nullCount > 0 { checked.append(column) }
    }
    guard !checked.isEmpty else { return self }
    return taking((0..<rowCount).filter { row in !checked.contains { $0.isNull(row) } })
  }

  /// Replaces the nulls of each named column by a value of its type.
  ///
  /// - Throws: `FrameError` for an unknown name, or a value of another type.
  public func fillNulls(_ values: [String: Value]) throws(FrameError) -> DataFrame {
    var filled = self
    for (name, value) in values.sorted(by: { $0.key < $1.key }) {
      let column = try self[name]
      do throws(FrameError) {
        filled.table[name] = try column.fillNulls(value)
      } catch {
        throw FrameError(error.kind, "column '\(name)': \(error.message)", column: name)
      }
    }
    return filled
  }

  /// Gives columns other names, in place.
  ///
  /// - Throws: `FrameError` of kind `column` for an unknown name, or two columns of one name.
  public func rename(_ newNames: [String: String]) throws(FrameError) -> DataFrame {
    for name in newNames.keys.sorted() { _ = try self[name] }
    return try DataFrame(
      table.map { (name: newNames[$0.key] ?? $0.key, column: $0.value) },
      ids: ids
    )
  }

  /// Keeps the rows of which the closure says so.
  public func filter(_ isIncluded: (Row) throws -> Bool) rethrows -> DataFrame {
    taking(try (0..<rowCount).filter { try isIncluded(Row(frame: self, position: $0)) })
  }

  /// Keeps the rows where a bool column is true; a null counts as false.
  ///
  /// - Throws: `FrameError` when the column is no bool, or of another length.
  public func filter(_ mask: Column) throws(FrameError) -> DataFrame {
    taking(try rows(where: mask))
  }

  /// The first rows.
  public func head(_ count: Int = 5) -> DataFrame { slice(0..<min(max(count, 0), rowCount)) }

  /// The last rows.
  public func tail(_ count: Int = 5) -> DataFrame {
    slice(max(rowCount - max(count, 0), 0)..<rowCount)
  }
}

extension DataFrame {
  private func rows(where mask: Column) throws(FrameError) -> RowMask {
    guard mask.count == rowCount else {
      throw FrameError(.length, "a mask of \(mask.count) rows for a frame of \(rowCount)")
    }
    return try mask.trueRows
  }

  /// A run of rows, sharing the columns' values.
  package func slice(_ range: Range<Int>) -> DataFrame {
    DataFrame(table: table.mapValues { $0.slice(range) }, ids: ids.slice(range))
  }

  /// The rows at these positions, in this order.
  package func taking(_ rows: [Int]) -> DataFrame { taking(RowIndices(rows, below: rowCount)) }

  /// The rows at these positions, in this order; none is missing.
  package func taking(_ rows: RowIndices) -> DataFrame {
    DataFrame(table: table.mapValues { $0.taking(rows) }, ids: ids.taking(rows))
  }

  /// The rows that a mask keeps.
  package func taking(_ mask: RowMask) -> DataFrame {
    guard mask.count < rowCount else { return self }
    var (kept, fills, places) = (table, [MaskFill](), RowIndices?.none)
    for (name, column) in table {
      if let (room, fill) = column.room(for: mask) {
        kept[name] = room
        fills.append(fill)
      } else {
        let rows = places ?? mask.indices
        places = rows
        kept[name] = column.taking(rows)
      }
    }
    // All columns a chunk at a time: threads start once.
    if !fills.isEmpty {
      mask.forEachChunk { [fills] chunk, start in for fill in fills { fill(chunk, start) } }
    }
    return DataFrame(table: kept, ids: ids.taking(mask))
  }

  /// The columns in order, with their names.
  package var namedColumns: [(name: String, column: Column)] {
    table.map { (name: $0.key, column: $0.value) }
  }
}
