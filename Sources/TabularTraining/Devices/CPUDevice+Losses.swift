internal import Foundation

// The kernels of losses. Terms are float32 as in PyTorch, their sum over rows is float64.
// Invariant: `targets` and `weights` hold as many elements as `outputs` has rows; classes are within the
// columns (`Loss.checked` saw to it).
extension CPUDevice {
  /// Computes the sum, its normaliser and, where asked, the derivatives.
  public func lossSum(
    _ loss: Loss,
    outputs: DeviceMatrix,
    targets: Targets,
    weights: UnsafePointer<Float>?,
    gradient: DeviceMatrix?
  ) -> LossSum {
    if let weights { return weightedSum(loss, outputs, targets, weights, gradient) }
    precondition(gradient.map { $0.count == outputs.count } ?? true, "a gradient of another shape")
    let rows = Double(outputs.rows)
    let sum: Double
    switch (loss.kind, targets) {
    case (.binaryCrossEntropyWithLogits, .values(let values)):
      sum =
        loss.positiveWeight == 1
        ? binaryCrossEntropy(outputs, values, gradient?.base)
        : binaryCrossEntropy(outputs, values, gradient?.base, loss.positiveWeight)
    case (.crossEntropy, .classes(let classes)):
      guard loss.classWeights == nil, loss.labelSmoothing == 0 else {
        return weightedCrossEntropy(outputs, classes, gradient?.base, loss)
      }
      sum = crossEntropy(outputs, classes, gradient?.base)
    case (.meanSquaredError, .values(let values)):
      sum = squaredError(outputs, values, gradient?.base)
    case (.meanAbsoluteError, .values(let values)):
      sum = absoluteError(outputs, values, gradient?.base)
    case (.huber, .values(let values)):
      sum = huber(outputs, values, gradient?.base, loss.delta)
    default:
      preconditionFailure("\(loss) of \(targets)")
    }
    return LossSum(sum: sum, normaliser: rows)
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

  private func absoluteError(
    _ outputs: DeviceMatrix,
    _ values: UnsafePointer<Float>,
    _ gradient: UnsafeMutablePointer<Float>?
  ) -> Double {
    var sum = 0.0
    for i in 0..<outputs.count {
      let difference = outputs.base[i] - values[i]
      sum += Double(abs(difference))
      // A NaN stays one.
      if let gradient { gradient[i] = difference > 0 ? 1 : difference < 0 ? -1 : difference }
    }
    return sum
  }

  private func huber(
    _ outputs: DeviceMatrix,
    _ values: UnsafePointer<Float>,
    _ gradient: UnsafeMutablePointer<Float>?,
    _ delta: Float
  ) -> Double {
    var sum = 0.0
    for i in 0..<outputs.count {
      let difference = outputs.base[i] - values[i]
      let distance = abs(difference)
      sum += Double(
        distance <= delta
          ? 0.5 * difference * difference : delta * (distance - 0.5 * delta)
      )
      if let gradient {
        gradient[i] = difference > delta ? delta : difference < -delta ? -delta : difference
      }
    }
    return sum
  }
}

// The losses that weigh.
extension CPUDevice {
  private func weightedSum(
    _ loss: Loss,
    _ outputs: DeviceMatrix,
    _ targets: Targets,
    _ weights: UnsafePointer<Float>,
    _ gradient: DeviceMatrix?
  ) -> LossSum {
    var result = LossSum(sum: 0, normaliser: 0)
    for row in 0..<outputs.rows {
      let (weight, own) = (weights[row], gradient?.rows(row..<row + 1))
      let term = lossSum(
        loss,
        outputs: outputs.rows(row..<row + 1),
        targets: targets.dropFirst(row),
        weights: nil,
        gradient: own
      )
      result.sum += Double(weight) * term.sum
      result.normaliser += Double(weight) * term.normaliser
      guard let own else { continue }
      for i in 0..<own.count { own.base[i] *= weight }
    }
    return result
  }

  private func binaryCrossEntropy(
    _ outputs: DeviceMatrix,
    _ values: UnsafePointer<Float>,
    _ gradient: UnsafeMutablePointer<Float>?,
    _ positiveWeight: Float
  ) -> Double {
    var sum = 0.0
    for i in 0..<outputs.count {
      let (z, y) = (outputs.base[i], values[i])
      let e = exp(-abs(z))
      let weight = 1 + (positiveWeight - 1) * y
      sum += Double((1 - y) * z + weight * (log1p(e) + max(-z, 0)))
      // The logistic function of -z.
      if let gradient { gradient[i] = (1 - y) - weight * ((z >= 0 ? e : 1) / (1 + e)) }
    }
    return sum
  }

  private func weightedCrossEntropy(
    _ outputs: DeviceMatrix,
    _ classes: UnsafePointer<Int64>,
    _ gradient: UnsafeMutablePointer<Float>?,
    _ loss: Loss
  ) -> LossSum {
    let columns = outputs.columns
    guard let weights = loss.classWeights else {
      return smoothedCrossEntropy(outputs, classes, gradient, loss.labelSmoothing, nil)
    }
    precondition(weights.count == columns, "\(weights.count) class weights of \(columns)")
    return weights.withUnsafeBufferPointer { weights in
      smoothedCrossEntropy(
        outputs,
        classes,
        gradient,
        loss.labelSmoothing,
        weights.baseAddress
      )
    }
  }

  private func smoothedCrossEntropy(
    _ outputs: DeviceMatrix,
    _ classes: UnsafePointer<Int64>,
    _ gradient: UnsafeMutablePointer<Float>?,
    _ smoothing: Float,
    _ weights: UnsafePointer<Float>?
  ) -> LossSum {
    var result = LossSum(sum: 0, normaliser: 0)
    let columns = outputs.columns
    let (own, spread) = (1 - smoothing, smoothing / Float(columns))
    var allWeights: Float = 0
    for j in 0..<columns { allWeights += weights?[j] ?? 1 }
    for i in 0..<outputs.rows {
      let z = outputs.base + i * columns
      let target = Int(classes[i])
      let weight = weights?[target] ?? 1
      var largest = z[0]
      for j in 1..<max(columns, 1) where z[j] > largest { largest = z[j] }
      var total: Float = 0
      for j in 0..<columns { total += exp(z[j] - largest) }
      let logTotal = log(total)
      var smooth: Float = 0
      for j in 0..<columns { smooth += (weights?[j] ?? 1) * (logTotal - (z[j] - largest)) }
      result.sum += Double(own * weight * (logTotal - (z[target] - largest)) + spread * smooth)
      result.normaliser += Double(weight)
      guard let gradient else { continue }
      let g = gradient + i * columns
      let pull = own * weight + spread * allWeights
      for j in 0..<columns {
        g[j] = pull * (exp(z[j] - largest) / total) - spread * (weights?[j] ?? 1)
      }
      g[target] -= own * weight
    }
    return result
  }
}
