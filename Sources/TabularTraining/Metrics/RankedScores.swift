/// Scores of rows with what they are, for figures that depend on how the rows are ranked.
///
/// All scores are held: these figures are exact. Their bits do not depend on the order of the rows.
public struct RankedScores: Sendable {
  private struct Row {
    var score: Double
    var isPositive: Bool
    var weight: Double
  }
  private var rows: [Row] = []

  /// Begins with no rows.
  public init() {}

  /// The number of rows.
  public var count: Int { rows.count }

  /// Adds a row; a score that is NaN traps.
  public mutating func add(score: Double, isPositive: Bool, weight: Double = 1) {
    precondition(!score.isNaN, "a score that is no number")
    rows.append(Row(score: score, isPositive: isPositive, weight: weight))
  }

  /// Takes the rows of another.
  public mutating func merge(_ other: RankedScores) { rows += other.rows }

  /// The weights of the rows that are and that are not, of each score, the highest score first.
  private var groups: [(positive: Double, negative: Double)] {
    // Rows of one score by what else they have, so that sums of weights have one order.
    let sorted = rows.sorted {
      if $0.score != $1.score { return $0.score > $1.score }
      if $0.isPositive != $1.isPositive { return $0.isPositive }
      return $0.weight < $1.weight
    }
    var groups: [(positive: Double, negative: Double)] = []
    var last = Double.nan
    for row in sorted {
      if row.score != last { groups.append((0, 0)) }
      last = row.score
      if row.isPositive {
        groups[groups.count - 1].positive += row.weight
      } else {
        groups[groups.count - 1].negative += row.weight
      }
    }
    return groups
  }

  /// The area under the receiver operating characteristic: the chance that a row that is scores
  /// higher than one that is not, a tie being half; nil without rows of either kind.
  ///
  /// Source: `sklearn.metrics.roc_auc_score`; Mann and Whitney's U.
  public var rocAUC: Double? {
    var (area, positives, negatives) = (0.0, 0.0, 0.0)
    for group in groups {
      // Each row that is not lies below the positives so far, and beside those of its own score.
      area += group.negative * (positives + group.positive / 2)
      positives += group.positive
      negatives += group.negative
    }
    return positives > 0 && negatives > 0 ? area / (positives * negatives) : nil
  }

  /// The average precision, which is the area under the curve of precision over recall without
  /// interpolation; nil without a row that is.
  ///
  /// Source: `sklearn.metrics.average_precision_score`.
  public var averagePrecision: Double? {
    let groups = groups
    let all = groups.reduce(0) { $0 + $1.positive }
    guard all > 0 else { return nil }
    var (area, positives, taken) = (0.0, 0.0, 0.0)
    for group in groups {
      positives += group.positive
      taken += group.positive + group.negative
      if group.positive > 0 { area += group.positive / all * (positives / taken) }
    }
    return area
  }
}
