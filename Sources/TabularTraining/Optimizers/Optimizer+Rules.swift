internal import CTabularScan

// The update rules, float32 as in PyTorch: factors are computed in float64 and rounded when they
// meet a tensor. Source: `torch/optim/{sgd,adam,adamw,adagrad}.py`, the `_single_tensor_` functions.
// Invariant: all addresses name `count` floats, but for moments that a rule does not use.
extension Optimizer.Configuration {
  typealias Floats = UnsafeMutablePointer<Float>

  /// The number of values remembered for each parameter.
  var moments: Int {
    switch rule {
    case .sgd(let momentum, _): momentum == 0 ? 0 : 1
    case .adam: 2
    case .adagrad: 1
    }
  }

  /// What the remembered values are before the first step.
  var initialMoment: Float {
    if case .adagrad(_, let initialAccumulator, _) = rule { Float(initialAccumulator) } else { 0 }
  }

  /// Moves parameters of one group; `step` counts from 1.
  func update(
    _ parameters: Floats,
    _ gradient: UnsafePointer<Float>,
    _ count: Int,
    first: Floats,
    second: Floats,
    step: Int,
    _ settings: Optimizer.Settings
  ) {
    let (rate, decay) = (settings.learningRate, settings.weightDecay)
    switch rule {
    case .sgd(let momentum, let nesterov):
      if momentum == 0 {
        descend(parameters, gradient, count, settings)
      } else {
        descend(parameters, gradient, count, first, momentum, nesterov, settings)
      }
    case .adam(let beta1, let beta2, let epsilon, let decoupled):
      let correction1 = 1 - power(beta1, step)
      let root2 = (1 - power(beta2, step)).squareRoot()
      let factors = tabular_adam_factors(
        shrink: decoupled ? Float(1 - rate * decay) : 1,
        decay: decoupled ? 0 : Float(decay),
        weight1: Float(1 - beta1),
        beta2: Float(beta2),
        weight2: Float(1 - beta2),
        epsilon: Float(epsilon * root2),
        step_size: Float(-(rate / correction1 * root2))
      )
      tabular_adam(parameters, gradient, count, first, second, factors)
    case .adagrad(let rateDecay, _, let epsilon):
      let stepSize = Float(-(rate / (1 + Double(step - 1) * rateDecay)))
      accumulate(parameters, gradient, count, first, stepSize, Float(decay), Float(epsilon))
    }
  }

  private func descend(
    _ p: Floats,
    _ g: UnsafePointer<Float>,
    _ count: Int,
    _ settings: Optimizer.Settings
  ) {
    let (rate, decay) = (Float(-settings.learningRate), Float(settings.weightDecay))
    for i in 0..<count { p[i] += rate * (g[i] + decay * p[i]) }
  }

  private func descend(
    _ p: Floats,
    _ g: UnsafePointer<Float>,
    _ count: Int,
    _ buffer: Floats,
    _ momentum: Double,
    _ nesterov: Bool,
    _ settings: Optimizer.Settings
  ) {
    let (rate, decay) = (Float(-settings.learningRate), Float(settings.weightDecay))
    let momentum = Float(momentum)
    // Nesterov looks ahead: gradient + momentum · buffer in the place of the buffer.
    let (now, ahead): (Float, Float) = nesterov ? (1, momentum) : (0, 1)
    for i in 0..<count {
      let gradient = g[i] + decay * p[i]
      buffer[i] = buffer[i] * momentum + gradient
      p[i] += rate * (now * gradient + ahead * buffer[i])
    }
  }

  private func accumulate(
    _ p: Floats,
    _ g: UnsafePointer<Float>,
    _ count: Int,
    _ sum: Floats,
    _ stepSize: Float,
    _ decay: Float,
    _ epsilon: Float
  ) {
    for i in 0..<count {
      let gradient = g[i] + decay * p[i]
      sum[i] += gradient * gradient
      p[i] += stepSize * gradient / (sum[i].squareRoot() + epsilon)
    }
  }
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
