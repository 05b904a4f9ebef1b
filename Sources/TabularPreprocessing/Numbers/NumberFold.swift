internal import TabularFrame

/// What numeric estimators gather of a column: counts, exact sums, range and values.
///
/// Merging is associative and commutative in every bit.
struct NumberFold: Sendable {
  /// What is gathered beside counts and range.
  struct Needs: OptionSet, Sendable {
    let rawValue: Int

    /// The sums of the values and of their squares.
    static let sums = Needs(rawValue: 1)
    /// The values themselves.
    static let values = Needs(rawValue: 2)
    /// A sketch of the values, for quantiles that are nearly right.
    static let sketch = Needs(rawValue: 4)
  }

  /// Values that are not missing.
  private(set) var count = 0
  /// Nulls and NaN.
  private(set) var missing = 0
  private(set) var sum = ExactSum()
  private(set) var sumOfSquares = ExactSum()
  private(set) var minimum: Double?
  private(set) var maximum: Double?
  private var values = ValueBag()
  private var sketch: QuantileSketch?

  /// About how many bytes it takes, beside a few hundred.
  var byteCount: Int { values.byteCount + (sketch?.byteCount ?? 0) }

  /// Takes a run of rows.
  mutating func observe(_ numbers: NumberColumn, _ rows: Range<Int>, needs: Needs)
    throws(PreprocessingError)
  {
    // A sketch takes values in the order of the rows.
    if !needs.contains(.sketch), let integers = numbers.integers {
      observe(integers.values, integers.nulls, rows, needs: needs)
      return
    }
    let size = NumberColumn.blockSize
    // One block of values, and two of room for their squares.
    let raw = UnsafeMutableRawPointer.allocate(
      byteCount: 3 * size * MemoryLayout<Double>.stride,
      alignment: 64
    )
    defer { raw.deallocate() }
    let memory = raw.bindMemory(to: Double.self, capacity: 3 * size)
    var start = rows.lowerBound
    while start < rows.upperBound {
      let end = min(start + size, rows.upperBound)
      let present = try numbers.readPresent(start..<end, into: memory)
      missing += end - start - present
      if present > 0 { observe(memory, present, needs: needs, scratch: memory + size) }
      start = end
    }
  }

  /// Takes values one behind the other, none of them NaN or -0.
  ///
  /// - Parameters:
  ///   - block: the values, at most `NumberColumn.blockSize`; they are overwritten.
  ///   - present: how many they are.
  ///   - needs: what is gathered.
  ///   - scratch: room for two blocks.
  mutating func observe(
    _ block: UnsafeMutablePointer<Double>,
    _ present: Int,
    needs: Needs,
    scratch: UnsafeMutablePointer<Double>
  ) {
    count += present
    var (low, high) = (block[0], block[0])
    for i in 1..<max(present, 1) {
      let value = block[i]
      low = value < low ? value : low
      high = value > high ? value : high
    }
    widen(low, high)
    let taken = UnsafeBufferPointer(start: UnsafePointer(block), count: present)
    if needs.contains(.values) { values.add(taken) }
    if needs.contains(.sketch) { addToSketch { $0.add(taken) } }
    if needs.contains(.sums) {
      sumOfSquares.addSquares(block: block, count: present, scratch: scratch)
      // The last, since it overwrites the block.
      sum.add(block: block, count: present)
    }
  }

  private mutating func widen(_ low: Double, _ high: Double) {
    minimum = min(minimum ?? low, low)
    maximum = max(maximum ?? high, high)
  }

  mutating func merge(_ other: NumberFold) {
    count += other.count
    missing += other.missing
    sum.merge(other.sum)
    sumOfSquares.merge(other.sumOfSquares)
    if let low = other.minimum, let high = other.maximum { widen(low, high) }
    values.merge(other.values)
    if let theirs = other.sketch { addToSketch { $0.merge(theirs) } }
  }

  /// Changes the sketch in place.
  private mutating func addToSketch(_ change: (inout QuantileSketch) -> Void) {
    var current = sketch ?? QuantileSketch()
    sketch = nil
    change(&current)
    sketch = current
  }

  /// What the fold would be had each missing value been `fill`: the closed form that lets a step
  /// after an imputer be fitted in the same pass, to the same bits.
  func imputing(_ fill: Double) -> NumberFold {
    guard missing > 0 else { return self }
    var result = self
    result.missing = 0
    // Of values and a sketch, those are added to that are there.
    var needs: Needs = sketch == nil ? [.sums] : [.sums, .sketch]
    if hasValues || sketch == nil { needs.insert(.values) }
    result.add(fill, times: missing, needs: needs)
    return result
  }

  /// Counts values that are missing.
  mutating func skip(_ missing: Int) { self.missing += missing }

  /// Takes small integers as often as each occurs.
  ///
  /// - Parameters:
  ///   - times: how often each of 0, 1, 2 and so on occurs, together less than 2^31 times.
  ///   - needs: what is gathered.
  mutating func add(integers times: UnsafeBufferPointer<UInt32>, needs: Needs) {
    var (total, sum, squares): (UInt64, UInt64, UInt64) = (0, 0, 0)
    var range: (low: Int, high: Int)?
    for (value, times) in times.enumerated() where times > 0 {
      let (value, times) = (UInt64(value), UInt64(times))
      total += times
      sum += value * times
      squares += value * value * times
      range = (range?.low ?? Int(value), Int(value))
      if needs.contains(.values) { values.add(Double(value), times: Int(times)) }
    }
    guard let range else { return }
    count += Int(total)
    widen(Double(range.low), Double(range.high))
    guard needs.contains(.sums) else { return }
    self.sum.add(sum, exponent: 0, negative: false)
    sumOfSquares.add(squares, exponent: 0, negative: false)
  }

  /// Takes a value many times.
  mutating func add(_ value: Double, times: Int, needs: Needs) {
    guard times > 0 else { return }
    let value = value + 0
    count += times
    widen(value, value)
    if needs.contains(.values) { values.add(value, times: times) }
    if needs.contains(.sketch) { addToSketch { $0.add(value, times: times) } }
    guard needs.contains(.sums) else { return }
    sum.add(value, times: times)
    sumOfSquares.addSquare(value, times: times)
  }

  var mean: Double { sum.divided(by: count) }

  /// Population variance, ddof 0.
  var variance: Double {
    ExactSum.variance(count: count, sum: sum, sumOfSquares: sumOfSquares)
  }

  private var hasValues: Bool { values.count > 0 }

  /// The values by rank; where there is but a sketch, those that stand for others.
  var ranked: any RankedValues { hasValues ? values : sketch?.sorted ?? values }

  /// The values in ascending order; where there is but a sketch, those that stand for others.
  var sorted: SortedValues { hasValues ? values.sorted : sketch?.sorted ?? values.sorted }
}

extension NumberFold {
  /// Folds the rows of a chunk into a fold a column, on all processors.
  ///
  /// - Throws: `PreprocessingError` for a column that is missing or no numbers, or an infinity.
  static func observe(
    _ columns: [String],
    in chunk: DataFrame,
    needs: [Needs],
    into folds: inout [NumberFold]
  ) throws(PreprocessingError) {
    var numbers: [NumberColumn] = []
    for name in columns { numbers.append(try NumberColumn(name, in: chunk)) }
    // A sketch depends on the order of the values, so that it takes them in that of the rows.
    let isOrdered = needs.contains { $0.contains(.sketch) }
    let slices = RowSlices(rowCount: chunk.rowCount)
    let taken = numbers
    guard !isOrdered else {
      // In place: what is gathered is not to be copied.
      let failures = folds.withUnsafeMutableBufferPointer { folds in
        let shared = SharedElements(folds)
        return [PreprocessingError?](
          concurrently: columns.count,
          cells: columns.count * chunk.rowCount
        ) { column in
          do throws(PreprocessingError) {
            try shared[column].observe(taken[column], 0..<chunk.rowCount, needs: needs[column])
            return nil
          } catch {
            return error
          }
        }
      }
      if let failure = failures.compactMap(\.self).first { throw failure }
      return
    }
    let parts = try mapTasks(
      columns.count * slices.count,
      cells: columns.count * chunk.rowCount
    ) { task throws(PreprocessingError) in
      var fold = NumberFold()
      let (column, slice) = (task / slices.count, task % slices.count)
      try fold.observe(taken[column], slices[slice], needs: needs[column])
      return fold
    }
    for (task, part) in parts.enumerated() { folds[task / slices.count].merge(part) }
  }
}

extension NumberFold: SharedState {
  func put(into bytes: inout StateBytes) {
    precondition(sketch == nil, "a sketch depends on the order of the rows, and is not shared")
    bytes.put(count)
    bytes.put(missing)
    sum.put(into: &bytes)
    sumOfSquares.put(into: &bytes)
    bytes.put(minimum)
    bytes.put(maximum)
    values.put(into: &bytes)
  }

  mutating func take(from bytes: inout StateBytes) {
    count = bytes.take()
    missing = bytes.take()
    sum.take(from: &bytes)
    sumOfSquares.take(from: &bytes)
    minimum = bytes.take()
    maximum = bytes.take()
    values.take(from: &bytes)
  }
}
