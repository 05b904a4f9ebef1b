internal import OrderedCollections
internal import TabularCSV

/// The rows of a frame by equal keys, as pandas' `groupby`; made by `DataFrame.groupBy`.
public struct GroupedFrame: Sendable {
  let frame: DataFrame
  /// The key columns.
  public let keys: [String]
  let grouping: Grouping
  /// The groups in the order of the result.
  let order: RowIndices

  /// The number of groups.
  public var groupCount: Int { grouping.count }
}

extension DataFrame {
  /// Finds the rows with equal values in some columns, to be aggregated.
  ///
  /// ```swift
  /// try passengers.groupBy("Sex", "Pclass").aggregate(.mean("Survived"), .sum("Fare", as: "total"))
  /// ```
  ///
  /// Groups come in ascending order of their keys, or, where not `sorted`, in that of their first
  /// rows. Rows with a null key are left out; with `dropNulls` false null is a key, the last one.
  ///
  /// - Throws: `FrameError` for an unknown or repeated name, or none.
  public func groupBy(_ keys: String..., sorted: Bool = true, dropNulls: Bool = true)
    throws(FrameError) -> GroupedFrame
  {
    try groupBy(keys, sorted: sorted, dropNulls: dropNulls)
  }

  /// Finds the rows with equal values in some columns, to be aggregated.
  ///
  /// - Throws: `FrameError` for an unknown or repeated name, or none.
  public func groupBy(_ keys: [String], sorted: Bool = true, dropNulls: Bool = true)
    throws(FrameError) -> GroupedFrame
  {
    let selected = try select(keys)
    let grouping = try grouping(by: keys, keepingNulls: !dropNulls)
    var order: RowIndices?
    if sorted {
      let firsts = selected.taking(grouping.firstRows)
      order = RowRanks.order(firsts.namedColumns.flatMap { $0.column.ranks(false) })
    }
    return GroupedFrame(
      frame: self,
      keys: keys,
      grouping: grouping,
      order: order ?? RowIndices(Array(0..<grouping.count), below: grouping.count)
    )
  }
}

extension GroupedFrame {
  /// Makes a row of each group: its keys, then the aggregations in this order.
  ///
  /// No result depends on the number of threads.
  ///
  /// - Throws: `FrameError` for an unknown column, a type that an aggregation does not take, two
  ///   results of one name, or a sum of whole numbers beyond 64 bits; and what a closure throws.
  public func aggregate(_ aggregations: Aggregation...) throws -> DataFrame {
    try aggregate(aggregations)
  }

  /// Makes a row of each group: its keys, then the aggregations in this order.
  ///
  /// - Throws: `FrameError` as `aggregate(_:)`.
  public func aggregate(_ aggregations: [Aggregation]) throws -> DataFrame {
    var columns = keyColumns
    var work = GroupWork(self)
    for (aggregation, name) in zip(aggregations, aggregations.names(keys: keys)) {
      columns.append((name, try work.result(of: aggregation)))
    }
    return try DataFrame(columns)
  }

  private var keyColumns: [(name: String, column: Column)] {
    let rows = RowIndices(grouping.firstRows, below: frame.rowCount)
    let ordered = order.of(rows)
    return keys.compactMap { key in frame.table[key].map { (key, $0.taking(ordered)) } }
  }

  /// One aggregation of every column that is no key and of these types.
  private func each(_ isWanted: (ColumnType) -> Bool, _ make: (String) -> Aggregation) throws
    -> DataFrame
  {
    try aggregate(
      frame.types.filter { !keys.contains($0.name) && isWanted($0.type) }.map { make($0.name) }
    )
  }

  private static func isNumber(_ type: ColumnType) -> Bool {
    type == .int64 || type == .float64 || type == .bool
  }

  /// The number of rows of each group, as column `size`.
  ///
  /// - Throws: `FrameError` when a key has that name.
  public func size() throws -> DataFrame { try aggregate(.size()) }
  /// The number of values of every other column.
  ///
  /// - Throws: never for a frame that could be grouped.
  public func count() throws -> DataFrame { try each({ _ in true }) { .count($0) } }
  /// The sum of every other column of numbers or truth values.
  ///
  /// - Throws: `FrameError` for a sum of whole numbers beyond 64 bits.
  public func sum() throws -> DataFrame { try each(Self.isNumber) { .sum($0) } }
  /// The mean of every other column of numbers or truth values.
  ///
  /// - Throws: never for a frame that could be grouped.
  public func mean() throws -> DataFrame { try each(Self.isNumber) { .mean($0) } }
  /// The median of every other column of numbers or truth values.
  ///
  /// - Throws: never for a frame that could be grouped.
  public func median() throws -> DataFrame { try each(Self.isNumber) { .median($0) } }
  /// The standard deviation (n - 1) of every other column of numbers or truth values.
  ///
  /// - Throws: never for a frame that could be grouped.
  public func std() throws -> DataFrame { try each(Self.isNumber) { .std($0) } }
  /// The least value of every other column.
  ///
  /// - Throws: never for a frame that could be grouped.
  public func min() throws -> DataFrame { try each({ _ in true }) { .min($0) } }
  /// The greatest value of every other column.
  ///
  /// - Throws: never for a frame that could be grouped.
  public func max() throws -> DataFrame { try each({ _ in true }) { .max($0) } }
  /// The first value of every other column.
  ///
  /// - Throws: never for a frame that could be grouped.
  public func first() throws -> DataFrame { try each({ _ in true }) { .first($0) } }
  /// The last value of every other column.
  ///
  /// - Throws: never for a frame that could be grouped.
  public func last() throws -> DataFrame { try each({ _ in true }) { .last($0) } }
  /// The number of different values of every other column.
  ///
  /// - Throws: never for a frame that could be grouped.
  public func nunique() throws -> DataFrame { try each({ _ in true }) { .nunique($0) } }
}
