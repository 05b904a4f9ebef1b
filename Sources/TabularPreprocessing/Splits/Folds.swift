public import TabularFrame

/// A fold of a cross-validation: rows to fit to, and rows to score.
public typealias Fold = (train: DataFrame, test: DataFrame)

// Divisions into folds, each row in the test part of one of them. All parts are in the order of the
// frame, and nothing depends on a thread count.
extension DataFrame {
  /// Folds of equal size, as scikit-learn's `KFold(shuffle=True)`.
  ///
  /// The first ones have a row more where the count does not divide the rows. A row's fold comes from
  /// a hash of the seed and its id.
  ///
  /// - Throws: `PreprocessingError` for fewer than two folds, or fewer rows than folds.
  public func kFold(_ count: Int = 5, seed: UInt64 = 0) throws(PreprocessingError) -> [Fold] {
    try refuse(folds: count)
    var fold = [Int](repeating: 0, count: rowCount)
    for (position, row) in shuffledRows(seed: seed).enumerated() {
      fold[row] = Self.part(position, of: rowCount, in: count)
    }
    return folds(count, fold)
  }

  /// Folds in which each value of a column (nulls are one) is as frequent as in all, within a row.
  ///
  /// - Throws: `PreprocessingError` as `kFold`, and when each value is rarer than there are folds.
  public func stratifiedKFold(_ count: Int = 5, by column: String, seed: UInt64 = 0)
    throws(PreprocessingError) -> [Fold]
  {
    try refuse(folds: count)
    let strata = try groups(of: column)
    var rows: [UInt64: [Int]] = [:]
    for row in shuffledRows(seed: seed) { rows[strata[row], default: []].append(row) }
    let most = rows.values.map(\.count).max() ?? 0
    guard most >= count else {
      throw PreprocessingError(
        .value,
        "no value of column '\(column)' is there \(count) times, the most frequent \(most) times; "
          + "take fewer folds",
        column: column
      )
    }
    // Dealt one after another, a stratum going on where the last one ended.
    var fold = [Int](repeating: 0, count: rowCount)
    var next = 0
    for (_, rows) in rows.sorted(by: { $0.key < $1.key }) {
      for row in rows {
        fold[row] = next
        next = (next + 1) % count
      }
    }
    return folds(count, fold)
  }

  /// Folds that keep equal values of a column together, as scikit-learn's `GroupKFold`.
  ///
  /// The largest group goes first, each to the fold with the fewest rows so far. Nulls are one group.
  ///
  /// - Throws: `PreprocessingError` for fewer than two folds, or fewer groups than folds.
  public func groupKFold(_ count: Int = 5, by column: String) throws(PreprocessingError) -> [Fold] {
    let groups = try groups(of: column)
    var sizes: [UInt64: Int] = [:]
    for group in groups { sizes[group, default: 0] += 1 }
    guard count >= 2, sizes.count >= count else {
      throw PreprocessingError(
        .value,
        "\(count) folds of the \(sizes.count) groups of column '\(column)', expected two or more, "
          + "and no more than groups",
        column: column
      )
    }
    var filled = [Int](repeating: 0, count: count)
    var foldOf: [UInt64: Int] = [:]
    for (group, size) in sizes.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      let lightest = filled.indices.min { (filled[$0], $0) < (filled[$1], $1) } ?? 0
      filled[lightest] += size
      foldOf[group] = lightest
    }
    return folds(count, groups.map { foldOf[$0] ?? 0 })
  }

  /// Folds for data in time, as scikit-learn's `TimeSeriesSplit`: each is fitted to what was before
  /// and scored on the `rows / (folds + 1)` rows that follow.
  ///
  /// - Parameters:
  ///   - count: the number of folds.
  ///   - column: what orders the rows; nil for the order of the frame. Rows of one time keep theirs.
  ///   - gap: rows left out between the two parts.
  ///   - maxTrainSize: the most rows to fit to, the last ones; nil for all.
  /// - Returns: the folds in time, both parts in time.
  /// - Throws: `PreprocessingError` for fewer than two folds, too few rows, or a row without a time.
  public func timeSeriesSplit(
    _ count: Int = 5,
    by column: String? = nil,
    gap: Int = 0,
    maxTrainSize: Int? = nil
  ) throws(PreprocessingError) -> [Fold] {
    try refuse(folds: count)
    let size = rowCount / (count + 1)
    guard size > 0, gap >= 0, rowCount - gap - size * count > 0, maxTrainSize ?? 1 > 0 else {
      throw PreprocessingError(
        .value,
        "\(rowCount) rows are too few for \(count) folds in time with a gap of \(gap)"
      )
    }
    var order = Array(0..<rowCount)
    if let column {
      let times = try times(of: column)
      // Swift's sort is stable, which is documented since 2024 (SE-0372).
      order.sort { times[$0] < times[$1] }
    }
    return (0..<count).map { fold in
      let start = rowCount - size * (count - fold)
      let end = start - gap
      let first = maxTrainSize.map { max(0, end - $0) } ?? 0
      return (taking(Array(order[first..<end])), taking(Array(order[start..<(start + size)])))
    }
  }
}

extension DataFrame {
  private func refuse(folds count: Int) throws(PreprocessingError) {
    guard count < 2 || rowCount < count else { return }
    throw PreprocessingError(
      .value,
      "\(count) folds of \(rowCount) rows, expected two or more, and no more than rows"
    )
  }

  /// The part of a position when the first parts are one longer.
  private static func part(_ position: Int, of total: Int, in count: Int) -> Int {
    let (size, longer) = (total / count, total % count)
    let head = longer * (size + 1)
    return position < head ? position / (size + 1) : longer + (position - head) / size
  }

  private func folds(_ count: Int, _ fold: [Int]) -> [Fold] {
    (0..<count).map { number in parting { fold[$0] == number } }
  }
}
