/// Values in ascending order, each different one once with the number of values up to it.
struct SortedValues: RankedValues, Sendable {
  private(set) var values: [Double] = []
  /// How many values there are up to and with this one.
  private var ends: [Int] = []

  var count: Int { ends.last ?? 0 }
  var runCount: Int { values.count }

  init() {}

  init(_ value: Double, times count: Int) {
    values = [value]
    ends = [count]
  }

  /// Sorts values, none of them NaN or -0.
  init(_ blocks: [[Double]]) {
    let total = blocks.reduce(0) { $0 + $1.count }
    guard total > 0 else { return }
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 2 * total) { memory in
      guard let start = memory.baseAddress else { return }
      var position = 0
      for block in blocks {
        for value in block {
          start[position] = orderedKey(value)
          position += 1
        }
      }
      let sorted = radixSorted(start, spare: start + total, count: total)
      var i = 0
      while i < total {
        let key = sorted[i]
        repeat { i += 1 } while i < total && sorted[i] == key
        values.append(orderedValue(key))
        ends.append(i)
      }
    }
  }

  /// Sorts values that stand for several each, none of them NaN or -0.
  init(weighted values: [(value: Double, times: Int)]) {
    var total = 0
    for (value, times) in values.sorted(by: { $0.value < $1.value }) {
      total += times
      if self.values.last == value {
        ends[ends.count - 1] = total
      } else {
        self.values.append(value)
        ends.append(total)
      }
    }
  }

  /// What another process wrote.
  init(from bytes: inout StateBytes) {
    values = bytes.takeAll()
    ends = bytes.takeAll()
  }

  func put(into bytes: inout StateBytes) {
    bytes.put(all: values)
    bytes.put(all: ends)
  }

  /// The bytes that it takes.
  var byteCount: Int { 16 * values.count }

  /// The value at a position among all, from 0.
  subscript(rank: Int) -> Double {
    precondition(rank >= 0 && rank < count, "rank \(rank) of \(count)")
    var (low, high) = (0, ends.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if ends[middle] > rank { high = middle } else { low = middle + 1 }
    }
    return values[low]
  }

  /// The values of both.
  func merging(_ other: SortedValues) -> SortedValues {
    var result = SortedValues()
    result.values.reserveCapacity(runCount + other.runCount)
    result.ends.reserveCapacity(runCount + other.runCount)
    var (l, r, total) = (0, 0, 0)
    while l < runCount || r < other.runCount {
      let left = l < runCount ? values[l] : .infinity
      let right = r < other.runCount ? other.values[r] : .infinity
      if left <= right, l < runCount {
        total += times(l)
        l += 1
      }
      if right <= left, r < other.runCount {
        total += other.times(r)
        r += 1
      }
      result.values.append(min(left, right))
      result.ends.append(total)
    }
    return result
  }

  private func times(_ run: Int) -> Int { ends[run] - (run == 0 ? 0 : ends[run - 1]) }

  /// Gives `body` each value as often as there is.
  func forEach(_ body: (_ value: Double, _ times: Int) -> Void) {
    for run in values.indices { body(values[run], times(run)) }
  }
}

/// Values of which the one of any rank can be asked for.
protocol RankedValues {
  var count: Int { get }
  /// The value at a position among all in ascending order, from 0.
  subscript(rank: Int) -> Double { get }
}

// Quantiles.
extension RankedValues {
  /// The middle value; half of each of the two middle ones of an even number.
  var median: Double {
    guard count % 2 == 0 else { return self[count / 2] }
    let (low, high) = (self[count / 2 - 1], self[count / 2])
    let middle = (low + high) / 2
    // Half of each where the sum of two large values overflows.
    return middle.isFinite ? middle : low / 2 + high / 2
  }

  /// The quantile of a fraction, between neighbours in a straight line: numpy's method `linear`.
  func quantile(_ fraction: Double) -> Double {
    let position = fraction * Double(count - 1)
    let below = min(max(Int(position), 0), count - 1)
    let (low, high) = (self[below], self[min(below + 1, count - 1)])
    let part = position - Double(below)
    let difference = high - low
    // From the nearer end, as numpy does, so that the ends are met exactly.
    return part >= 0.5 ? high - difference * (1 - part) : low + difference * part
  }

  /// The quantile of a fraction by inverting the distribution, the mean of two values where it is
  /// level: numpy's method `averaged_inverted_cdf`.
  func averagedInverse(_ fraction: Double) -> Double {
    let position = fraction * Double(count)
    let below = position.rounded(.down)
    let upper = self[min(max(Int(below), 0), count - 1)]
    guard position == below else { return upper }
    let lower = self[min(max(Int(below) - 1, 0), count - 1)]
    return lower + (upper - lower) * 0.5
  }
}

extension SortedValues {
  /// The most frequent value, the smallest on a tie.
  var mostFrequent: Double {
    var best = (value: Double.nan, times: 0)
    forEach { if $1 > best.times { best = ($0, $1) } }
    return best.value
  }
}

/// A number whose order is the value's; there is no NaN.
func orderedKey(_ value: Double) -> UInt64 {
  let bits = value.bitPattern
  return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
}

func orderedValue(_ key: UInt64) -> Double {
  Double(bitPattern: key >> 63 == 1 ? key & ~(1 << 63) : ~key)
}
