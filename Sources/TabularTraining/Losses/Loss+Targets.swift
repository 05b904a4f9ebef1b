internal import TabularFrame
internal import TabularPreprocessing
internal import TabularTensor

// What a loss can be computed of.
extension Loss {
  /// Refuses a model that does not give the outputs which the loss takes.
  func check(outputWidth: Int) throws(TrainingError) {
    switch kind {
    case .binaryCrossEntropyWithLogits, .meanSquaredError, .meanAbsoluteError, .huber:
      guard outputWidth == 1 else {
        throw TrainingError(.shape, "\(self) takes 1 output, the model has \(outputWidth)")
      }
    case .crossEntropy:
      guard outputWidth >= 2 else {
        throw TrainingError(
          .shape,
          "\(self) takes an output for each class, the model has \(outputWidth); "
            + "one output goes with \(Loss.binaryCrossEntropyWithLogits)"
        )
      }
      if let classWeights, classWeights.count != outputWidth {
        throw TrainingError(
          .shape,
          "\(self) has \(classWeights.count) class weights, the model has \(outputWidth) outputs"
        )
      }
    }
  }

  /// Gives `body` labels that the loss can take, as the kernels want them.
  ///
  /// `rowIDs` name rows in errors; without them, positions do. `scratch` is reused memory.
  func withTargets<Result>(
    _ labels: Labels<Float>?,
    rows: Int,
    outputWidth: Int,
    rowIDs: [RowID]?,
    scratch: inout [Float],
    _ body: (Targets) throws(TrainingError) -> Result
  ) throws(TrainingError) -> Result {
    try check(outputWidth: outputWidth)
    guard let labels else {
      throw TrainingError(.labels, "\(self) needs labels: there are none")
    }
    guard labels.count == rows else {
      throw TrainingError(.labels, "\(labels.count) labels for \(rows) rows")
    }
    func row(_ position: Int) -> String {
      "row \(rowIDs.map { "\($0[position])" } ?? "\(position)")"
    }
    switch (kind, labels) {
    case (.crossEntropy, .classes(let classes)),
      (.binaryCrossEntropyWithLogits, .classes(let classes)):
      let count = kind == .crossEntropy ? outputWidth : 2
      return try classes.withUnsafeScalars { (scalars) throws(TrainingError) in
        // Without branches, so that it is done several rows at a time.
        var outside: Int64 = 0
        for row in scalars { outside |= row | (Int64(count) &- 1 &- row) }
        if outside < 0, let wrong = scalars.firstIndex(where: { $0 < 0 || $0 >= count }) {
          throw TrainingError(
            .labels,
            "\(row(wrong)) has class \(scalars[wrong]), expected 0 to \(count - 1)"
          )
        }
        guard kind != .crossEntropy else { return try body(.classes(address(of: scalars))) }
        if scratch.count != scalars.count {
          scratch = Array(repeating: 0, count: scalars.count)
        }
        scratch.withUnsafeMutableBufferPointer { values in
          for row in scalars.indices { values[row] = Float(scalars[row]) }
        }
        return try scratch.withUnsafeBufferPointer { (values) throws(TrainingError) in
          try body(.values(address(of: values)))
        }
      }
    case (.binaryCrossEntropyWithLogits, .values(let values)),
      (.meanSquaredError, .values(let values)), (.meanAbsoluteError, .values(let values)),
      (.huber, .values(let values)):
      return try values.withUnsafeScalars { (scalars) throws(TrainingError) in
        if kind == .binaryCrossEntropyWithLogits,
          let wrong = scalars.firstIndex(where: { !($0 >= 0 && $0 <= 1) })
        {
          throw TrainingError(
            .labels,
            "\(row(wrong)) has the value \(scalars[wrong]), expected 0 to 1"
          )
        }
        return try body(.values(address(of: scalars)))
      }
    case (.crossEntropy, .values), (.meanSquaredError, .classes), (.meanAbsoluteError, .classes),
      (.huber, .classes):
      let (wanted, found) = kind == .crossEntropy ? ("classes", "values") : ("values", "classes")
      throw TrainingError(.labels, "\(self) takes \(wanted), the labels are \(found)")
    }
  }
}

/// The address of rows that are there: no kernel is called for none.
private func address<Element>(of rows: UnsafeBufferPointer<Element>) throws(TrainingError)
  -> UnsafePointer<Element>
{
  guard let base = rows.baseAddress else { throw TrainingError(.data, "a batch without rows") }
  return base
}
