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
  func rows(where mask: Column) throws(FrameError) -> [Int] {
    guard mask.count == rowCount else {
      throw FrameError(.length, "a mask of \(mask.count) rows for a frame of \(rowCount)")
    }
    let bits = try TypedColumn<Bool>(mask)
    return (0..<rowCount).filter { bits[$0] ?? false }
  }

  /// A run of rows, sharing the columns' values.
  package func slice(_ range: Range<Int>) -> DataFrame {
    DataFrame(table: table.mapValues { $0.slice(range) }, ids: ids.slice(range))
  }

  /// The rows at these positions, in this order.
  package func taking(_ rows: [Int]) -> DataFrame {
    DataFrame(table: table.mapValues { $0.taking(rows) }, ids: ids.taking(rows))
  }

  /// The columns in order, with their names.
  package var namedColumns: [(name: String, column: Column)] {
    table.map { (name: $0.key, column: $0.value) }
  }
}

extension DataFrame {
  /// The rows of several frames with the same columns, one after another.
  ///
  /// - Throws: `FrameError` when names or types differ.
  package static func concatenating(_ frames: [DataFrame]) throws(FrameError) -> DataFrame {
    guard let first = frames.first else { return DataFrame() }
    for frame in frames {
      guard let name = frame.columns.first(where: { first.table[$0] == nil }) else { continue }
      throw .unknownColumn(name, among: first.columns)
    }
    var columns: [(name: String, column: Column)] = []
    for (name, column) in first.namedColumns {
      var parts: [Column] = []
      for frame in frames {
        let part = try frame[name]
        guard part.type == column.type else {
          throw FrameError(
            .type,
            "column '\(name)' is of type \(column.type) and of type \(part.type)",
            column: name
          )
        }
        parts.append(part)
      }
      columns.append((name: name, column: Column.concatenating(parts, as: column.type)))
    }
    return try DataFrame(columns, ids: RowIDs(frames.flatMap(\.rowIDs)))
  }
}

extension Column {
  fileprivate static func concatenating(_ parts: [Column], as type: ColumnType) -> Column {
    func joined<Element: ColumnElement>(_: Element.Type) -> Column {
      Column(parts.flatMap { part in (0..<part.count).map { Element._read(part, $0) } })
    }
    return switch type {
    case .bool: joined(Bool.self)
    case .int64: joined(Int64.self)
    case .float64: joined(Double.self)
    case .date: joined(CalendarDate.self)
    case .datetime: joined(Timestamp.self)
    case .string: joined(String.self)
    case .category: joined(String.self).asCategory()
    }
  }
}
