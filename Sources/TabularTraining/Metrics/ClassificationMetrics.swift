internal import Foundation
public import TabularTensor

/// How well classes and their probabilities were predicted, over rows that come in any parts and any
/// order.
///
/// What is summed is summed exactly, so that shards, ranks and ragged ends give the same bits; the
/// scores of the rows are held for the areas under curves alone. scikit-learn's formulas
/// (`sklearn.metrics`).
public struct ClassificationMetrics: Sendable {
  /// The number of classes.
  public var classCount: Int { confusion.classCount }
  /// How often rows of each class were taken for each class.
  public private(set) var confusion: ConfusionMatrix
  /// For two classes: a row is taken for class 1 where its probability is above this.
  public let threshold: Double
  private var weight = WeightedSum()
  private var logs = WeightedSum()
  private var squares = WeightedSum()
  /// The scores of class 1 of two, else of each class against the others.
  private var scores: [RankedScores]

  /// Begins with no rows; fewer than two classes, or a threshold that is no probability, trap.
  public init(classCount: Int, threshold: Double = 0.5) {
    precondition(classCount >= 2, "\(classCount) classes")
    precondition((0...1).contains(threshold), "a threshold of \(threshold)")
    confusion = ConfusionMatrix(classCount: classCount)
    self.threshold = threshold
    scores = Array(repeating: RankedScores(), count: classCount == 2 ? 1 : classCount)
  }

  /// Adds rows.
  ///
  /// - Parameters:
  ///   - probabilities: of each class, shape [rows, classes].
  ///   - classes: what the rows are, shape [rows].
  ///   - weights: how much each row counts, shape [rows]; 1 unless given.
  /// - Throws: `TrainingError` of kind `shape` where these do not go together, of kind `labels` for
  ///   a class that there is not, of kind `notFinite` for a probability outside 0 ... 1, of kind
  ///   `data` for a weight below 0; no row is added then.
  public mutating func add(
    probabilities: Tensor<Float>,
    classes: Tensor<Int64>,
    weights: Tensor<Float>? = nil
  ) throws(TrainingError) {
    try check(probabilities, classes, weights)
    let rows = probabilities.withUnsafeScalars { scalars in
      (0..<classes.count).map { row in
        scalars[(row * classCount)..<((row + 1) * classCount)].map(Double.init)
      }
    }
    for (row, chances) in rows.enumerated() {
      add(chances, truth: Int(classes[row]), weight: weights.map { Double($0[row]) } ?? 1)
    }
  }

  private mutating func add(_ chances: [Double], truth: Int, weight: Double) {
    self.weight.add(weight)
    // scikit-learn clips at the precision of the probabilities' type.
    let least = Double(Float.ulpOfOne)
    logs.add(-log(min(max(chances[truth], least), 1 - least)), weight: weight)
    var squared = 0.0
    for label in (classCount == 2 ? 1 : 0)..<classCount {
      let distance = chances[label] - (label == truth ? 1 : 0)
      squared += distance * distance
    }
    squares.add(squared, weight: weight)
    if classCount == 2 {
      scores[0].add(score: chances[1], isPositive: truth == 1, weight: weight)
      let prediction = chances[1] > threshold ? 1 : 0
      confusion.add(truth: truth, prediction: prediction, weight: weight)
    } else {
      for label in 0..<classCount {
        scores[label].add(score: chances[label], isPositive: label == truth, weight: weight)
      }
      let best = chances.indices.max { (chances[$0], -$0) < (chances[$1], -$1) } ?? 0
      confusion.add(truth: truth, prediction: best, weight: weight)
    }
  }

  /// Takes what another has of other rows; other classes or another threshold trap.
  public mutating func merge(_ other: ClassificationMetrics) {
    precondition(threshold == other.threshold, "thresholds \(threshold) and \(other.threshold)")
    confusion.merge(other.confusion)
    weight.merge(other.weight)
    logs.merge(other.logs)
    squares.merge(other.squares)
    for label in scores.indices { scores[label].merge(other.scores[label]) }
  }
}

// The figures.
extension ClassificationMetrics {
  /// The number of rows.
  public var count: Int { scores[0].count }

  /// The part of the rows that were taken for what they are; 0 without rows.
  public var accuracy: Double { confusion.accuracy }

  /// The precision of class 1 of two, else the mean over the classes.
  public var precision: Double { confusion.average(confusion.precision(of:)) }

  /// The recall of class 1 of two, else the mean over the classes.
  public var recall: Double { confusion.average(confusion.recall(of:)) }

  /// The F1 of class 1 of two, else the mean over the classes.
  public var f1: Double { confusion.average(confusion.f1(of:)) }

  /// The mean of -log of the probability of what the row is; NaN without rows.
  ///
  /// Probabilities are clipped at 2^-23 and 1 - 2^-23.
  public var logLoss: Double { logs.value / weight.value }

  /// The mean squared distance of the probabilities from 0 and 1: of class 1 of two, else summed
  /// over the classes; NaN without rows.
  ///
  /// Source: `sklearn.metrics.brier_score_loss`, whose `scale_by_half` is "auto".
  public var brierScore: Double { squares.value / weight.value }

  /// The area under the receiver operating characteristic of class 1 of two, else the mean over the
  /// classes, each against the others; nil where one has no rows, or all.
  public var rocAUC: Double? { mean(\.rocAUC) }

  /// The average precision (the area under the precision-recall curve) of class 1 of two, else the
  /// mean over the classes, each against the others; nil where one has no rows.
  public var averagePrecision: Double? { mean(\.averagePrecision) }

  private func mean(_ figure: (RankedScores) -> Double?) -> Double? {
    let figures = scores.compactMap(figure)
    guard figures.count == scores.count else { return nil }
    return figures.reduce(0, +) / Double(figures.count)
  }
}

// Bad input.
extension ClassificationMetrics {
  private func check(
    _ probabilities: Tensor<Float>,
    _ classes: Tensor<Int64>,
    _ weights: Tensor<Float>?
  ) throws(TrainingError) {
    let rows = classes.count
    guard probabilities.shape == [rows, classCount], classes.shape == [rows] else {
      throw TrainingError(
        .shape,
        "probabilities \(probabilities.shape) and classes \(classes.shape), expected [rows, "
          + "\(classCount)] and [rows]"
      )
    }
    if let weights, weights.shape != [rows] {
      throw TrainingError(.shape, "weights \(weights.shape), expected [\(rows)]")
    }
    for (row, label) in classes.scalars.enumerated() where label < 0 || label >= classCount {
      throw TrainingError(
        .labels,
        "row \(row) has class \(label), expected 0 to \(classCount - 1)"
      )
    }
    for (place, chance) in probabilities.scalars.enumerated() where !(chance >= 0 && chance <= 1) {
      throw TrainingError(
        .notFinite,
        "row \(place / classCount) has probability \(chance), expected 0 to 1"
      )
    }
    for (row, weight) in (weights?.scalars ?? []).enumerated()
    where !(weight >= 0 && weight.isFinite) {
      throw TrainingError(.data, "row \(row) has weight \(weight), expected 0 or more")
    }
  }
}
