internal import TabularCSV

// How often values occur. Texts differ when their bytes do; NaN counts as missing, as in pandas.
extension Column {
  /// The different values in order of first appearance, as pandas' `unique`.
  ///
  /// A null is one of them where there is one, and so is NaN.
  public func unique() -> Column { taking(Grouping([self], keepingNulls: true).firstRows) }

  /// The number of different values, nulls and NaN left out, as pandas' `nunique`.
  public func nunique() -> Int {
    let unique = taking(Grouping([self], keepingNulls: false).firstRows)
    return unique.valueCount
  }

  /// How often each value occurs, the most frequent first, as pandas' `value_counts`.
  ///
  /// Values that occur alike come in order of first appearance.
  ///
  /// - Parameters:
  ///   - includingNulls: whether nulls (and NaN) are counted too.
  ///   - normalized: whether shares of the total are wanted.
  /// - Returns: columns `value`, and `count` (int64) or `proportion` (float64).
  public func valueCounts(includingNulls: Bool = false, normalized: Bool = false) -> DataFrame {
    let grouping = Grouping([self], keepingNulls: includingNulls)
    var counts = [Int](repeating: 0, count: grouping.count)
    grouping.forEachRow { _, group in counts[group] += 1 }
    var groups = Array(counts.indices)
    if !includingNulls, case .float64(let vector) = storage {
      groups.removeAll { vector[grouping.firstRows[$0]].isNaN }
    }
    groups.sort { counts[$0] != counts[$1] ? counts[$0] > counts[$1] : $0 < $1 }
    let values = taking(groups.map { grouping.firstRows[$0] })
    let total = Double(groups.reduce(0) { $0 + counts[$1] })
    var result = DataFrame()
    result["value"] = values
    if normalized {
      result["proportion"] = Column(groups.map { Double(counts[$0]) / total })
    } else {
      result["count"] = Column(groups.map { counts[$0] })
    }
    return result
  }

  /// The most frequent values in ascending order, as pandas' `mode`: several where they occur
  /// alike, none where there is no value.
  public func mode() -> Column {
    let grouping = Grouping([self], keepingNulls: false)
    var counts = [Int](repeating: 0, count: grouping.count)
    grouping.forEachRow { _, group in counts[group] += 1 }
    var groups = orderedGroups(of: grouping)
    if case .float64(let vector) = storage {
      groups.removeAll { vector[grouping.firstRows[$0]].isNaN }
    }
    let most = groups.map { counts[$0] }.max()
    return taking(groups.filter { counts[$0] == most }.map { grouping.firstRows[$0] })
  }

  /// The groups of this column's values in ascending order; nulls last.
  ///
  /// Texts are ordered by their code points, and a category by its dictionary: bins stay in order.
  func orderedGroups(of grouping: Grouping) -> [Int] {
    let firsts = taking(grouping.firstRows)
    let groups = Array(0..<grouping.count)
    func order<Key: Comparable>(_ key: (Int) -> Key) -> [Int] {
      let keys = groups.map(key)
      return groups.sorted { left, right in
        let (l, r) = (firsts.isNull(left), firsts.isNull(right))
        if l || r { return !l && r }
        return keys[left] < keys[right]
      }
    }
    switch firsts.storage {
    case .bool(let bits): return order { bits[$0] ? 1 : 0 }
    case .int64(let vector), .datetime(let vector): return order { vector[$0] }
    case .date(let vector), .category(let vector, _): return order { vector[$0] }
    // NaN comes behind the numbers.
    case .float64(let vector): return order { NumbersBeforeNaN(value: vector[$0]) }
    case .string(let texts): return order { OrderedBytes(texts[$0]) }
    }
  }
}

extension Grouping {
  /// Runs `body` with each row that has a group, and the group.
  @inline(__always)
  func forEachRow(_ body: (_ row: Int, _ group: Int) -> Void) {
    let pointer = ids.pointer
    for row in 0..<ids.count where pointer[row] >= 0 { body(row, Int(pointer[row])) }
  }

  /// The rows of each group, in order: those of group g stand at `starts[g] ..< starts[g + 1]`.
  func rowsByGroup() -> (rows: [Int], starts: [Int]) {
    var starts = [Int](repeating: 0, count: count + 1)
    forEachRow { _, group in starts[group + 1] += 1 }
    for group in 0..<count { starts[group + 1] += starts[group] }
    var next = starts
    var rows = [Int](repeating: 0, count: starts[count])
    forEachRow { row, group in
      rows[next[group]] = row
      next[group] += 1
    }
    return (rows, starts)
  }
}

private struct NumbersBeforeNaN: Comparable {
  let value: Double

  static func < (left: Self, right: Self) -> Bool {
    left.value.isNaN ? false : right.value.isNaN || left.value < right.value
  }
}
