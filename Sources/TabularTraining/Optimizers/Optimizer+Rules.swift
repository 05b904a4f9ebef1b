// The update rules, float32 as in PyTorch: factors are computed in float64 and rounded when they
// meet a tensor. Source: `torch/optim/{sgd,adam,adamw}.py`, the `_single_tensor_` functions.
// Invariant: all buffers have the parameters' count, but for moments that a rule does not use.
extension Optimizer.Configuration {
  typealias Floats = UnsafeMutableBufferPointer<Float>

  /// The number of values remembered for each parameter.
  var moments: Int {
    switch rule {
    case .sgd(let momentum, _): momentum == 0 ? 0 : 1
    case .adam: 2
    }
  }

  /// Moves `parameters`; `step` counts from 1.
  func update(
    _ parameters: Floats,
    _ gradient: UnsafeBufferPointer<Float>,
    first: Floats,
    second: Floats,
    step: Int
  ) {
    guard let parameters = parameters.baseAddress, let gradientBase = gradient.baseAddress,
      let first = first.baseAddress, let second = second.baseAddress
    else { return }
    switch rule {
    case .sgd(let momentum, let nesterov):
      if momentum == 0 {
        descend(parameters, gradientBase, gradient.count)
      } else {
        descend(parameters, gradientBase, gradient.count, first, momentum, nesterov)
      }
    case .adam(let beta1, let beta2, let epsilon, let decoupled):
      let correction1 = 1 - power(beta1, step)
      let correction2 = 1 - power(beta2, step)
      let factors = AdamFactors(
        shrink: decoupled ? Float(1 - learningRate * weightDecay) : 1,
        decay: decoupled ? 0 : Float(weightDecay),
        weight1: Float(1 - beta1),
        beta2: Float(beta2),
        weight2: Float(1 - beta2),
        root2: Float(correction2.squareRoot()),
        epsilon: Float(epsilon),
        stepSize: Float(-(learningRate / correction1))
      )
      adapt(parameters, gradientBase, gradient.count, first, second, factors)
    }
  }

  private func descend(
    _ p: UnsafeMutablePointer<Float>,
    _ g: UnsafePointer<Float>,
    _ count: Int
  ) {
    let (rate, decay) = (Float(-learningRate), Float(weightDecay))
    for i in 0..<count { p[i] += rate * (g[i] + decay * p[i]) }
  }

  private func descend(
    _ p: UnsafeMutablePointer<Float>,
    _ g: UnsafePointer<Float>,
    _ count: Int,
    _ buffer: UnsafeMutablePointer<Float>,
    _ momentum: Double,
    _ nesterov: Bool
  ) {
    let (rate, decay, momentum) = (Float(-learningRate), Float(weightDecay), Float(momentum))
    // Nesterov looks ahead: gradient + momentum · buffer in the place of the buffer.
    let (now, ahead): (Float, Float) = nesterov ? (1, momentum) : (0, 1)
    for i in 0..<count {
      let gradient = g[i] + decay * p[i]
      buffer[i] = buffer[i] * momentum + gradient
      p[i] += rate * (now * gradient + ahead * buffer[i])
    }
  }

  private func adapt(
    _ p: UnsafeMutablePointer<Float>,
    _ g: UnsafePointer<Float>,
    _ count: Int,
    _ first: UnsafeMutablePointer<Float>,
    _ second: UnsafeMutablePointer<Float>,
    _ f: AdamFactors
  ) {
    for i in 0..<count {
      let parameter = p[i] * f.shrink
      let gradient = g[i] + f.decay * parameter
      first[i] += f.weight1 * (gradient - first[i])
      second[i] = second[i] * f.beta2 + f.weight2 * gradient * gradient
      let denominator = second[i].squareRoot() / f.root2 + f.epsilon
      p[i] = parameter + f.stepSize * first[i] / denominator
    }
  }
}

private struct AdamFactors {
  /// What AdamW multiplies the parameters by.
  var shrink: Float
  /// What Adam adds of the parameters to the gradient.
  var decay: Float
  var weight1: Float
  var beta2: Float
  var weight2: Float
  var root2: Float
  var epsilon: Float
  var stepSize: Float
}

/// base^exponent by repeated squaring: as exact as the machine's products, on every platform.
private func power(_ base: Double, _ exponent: Int) -> Double {
  var (result, square, left) = (1.0, base, exponent)
  while left > 0 {
    if left & 1 == 1 { result *= square }
    square *= square
    left >>= 1
  }
  return result
}
