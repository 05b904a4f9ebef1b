internal import TabularFrame
public import TabularPreprocessing
public import TabularTensor

extension Sequential {
  /// The loss of each of some labelled rows, shape [rows]: where the model does worst.
  ///
  /// With weights of classes it is the weighted term, not yet divided by the sum of weights.
  ///
  /// - Parameters:
  ///   - matrix: the rows.
  ///   - loss: what their loss is.
  /// - Returns: the losses in the order of the rows.
  /// - Throws: `TrainingError` of kind `shape` or `labels` when the rows do not fit the model or the
  ///   loss, of kind `data` when there are none.
  public func rowLosses(
    _ matrix: FeatureMatrix<Float>,
    loss: Loss
  ) throws(TrainingError) -> Tensor<Float> {
    let outputs = try self(matrix.features)
    let rows = matrix.rowCount
    guard rows > 0 else { throw TrainingError(.data, "a loss over no rows") }
    var scratch: [Float] = []
    return try loss.withTargets(
      matrix.labels,
      rows: rows,
      outputWidth: outputWidth,
      rowIDs: matrix.rowIDs,
      scratch: &scratch
    ) { (targets) throws(TrainingError) in
      let device = CPUDevice()
      return Tensor<Float>(shape: [rows]) { result in
        outputs.withUnsafeScalars { scalars in
          guard let base = scalars.baseAddress else { return }
          let all = DeviceMatrix(reading: base, rows: rows, columns: outputWidth)
          for row in 0..<rows {
            let sum = device.lossSum(
              loss,
              outputs: all.rows(row..<(row + 1)),
              targets: targets.dropFirst(row),
              weights: nil,
              gradient: nil
            )
            result[row] = Float(sum.sum)
          }
        }
      }
    }
  }
}
