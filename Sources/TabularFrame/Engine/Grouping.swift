/// Rows with equal keys, numbered from 0 in order of first appearance.
package struct Grouping: Sendable {
  /// The group number of each row; -1 where a key is null and nulls are left out.
  package let ids: FixedVector<Int32>
  /// The first row of each group.
  package let firstRows: [Int]

  /// The number of groups.
  package var count: Int { firstRows.count }
}

extension DataFrame {
  /// Finds the rows with equal values in these columns.
  ///
  /// NaN is one key, and -0 is 0; texts and categories are equal when their bytes are. With
  /// `keepingNulls` null is a key like any other; without it rows with a null have no group.
  ///
  /// - Throws: `FrameError` for an unknown name, no name at all, or more than 2^31 - 1 rows.
  package func grouping(by names: [String], keepingNulls: Bool) throws(FrameError) -> Grouping {
    guard !names.isEmpty else { throw FrameError(.column, "no column to group by") }
    try checkRowLimit("grouped")
    var columns: [Column] = []
    for name in names { columns.append(try self[name]) }
    return Grouping(columns, keepingNulls: keepingNulls)
  }

  /// - Throws: `FrameError` of kind `length` when rows cannot be numbered in 4 bytes.
  func checkRowLimit(_ verb: String) throws(FrameError) {
    guard rowCount <= RowIndices.limit else {
      throw FrameError(
        .length,
        "a frame of \(rowCount) rows cannot be \(verb), at most \(RowIndices.limit) rows can"
      )
    }
  }
}

extension Grouping {
  /// Groups the rows of at least one column, all of one length.
  init(_ columns: [Column], keepingNulls: Bool) {
    var groups = columns[0].groups(keepingNulls: keepingNulls)
    for column in columns.dropFirst() {
      let next = column.groups(keepingNulls: keepingNulls)
      groups = KeyGroups(
        whole: PairKeys(
          left: groups.ids,
          right: next.ids,
          rightCount: Int64(next.firstRows.count)
        ),
        keepingNulls: false
      )
    }
    self.init(ids: groups.ids, firstRows: groups.firstRows)
  }
}

extension Column {
  func groups(keepingNulls: Bool) -> KeyGroups {
    struct Visitor: KeyVisitor {
      let keepingNulls: Bool
      func visitWhole<Source: WholeKeySource>(_ source: Source) -> KeyGroups {
        KeyGroups(whole: source, keepingNulls: keepingNulls)
      }
      func visitFloats(_ source: FloatKeys) -> KeyGroups {
        KeyGroups(source, keepingNulls: keepingNulls)
      }
      func visitTexts(_ source: TextKeys) -> KeyGroups {
        KeyGroups(source, keepingNulls: keepingNulls)
      }
    }
    return visitKeys(Visitor(keepingNulls: keepingNulls))
  }
}

/// The groups of one source of keys.
struct KeyGroups {
  let ids: FixedVector<Int32>
  let firstRows: [Int]

  init(ids: FixedVector<Int32>, firstRows: [Int]) {
    self.ids = ids
    self.firstRows = firstRows
  }

  init<Source: WholeKeySource>(whole source: Source, keepingNulls: Bool) {
    let range = source.range
    // A place for each number, while they are not many more than rows.
    if let span = range.span, span <= 4 * source.count + 1024 {
      self.init(source, keepingNulls: keepingNulls) { DirectTable(base: range.least, span: span) }
    } else {
      self.init(words: source, keepingNulls: keepingNulls)
    }
  }

  init(_ source: FloatKeys, keepingNulls: Bool) {
    self.init(words: source, keepingNulls: keepingNulls)
  }

  /// Both ways give the same groups; a table that no cache holds is slower than a sort.
  private init<Source: KeySource>(words source: Source, keepingNulls: Bool)
  where Source.Key == Int64 {
    if source.hasManyKeys {
      self.init(sorting: source, keepingNulls: keepingNulls)
    } else {
      self.init(source, keepingNulls: keepingNulls) { WordTable(expected: 1 << 10) }
    }
  }

  init(_ source: TextKeys, keepingNulls: Bool) {
    self.init(source, keepingNulls: keepingNulls) { TextTable(expected: 1 << 10) }
  }

  /// Each thread numbers the keys of a run of rows; run by run these become numbers of all.
  ///
  /// The first row of a key is in the first run that has it, so that the numbers are in the order of
  /// first appearance for any number of runs.
  private init<Source: KeySource, Table: KeyTable>(
    _ source: Source,
    keepingNulls: Bool,
    _ makeTable: @escaping @Sendable () -> Table
  ) where Source.Key == Table.Key {
    let ids = FixedVector<Int32>(room: source.count)
    let runs = Workers.segments(of: source.count, parts: Workers.count(for: source.count))
    let parts = PerThread(runs.count) { _ in GroupPart(table: makeTable()) }
    Workers.forEach(runs.count, threads: runs.count) { run in
      parts[run].number(runs[run], of: source, ids.mutablePointer, keepingNulls: keepingNulls)
    }
    var all = parts[0]
    let numbers = PerThread<[Int32]>(runs.count) { _ in [] }
    for run in 1..<max(runs.count, 1) { numbers[run] = all.merge(parts[run], of: source) }
    Workers.forEach(runs.count - 1, threads: runs.count - 1) { earlier in
      let run = earlier + 1
      numbers[run].withUnsafeBufferPointer { numbers in
        for row in runs[run] {
          let id = Int(ids.mutablePointer[row])
          if id >= 0 { ids.mutablePointer[row] = numbers[id] }
        }
      }
    }
    self.ids = ids
    firstRows = all.firstRows
  }
}

/// The groups of a run of rows.
private struct GroupPart<Table: KeyTable> {
  var table: Table
  var firstRows: [Int] = []
  /// The place of the null among the groups, once one was met: it takes the number that the table
  /// gave out last, and the table's later numbers move up by one.
  var null: Int32 = .max

  @inline(__always) mutating func id(_ key: Table.Key, row: Int) -> Int32 {
    var id = table.insert(key)
    if id >= null { id &+= 1 }
    if Int(id) == firstRows.count { firstRows.append(row) }
    return id
  }

  mutating func idOfNull(row: Int) -> Int32 {
    if null == .max {
      null = Int32(firstRows.count)
      firstRows.append(row)
    }
    return null
  }

  mutating func number<Source: KeySource>(
    _ rows: Range<Int>,
    of source: Source,
    _ ids: UnsafeMutablePointer<Int32>,
    keepingNulls: Bool
  ) where Source.Key == Table.Key {
    for row in rows {
      if source.isNull(row) {
        ids[row] = keepingNulls ? idOfNull(row: row) : -1
      } else {
        ids[row] = id(source.key(row), row: row)
      }
    }
  }

  /// Takes the groups of a later run; returns the number here of each of its groups.
  mutating func merge<Source: KeySource>(_ later: GroupPart, of source: Source) -> [Int32]
  where Source.Key == Table.Key {
    later.firstRows.indices.map { group in
      let row = later.firstRows[group]
      return group == Int(later.null) ? idOfNull(row: row) : id(source.key(row), row: row)
    }
  }
}

extension WholeKeySource {
  /// The least and the greatest key, nulls left out.
  var range: (least: Int64, greatest: Int64, span: Int?) {
    let runs = Workers.segments(of: count, parts: Workers.count(for: count, each: 1 << 18))
    let ranges = PerThread(runs.count) { _ in (least: Int64.max, greatest: Int64.min) }
    let source = self
    Workers.forEach(runs.count, threads: runs.count) { run in
      var (least, greatest) = (Int64.max, Int64.min)
      for row in runs[run] where !source.isNull(row) {
        let key = source.key(row)
        least = min(least, key)
        greatest = max(greatest, key)
      }
      ranges[run] = (least, greatest)
    }
    let least = ranges.array.map(\.least).min() ?? .max
    let greatest = ranges.array.map(\.greatest).max() ?? .min
    guard least <= greatest else { return (0, 0, 1) }
    let (difference, overflows) = greatest.subtractingReportingOverflow(least)
    return (least, greatest, overflows || difference == .max ? nil : Int(difference) + 1)
  }
}
