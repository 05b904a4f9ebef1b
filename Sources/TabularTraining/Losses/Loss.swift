internal import TabularFrame
internal import TabularPreprocessing
internal import TabularTensor

/// What training makes small: a mean over rows.
///
/// Each shard gives the sum over its rows and its normaliser, the number of rows; the mean is the
/// sum of sums divided by the sum of normalisers, so that shards of unequal size count exactly.
public enum Loss: String, Sendable, Hashable, Codable, CaseIterable {
  /// Binary cross-entropy of one output, a logit z: max(z, 0) - z·y + log(1 + exp(-|z|)).
  ///
  /// Labels are classes 0 and 1, or values in 0 ... 1. Source: PyTorch's
  /// `binary_cross_entropy_with_logits`.
  case binaryCrossEntropyWithLogits
  /// Cross-entropy of an output for each class: -log softmax(outputs)[class].
  ///
  /// Labels are classes. Source: PyTorch's `cross_entropy`.
  case crossEntropy
  /// Squared error of one output: (output - value)².
  ///
  /// Labels are values. Source: PyTorch's `mse_loss`.
  case meanSquaredError
}

/// A loss over some rows, before the division.
struct LossSum: Equatable {
  var sum: Double
  var normaliser: Double

  static func + (left: LossSum, right: LossSum) -> LossSum {
    LossSum(sum: left.sum + right.sum, normaliser: left.normaliser + right.normaliser)
  }

  /// The loss: NaN over no rows.
  var mean: Double { sum / normaliser }
}

extension Loss {
  /// Refuses a model that does not give the outputs which the loss takes.
  func check(outputWidth: Int) throws(TrainingError) {
    switch self {
    case .binaryCrossEntropyWithLogits, .meanSquaredError:
      guard outputWidth == 1 else {
        throw TrainingError(.shape, "\(rawValue) takes 1 output, the model has \(outputWidth)")
      }
    case .crossEntropy:
      guard outputWidth >= 2 else {
        throw TrainingError(
          .shape,
          "\(rawValue) takes an output for each class, the model has \(outputWidth); "
            + "one output goes with \(Loss.binaryCrossEntropyWithLogits.rawValue)"
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
      throw TrainingError(.labels, "\(rawValue) needs labels: there are none")
    }
    guard labels.count == rows else {
      throw TrainingError(.labels, "\(labels.count) labels for \(rows) rows")
    }
    func row(_ position: Int) -> String {
      "row \(rowIDs.map { "\($0[position])" } ?? "\(position)")"
    }
    switch (self, labels) {
    case (.crossEntropy, .classes(let classes)),
      (.binaryCrossEntropyWithLogits, .classes(let classes)):
      let count = self == .crossEntropy ? outputWidth : 2
      return try classes.withUnsafeScalars { (scalars) throws(TrainingError) in
        if let wrong = scalars.firstIndex(where: { $0 < 0 || $0 >= count }) {
          throw TrainingError(
            .labels,
            "\(row(wrong)) has class \(scalars[wrong]), expected 0 to \(count - 1)"
          )
        }
        guard self != .crossEntropy else { return try body(.classes(address(of: scalars))) }
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: scalars.lazy.map { Float($0) })
        return try scratch.withUnsafeBufferPointer { (values) throws(TrainingError) in
          try body(.values(address(of: values)))
        }
      }
    case (.binaryCrossEntropyWithLogits, .values(let values)),
      (.meanSquaredError, .values(let values)):
      return try values.withUnsafeScalars { (scalars) throws(TrainingError) in
        if self == .binaryCrossEntropyWithLogits,
          let wrong = scalars.firstIndex(where: { !($0 >= 0 && $0 <= 1) })
        {
          throw TrainingError(
            .labels,
            "\(row(wrong)) has the value \(scalars[wrong]), expected 0 to 1"
          )
        }
        return try body(.values(address(of: scalars)))
      }
    case (.crossEntropy, .values), (.meanSquaredError, .classes):
      let (wanted, found) = self == .crossEntropy ? ("classes", "values") : ("values", "classes")
      throw TrainingError(.labels, "\(rawValue) takes \(wanted), the labels are \(found)")
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
