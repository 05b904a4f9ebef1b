internal import TabularFrame

// Integers: most are small and not negative, and are counted by a table that they are indices of.
// What the fold gathers follows from how often each occurs, to the same bits.
extension NumberFold {
  /// The integers that are counted: two tables of 16 KB stay in the first cache.
  private static let limit = 1 << 12
  /// Where nulls, and integers that are not counted, are counted together.
  private static let rest = limit

  /// The rows of which no value can occur too often to be counted in 32 bits.
  private static let longestRun = 1 << 30

  /// Takes rows of integers.
  mutating func observe(
    _ values: UnsafePointer<Int64>,
    _ nulls: NullBits,
    _ rows: Range<Int>,
    needs: Needs
  ) {
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.longestRun) {
      let run = first..<min(first + Self.longestRun, rows.upperBound)
      observe(run: run, of: values, nulls, needs: needs)
    }
  }

  private mutating func observe(
    run rows: Range<Int>,
    of values: UnsafePointer<Int64>,
    _ nulls: NullBits,
    needs: Needs
  ) {
    let size = NumberColumn.blockSize
    let tables = 2 * (Self.limit + 1)
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: tables) { times in
      withUnsafeTemporaryAllocation(byteCount: 3 * size * 8, alignment: 64) { raw in
        let others = raw.bindMemory(to: Double.self)
        guard let times = times.baseAddress, let block = others.baseAddress else { return }
        times.initialize(repeating: 0, count: tables)
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: size) {
          let part = start..<min(start + size, rows.upperBound)
          let left = count(values, nulls, part, into: times)
          guard left > 0 else { continue }
          let present = collect(values, nulls, part, into: block)
          skip(left - present)
          if present > 0 { observe(block, present, needs: needs, scratch: block + size) }
        }
        for value in 0..<Self.limit { times[value] += times[Self.limit + 1 + value] }
        add(integers: UnsafeBufferPointer(start: times, count: Self.limit), needs: needs)
      }
    }
  }

  /// Counts the integers of a block that are small.
  ///
  /// Two tables take turns, so that a value that follows itself does not wait for its count.
  ///
  /// - Returns: how many rows are null or hold others.
  private func count(
    _ values: UnsafePointer<Int64>,
    _ nulls: NullBits,
    _ rows: Range<Int>,
    into times: UnsafeMutablePointer<UInt32>
  ) -> Int {
    let (first, second) = (times, times + Self.limit + 1)
    first[Self.rest] = 0
    second[Self.rest] = 0
    @inline(__always)
    func index(_ row: Int) -> Int {
      let value = UInt64(bitPattern: values[row])
      return value < UInt64(Self.limit) && !nulls.isNull(row) ? Int(value) : Self.rest
    }
    var row = rows.lowerBound
    while row &+ 1 < rows.upperBound {
      first[index(row)] &+= 1
      second[index(row &+ 1)] &+= 1
      row &+= 2
    }
    if row < rows.upperBound { first[index(row)] &+= 1 }
    return Int(first[Self.rest] &+ second[Self.rest])
  }

  /// The integers of a block that are not counted, one behind the other; how many they are.
  private func collect(
    _ values: UnsafePointer<Int64>,
    _ nulls: NullBits,
    _ rows: Range<Int>,
    into block: UnsafeMutablePointer<Double>
  ) -> Int {
    var present = 0
    for row in rows {
      let value = UInt64(bitPattern: values[row])
      block[present] = Double(values[row])
      present &+= value >= UInt64(Self.limit) && !nulls.isNull(row) ? 1 : 0
    }
    return present
  }
}
