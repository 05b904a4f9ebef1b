internal import Foundation

// The kernels of losses. Terms are float32 as in PyTorch, their sum over rows is float64.
// Invariant: `targets` holds as many elements as `outputs` has rows; classes are within the
// columns (`Loss.checked` saw to it).
extension CPUDevice {
  /// Computes the sum and, where asked, the derivatives.
  public func lossSum(
    _ loss: Loss,
    outputs: DeviceMatrix,
    targets: Targets,
    gradient: DeviceMatrix?
  ) -> Double {
    precondition(gradient.map { $0.count == outputs.count } ?? true, "a gradient of another shape")
    switch (loss, targets) {
    case (.binaryCrossEntropyWithLogits, .values(let values)):
      return binaryCrossEntropy(outputs, values, gradient?.base)
    case (.crossEntropy, .classes(let classes)):
      return crossEntropy(outputs, classes, gradient?.base)
    case (.meanSquaredError, .values(let values)):
      return squaredError(outputs, values, gradient?.base)
    default:
      preconditionFailure("\(loss) of \(targets)")
    }
  }

  private func binaryCrossEntropy(
    _ outputs: DeviceMatrix,
    _ values: UnsafePointer<Float>,
    _ gradient: UnsafeMutablePointer<Float>?
  ) -> Double {
    var sum = 0.0
    for i in 0..<outputs.count {
      let (z, y) = (outputs.base[i], values[i])
      let e = exp(-abs(z))
      sum += Double(max(z, 0) - z * y + log1p(e))
      if let gradient { gradient[i] = (z >= 0 ? 1 / (1 + e) : e / (1 + e)) - y }
    }
    return sum
  }

  private func crossEntropy(
    _ outputs: DeviceMatrix,
    _ classes: UnsafePointer<Int64>,
    _ gradient: UnsafeMutablePointer<Float>?
  ) -> Double {
    var sum = 0.0
    let columns = outputs.columns
    for i in 0..<outputs.rows {
      let z = outputs.base + i * columns
      let target = Int(classes[i])
      var largest = z[0]
      for j in 1..<max(columns, 1) where z[j] > largest { largest = z[j] }
      var total: Float = 0
      for j in 0..<columns { total += exp(z[j] - largest) }
      sum += Double(log(total) - (z[target] - largest))
      guard let gradient else { continue }
      let g = gradient + i * columns
      for j in 0..<columns { g[j] = exp(z[j] - largest) / total }
      g[target] -= 1
    }
    return sum
  }

  private func squaredError(
    _ outputs: DeviceMatrix,
    _ values: UnsafePointer<Float>,
    _ gradient: UnsafeMutablePointer<Float>?
  ) -> Double {
    var sum = 0.0
    for i in 0..<outputs.count {
      let difference = outputs.base[i] - values[i]
      sum += Double(difference * difference)
      if let gradient { gradient[i] = 2 * difference }
    }
    return sum
  }
}
