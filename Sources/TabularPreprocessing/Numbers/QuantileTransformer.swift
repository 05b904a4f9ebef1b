/// Spreads numbers evenly, or as a normal distribution, by their rank among those of the fit, as
/// scikit-learn's `QuantileTransformer` that looks at all rows.
public struct QuantileTransformer: Estimator, Codable {
  /// How the numbers are spread.
  public enum Output: String, Codable, Sendable {
    /// Evenly from 0 to 1.
    case uniform
    /// With mean 0 and deviation 1, at most about 5.2 from 0.
    case normal
  }

  /// The columns, numeric.
  public let columns: [String]
  /// How many quantiles are learned; at most as many as there are rows.
  public let quantileCount: Int
  /// How the numbers are spread.
  public let output: Output

  /// Creates a transformer of numeric columns; a count below 1 traps.
  public init(columns: [String], quantileCount: Int = 1000, output: Output = .uniform) {
    precondition(quantileCount > 0, "\(quantileCount) quantiles")
    (self.columns, self.quantileCount, self.output) = (columns, quantileCount, output)
  }

  /// A state that has seen no row.
  public func makeState() -> NumberState<FittedQuantileTransformer> {
    NumberState(columns, needs: .values) {
      [quantileCount, output] columns, folds throws(PreprocessingError) in
      FittedQuantileTransformer(
        output: output,
        tables: try learned(columns, folds, to: "rank by") { name, fold in
          let count = min(quantileCount, fold.count + fold.missing)
          let values = fold.sorted
          return FittedQuantileTransformer.Table(
            column: name,
            // Percentages and back, as there: the rounding is part of the answer.
            quantiles: evenly(count).map { values.quantile($0 * 100 / 100) }
          )
        }
      )
    }
  }
}

/// `count` numbers from 0 to 1 at one distance, as numpy's `linspace`.
private func evenly(_ count: Int) -> [Double] {
  guard count > 1 else { return [0] }
  let step = 1 / Double(count - 1)
  return (0..<count).map { $0 == count - 1 ? 1 : Double($0) * step }
}

/// A transformer that knows the quantiles of each column.
public struct FittedQuantileTransformer: NumberMap {
  /// `quantiles`.
  public static var name: String { "quantiles" }

  struct Table: Codable, Sendable, Equatable {
    var column: String
    /// Ascending, at even distances of probability.
    var quantiles: [Double]
  }

  let output: QuantileTransformer.Output
  let tables: [Table]

  /// The columns, numeric.
  public var columns: [String] { tables.map(\.column) }

  /// The quantiles of a column, from the smallest to the largest number.
  public func quantiles(of column: String) -> [Double]? {
    tables.first { $0.column == column }?.quantiles
  }

  var kernels: [(column: String, kernel: NumberKernel)]? {
    tables.map { table in
      let (ranks, output) = (RankTable(table.quantiles), output)
      return (
        table.column,
        { block, counts in
          for i in block.indices where !block[i].isNaN {
            counts.outside += block[i] < ranks.low || block[i] > ranks.high ? 1 : 0
            block[i] =
              switch output {
              case .uniform: ranks.uniform(block[i])
              case .normal: ranks.normal(block[i])
              }
          }
        }
      )
    }
  }
}

/// Where a number stands between quantiles.
private struct RankTable: Sendable {
  let quantiles: [Double]
  let fractions: [Double]
  let low: Double
  let high: Double

  /// Numbers so near to an end are taken for it, and what the ends become.
  ///
  /// Source: scikit-learn's `BOUNDS_THRESHOLD`.
  private static let nearness = 1e-7
  private static let clip = normalQuantile(1 - (nearness - Double.ulpOfOne))
  private static let lowClip = normalQuantile(nearness - Double.ulpOfOne)

  init(_ quantiles: [Double]) {
    self.quantiles = quantiles
    fractions = evenly(quantiles.count)
    low = quantiles.first ?? 0
    high = quantiles.last ?? 0
  }

  func uniform(_ value: Double) -> Double {
    if value == low { return 0 }
    if value == high { return 1 }
    return fraction(value)
  }

  func normal(_ value: Double) -> Double {
    if value - Self.nearness < low { return Self.lowClip }
    if value + Self.nearness > high { return Self.clip }
    return min(max(normalQuantile(fraction(value)), Self.lowClip), Self.clip)
  }

  /// Between the neighbours in a straight line; the middle of the run of equal quantiles.
  private func fraction(_ value: Double) -> Double {
    0.5 * (fromBelow(value) + fromAbove(value))
  }

  /// From the last quantile that is not above.
  private func fromBelow(_ value: Double) -> Double {
    let next = quantiles.partitioningIndex { $0 > value }
    guard next > 0 else { return fractions[0] }
    guard next < quantiles.count else { return fractions[next - 1] }
    if quantiles[next - 1] == value { return fractions[next - 1] }
    let slope =
      (fractions[next] - fractions[next - 1]) / (quantiles[next] - quantiles[next - 1])
    return slope * (value - quantiles[next - 1]) + fractions[next - 1]
  }

  /// From the first quantile that is not below.
  private func fromAbove(_ value: Double) -> Double {
    let here = quantiles.partitioningIndex { $0 >= value }
    guard here < quantiles.count else { return fractions[here - 1] }
    guard here > 0, quantiles[here] != value else { return fractions[here] }
    let slope =
      (fractions[here] - fractions[here - 1]) / (quantiles[here] - quantiles[here - 1])
    return fractions[here] - slope * (quantiles[here] - value)
  }
}

extension Array where Element == Double {
  /// The first position from which on `belongs` holds, in an array that holds it from there on.
  func partitioningIndex(_ belongs: (Double) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if belongs(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
