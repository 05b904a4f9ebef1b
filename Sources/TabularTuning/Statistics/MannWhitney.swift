internal import Foundation

/// The rank test of Mann and Whitney: whether the values of one sample tend to be larger than those
/// of another.
///
/// Source: H. B. Mann and D. R. Whitney, "On a test of whether one of two random variables is
/// stochastically larger than the other", 1947; the normal approximation with continuity and ties
/// corrected, as `scipy.stats.mannwhitneyu(..., method="asymptotic")` has it.
package struct MannWhitney: Sendable {
  /// How many pairs have a larger value in the first sample; ties are halves.
  package let statistic: Double
  /// The probability of such a statistic, or a larger one, when both samples are of one distribution.
  package let greater: Double

  /// Compares two samples, neither of which is empty.
  package init(_ first: [Double], _ second: [Double]) {
    precondition(!first.isEmpty && !second.isEmpty, "a rank test of an empty sample")
    let sorted = (first.map { ($0, true) } + second.map { ($0, false) }).sorted { $0.0 < $1.0 }
    var rankSum = 0.0
    var ties = 0.0
    var start = 0
    while start < sorted.count {
      var end = start
      while end < sorted.count, sorted[end].0 == sorted[start].0 { end += 1 }
      let size = Double(end - start)
      // Equal values share the mean of their ranks, which count from 1.
      let rank = Double(start) + (size + 1) / 2
      rankSum += rank * Double(sorted[start..<end].count { $0.1 })
      ties += size * size * size - size
      start = end
    }
    let (n, m) = (Double(first.count), Double(second.count))
    let all = n + m
    statistic = rankSum - n * (n + 1) / 2
    let variance = n * m / 12 * (all + 1 - ties / (all * (all - 1)))
    let z = (statistic - n * m / 2 - 0.5) / variance.squareRoot()
    // All values are the same.
    greater = variance > 0 ? StandardNormal.cumulative(-z) : 1
  }
}
