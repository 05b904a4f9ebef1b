internal import TabularCSV

extension DataFrame {
  /// The columns of numbers (int64 and float64), in order.
  private var numberColumns: [(name: String, column: Column)] {
    namedColumns.filter { $0.column.type == .int64 || $0.column.type == .float64 }
  }

  /// Quantiles of all columns of numbers, interpolated linearly.
  ///
  /// - Parameter fractions: 0 to 1 each.
  /// - Returns: a row a fraction: `quantile`, then a float64 column for each column of numbers.
  /// - Throws: `FrameError` of kind `value` for a fraction that is none.
  public func quantile(_ fractions: [Double] = [0.5]) throws(FrameError) -> DataFrame {
    for fraction in fractions { try checkFraction(fraction, "a quantile") }
    var columns = [(name: "quantile", column: Column(fractions))]
    for (name, column) in numberColumns {
      columns.append((name, Column(try NumberValues(column, "quantile").quantiles(fractions))))
    }
    return try DataFrame(columns)
  }

  /// Pearson's correlation of two columns, over the rows where both have a value.
  ///
  /// - Returns: -1 to 1; NaN with fewer than two such rows, or where one column does not vary.
  /// - Throws: `FrameError` for an unknown name, or a column that holds no numbers.
  public func corr(_ first: String, _ second: String) throws(FrameError) -> Double {
    correlation(try floats(first), try floats(second))
  }

  /// Pearson's correlation of each pair of columns of numbers, over the rows where both have a
  /// value.
  ///
  /// - Returns: `column` with the names, then a float64 column for each of them.
  public func corr() throws(FrameError) -> DataFrame {
    let names = numberColumns.map(\.name)
    var values: [[Double?]] = []
    for name in names { values.append(try floats(name)) }
    var table = names.map { _ in [Double](repeating: .nan, count: names.count) }
    for i in names.indices {
      for j in i..<names.count {
        table[i][j] = correlation(values[i], values[j])
        table[j][i] = table[i][j]
      }
    }
    let columns = zip(names, table).map { (name: $0, column: Column($1)) }
    return try DataFrame([(name: "column", column: Column(names))] + columns)
  }

  /// A column's numbers by row; nil for a null and for NaN.
  private func floats(_ name: String) throws(FrameError) -> [Double?] {
    let column = try self[name]
    guard [.int64, .float64, .bool].contains(column.type) else {
      throw FrameError(
        .type,
        "corr of column '\(name)' of type \(column.type), expected numbers",
        column: name
      )
    }
    let floats = try column.cast(to: .float64)
    return (0..<rowCount).map { row in Double._read(floats, row).flatMap { $0.isNaN ? nil : $0 } }
  }
}

/// The covariance of two columns by the square root of the product of their variances.
private func correlation(_ left: [Double?], _ right: [Double?]) -> Double {
  var (l, r): ([Double], [Double]) = ([], [])
  for (x, y) in zip(left, right) {
    guard let x, let y else { continue }
    l.append(x)
    r.append(y)
  }
  guard l.count > 1 else { return .nan }
  let meanL = l.withUnsafeBufferPointer { CompensatedSum.of($0) } / Double(l.count)
  let meanR = r.withUnsafeBufferPointer { CompensatedSum.of($0) } / Double(r.count)
  var (ll, rr, lr) = (CompensatedSum(), CompensatedSum(), CompensatedSum())
  for (x, y) in zip(l, r) {
    let (dx, dy) = (x - meanL, y - meanR)
    ll.add(product: dx, dx)
    rr.add(product: dy, dy)
    lr.add(product: dx, dy)
  }
  guard ll.value > 0, rr.value > 0 else { return .nan }
  let result = lr.value / (ll.value.squareRoot() * rr.value.squareRoot())
  return result.isNaN ? .nan : min(1, max(-1, result))
}
