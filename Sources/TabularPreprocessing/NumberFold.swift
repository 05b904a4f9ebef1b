internal import TabularFrame

/// What numeric estimators gather of a column: counts, exact sums, range and values.
///
/// Merging is associative and commutative in every bit.
struct NumberFold: Sendable {
  private(set) var count = 0
  private(set) var sum = ExactSum()
  private(set) var sumOfSquares = ExactSum()
  private(set) var minimum: Double?
  private(set) var maximum: Double?
  private var occurrences: [Double: Int] = [:]

  mutating func observe(_ name: String, in chunk: DataFrame, keepingValues: Bool)
    throws(PreprocessingError)
  {
    let numbers = try NumberColumn(name, in: chunk)
    for row in 0..<numbers.count {
      guard var value = try numbers.finite(row, name, in: chunk) else { continue }
      // -0 and 0 are one value, whichever came first.
      value += 0
      count += 1
      sum.add(value)
      sumOfSquares.addSquare(value)
      minimum = min(minimum ?? value, value)
      maximum = max(maximum ?? value, value)
      if keepingValues { occurrences[value, default: 0] += 1 }
    }
  }

  mutating func merge(_ other: NumberFold) {
    count += other.count
    sum.merge(other.sum)
    sumOfSquares.merge(other.sumOfSquares)
    if let low = other.minimum { minimum = min(minimum ?? low, low) }
    if let high = other.maximum { maximum = max(maximum ?? high, high) }
    occurrences.merge(other.occurrences, uniquingKeysWith: +)
  }

  var mean: Double { sum.divided(by: count) }

  /// Population variance, ddof 0.
  var variance: Double {
    ExactSum.variance(count: count, sum: sum, sumOfSquares: sumOfSquares)
  }

  var median: Double {
    let sorted = occurrences.sorted { $0.key < $1.key }
    func value(at rank: Int) -> Double {
      var passed = 0
      for (value, times) in sorted {
        passed += times
        if rank < passed { return value }
      }
      return .nan
    }
    guard count % 2 == 0 else { return value(at: count / 2) }
    let (low, high) = (value(at: count / 2 - 1), value(at: count / 2))
    let middle = (low + high) / 2
    // Half of each where the sum of two large values overflows.
    return middle.isFinite ? middle : low / 2 + high / 2
  }

  var mostFrequent: Double {
    occurrences.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? .nan
  }
}
