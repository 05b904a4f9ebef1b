internal import TabularCSV

/// The aggregations of one grouping, which share what they need.
struct GroupWork {
  private let grouped: GroupedFrame
  private var grouping: Grouping { grouped.grouping }
  private var floatSums: [String: FixedVector<LongSum>] = [:]
  private var wholeSums: [String: FixedVector<WholeSum>] = [:]
  private var sortedRows: GroupedRows?

  init(_ grouped: GroupedFrame) { self.grouped = grouped }

  private var count: Int { grouping.count }

  /// The column of an aggregation, in the order of the result.
  mutating func result(of aggregation: Aggregation) throws -> Column {
    guard let name = aggregation.column else {
      return grouping.counts(AllRows()).taking(grouped.order)
    }
    let column = try grouped.frame[name]
    if case .custom(let body) = aggregation.kind { return try custom(column, name, body) }
    return try values(aggregation, column, name).taking(grouped.order)
  }

  private mutating func values(_ aggregation: Aggregation, _ column: Column, _ name: String)
    throws(FrameError) -> Column
  {
    switch aggregation.kind {
    case .size, .custom: return grouping.counts(AllRows())
    case .count: return grouping.counts(PresentRows(column))
    case .nunique: return nunique(column)
    case .first:
      let rows = grouping.fold(PresentRows(column), to: FirstRow.self)
      return column.taking(rows: rows.mapped { $0.row })
    case .last:
      let rows = grouping.fold(PresentRows(column), to: LastRow.self)
      return column.taking(rows: rows.mapped { $0.row })
    case .min:
      let rows = grouping.fold(RankedRows(column), to: LeastRow.self)
      return column.taking(rows: rows.mapped { $0.best.row })
    case .max:
      let rows = grouping.fold(RankedRows(column), to: GreatestRow.self)
      return column.taking(rows: rows.mapped { $0.best.row })
    case .sum: return try sum(column, name)
    case .mean:
      return Column(counted: try means(column, aggregation, name), atLeast: 1) { $0.mean }
    case .variance, .std:
      let isRoot = if case .std = aggregation.kind { true } else { false }
      let sums = try squares(column, aggregation, name)
      return Column(counted: sums, atLeast: 2) { state in
        let variance = state.mean * Double(state.count) / Double(state.count - 1)
        return isRoot ? variance.squareRoot() : variance
      }
    case .median: return try quantile(column, 0.5, aggregation, name)
    case .quantile(let fraction):
      guard fraction >= 0, fraction <= 1 else {
        throw FrameError(.value, "a quantile of \(fraction), expected 0 to 1", column: name)
      }
      return try quantile(column, fraction, aggregation, name)
    }
  }

  private func unfit(_ column: Column, _ aggregation: String, _ name: String) -> FrameError {
    FrameError(
      .type,
      "column '\(name)' is of type \(column.type), which has no \(aggregation); expected numbers",
      column: name
    )
  }

  private mutating func floats(_ name: String, _ source: FloatKeys) -> FixedVector<LongSum> {
    if let known = floatSums[name] { return known }
    let sums = grouping.fold(source, to: LongSum.self)
    floatSums[name] = sums
    return sums
  }

  private mutating func wholes(_ name: String, _ source: some NumberSource & WholeNumbers)
    -> FixedVector<WholeSum>
  {
    if let known = wholeSums[name] { return known }
    let sums = source.sums(grouping)
    wholeSums[name] = sums
    return sums
  }

  private mutating func sum(_ column: Column, _ name: String) throws(FrameError) -> Column {
    let sums: FixedVector<WholeSum>
    switch column.storage {
    case .float64(let vector):
      let states = floats(name, FloatKeys(vector: vector, validity: column.validity))
      return Column(storage: .float64(states.mapped { $0.value }), validity: nil)
    case .int64(let vector):
      sums = wholes(name, IntegerKeys(vector: vector, validity: column.validity))
    case .bool(let bits): sums = wholes(name, BoolKeys(bits: bits, validity: column.validity))
    default: throw unfit(column, "sum", name)
    }
    let whole = FixedVector<Int64>(room: count)
    for group in 0..<count {
      guard let sum = Int64(exactly: sums.pointer[group].value) else {
        throw FrameError(
          .value,
          "column '\(name)': the sum \(sums.pointer[group].value) of a group has no room in an "
            + "int64; cast the column to float64",
          column: name
        )
      }
      whole.mutablePointer[group] = sum
    }
    return Column(storage: .int64(whole), validity: nil)
  }

  private mutating func means(_ column: Column, _ aggregation: Aggregation, _ name: String)
    throws(FrameError) -> FixedVector<CountedMean>
  {
    switch column.storage {
    case .float64(let vector):
      floats(name, FloatKeys(vector: vector, validity: column.validity)).mapped {
        CountedMean(mean: $0.value / Double($0.count), count: $0.count)
      }
    case .int64(let vector):
      wholes(name, IntegerKeys(vector: vector, validity: column.validity)).mapped {
        CountedMean(mean: Double($0.value) / Double($0.count), count: $0.count)
      }
    case .bool(let bits):
      wholes(name, BoolKeys(bits: bits, validity: column.validity)).mapped {
        CountedMean(mean: Double($0.value) / Double($0.count), count: $0.count)
      }
    default: throw unfit(column, aggregation.suffix, name)
    }
  }

  /// The mean squared distance from the mean: a second pass, which loses nothing by cancellation.
  private mutating func squares(_ column: Column, _ aggregation: Aggregation, _ name: String)
    throws(FrameError) -> FixedVector<CountedMean>
  {
    let means = try means(column, aggregation, name).mapped { $0.mean }
    func folded<Source: NumberSource>(_ source: Source) -> FixedVector<CountedMean>
    where Source.Number: BinaryNumber {
      let squares = SquaredDistances(source: source, ids: grouping.ids, means: means)
      return grouping.fold(squares, to: LongSum.self)
        .mapped { CountedMean(mean: $0.value / Double($0.count), count: $0.count) }
    }
    return switch column.storage {
    case .float64(let vector): folded(FloatKeys(vector: vector, validity: column.validity))
    case .int64(let vector): folded(IntegerKeys(vector: vector, validity: column.validity))
    case .bool(let bits): folded(BoolKeys(bits: bits, validity: column.validity))
    default: throw unfit(column, aggregation.suffix, name)
    }
  }

  private func nunique(_ column: Column) -> Column {
    let values = column.groups(keepingNulls: false)
    let pairs = KeyGroups(
      whole: PairKeys(
        left: grouping.ids,
        right: values.ids,
        rightCount: Int64(values.firstRows.count)
      ),
      keepingNulls: false
    )
    let (rows, counts) = (PresentRows(column), FixedVector<Int64>(count: count) { _ in 0 })
    for row in pairs.firstRows where !rows.isMissing(row) {
      counts.mutablePointer[Int(grouping.ids[row])] += 1
    }
    return Column(storage: .int64(counts), validity: nil)
  }

  private mutating func rowsByGroup() -> GroupedRows {
    if let sortedRows { return sortedRows }
    let rows = GroupedRows(grouping.ids, groupCount: count)
    sortedRows = rows
    return rows
  }

  private mutating func quantile(
    _ column: Column,
    _ fraction: Double,
    _ aggregation: Aggregation,
    _ name: String
  ) throws(FrameError) -> Column {
    let rows = rowsByGroup()
    let results = FixedVector<CountedMean>(room: count)
    func fill<Source: NumberSource>(_ source: Source) where Source.Number: BinaryNumber {
      Workers.forEachBlock(of: results.count, size: 64) { groups in
        var values: [Double] = []
        for group in groups {
          values.removeAll(keepingCapacity: true)
          for place in rows.starts[group]..<rows.starts[group + 1] {
            let row = Int(rows.rows[place])
            if !source.isMissing(row) { values.append(source.number(row).double) }
          }
          let value = values.withUnsafeMutableBufferPointer { $0.quantile(fraction) }
          results.mutablePointer[group] = CountedMean(mean: value, count: values.count)
        }
      }
    }
    switch column.storage {
    case .float64(let vector): fill(FloatKeys(vector: vector, validity: column.validity))
    case .int64(let vector): fill(IntegerKeys(vector: vector, validity: column.validity))
    case .bool(let bits): fill(BoolKeys(bits: bits, validity: column.validity))
    default: throw unfit(column, aggregation.suffix, name)
    }
    return Column(counted: results, atLeast: 1) { $0.mean }
  }

  private mutating func custom(
    _ column: Column,
    _ name: String,
    _ body: (Column) throws -> Value
  ) throws -> Column {
    let rows = rowsByGroup()
    var values: [Value] = []
    for group in grouped.order.vector.withPointer({ Array($0) }) {
      let range = rows.starts[Int(group)]..<rows.starts[Int(group) + 1]
      values.append(try body(column.taking(RowIndices(rows.rows.slice(range)))))
    }
    return try Column(values: values, column: name)
  }
}

/// A number and how many it was made of.
struct CountedMean: BitwiseCopyable, Sendable {
  var mean: Double
  var count: Int
}

/// Whole numbers, which are summed exactly.
protocol WholeNumbers: NumberSource where Number == Int64 {}
extension IntegerKeys: WholeNumbers where Integer == Int64 {}
extension BoolKeys: WholeNumbers {}
extension WholeNumbers {
  fileprivate func sums(_ grouping: Grouping) -> FixedVector<WholeSum> {
    grouping.fold(self, to: WholeSum.self)
  }
}

extension Column {
  fileprivate func taking(rows: FixedVector<Int32>) -> Column {
    taking(RowIndices(rows, hasGaps: true))
  }
}

extension FixedVector {
  fileprivate func mapped<Result>(_ transform: (Value) -> Result) -> FixedVector<Result> {
    FixedVector<Result>(count: count) { transform(self[$0]) }
  }
}

extension UnsafeMutableBufferPointer<Double> {
  /// A quantile, interpolated linearly; sorts the numbers, none of which is NaN.
  ///
  /// Source: numpy's `quantile` with `method="linear"`, which pandas uses.
  fileprivate mutating func quantile(_ fraction: Double) -> Double {
    guard !isEmpty else { return .nan }
    sort()
    let place = Double(count - 1) * fraction
    let below = Int(place)
    let above = Swift.min(below + 1, count - 1)
    let (l, r, t) = (self[below], self[above], place - Double(below))
    guard t > 0, l != r else { return l }
    // From the nearer side, as numpy does.
    return t >= 0.5 ? r - (r - l) * (1 - t) : l + (r - l) * t
  }
}
