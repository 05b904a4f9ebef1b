public import TabularFrame
internal import TabularTensor

extension DataFrame {
  /// Divides the rows into a training and a test part, both in the order of the frame.
  ///
  /// A row's side comes from a hash of the seed and its row id, so it does not depend on a thread
  /// count. The test part has `ceil(fraction * rows)` rows, as in scikit-learn; stratified, each
  /// value of a column (nulls are one) is divided alike, with remainders to the largest.
  ///
  /// - Parameters:
  ///   - testFraction: above 0 and below 1.
  ///   - stratify: the column whose values are divided alike; nil takes any rows.
  ///   - seed: another seed gives another division.
  /// - Returns: the two parts.
  /// - Throws: `PreprocessingError` when the fraction leaves a part without rows, or the column
  ///   cannot be stratified by.
  public func trainTestSplit(
    testFraction: Double = 0.25,
    stratify: String? = nil,
    seed: UInt64 = 0
  ) throws(PreprocessingError) -> (train: DataFrame, test: DataFrame) {
    let test = try splitRows(testFraction: testFraction, stratify: stratify, seed: seed)
    let isTest = Set(test)
    return (taking((0..<rowCount).filter { !isTest.contains($0) }), taking(test))
  }

  fileprivate func splitRows(testFraction: Double, stratify: String?, seed: UInt64)
    throws(PreprocessingError) -> [Int]
  {
    guard testFraction > 0, testFraction < 1 else {
      throw PreprocessingError(
        .value,
        "a test fraction of \(testFraction), expected one above 0 and below 1"
      )
    }
    let total = Int((testFraction * Double(rowCount)).rounded(.up))
    guard total > 0, total < rowCount else {
      throw PreprocessingError(
        .empty,
        "\(rowCount) rows cannot be split: a fraction of \(testFraction) leaves no row "
          + "on one side"
      )
    }
    let ranked = shuffledRows(seed: seed)
    guard let stratify else { return ranked.prefix(total).sorted() }
    return try picked(total, from: ranked, stratify: CategoryColumn(stratify, in: self)).sorted()
  }

  /// The first of some ranked rows, as many of each value of a column as its share asks for.
  func picked(_ total: Int, from ranked: [Int], stratify column: CategoryColumn) -> [Int] {
    var strata: [CategoryKey?: [Int]] = [:]
    for row in ranked { strata[column[row], default: []].append(row) }
    let ordered = strata.sorted { left, right in
      guard let l = left.key, let r = right.key else { return right.key == nil && left.key != nil }
      return l < r
    }
    // Largest remainders, earlier strata first on a tie.
    let shares = ordered.map { Double($0.value.count) * Double(total) / Double(ranked.count) }
    var counts = shares.map { Int($0) }
    let byRemainder = shares.indices.sorted {
      let (l, r) = (shares[$0] - shares[$0].rounded(.down), shares[$1] - shares[$1].rounded(.down))
      return l != r ? l > r : $0 < $1
    }
    for index in byRemainder.prefix(total - counts.reduce(0, +)) { counts[index] += 1 }
    return zip(ordered, counts).flatMap { $0.value.prefix($1) }
  }
}

extension DataFrame {
  /// The rows in the order of a hash of the seed and their ids.
  func shuffledRows(seed: UInt64) -> [Int] {
    (0..<rowCount).map { (row: $0, hash: hash(seed, ids[$0].rawValue)) }
      .sorted { ($0.hash, $0.row) < ($1.hash, $1.row) }.map(\.row)
  }
}

extension FeatureMatrix {
  /// Divides the rows as `DataFrame.trainTestSplit` does; classes are divided alike.
  ///
  /// - Parameters:
  ///   - testFraction: above 0 and below 1.
  ///   - seed: another seed gives another division.
  /// - Returns: the two parts.
  /// - Throws: `PreprocessingError` when the fraction leaves a part without rows.
  public func trainTestSplit(testFraction: Double = 0.25, seed: UInt64 = 0)
    throws(PreprocessingError) -> (train: FeatureMatrix, test: FeatureMatrix)
  {
    var columns: [(name: String, column: Column)] = []
    if case .classes(let tensor) = labels { columns = [("target", Column(tensor.scalars))] }
    let rows: DataFrame
    do throws(FrameError) {
      rows = try DataFrame(columns, ids: RowIDs(rowIDs))
    } catch {
      throw PreprocessingError(error)
    }
    let test = try rows.splitRows(
      testFraction: testFraction,
      stratify: columns.isEmpty ? nil : "target",
      seed: seed
    )
    let isTest = Set(test)
    return (taking((0..<rowCount).filter { !isTest.contains($0) }), taking(test))
  }
}

/// A 64-bit hash of a seed and a row, the same on every platform.
func hash(_ seed: UInt64, _ row: UInt64) -> UInt64 {
  SplitMix64.mix(SplitMix64.mix(seed &+ 0x9E37_79B9_7F4A_7C15) ^ row)
}
