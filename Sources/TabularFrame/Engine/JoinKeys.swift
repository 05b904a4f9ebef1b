internal import TabularCSV

/// The groups of the right table's keys, and for each row of the left one the group that it meets.
struct JoinKeys: Sendable {
  /// -1 where a key is null.
  let right: FixedVector<Int32>
  /// -1 where a key is null or the right table has no such.
  let left: FixedVector<Int32>
  let groupCount: Int

  /// Matches pairs of columns, each pair of one type, texts with texts, categories with categories.
  ///
  /// - Precondition: there is at least one pair.
  init(_ pairs: [(left: Column, right: Column)]) {
    var keys = pairs[0].left.matched(with: pairs[0].right)
    for pair in pairs.dropFirst() {
      let next = pair.left.matched(with: pair.right)
      let width = Int64(next.groupCount)
      keys = JoinKeys(
        whole: PairKeys(left: keys.left, right: next.left, rightCount: width),
        PairKeys(left: keys.right, right: next.right, rightCount: width)
      )
    }
    self = keys
  }

  fileprivate init<Left: WholeKeySource, Right: WholeKeySource>(whole left: Left, _ right: Right) {
    let range = right.range
    if let span = range.span, span <= 4 * (left.count + right.count) + 1024 {
      self.init(left, right, DirectTable(base: range.least, span: span))
    } else {
      self.init(left, right, WordTable(expected: right.count))
    }
  }

  fileprivate init<Left: KeySource, Right: KeySource, Table: KeyTable & Sendable>(
    _ left: Left,
    _ right: Right,
    _ empty: Table
  ) where Left.Key == Table.Key, Right.Key == Table.Key {
    var table = empty
    let rightIDs = FixedVector<Int32>(room: right.count)
    for row in 0..<right.count {
      rightIDs.mutablePointer[row] = right.isNull(row) ? -1 : table.insert(right.key(row))
    }
    let (found, leftIDs) = (table, FixedVector<Int32>(room: left.count))
    Workers.forEachBlock(of: left.count) { rows in
      let target = leftIDs.mutablePointer
      for row in rows { target[row] = left.isNull(row) ? -1 : found.find(left.key(row)) }
    }
    self.right = rightIDs
    self.left = leftIDs
    groupCount = table.count
  }
}

extension JoinKeys {
  /// The right row of each group, where every group has one alone.
  var onlyRows: FixedVector<Int32>? {
    let rows = FixedVector<Int32>(count: groupCount) { _ in -1 }
    let target = rows.mutablePointer
    let isAlone = right.withPointer { ids in
      for row in ids.indices where ids[row] >= 0 {
        guard target[Int(ids[row])] < 0 else { return false }
        target[Int(ids[row])] = Int32(truncatingIfNeeded: row)
      }
      return true
    }
    return isAlone ? rows : nil
  }
}

extension Column {
  /// - Precondition: the types are the same, categories apart.
  fileprivate func matched(with right: Column) -> JoinKeys {
    switch (storage, right.storage) {
    case (.bool(let l), .bool(let r)):
      JoinKeys(
        whole: BoolKeys(bits: l, validity: validity),
        BoolKeys(bits: r, validity: right.validity)
      )
    case (.int64(let l), .int64(let r)), (.datetime(let l), .datetime(let r)):
      JoinKeys(
        whole: IntegerKeys(vector: l, validity: validity),
        IntegerKeys(vector: r, validity: right.validity)
      )
    case (.date(let l), .date(let r)):
      JoinKeys(
        whole: IntegerKeys(vector: l, validity: validity),
        IntegerKeys(vector: r, validity: right.validity)
      )
    case (.float64(let l), .float64(let r)):
      JoinKeys(
        FloatKeys(vector: l, validity: validity),
        FloatKeys(vector: r, validity: right.validity),
        WordTable(expected: right.count)
      )
    default:
      JoinKeys(textKeys, right.textKeys, TextTable(expected: right.count))
    }
  }

  /// The keys of a string or category column by text.
  private var textKeys: TextKeys {
    switch storage {
    case .string(let texts): TextKeys(texts: texts, validity: validity)
    case .category(let codes, let words):
      TextKeys(
        texts: words.count > 0
          ? words.taking(RowIndices(codes))
          : StringVector(
            views: FixedVector(count: codes.count) { _ in .empty },
            heap: []
          ),
        validity: validity
      )
    default: preconditionFailure("a column of type \(type) has no texts")
    }
  }
}

/// The rows of a table by group: those of group 0 first, each group's in order.
struct GroupedRows: Sendable {
  let rows: FixedVector<Int32>
  /// Where each group begins among `rows`, and the end of the last.
  let starts: FixedVector<Int>

  /// Groups rows by `ids`; a row whose id is below 0 is left out.
  init(_ ids: FixedVector<Int32>, groupCount: Int) {
    let starts = FixedVector<Int>(count: groupCount + 1) { _ in 0 }
    // A segment a thread, while their counts are not more than the rows.
    let parts = max(1, min(Workers.count(for: ids.count), ids.count / max(groupCount, 1)))
    let segments = Workers.segments(of: ids.count, parts: parts)
    let counts = PerThread(parts) { _ in [Int](repeating: 0, count: groupCount) }
    Workers.forEach(parts, threads: parts) { part in
      counts[part].withUnsafeMutableBufferPointer { counts in
        for row in segments[part] {
          let id = Int(ids.pointer[row])
          if id >= 0 { counts[id] &+= 1 }
        }
      }
    }
    var sum = 0
    for group in 0..<groupCount {
      starts.mutablePointer[group] = sum
      for part in 0..<parts {
        let rows = counts[part][group]
        counts[part][group] = sum
        sum += rows
      }
    }
    starts.mutablePointer[groupCount] = sum
    let rows = FixedVector<Int32>(room: sum)
    Workers.forEach(parts, threads: parts) { part in
      let target = rows.mutablePointer
      counts[part].withUnsafeMutableBufferPointer { next in
        for row in segments[part] {
          let id = Int(ids.pointer[row])
          guard id >= 0 else { continue }
          target[next[id]] = Int32(truncatingIfNeeded: row)
          next[id] &+= 1
        }
      }
    }
    self.rows = rows
    self.starts = starts
  }
}
