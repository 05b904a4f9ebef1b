/// How many values lie in each of a few bins of equal width.
package struct Histogram: Sendable, Equatable {
  /// The bounds of the bins in ascending order, one more than bins.
  ///
  /// A bin holds its lower bound and not its upper one; the last holds both.
  package let edges: [Double]
  /// The number of values in each bin.
  package let counts: [Int]

  /// Counts finite values; nil where there is none.
  ///
  /// Few different whole numbers get bins of as many whole numbers each, at most `bins`; one number
  /// alone gets one bin.
  init?(of values: UnsafeBufferPointer<Double>, bins: Int, areWhole: Bool) {
    var (low, high) = (Double.infinity, -Double.infinity)
    for value in values where value.isFinite {
      low = min(low, value)
      high = max(high, value)
    }
    guard low <= high else { return nil }
    // Half of a range first: the whole of it may be beyond the largest double.
    let half = high / 2 - low / 2
    var (count, width) = (low == high ? 1 : bins, 2 * (half / Double(bins)))
    // Among many, a bin that holds one whole number more than another does not show.
    let areFew = areWhole && high - low < Double(8 * bins)
    if areFew {
      width = ((high - low + 1) / Double(bins)).rounded(.up)
      count = max(1, Int(((high - low + 1) / width).rounded(.up)))
    }
    var counts = [Int](repeating: 0, count: count)
    for value in values where value.isFinite {
      let place = width > 0 ? (value / 2 - low / 2) / width * 2 : 0
      counts[min(count - 1, Int(place))] += 1
    }
    self.counts = counts
    edges = (0...count).map { $0 == count && !areFew ? high : low + width * Double($0) }
  }
}
