internal import OrderedCollections
internal import TabularCSV

/// Which rows a join keeps.
public enum JoinKind: String, Sendable, CaseIterable {
  /// Each pair of rows with equal keys.
  case inner
  /// Those, and the left rows without a match, with nulls on the right.
  case left
  /// Those, and the right rows without a match, with nulls on the left.
  case right
  /// Those, and the rows of both sides without a match.
  case full
  /// The left rows with a match, once each, without the right columns.
  case semi
  /// The left rows without a match, without the right columns.
  case anti
  /// Each pair of rows, without keys.
  case cross
}

extension DataFrame {
  /// Joins the rows that have equal values in columns of the same names.
  ///
  /// Keys: a null is equal to nothing, as in SQL; NaN is equal to NaN, and -0 to 0; texts and
  /// categories by their bytes. Both sides must have the same type.
  ///
  /// Columns: the key columns come once, under their left names; then the other right columns follow
  /// the left ones, with `suffix` where the left side has the name too.
  ///
  /// Rows: left rows in order, the matches of each in the order of the right frame; for `.right` it
  /// is the other way round; for `.full` right rows without a match come last. A row's id is that of
  /// its left row (for `.right`, and where there is none, that of its right row).
  ///
  /// ```swift
  /// try rides.join(drivers, on: "driver", how: .left)
  /// ```
  ///
  /// - Throws: `FrameError` for an unknown column, types that differ, a clash of names that the
  ///   suffix leaves, or more than 2^31 - 1 rows in the result.
  public func join(
    _ right: DataFrame,
    on keys: String...,
    how: JoinKind = .inner,
    suffix: String = "_right"
  ) throws(FrameError) -> DataFrame {
    try join(right, leftOn: keys, rightOn: keys, how: how, suffix: suffix)
  }

  /// Joins the rows that have equal values in columns of the same names.
  ///
  /// - Throws: `FrameError` as `join(_:leftOn:rightOn:how:suffix:)`.
  public func join(
    _ right: DataFrame,
    on keys: [String],
    how: JoinKind = .inner,
    suffix: String = "_right"
  ) throws(FrameError) -> DataFrame {
    try join(right, leftOn: keys, rightOn: keys, how: how, suffix: suffix)
  }

  /// Joins the rows that have equal values in pairs of columns, which may have different names.
  ///
  /// - Throws: `FrameError` for an unknown column, types that differ, a clash of names that the
  ///   suffix leaves, or more than 2^31 - 1 rows in the result.
  public func join(
    _ right: DataFrame,
    leftOn: [String],
    rightOn: [String],
    how: JoinKind = .inner,
    suffix: String = "_right"
  ) throws(FrameError) -> DataFrame {
    let pairs = try keyPairs(right, leftOn, rightOn, how)
    try checkRowLimit("joined")
    try right.checkRowLimit("joined")
    if how == .semi || how == .anti {
      let found = JoinKeys(pairs).left
      return taking(
        RowMask(
          BitVector(words: rowCount) { row, count in
            var word: UInt64 = 0
            for bit in 0..<count where found.pointer[row + bit] >= 0 { word |= 1 << UInt64(bit) }
            return how == .semi ? word : ~word
          }
        )
      )
    }
    // The names before the work: a clash is told at once.
    let names = try joinedNames(right, leaving: how == .cross ? [] : rightOn, suffix)
    let rows = try joinRows(right, pairs, how)
    var joined: OrderedDictionary<String, Column> = [:]
    for (name, column) in table {
      var taken = column.taking(rows.left)
      if rows.left.hasGaps, let key = leftOn.firstIndex(of: name) {
        taken = try taken.filled(from: pairs[key].right.taking(rows.right), at: rows.left)
      }
      joined[name] = taken
    }
    for (name, column) in names { joined[name] = column.taking(rows.right) }
    return DataFrame(table: joined, ids: try joinedIDs(right.ids, rows, how))
  }

  private func keyPairs(
    _ right: DataFrame,
    _ leftOn: [String],
    _ rightOn: [String],
    _ how: JoinKind
  ) throws(FrameError) -> [(left: Column, right: Column)] {
    if how == .cross {
      guard leftOn.isEmpty, rightOn.isEmpty else {
        throw FrameError(.column, "a cross join has no key columns, found \(leftOn + rightOn)")
      }
      return []
    }
    guard !leftOn.isEmpty else {
      throw FrameError(.column, "no column to join on; only a cross join has none")
    }
    guard leftOn.count == rightOn.count else {
      throw FrameError(
        .column,
        "\(leftOn.count) left key columns and \(rightOn.count) right ones, expected as many"
      )
    }
    for names in [leftOn, rightOn] {
      for (place, name) in names.enumerated() where names[..<place].contains(name) {
        throw FrameError(.column, "key column '\(name)' is named twice", column: name)
      }
    }
    var pairs: [(left: Column, right: Column)] = []
    for (leftName, rightName) in zip(leftOn, rightOn) {
      let (left, other) = (try self[leftName], try right[rightName])
      let types: Set<ColumnType> = [left.type, other.type]
      guard types.count == 1 || types == [.string, .category] else {
        throw FrameError(
          .type,
          "key column '\(leftName)' is of type \(left.type), '\(rightName)' on the right of type "
            + "\(other.type); cast one of them",
          column: leftName
        )
      }
      pairs.append((left, other))
    }
    return pairs
  }

  /// The right columns that are no keys, with the names that they get.
  private func joinedNames(_ right: DataFrame, leaving keys: [String], _ suffix: String)
    throws(FrameError) -> [(name: String, column: Column)]
  {
    var names: [(name: String, column: Column)] = []
    var taken = Set(columns)
    for (name, column) in right.namedColumns where !keys.contains(name) {
      let joined = table[name] == nil ? name : name + suffix
      guard taken.insert(joined).inserted else {
        throw FrameError(
          .column,
          "both frames have a column '\(name)', and '\(joined)' is taken too; choose another suffix",
          column: name
        )
      }
      names.append((joined, column))
    }
    return names
  }

  private func joinRows(
    _ right: DataFrame,
    _ pairs: [(left: Column, right: Column)],
    _ how: JoinKind
  ) throws(FrameError) -> (left: RowIndices, right: RowIndices) {
    switch how {
    case .cross:
      let (count, overflows) = rowCount.multipliedReportingOverflow(by: right.rowCount)
      try JoinRows.check(overflows ? .max : count)
      let width = max(right.rowCount, 1)
      return (
        RowIndices(FixedVector(count: count) { Int32($0 / width) }),
        RowIndices(FixedVector(count: count) { Int32($0 % width) })
      )
    case .right:
      let keys = JoinKeys(pairs.map { ($0.right, $0.left) })
      let rows = try JoinRows(keys, keepingUnmatched: true)
      return (rows.right, rows.left)
    case .full:
      let keys = JoinKeys(pairs)
      let rows = try JoinRows(keys, keepingUnmatched: true)
      var isMet = [Bool](repeating: false, count: keys.groupCount)
      keys.left.withPointer { for id in $0 where id >= 0 { isMet[Int(id)] = true } }
      let unmet = keys.right.withPointer { ids in
        ids.indices.filter { ids[$0] < 0 || !isMet[Int(ids[$0])] }
      }
      guard !unmet.isEmpty else { return (rows.left, rows.right) }
      let met = rows.left.count
      try JoinRows.check(met + unmet.count)
      let all = met + unmet.count
      let (l, r) = (rows.left.vector, rows.right.vector)
      return (
        RowIndices(FixedVector(count: all) { $0 < met ? l[$0] : -1 }, hasGaps: true),
        RowIndices(
          FixedVector(count: all) { $0 < met ? r[$0] : Int32(unmet[$0 - met]) },
          hasGaps: true
        )
      )
    case .inner, .left, .semi, .anti:
      let rows = try JoinRows(JoinKeys(pairs), keepingUnmatched: how == .left)
      return (rows.left, rows.right)
    }
  }

  private func joinedIDs(
    _ rightIDs: RowIDs,
    _ rows: (left: RowIndices, right: RowIndices),
    _ how: JoinKind
  ) throws(FrameError) -> RowIDs {
    if how == .right { return rightIDs.taking(rows.right) }
    guard how == .full, rows.left.hasGaps else { return ids.taking(rows.left) }
    // Right rows without a left one stand together at the end.
    let all = rows.left.count
    let met = rows.left.vector.withPointer { $0.firstIndex(of: -1) ?? all }
    return RowIDs(joining: [
      ids.taking(RowIndices(rows.left.vector.slice(0..<met))),
      rightIDs.taking(RowIndices(rows.right.vector.slice(met..<all))),
    ])
  }
}

extension Column {
  /// Takes the values of another column where there is no row.
  fileprivate func filled(from other: Column, at rows: RowIndices) throws(FrameError) -> Column {
    // Both, one behind the other, and of these the right one of each row.
    let (count, places) = (count, FixedVector<Int32>(room: count))
    try JoinRows.check(2 * count)
    Workers.forEachBlock(of: count) { block in
      for row in block {
        let place = rows.pointer[row] < 0 ? count &+ row : row
        places.mutablePointer[row] = Int32(truncatingIfNeeded: place)
      }
    }
    let both = Column(joining: [self, other.like(self)])
    return both.taking(RowIndices(places))
  }

  /// The same texts as string or category, whichever the other column has.
  private func like(_ other: Column) -> Column {
    switch (type, other.type) {
    case (.string, .category): asCategory()
    case (.category, .string):
      if case .category(let codes, let words) = storage, words.count > 0 {
        Column(storage: .string(words.taking(RowIndices(codes))), validity: validity)
      } else {
        Column([String?](repeating: nil, count: count))
      }
    default: self
    }
  }
}
