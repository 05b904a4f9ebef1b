internal import TabularCSV

extension DataFrame {
  /// A part of the rows that chance picks, in random order; the same seed picks the same rows.
  ///
  /// - Parameters:
  ///   - fraction: 0 to 1; the number of rows is rounded, halves to even, as pandas does.
  ///   - seed: another seed picks other rows.
  ///   - weights: a column of numbers by which rows are likelier; all alike, unless told.
  /// - Returns: the rows picked.
  /// - Throws: `FrameError` of kind `value` for a fraction or weights that are none.
  public func sample(fraction: Double, seed: UInt64 = 0, weights: String? = nil)
    throws(FrameError) -> DataFrame
  {
    try checkFraction(fraction, "a sample")
    let count = Int((fraction * Double(rowCount)).rounded(.toNearestOrEven))
    guard let weights else { return sample(count, seed: seed) }
    return try sample(count, seed: seed, weights: weights)
  }

  /// `count` rows that chance picks one after another without replacement, each in proportion to its
  /// weight among those left; in the order of picking.
  ///
  /// - Parameters:
  ///   - count: how many rows.
  ///   - seed: another seed picks other rows.
  ///   - name: a column of numbers, 0 or above; a null and NaN count as 0.
  /// - Returns: the rows picked.
  /// - Throws: `FrameError` for an unknown name, weights that are no numbers of that kind, and fewer
  ///   rows with a weight than are asked for.
  public func sample(_ count: Int, seed: UInt64 = 0, weights name: String)
    throws(FrameError) -> DataFrame
  {
    let weights = try self.weights(name)
    let possible = weights.count { $0 > 0 }
    guard count >= 0, count <= possible else {
      throw FrameError(
        .value,
        "a sample of \(count) rows, and \(possible) have a weight in '\(name)'",
        column: name
      )
    }
    // A binary tree of sums: the leaves are rows, and each node is the sum of its two.
    var leaves = 1
    while leaves < rowCount { leaves *= 2 }
    var sums = [Double](repeating: 0, count: 2 * leaves)
    for (row, weight) in weights.enumerated() { sums[leaves + row] = weight }
    for node in (1..<leaves).reversed() { sums[node] = sums[2 * node] + sums[2 * node + 1] }
    var random = SplitMix64(seed: seed)
    var rows: [Int] = []
    for _ in 0..<count {
      var left = random.unit() * sums[1]
      var node = 1
      while node < leaves {
        let (low, high) = (sums[2 * node], sums[2 * node + 1])
        // Rounding must not lead to a side without weight.
        let goesRight = high > 0 && (left >= low || low == 0)
        if goesRight { left -= low }
        node = 2 * node + (goesRight ? 1 : 0)
      }
      rows.append(node - leaves)
      sums[node] = 0
      while node > 1 {
        node /= 2
        sums[node] = sums[2 * node] + sums[2 * node + 1]
      }
    }
    return taking(rows)
  }

  private func weights(_ name: String) throws(FrameError) -> [Double] {
    let column = try self[name]
    guard [.bool, .int64, .float64].contains(column.type) else {
      throw FrameError(
        .type,
        "weights in column '\(name)' of type \(column.type), expected numbers",
        column: name
      )
    }
    let floats = try column.cast(to: .float64)
    let weights = (0..<rowCount).map { row -> Double in
      let value = Double._read(floats, row) ?? 0
      return value.isNaN ? 0 : value
    }
    if let row = weights.firstIndex(where: { $0 < 0 || $0.isInfinite }) {
      throw FrameError(
        .value,
        "row \(row): a weight of \(weights[row]) in column '\(name)', expected 0 or above",
        column: name
      )
    }
    return weights
  }

  /// Divides the rows by chance, each part in the order of the frame.
  ///
  /// A row's part comes from a hash of the seed and its row id.
  ///
  /// - Parameters:
  ///   - fractions: the parts' shares, above 0; `[8, 1, 1]` is `[0.8, 0.1, 0.1]`.
  ///   - seed: another seed gives another division.
  /// - Returns: a frame a fraction; every row is in one of them.
  /// - Throws: `FrameError` of kind `value` for shares that are none.
  public func randomSplit(_ fractions: [Double], seed: UInt64 = 0) throws(FrameError)
    -> [DataFrame]
  {
    let parts = try Self.split(shuffledRows(seed), fractions)
    return parts.map { taking($0.sorted()) }
  }

  /// Divides the rows by chance so that each value of a column is divided alike, each part in the
  /// order of the frame.
  ///
  /// The rows of a value (nulls are one) are divided by themselves, so that a part has the nearest
  /// number of them, or the one beside it.
  ///
  /// - Parameters:
  ///   - fractions: the parts' shares, above 0.
  ///   - name: the column.
  ///   - seed: another seed gives another division.
  /// - Returns: a frame a fraction; every row is in one of them.
  /// - Throws: `FrameError` of kind `value` for shares that are none, and of kind `column` for an
  ///   unknown name.
  public func stratifiedSplit(_ fractions: [Double], by name: String, seed: UInt64 = 0)
    throws(FrameError) -> [DataFrame]
  {
    let grouping = try grouping(by: [name], keepingNulls: true)
    var strata = [[Int]](repeating: [], count: grouping.count)
    for row in shuffledRows(seed) { strata[Int(grouping.ids[row])].append(row) }
    var parts = fractions.map { _ in [Int]() }
    for (index, rows) in try Self.split([], fractions).enumerated() { parts[index] = rows }
    for stratum in strata {
      for (index, rows) in try Self.split(stratum, fractions).enumerated() { parts[index] += rows }
    }
    return parts.map { taking($0.sorted()) }
  }

  /// The rows in an order that the seed and their ids decide.
  private func shuffledRows(_ seed: UInt64) -> [Int] {
    let key = SplitMix64.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
    return (0..<rowCount).map { (hash: SplitMix64.mix(key ^ ids[$0].rawValue), row: $0) }
      .sorted { ($0.hash, $0.row) < ($1.hash, $1.row) }.map(\.row)
  }

  /// Runs of rows whose ends are the rounded sums of the shares.
  private static func split(_ rows: [Int], _ fractions: [Double]) throws(FrameError) -> [[Int]] {
    let total = fractions.reduce(0, +)
    guard !fractions.isEmpty, fractions.allSatisfy({ $0 > 0 && $0.isFinite }), total.isFinite else {
      throw FrameError(.value, "a split by \(fractions), expected shares above 0")
    }
    var (start, sum) = (0, 0.0)
    return fractions.indices.map { index in
      sum += fractions[index]
      let share = index == fractions.count - 1 ? 1 : sum / total
      let end = max(start, min(rows.count, Int((share * Double(rows.count)).rounded())))
      defer { start = end }
      return Array(rows[start..<end])
    }
  }
}
