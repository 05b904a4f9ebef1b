public import TabularPreprocessing
public import TabularTensor

/// What one reaches without looking at a feature: always the most frequent class, or the mean.
public struct Baseline: Sendable, Equatable {
  /// The part of the rows that are of the most frequent training class; nil when regressing.
  public let accuracy: Double?
  /// The root of the mean squared distance to the training mean; nil when classifying.
  public let rmse: Double?
  /// Where the accuracy, or the root of the mean squared distance, is with a confidence of 95 %.
  public let interval: Interval?

  /// Takes the answer from the training rows, and compares it with others.
  ///
  /// - Throws: `TrainingError` of kind `labels` when there are no labels, or of two kinds.
  public init(train: FeatureMatrix<Float>, valid: FeatureMatrix<Float>) throws(TrainingError) {
    switch (train.labels, valid.labels) {
    case (.classes(let train), .classes(let valid)) where train.count > 0 && valid.count > 0:
      var counts: [Int64: Int] = [:]
      for label in train.scalars { counts[label, default: 0] += 1 }
      // The smaller class on a tie.
      let majority = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
      let hits = valid.scalars.reduce(0) { $0 + ($1 == majority ? 1 : 0) }
      accuracy = Double(hits) / Double(valid.count)
      rmse = nil
      interval = .wilson(part: Double(hits) / Double(valid.count), rows: valid.count)
    case (.values(let train), .values(let valid)) where train.count > 0 && valid.count > 0:
      let mean = train.scalars.reduce(0) { $0 + Double($1) } / Double(train.count)
      var metrics = RegressionMetrics()
      for value in valid.scalars { metrics.add(value: Double(value), predicted: mean) }
      accuracy = nil
      rmse = metrics.rootMeanSquaredError
      interval = metrics.rootMeanSquaredErrorInterval
    default:
      throw TrainingError(.labels, "a baseline needs labels of one kind on both sides")
    }
  }
}
