internal import TabularCSV

// A row and those before it.
extension Column {
  /// The values so many rows further down, or up for a negative number; the rows left free are null.
  public func shift(_ rows: Int = 1) -> Column {
    let shifted = (0..<count).map { row -> Int? in
      let (source, overflow) = row.subtractingReportingOverflow(rows)
      return overflow || source < 0 || source >= count ? nil : source
    }
    guard count > 0 else { return self }
    let taken = taking(shifted.map { $0 ?? 0 })
    let valid = BitVector(packing: count) { row in
      shifted[row] != nil && (taken.validity?.bits[row] ?? true)
    }
    return Column(storage: taken.storage, validity: Validity(valid))
  }

  /// Each value less the one so many rows before; null where one of them is missing.
  ///
  /// int64 stays int64; dates give days.
  ///
  /// - Throws: `FrameError` for types without `-`, and a difference beyond 64 bits.
  public func diff(_ rows: Int = 1) throws(FrameError) -> Column { try self - shift(rows) }

  /// The sum of the values so far; a null (or NaN) stays one, and is left out of the sums.
  ///
  /// int64 stays int64, and a bool counts as 0 or 1. Sums of floats are compensated.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers, and of kind `value` that
  ///   names the row where a sum of integers is beyond 64 bits.
  public func cumsum() throws(FrameError) -> Column {
    switch type {
    case .bool, .int64:
      let whole = try cast(to: .int64)
      guard case .int64(let vector) = whole.storage else { return self }
      var total: Int64 = 0
      let sums = try FixedVector<Int64>(count: count) { (row) throws(FrameError) in
        guard validity?.bits[row] ?? true else { return 0 }
        let (sum, overflow) = total.addingReportingOverflow(vector.pointer[row])
        guard !overflow else {
          throw FrameError(
            .value,
            "row \(row): the sum so far is beyond int64; cast to float64 first"
          )
        }
        total = sum
        return sum
      }
      return Column(storage: .int64(sums), validity: validity)
    case .float64:
      guard case .float64(let vector) = storage else { return self }
      var sum = CompensatedSum()
      let sums = FixedVector<Double>(filling: count) { row in
        let value = vector.pointer[row]
        guard validity?.bits[row] ?? true, value == value else { return value }
        sum.add(value)
        return sum.value
      }
      return Column(storage: .float64(sums), validity: validity)
    default:
      throw FrameError(.type, "cumsum of a column of type \(type), expected numbers")
    }
  }

  /// Windows of so many rows that end at each row.
  ///
  /// - Parameters:
  ///   - window: the number of rows; below 1 traps.
  ///   - minPeriods: how many values a window needs for a result; all of its rows, unless told.
  /// - Returns: what `mean`, `sum` and so on are asked of.
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers, and of kind `value` for
  ///   more values than rows.
  public func rolling(_ window: Int, minPeriods: Int? = nil) throws(FrameError) -> Rolling {
    precondition(window >= 1, "a window of \(window) rows")
    let needed = minPeriods ?? window
    guard needed <= window, needed >= 0 else {
      throw FrameError(.value, "\(needed) values of a window of \(window) rows")
    }
    guard [.bool, .int64, .float64].contains(type) else {
      throw FrameError(.type, "rolling of a column of type \(type), expected numbers")
    }
    let floats = try cast(to: .float64)
    guard case .float64(let vector) = floats.storage else {
      throw FrameError(.type, "rolling of a column of type \(type), expected numbers")
    }
    let values = (0..<count).map { row in
      isNull(row) || !vector.pointer[row].isFinite ? Double.nan : vector.pointer[row]
    }
    return Rolling(values: values, window: window, minPeriods: needed)
  }
}

/// Windows of rows that end at each row, as pandas' `rolling`.
///
/// Nulls, NaN and infinities are left out, as in pandas; a window with fewer values than asked for
/// gives null.
public struct Rolling: Sendable {
  /// NaN for what does not count.
  fileprivate let values: [Double]
  fileprivate let window: Int
  fileprivate let minPeriods: Int

  /// The number of values in each window, as float64; here `minPeriods` counts rows, as in pandas.
  public func count() -> Column {
    var present = 0
    return Column(
      values.indices.map { row -> Double? in
        if row >= window, !values[row - window].isNaN { present -= 1 }
        if !values[row].isNaN { present += 1 }
        return Swift.min(row + 1, window) >= minPeriods ? Double(present) : nil
      }
    )
  }

  /// The sums, compensated.
  public func sum() -> Column {
    windows { window in
      var sum = CompensatedSum()
      for value in window { sum.add(value) }
      return sum.value
    }
  }

  /// The means.
  public func mean() -> Column {
    windows { window in
      guard !window.isEmpty else { return nil }
      var sum = CompensatedSum()
      for value in window { sum.add(value) }
      return sum.value / Double(window.count)
    }
  }

  /// The variances, with the count less `ddof` as divisor.
  public func `var`(ddof: Int = 1) -> Column {
    windows { window in
      guard window.count > ddof else { return nil }
      var sum = CompensatedSum()
      for value in window { sum.add(value) }
      let mean = sum.value / Double(window.count)
      return window.withUnsafeBufferPointer {
        CompensatedSum.ofSquares($0, around: mean) / Double($0.count - ddof)
      }
    }
  }

  /// The standard deviations, with the count less `ddof` as divisor.
  public func std(ddof: Int = 1) -> Column {
    let variances = self.var(ddof: ddof)
    return (try? variances.sqrt()) ?? variances
  }

  /// The smallest values.
  public func min() -> Column { extremes(<) }

  /// The largest values.
  public func max() -> Column { extremes(>) }

  /// What each window's values give; every window is worked out anew, so that what a row gives does
  /// not depend on the rows before its window.
  private func windows(_ body: (ContiguousArray<Double>) -> Double?) -> Column {
    var inside: ContiguousArray<Double> = []
    return Column(
      values.indices.map { row -> Double? in
        inside.removeAll(keepingCapacity: true)
        for value in values[Swift.max(0, row - window + 1)...row] where value == value {
          inside.append(value)
        }
        return inside.count >= minPeriods ? body(inside) : nil
      }
    )
  }

  /// The value of each window that comes before all others, by a queue of candidates.
  private func extremes(_ isBefore: (Double, Double) -> Bool) -> Column {
    // Rows whose value no later row of the window beats.
    var queue: [Int] = []
    var first = 0
    var present = 0
    return Column(
      values.indices.map { row -> Double? in
        let left = row - window
        if left >= 0, !values[left].isNaN { present -= 1 }
        if first < queue.count, queue[first] <= left { first += 1 }
        if !values[row].isNaN {
          present += 1
          while queue.count > first, !isBefore(values[queue[queue.count - 1]], values[row]) {
            queue.removeLast()
          }
          queue.append(row)
        }
        return present >= minPeriods && first < queue.count ? values[queue[first]] : nil
      }
    )
  }
}
