internal import TabularFrame
public import TabularPreprocessing
public import TabularTensor

/// How well a model does on labelled rows.
public struct Evaluation: Sendable {
  /// The number of rows.
  public let rows: Int
  /// The mean loss.
  public let loss: Double
  /// The figures of classes and probabilities; nil when regressing.
  public let classification: ClassificationMetrics?
  /// The figures of values; nil when classifying.
  public let regression: RegressionMetrics?

  /// The fraction of rows whose predicted class is theirs; nil when regressing.
  public var accuracy: Double? { classification?.accuracy }
  /// The root of the mean squared error, in the target's unit; nil when classifying.
  public var rmse: Double? { regression?.rootMeanSquaredError }
}

extension Loss {
  /// The mean loss of outputs [rows, output width] against labels [rows].
  ///
  /// Rows are added in blocks of 256 by position.
  ///
  /// - Throws: `TrainingError` of kind `shape` or `labels` when they do not go together, of kind
  ///   `data` when there are no rows.
  public func callAsFunction(
    _ outputs: Tensor<Float>,
    _ labels: some LabelsConvertible
  ) throws(TrainingError) -> Double {
    try mean(outputs, labels.labels, rowIDs: nil)
  }

  func mean(
    _ outputs: Tensor<Float>,
    _ labels: Labels<Float>?,
    rowIDs: [RowID]?
  ) throws(TrainingError) -> Double {
    guard outputs.shape.rank == 2 else {
      throw TrainingError(.shape, "outputs of shape \(outputs.shape), expected [rows, outputs]")
    }
    let (rows, width) = (outputs.shape[0], outputs.shape[1])
    guard rows > 0 else { throw TrainingError(.data, "a loss over no rows") }
    var scratch: [Float] = []
    return try withTargets(
      labels,
      rows: rows,
      outputWidth: width,
      rowIDs: rowIDs,
      scratch: &scratch
    ) { (targets) throws(TrainingError) in
      outputs.withUnsafeScalars { scalars in
        guard let base = scalars.baseAddress else { preconditionFailure("a tensor without memory") }
        let all = DeviceMatrix(reading: base, rows: rows, columns: width)
        let device = CPUDevice()
        var sum = LossSum(sum: 0, normaliser: 0)
        for start in stride(from: 0, to: rows, by: Sequential.evaluationBlock) {
          let range = start..<min(start + Sequential.evaluationBlock, rows)
          sum =
            sum
            + device.lossSum(
              self,
              outputs: all.rows(range),
              targets: targets.dropFirst(start),
              weights: nil,
              gradient: nil
            )
        }
        return sum.mean
      }
    }
  }
}

extension Sequential {
  /// Compares the model with labelled rows, each exactly once.
  ///
  /// Rows are computed in blocks of 256 by position, and losses added in their order.
  ///
  /// - Parameters:
  ///   - matrix: the rows.
  ///   - loss: what their loss is.
  ///   - threshold: of two classes, a row is taken for the second where its probability is above.
  /// - Returns: the loss, and the figures.
  /// - Throws: `TrainingError` of kind `shape` or `labels` when the rows do not fit the model or the
  ///   loss, of kind `data` when there are none, of kind `notFinite` when the model's answer for a
  ///   row is NaN or infinite.
  public func evaluate(
    _ matrix: FeatureMatrix<Float>,
    loss: Loss,
    threshold: Double = 0.5
  ) throws(TrainingError) -> Evaluation {
    let outputs = try self(matrix.features)
    let mean = try loss.mean(outputs, matrix.labels, rowIDs: matrix.rowIDs)
    try outputs.checkFinite(matrix.rowIDs)
    return Evaluation(
      rows: matrix.rowCount,
      loss: mean,
      classification: try loss.classification(outputs, matrix.labels, threshold: threshold),
      regression: loss.regression(outputs, matrix.labels)
    )
  }

  /// Computes outputs and, when the loss classifies, probabilities and classes.
  ///
  /// - Throws: `TrainingError` of kind `shape` when the features have another width.
  public func predict(
    _ features: Tensor<Float>,
    loss: Loss
  ) throws(TrainingError) -> Predictions {
    try loss.check(outputWidth: outputWidth)
    return loss.predictions(from: try self(features))
  }
}

extension Tensor where Scalar == Float {
  fileprivate func checkFinite(_ rowIDs: [RowID]) throws(TrainingError) {
    guard let place = withUnsafeScalars({ $0.firstIndex { !$0.isFinite } }) else { return }
    throw TrainingError(
      .notFinite,
      "row \(rowIDs[place / shape[1]]): the model's answer is \(scalars[place])"
    )
  }
}

// The figures of outputs that have been checked.
extension Loss {
  fileprivate func classification(
    _ outputs: Tensor<Float>,
    _ labels: Labels<Float>?,
    threshold: Double
  ) throws(TrainingError) -> ClassificationMetrics? {
    guard let probabilities = predictions(from: outputs).probabilities else { return nil }
    let classes: Tensor<Int64>
    switch labels {
    case .classes(let truth): classes = truth
    // Values of a binary classification: above one half is class 1.
    case .values(let values): classes = values.map { Int64($0 > 0.5 ? 1 : 0) }
    case nil: return nil
    }
    var metrics = ClassificationMetrics(
      classCount: probabilities.shape[1],
      threshold: threshold
    )
    try metrics.add(probabilities: probabilities, classes: classes)
    return metrics
  }

  fileprivate func regression(
    _ outputs: Tensor<Float>,
    _ labels: Labels<Float>?
  ) -> RegressionMetrics? {
    guard !classifies, case .values(let values) = labels else { return nil }
    var metrics = RegressionMetrics()
    outputs.withUnsafeScalars { outputs in
      values.withUnsafeScalars { values in
        for (output, value) in zip(outputs, values) {
          metrics.add(value: Double(value), predicted: Double(output))
        }
      }
    }
    return metrics
  }
}
