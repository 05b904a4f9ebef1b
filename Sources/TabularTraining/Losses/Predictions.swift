internal import Foundation
public import TabularTensor

/// What a model says of rows.
public struct Predictions: Sendable {
  /// The model's outputs, [rows, output width].
  public let outputs: Tensor<Float>
  /// The probability of each class, [rows, classes]; nil when regressing.
  ///
  /// One logit z gives two classes: the logistic function of -z and of z. Several outputs give
  /// their softmax.
  public let probabilities: Tensor<Float>?
  /// The most probable class, [rows], the first on a tie; nil when regressing.
  public let classes: Tensor<Int64>?
}

extension Loss {
  /// Reads a model's outputs [rows, output width] as this loss trained them.
  public func predictions(from outputs: Tensor<Float>) -> Predictions {
    switch kind {
    case .meanSquaredError, .meanAbsoluteError, .huber:
      return Predictions(outputs: outputs, probabilities: nil, classes: nil)
    case .crossEntropy:
      return Predictions(
        outputs: outputs,
        probabilities: softmax(outputs),
        classes: outputs.argmax()
      )
    case .binaryCrossEntropyWithLogits:
      let rows = outputs.count
      let probabilities = Tensor<Float>(shape: [rows, 2]) { result in
        outputs.withUnsafeScalars { z in
          for i in 0..<rows {
            let e = exp(-abs(z[i]))
            let (likely, unlikely) = (1 / (1 + e), e / (1 + e))
            result[2 * i] = z[i] > 0 ? unlikely : likely
            result[2 * i + 1] = z[i] > 0 ? likely : unlikely
          }
        }
      }
      return Predictions(
        outputs: outputs,
        probabilities: probabilities,
        classes: outputs.map { Int64($0 > 0 ? 1 : 0) }.reshaped(to: [rows])
      )
    }
  }

  private func softmax(_ outputs: Tensor<Float>) -> Tensor<Float> {
    let (rows, columns) = (outputs.shape[0], outputs.shape[1])
    return Tensor<Float>(shape: outputs.shape) { result in
      outputs.withUnsafeScalars { scalars in
        for row in 0..<rows {
          let range = (row * columns)..<((row + 1) * columns)
          let largest = scalars[range].max() ?? 0
          var total: Float = 0
          for i in range {
            result[i] = exp(scalars[i] - largest)
            total += result[i]
          }
          for i in range { result[i] /= total }
        }
      }
    }
  }
}
