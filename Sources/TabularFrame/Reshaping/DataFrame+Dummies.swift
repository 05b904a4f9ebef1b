internal import OrderedCollections
internal import TabularCSV

extension Column {
  /// A bool column for each value, true where a row has it, as pandas' `get_dummies`.
  ///
  /// The columns are named after the values and in their order: texts by code points, a category by
  /// its dictionary. A null row is false in all of them.
  ///
  /// - Parameters:
  ///   - prefix: what comes before the names, with a `_` behind it; nil for nothing.
  ///   - droppingFirst: whether the first value gets no column, since the others tell it.
  /// - Returns: the columns; none where there is no value.
  public func getDummies(prefix: String? = nil, droppingFirst: Bool = false) -> DataFrame {
    let grouping = Grouping([self], keepingNulls: false)
    let ids = grouping.ids
    var table: OrderedDictionary<String, Column> = [:]
    for group in orderedGroups(of: grouping).dropFirst(droppingFirst ? 1 : 0) {
      let value = self[grouping.firstRows[group]].description
      table[prefix.map { "\($0)_\(value)" } ?? value] = Column(
        bits: BitVector(packing: count) { Int(ids.pointer[$0]) == group },
        validity: nil
      )
    }
    return DataFrame(table: table, ids: RowIDs(records: count))
  }
}

extension DataFrame {
  /// Replaces columns by a bool column for each of their values, named `column_value`, as pandas'
  /// `get_dummies`.
  ///
  /// - Parameters:
  ///   - names: the columns; those of texts and categories, unless told.
  ///   - droppingFirst: whether the first value of each gets no column.
  /// - Returns: the other columns, then the new ones.
  /// - Throws: `FrameError` of kind `column` for an unknown name, or two columns of one name.
  public func getDummies(columns names: [String]? = nil, droppingFirst: Bool = false)
    throws(FrameError) -> DataFrame
  {
    let names =
      names ?? types.filter { $0.type == .string || $0.type == .category }.map(\.name)
    var columns = try drop(columns: names).namedColumns
    for name in names {
      let dummies = try self[name].getDummies(prefix: name, droppingFirst: droppingFirst)
      columns += dummies.namedColumns
    }
    return try DataFrame(columns, ids: ids)
  }
}
