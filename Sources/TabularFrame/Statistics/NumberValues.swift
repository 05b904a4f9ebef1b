internal import TabularCSV
internal import TabularTensor

/// The numbers of a column that are there, in row order, as doubles: nulls and NaN left out, as in
/// pandas.
struct NumberValues {
  private let buffer: Buffer
  let count: Int

  /// - Throws: `FrameError` of kind `type` when the column holds no numbers.
  init(_ column: Column, _ verb: String) throws(FrameError) {
    switch column.storage {
    case .float64(let vector):
      let pointer = vector.pointer
      if column.validity == nil, !Self.hasNaN(pointer, column.count) {
        // The column's own values, without a copy.
        buffer = Buffer(
          borrowing: UnsafeMutableRawPointer(mutating: pointer),
          byteCount: column.count * 8,
          owner: vector.buffer
        )
        count = column.count
        return
      }
      (buffer, count) = Self.compacted(column) { pointer[$0] }
    case .int64(let vector):
      let pointer = vector.pointer
      (buffer, count) = Self.compacted(column) { Double(pointer[$0]) }
    case .bool(let bits):
      (buffer, count) = Self.compacted(column) { bits[$0] ? 1 : 0 }
    default:
      throw FrameError(
        .type,
        "\(verb) of a column of type \(column.type), expected numbers; "
          + "cast it with cast(to: .float64)"
      )
    }
  }

  private static func hasNaN(_ values: UnsafePointer<Double>, _ count: Int) -> Bool {
    var nans = 0
    for row in 0..<count { nans &+= values[row] != values[row] ? 1 : 0 }
    return nans > 0
  }

  @inline(__always)
  private static func compacted(_ column: Column, _ value: (Int) -> Double) -> (Buffer, Int) {
    let buffer = Buffer.room(column.count * 8)
    let target = buffer.pointer.bindMemory(to: Double.self, capacity: column.count)
    var kept = 0
    for word in 0..<((column.count + 63) / 64) {
      let valid = column.valid64(word)
      let base = word &* 64
      for j in 0..<min(64, column.count &- base) {
        let number = value(base &+ j)
        target[kept] = number
        // Overwritten by the next one unless it counts.
        kept &+= (valid &>> UInt64(j)) & 1 == 1 && number == number ? 1 : 0
      }
    }
    return (buffer, kept)
  }

  /// Gives `body` the numbers.
  func withValues<Result>(_ body: (UnsafeBufferPointer<Double>) -> Result) -> Result {
    withExtendedLifetime(buffer) {
      body(
        UnsafeBufferPointer(
          start: UnsafePointer(buffer.pointer.assumingMemoryBound(to: Double.self)),
          count: count
        )
      )
    }
  }

  /// Their sum.
  var sum: Double { withValues { CompensatedSum.of($0) } }

  /// Their mean; NaN where there is none.
  var mean: Double { count == 0 ? .nan : sum / Double(count) }

  /// Their variance, with `ddof` less than the count as divisor; NaN where that is not above 0.
  func variance(ddof: Int) -> Double {
    guard count > ddof else { return .nan }
    let mean = mean
    guard mean.isFinite else { return .nan }
    return withValues { CompensatedSum.ofSquares($0, around: mean) } / Double(count - ddof)
  }

  /// The number below which a part of them lies, with linear interpolation; NaN where there is none.
  func quantile(_ fraction: Double) -> Double { quantiles([fraction])[0] }

  /// Several quantiles at once.
  ///
  /// Source: Hyndman and Fan, "Sample quantiles in statistical packages", 1996, type 7, which pandas
  /// and numpy take unless told otherwise.
  func quantiles(_ fractions: [Double]) -> [Double] {
    guard count > 0 else { return fractions.map { _ in .nan } }
    let copy = Buffer.room(count * 8)
    copy.pointer.copyMemory(from: buffer.pointer, byteCount: count * 8)
    return withExtendedLifetime(copy) {
      let values = UnsafeMutableBufferPointer(
        start: copy.pointer.assumingMemoryBound(to: Double.self),
        count: count
      )
      return fractions.map { fraction in
        let place = fraction * Double(count - 1)
        let below = Int(place)
        let low = values.select(below)
        guard below + 1 < count, place > Double(below) else { return low }
        return interpolated(low, values.select(below + 1), place - Double(below))
      }
    }
  }
}

/// A number between two, as numpy's `lerp`: exact at both ends.
func interpolated(_ low: Double, _ high: Double, _ part: Double) -> Double {
  if low == high { return low }
  let step = high - low
  return part < 0.5 ? low + step * part : high - step * (1 - part)
}

extension UnsafeMutableBufferPointer<Double> {
  /// The value that stands at a place once they are sorted, by Hoare's selection.
  ///
  /// Their order changes. There is no NaN among them.
  fileprivate func select(_ place: Int) -> Double {
    var (low, high) = (0, count - 1)
    while low < high {
      let middle = low + (high - low) / 2
      // The median of three ends runs of sorted values well.
      let (a, b, c) = (self[low], self[middle], self[high])
      let pivot = Swift.max(Swift.min(a, b), Swift.min(Swift.max(a, b), c))
      var (i, j) = (low, high)
      while i <= j {
        while self[i] < pivot { i += 1 }
        while self[j] > pivot { j -= 1 }
        if i <= j {
          swapAt(i, j)
          i += 1
          j -= 1
        }
      }
      if place <= j {
        high = j
      } else if place >= i {
        low = i
      } else {
        break
      }
    }
    return self[place]
  }
}
