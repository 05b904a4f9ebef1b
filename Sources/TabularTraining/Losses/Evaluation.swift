public import TabularPreprocessing
public import TabularTensor

/// How well a model does on labelled rows.
public struct Evaluation: Sendable, Equatable {
  /// The number of rows.
  public let rows: Int
  /// The mean loss.
  public let loss: Double
  /// The fraction of rows whose most probable class is theirs; nil when regressing.
  public let accuracy: Double?
  /// The root of the mean squared error, in the target's unit; nil when classifying.
  public let rmse: Double?
}

extension Sequential {
  /// Compares the model with labelled rows, each exactly once.
  ///
  /// Rows are computed in blocks of 256 by position, and losses added in their order.
  ///
  /// - Throws: `TrainingError` of kind `shape` or `labels` when the rows do not fit the model or the
  ///   loss, of kind `data` when there are none.
  public func evaluate(
    _ matrix: FeatureMatrix<Float>,
    loss: Loss
  ) throws(TrainingError) -> Evaluation {
    let outputs = try self(matrix.features)
    let rows = matrix.rowCount
    var scratch: [Float] = []
    let sum = try loss.withTargets(
      matrix.labels,
      rows: rows,
      outputWidth: outputWidth,
      rowIDs: matrix.rowIDs,
      scratch: &scratch
    ) { (targets) throws(TrainingError) in
      guard rows > 0 else { throw TrainingError(.data, "an evaluation without rows") }
      return outputs.withUnsafeScalars { scalars in
        guard let base = scalars.baseAddress else { preconditionFailure("a tensor without memory") }
        let all = DeviceMatrix(reading: base, rows: rows, columns: outputWidth)
        let device = CPUDevice()
        var sum = LossSum(sum: 0, normaliser: 0)
        for start in stride(from: 0, to: rows, by: Self.evaluationBlock) {
          let range = start..<min(start + Self.evaluationBlock, rows)
          let part = device.lossSum(
            loss,
            outputs: all.rows(range),
            targets: targets.dropFirst(start),
            gradient: nil
          )
          sum = sum + LossSum(sum: part, normaliser: Double(range.count))
        }
        return sum
      }
    }
    let classes = loss.predictions(from: outputs).classes
    return Evaluation(
      rows: rows,
      loss: sum.mean,
      accuracy: classes.map { Double(matched($0, matrix.labels)) / Double(rows) },
      rmse: loss == .meanSquaredError ? sum.mean.squareRoot() : nil
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

  private func matched(_ classes: Tensor<Int64>, _ labels: Labels<Float>?) -> Int {
    switch labels {
    case .classes(let truth): (classes .== truth).sum()
    // Values of a binary classification: above one half is class 1.
    case .values(let values): (classes .== values.map { Int64($0 > 0.5 ? 1 : 0) }).sum()
    case nil: 0
    }
  }
}
