public import TabularFrame

/// What the loss of each row is multiplied by in training; scikit-learn's `sample_weight`.
///
/// The loss of a batch is Σ weight·loss / Σ weight, of class weights too, so that only the ratios of
/// weights matter. Rows are known by their ids: whatever splits, shuffles or deals them, each keeps
/// its weight. A batch whose rows all weigh nothing has the loss 0, and no gradient.
///
/// ```swift
/// trainer.rowWeights = try RowWeights(weights, of: matrix.rowIDs)
/// ```
public struct RowWeights: Sendable {
  private let weights: [RowID: Float]
  /// A name of rows and weights: other ones have another.
  let fingerprint: String

  /// Takes the weights of rows.
  ///
  /// - Parameters:
  ///   - weights: one for each row, 0 or more and finite, not all 0.
  ///   - rows: the ids of the rows, as a `FeatureMatrix` or a `DataFrame` has them.
  /// - Throws: `TrainingError` of kind `configuration` for other weights, or another number of them.
  public init(_ weights: [Float], of rows: [RowID]) throws(TrainingError) {
    guard weights.count == rows.count else {
      throw TrainingError(.configuration, "\(weights.count) weights for \(rows.count) rows")
    }
    if let wrong = weights.indices.first(where: { !(weights[$0] >= 0 && weights[$0].isFinite) }) {
      throw TrainingError(
        .configuration,
        "row \(rows[wrong]) has the weight \(weights[wrong]), expected 0 or more"
      )
    }
    guard weights.contains(where: { $0 > 0 }) else {
      throw TrainingError(.configuration, "no row has a weight above 0")
    }
    self.weights = Dictionary(zip(rows, weights)) { $1 }
    var hash: UInt64 = 0
    for (row, weight) in self.weights {
      // A sum, whose order does not matter: that of a dictionary changes with the process.
      hash &+= SplitMix64.mix(SplitMix64.mix(row.rawValue &+ 1) ^ UInt64(weight.bitPattern))
    }
    fingerprint = String(hash, radix: 16)
  }

  /// Writes the weights of a batch's rows.
  ///
  /// - Throws: `TrainingError` of kind `data` for a row that has none.
  func write(_ rows: [RowID], into batch: inout [Float]) throws(TrainingError) {
    batch.removeAll(keepingCapacity: true)
    for row in rows {
      guard let weight = weights[row] else {
        throw TrainingError(.data, "row \(row) has no weight: rowWeights names other rows")
      }
      batch.append(weight)
    }
  }
}
