internal import TabularCSV
public import TabularFrame

// Divisions that keep rows together, or apart in time.
extension DataFrame {
  /// Divides the rows so that those with equal values of a column stay on one side, as scikit-learn's
  /// `GroupShuffleSplit`.
  ///
  /// `ceil(fraction * groups)` groups, picked by a hash of the seed and the value, are the test part.
  /// Nulls are one group.
  ///
  /// - Parameters:
  ///   - column: the column whose equal values stay together.
  ///   - testFraction: above 0 and below 1.
  ///   - seed: another seed gives another division.
  /// - Returns: the two parts, both in the order of the frame.
  /// - Throws: `PreprocessingError` for an unknown column, or when a part is left without a group.
  public func groupSplit(by column: String, testFraction: Double = 0.25, seed: UInt64 = 0)
    throws(PreprocessingError) -> (train: DataFrame, test: DataFrame)
  {
    try refuse(testFraction)
    let groups = try groups(of: column)
    let order = Set(groups).map { (group: $0, hash: hash(seed, $0)) }
      .sorted { ($0.hash, $0.group) < ($1.hash, $1.group) }.map(\.group)
    let count = Int((testFraction * Double(order.count)).rounded(.up))
    guard count > 0, count < order.count else {
      throw PreprocessingError(
        .empty,
        "the \(order.count) groups of column '\(column)' cannot be split: a fraction of "
          + "\(testFraction) leaves no group on one side",
        column: column
      )
    }
    let test = Set(order.prefix(count))
    return parting { test.contains(groups[$0]) }
  }

  /// Divides the rows so that the test part is the last in time: no row of it is before one of the
  /// training part, and rows of one time stay together.
  ///
  /// The test part has at least `ceil(fraction * rows)` rows, and more where the first of them shares
  /// its time with others.
  ///
  /// - Parameters:
  ///   - column: what orders the rows: dates, datetimes or numbers, none of them null.
  ///   - testFraction: above 0 and below 1.
  /// - Returns: the two parts, both in the order of the frame.
  /// - Throws: `PreprocessingError` for a null, a column without an order, or a part without rows.
  public func timeSplit(by column: String, testFraction: Double = 0.25)
    throws(PreprocessingError) -> (train: DataFrame, test: DataFrame)
  {
    try refuse(testFraction)
    let times = try times(of: column)
    let count = Int((testFraction * Double(rowCount)).rounded(.up))
    guard count > 0, count < rowCount else { throw noRow(testFraction) }
    let first = times.sorted()[rowCount - count]
    let parts = parting { times[$0] >= first }
    guard parts.train.rowCount > 0 else {
      throw PreprocessingError(
        .empty,
        "all rows are of one time in column '\(column)', and stay together",
        column: column
      )
    }
    return parts
  }

  /// Divides the rows by a hash of a column's value alone.
  ///
  /// Rows added later move no other row, and equal keys stay together. Nulls are one key.
  /// About the fraction of the keys is in the test part. A number and its text are one key, so that
  /// a column may become one of text.
  ///
  /// - Parameters:
  ///   - column: the key.
  ///   - testFraction: above 0 and below 1.
  ///   - seed: another seed gives another division.
  /// - Returns: the two parts, both in the order of the frame.
  /// - Throws: `PreprocessingError` for an unknown column, or when a part is left without rows.
  public func keySplit(by column: String, testFraction: Double = 0.25, seed: UInt64 = 0)
    throws(PreprocessingError) -> (train: DataFrame, test: DataFrame)
  {
    try refuse(testFraction)
    let keys = try groups(of: column)
    let bound = testFraction * 0x1p64
    let parts = parting { Double(hash(seed, keys[$0])) < bound }
    guard parts.train.rowCount > 0, parts.test.rowCount > 0 else {
      throw PreprocessingError(
        .empty,
        "the keys of column '\(column)' leave no row on one side; try another seed, or another key",
        column: column
      )
    }
    return parts
  }
}

extension DataFrame {
  func refuse(_ testFraction: Double) throws(PreprocessingError) {
    guard !(testFraction > 0 && testFraction < 1) else { return }
    throw PreprocessingError(
      .value,
      "a test fraction of \(testFraction), expected one above 0 and below 1"
    )
  }

  func noRow(_ testFraction: Double) -> PreprocessingError {
    PreprocessingError(
      .empty,
      "\(rowCount) rows cannot be split: a fraction of \(testFraction) leaves no row on one side"
    )
  }

  func parting(_ isTest: (Int) -> Bool) -> (train: DataFrame, test: DataFrame) {
    var (train, test): ([Int], [Int]) = ([], [])
    for row in 0..<rowCount { if isTest(row) { test.append(row) } else { train.append(row) } }
    return (taking(train), taking(test))
  }

  /// A hash of each row's value in a column, which stands for the value.
  func groups(of name: String) throws(PreprocessingError) -> [UInt64] {
    let hasher = CellHasher(try column(name), isText: true)
    return (0..<rowCount).map { hasher[$0] }
  }

  /// What orders the rows.
  func times(of name: String) throws(PreprocessingError) -> [Double] {
    let column = try column(name)
    var times: [Double] = []
    times.reserveCapacity(rowCount)
    for row in 0..<rowCount {
      switch column[row] {
      case .int64(let value): times.append(Double(value))
      case .float64(let value) where !value.isNaN: times.append(value)
      case .date(let date): times.append(Double(date.daysSinceEpoch))
      case .datetime(let instant): times.append(Double(instant.microsecondsSinceEpoch))
      case .null, .float64:
        throw PreprocessingError(
          .value,
          "column '\(name)' has no time in row \(ids[row]); drop such rows first",
          column: name,
          row: ids[row]
        )
      case .bool, .string:
        throw PreprocessingError(
          .type,
          "column '\(name)' is of type \(column.typeInWords), expected dates, datetimes or numbers",
          column: name
        )
      }
    }
    return times
  }
}
