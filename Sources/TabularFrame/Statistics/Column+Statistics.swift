internal import TabularCSV

// Statistics of a column, as pandas: nulls and NaN are left out. A bool counts as 0 or 1.
//
// Sums are compensated and added in an order that positions alone decide.
extension Column {
  /// The number of values: neither null nor NaN.
  public var valueCount: Int {
    guard case .float64(let vector) = storage else { return count - nullCount }
    let pointer = vector.pointer
    var numbers = 0
    for row in 0..<count where pointer[row] == pointer[row] && !isNull(row) { numbers += 1 }
    return numbers
  }

  /// The sum: an int64 of integers and bools, a float64 of floats; 0 where there is no value.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers, and of kind `value` for
  ///   a sum of integers beyond 64 bits.
  public func sum() throws(FrameError) -> Value {
    switch storage {
    case .int64(let vector):
      let total = wideSum(vector)
      guard let sum = Int64(exactly: total) else {
        throw FrameError(.value, "the sum \(total) is beyond int64; cast to float64 first")
      }
      return .int64(sum)
    case .bool(let bits):
      var total = 0
      for word in 0..<bits.wordCount {
        total += (bits.bits64(word) & valid64(word)).nonzeroBitCount
      }
      return .int64(Int64(total))
    default: return .float64(try NumberValues(self, "sum").sum)
    }
  }

  private func wideSum(_ vector: FixedVector<Int64>) -> Int128 {
    let pointer = vector.pointer
    var total: Int128 = 0
    for row in 0..<count where validity?.bits[row] ?? true { total += Int128(pointer[row]) }
    return total
  }

  /// The mean; NaN where there is no value.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers.
  public func mean() throws(FrameError) -> Double {
    if case .int64(let vector) = storage {
      // Exact, whatever their size.
      return count == nullCount ? .nan : Double(wideSum(vector)) / Double(count - nullCount)
    }
    return try NumberValues(self, "mean").mean
  }

  /// The middle value, or the mean of the middle two; NaN where there is no value.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers.
  public func median() throws(FrameError) -> Double {
    try NumberValues(self, "median").quantile(0.5)
  }

  /// The variance with `count - ddof` as divisor; NaN where there are too few values.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers.
  public func `var`(ddof: Int = 1) throws(FrameError) -> Double {
    try NumberValues(self, "var").variance(ddof: ddof)
  }

  /// The standard deviation with `count - ddof` as divisor; NaN where there are too few values.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers.
  public func std(ddof: Int = 1) throws(FrameError) -> Double {
    try NumberValues(self, "std").variance(ddof: ddof).squareRoot()
  }

  /// The number below which a part of the values lies, interpolated linearly; NaN where there is no
  /// value.
  ///
  /// - Parameter fraction: 0 to 1.
  /// - Returns: 0.5 gives the median.
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers, and of kind `value` for
  ///   a fraction that is none.
  public func quantile(_ fraction: Double) throws(FrameError) -> Double {
    try checkFraction(fraction, "a quantile")
    return try NumberValues(self, "quantile").quantile(fraction)
  }

  /// The smallest value; null where there is none.
  ///
  /// Texts are ordered by their code points.
  public func min() -> Value { extreme { $0 < 0 } }

  /// The largest value; null where there is none.
  ///
  /// Texts are ordered by their code points.
  public func max() -> Value { extreme { $0 > 0 } }

  /// The value that comes before all others by `isBefore` of an order below or above 0.
  @inline(__always)
  private func extreme(_ isBefore: (Int) -> Bool) -> Value {
    func best(_ order: (Int, Int) -> Int, where counts: (Int) -> Bool = { _ in true }) -> Value {
      var best: Int?
      for row in 0..<count where (validity?.bits[row] ?? true) && counts(row) {
        if let found = best {
          if isBefore(order(row, found)) { best = row }
        } else {
          best = row
        }
      }
      return best.map { self[$0] } ?? .null
    }
    switch storage {
    case .bool(let bits): return best { (bits[$0] ? 1 : 0) - (bits[$1] ? 1 : 0) }
    case .int64(let vector), .datetime(let vector):
      let p = vector.pointer
      return best { p[$0] < p[$1] ? -1 : p[$0] == p[$1] ? 0 : 1 }
    case .float64(let vector):
      let p = vector.pointer
      return best({ p[$0] < p[$1] ? -1 : p[$0] == p[$1] ? 0 : 1 }, where: { p[$0] == p[$0] })
    case .date(let vector):
      let p = vector.pointer
      return best { p[$0] < p[$1] ? -1 : p[$0] == p[$1] ? 0 : 1 }
    case .string, .category:
      let source = textSource
      return best { byteOrder(source.bytes($0), source.bytes($1)) }
    }
  }
}

func checkFraction(_ fraction: Double, _ what: String) throws(FrameError) {
  guard fraction >= 0, fraction <= 1 else {
    throw FrameError(.value, "\(what) of \(fraction), expected a fraction from 0 to 1")
  }
}
