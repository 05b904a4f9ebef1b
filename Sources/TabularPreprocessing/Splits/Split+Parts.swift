public import TabularFrame

/// What decides which part of a division a row goes to.
public enum RowDivision: Sendable, Equatable {
  /// A hash of the seed and the row's id.
  case random
  /// The same, so that each value of a column is in each part alike.
  case stratified(by: String)
  /// A hash of the seed and a column's value: equal values stay together, and parts are fractions of
  /// the number of values.
  case groups(by: String)
  /// A column's order: the first part is the first in time.
  case time(by: String)
  /// A hash of the seed and a column's value alone: rows added later move no other row.
  case keys(of: String)
}

extension DataFrame {
  /// Divides the rows into parts, such as one to train, one to validate and one to test with.
  ///
  /// All parts but the first have `ceil(fraction * rows)` rows counted from the last part on, so that
  /// two parts are those of `trainTestSplit`, `groupSplit`, `timeSplit` and `keySplit`; another
  /// division of the first parts does not move the last one.
  ///
  /// - Parameters:
  ///   - fractions: two or more, each above 0, that sum to 1.
  ///   - division: what decides about a row.
  ///   - seed: another seed gives another division, but for one in time.
  /// - Returns: a frame for each fraction, its rows in the order of this frame.
  /// - Throws: `PreprocessingError` for fractions that are none, an unknown column, a row without a
  ///   time, or when a part is left without rows.
  public func split(
    into fractions: [Double],
    by division: RowDivision = .random,
    seed: UInt64 = 0
  ) throws(PreprocessingError) -> [DataFrame] {
    let part = try parts(into: fractions, by: division, seed: seed)
    var rows = [[Int]](repeating: [], count: fractions.count)
    for row in 0..<rowCount { rows[part[row]].append(row) }
    return rows.map { taking($0) }
  }

  /// The part of each row; no part is without rows.
  package func parts(
    into fractions: [Double],
    by division: RowDivision,
    seed: UInt64
  ) throws(PreprocessingError) -> [Int] {
    guard fractions.count >= 2, fractions.allSatisfy({ $0 > 0 }),
      abs(fractions.reduce(0, +) - 1) < 1e-9
    else {
      throw PreprocessingError(
        .value,
        "a division into \(fractions.map(\.description).joined(separator: ", ")), expected two or "
          + "more fractions above 0 that sum to 1"
      )
    }
    let part =
      switch division {
      case .random: try parts(fractions, seed: seed, stratify: nil)
      case .stratified(let column): try parts(fractions, seed: seed, stratify: column)
      case .groups(let column): try parts(fractions, groups: try groups(of: column), seed: seed)
      case .time(let column): parts(fractions, times: try times(of: column))
      case .keys(let column): parts(fractions, keys: try groups(of: column), seed: seed)
      }
    let filled = Set(part)
    if let empty = fractions.indices.first(where: { !filled.contains($0) }) {
      throw noRow(fractions[empty], division)
    }
    return part
  }
}

// The part of each row.
extension DataFrame {
  /// How many of a count are in each part or one behind it.
  private static func bounds(_ fractions: [Double], of count: Int) -> [Int] {
    var bounds = [Int](repeating: count, count: fractions.count)
    var sum = 0.0
    for part in fractions.indices.dropFirst().reversed() {
      sum += fractions[part]
      // A sum such as 0.1 + 0.2 is a little too large; no row may come of that.
      bounds[part] = Int((sum * Double(count) - 1e-9 * Double(count)).rounded(.up))
    }
    return bounds
  }

  private func parts(_ fractions: [Double], seed: UInt64, stratify: String?)
    throws(PreprocessingError) -> [Int]
  {
    let strata: CategoryColumn? =
      if let stratify { try CategoryColumn(stratify, in: self) } else { nil }
    let bounds = Self.bounds(fractions, of: rowCount)
    var parts = [Int](repeating: 0, count: rowCount)
    var ranked = shuffledRows(seed: seed)
    var taken = 0
    for part in fractions.indices.dropFirst().reversed() {
      let count = bounds[part] - taken
      let rows = strata.map { picked(count, from: ranked, stratify: $0) }
      for row in rows ?? Array(ranked.prefix(count)) { parts[row] = part }
      ranked.removeAll { parts[$0] == part }
      taken += count
    }
    return parts
  }

  private func parts(_ fractions: [Double], groups: [UInt64], seed: UInt64)
    throws(PreprocessingError) -> [Int]
  {
    let order = Set(groups).map { (group: $0, hash: hash(seed, $0)) }
      .sorted { ($0.hash, $0.group) < ($1.hash, $1.group) }.map(\.group)
    let bounds = Self.bounds(fractions, of: order.count)
    var partOf: [UInt64: Int] = [:]
    for (place, group) in order.enumerated() {
      partOf[group] = bounds.lastIndex { place < $0 } ?? 0
    }
    return groups.map { partOf[$0] ?? 0 }
  }

  private func parts(_ fractions: [Double], times: [Double]) -> [Int] {
    let sorted = times.sorted()
    let starts = Self.bounds(fractions, of: rowCount).dropFirst().map { bound in
      bound > 0 && bound <= rowCount ? sorted[rowCount - bound] : .infinity
    }
    return times.map { time in (starts.lastIndex { time >= $0 } ?? -1) + 1 }
  }

  private func parts(_ fractions: [Double], keys: [UInt64], seed: UInt64) -> [Int] {
    var bounds = [Double](repeating: .infinity, count: fractions.count)
    var sum = 0.0
    for part in fractions.indices.dropFirst().reversed() {
      sum += fractions[part]
      bounds[part] = sum * 0x1p64
    }
    return keys.map { key in
      let place = Double(hash(seed, key))
      return bounds.lastIndex { place < $0 } ?? 0
    }
  }

  private func noRow(_ fraction: Double, _ division: RowDivision) -> PreprocessingError {
    let words: (what: String, column: String?) =
      switch division {
      case .random: ("", nil)
      case .stratified(let column): (" stratified by column '\(column)'", column)
      case .groups(let column): (" by the groups of column '\(column)'", column)
      case .time(let column): (" by the times of column '\(column)', equal ones together", column)
      case .keys(let column): (" by the keys of column '\(column)'", column)
      }
    return PreprocessingError(
      .empty,
      "\(rowCount) rows cannot be split\(words.what): the part of \(fraction) is left without rows",
      column: words.column
    )
  }
}
