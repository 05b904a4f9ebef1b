internal import TabularFrame
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
  /// - Throws: `TrainingError` of kind `shape` or `labels` when the rows do not fit the model or the
  ///   loss, of kind `data` when there are none.
  public func evaluate(
    _ matrix: FeatureMatrix<Float>,
    loss: Loss
  ) throws(TrainingError) -> Evaluation {
    let outputs = try self(matrix.features)
    let mean = try loss.mean(outputs, matrix.labels, rowIDs: matrix.rowIDs)
    let rows = matrix.rowCount
    let classes = loss.predictions(from: outputs).classes
    return Evaluation(
      rows: rows,
      loss: mean,
      accuracy: classes.map { Double(matched($0, matrix.labels)) / Double(rows) },
      rmse: loss == .meanSquaredError ? mean.squareRoot() : rmse(outputs, matrix.labels, loss)
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

  private func rmse(
    _ outputs: Tensor<Float>,
    _ labels: Labels<Float>?,
    _ loss: Loss
  ) -> Double? {
    guard !loss.classifies, case .values(let values) = labels else { return nil }
    let squares = outputs.withUnsafeScalars { outputs in
      values.withUnsafeScalars { values in
        zip(outputs, values).reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
      }
    }
    return (squares / Double(values.count)).squareRoot()
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
