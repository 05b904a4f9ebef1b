internal import TabularTensor

/// A rule that moves parameters against their gradient, and what it remembers between steps.
///
/// ```swift
/// var optimizer = Optimizer(.adam(learningRate: 0.01))
/// let (loss, gradient) = try model.valueAndGradient(features, labels, loss: .crossEntropy)
/// optimizer.step(&model, gradient)
/// ```
public struct Optimizer: Sendable {
  /// The rule and its settings.
  public private(set) var configuration: Configuration
  /// The number of steps taken.
  public private(set) var stepCount = 0
  // SGD's momentum buffer; Adam's first and second moment. Empty until the first step.
  private var first = Tensor<Float>(zeros: [0])
  private var second = Tensor<Float>(zeros: [0])

  /// Creates an optimizer before its first step; a setting out of its range traps.
  public init(_ configuration: Configuration) {
    do throws(TrainingError) {
      try configuration.check()
    } catch {
      preconditionFailure(error.message)
    }
    self.configuration = configuration
  }

  /// The step size, which may change between steps; below 0 traps.
  public var learningRate: Double {
    get { configuration.learningRate }
    set {
      precondition(newValue >= 0 && newValue.isFinite, "a learning rate of \(newValue)")
      configuration.learningRate = newValue
    }
  }

  /// Moves the model's parameters; a gradient of a model with other parameters traps.
  public mutating func step(_ model: inout Sequential, _ gradient: Gradient) {
    precondition(model.layout == gradient.layout, "a gradient of another model")
    reserveMoments(model.layout.count)
    stepCount += 1
    gradient.values.withUnsafeScalars { gradient in
      model.parameters.withUnsafeMutableScalars { parameters in
        first.withUnsafeMutableScalars { first in
          second.withUnsafeMutableScalars { second in
            configuration.update(
              parameters,
              gradient,
              first: first,
              second: second,
              step: stepCount
            )
          }
        }
      }
    }
    model.ownsParameters = true
  }

  private mutating func reserveMoments(_ count: Int) {
    guard stepCount == 0 else {
      precondition(configuration.moments == 0 || first.count == count, "steps of another model")
      return
    }
    if configuration.moments >= 1 { first = Tensor<Float>(zeros: [count]) }
    if configuration.moments >= 2 { second = Tensor<Float>(zeros: [count]) }
  }
}

extension Optimizer {
  /// A rule and its settings: PyTorch's names, formulas and defaults.
  public struct Configuration: Sendable, Hashable, Codable {
    /// What is done with a gradient.
    public enum Rule: Sendable, Hashable, Codable {
      /// Stochastic gradient descent.
      case sgd(momentum: Double, nesterov: Bool)
      /// Adam; `decoupled` weight decay makes it AdamW.
      case adam(beta1: Double, beta2: Double, epsilon: Double, decoupled: Bool)
    }

    /// What is done with a gradient.
    public var rule: Rule
    /// The step size.
    public var learningRate: Double
    /// The pull of the weights towards 0.
    public var weightDecay: Double

    /// Stochastic gradient descent; source: PyTorch's `torch.optim.SGD`, with dampening 0.
    public static func sgd(
      learningRate: Double,
      momentum: Double = 0,
      nesterov: Bool = false,
      weightDecay: Double = 0
    ) -> Configuration {
      Configuration(
        rule: .sgd(momentum: momentum, nesterov: nesterov),
        learningRate: learningRate,
        weightDecay: weightDecay
      )
    }

    /// Adam with the decay added to the gradient; source: PyTorch's `torch.optim.Adam`.
    public static func adam(
      learningRate: Double = 1e-3,
      betas: (Double, Double) = (0.9, 0.999),
      epsilon: Double = 1e-8,
      weightDecay: Double = 0
    ) -> Configuration {
      Configuration(
        rule: .adam(beta1: betas.0, beta2: betas.1, epsilon: epsilon, decoupled: false),
        learningRate: learningRate,
        weightDecay: weightDecay
      )
    }

    /// Adam with the decay applied to the weights; source: PyTorch's `torch.optim.AdamW`.
    public static func adamw(
      learningRate: Double = 1e-3,
      betas: (Double, Double) = (0.9, 0.999),
      epsilon: Double = 1e-8,
      weightDecay: Double = 1e-2
    ) -> Configuration {
      Configuration(
        rule: .adam(beta1: betas.0, beta2: betas.1, epsilon: epsilon, decoupled: true),
        learningRate: learningRate,
        weightDecay: weightDecay
      )
    }

    /// Refuses settings out of their range, as PyTorch does.
    ///
    /// - Throws: `TrainingError` of kind `configuration`.
    public func check() throws(TrainingError) {
      func require(_ condition: Bool, _ message: String) throws(TrainingError) {
        guard condition else { throw TrainingError(.configuration, message) }
      }
      try require(
        learningRate >= 0 && learningRate.isFinite,
        "learning rate \(learningRate), expected 0 or more"
      )
      try require(
        weightDecay >= 0 && weightDecay.isFinite,
        "weight decay \(weightDecay), expected 0 or more"
      )
      switch rule {
      case .sgd(let momentum, let nesterov):
        try require(
          momentum >= 0 && momentum.isFinite,
          "momentum \(momentum), expected 0 or more"
        )
        try require(!nesterov || momentum > 0, "Nesterov momentum needs a momentum above 0")
      case .adam(let beta1, let beta2, let epsilon, _):
        for beta in [beta1, beta2] {
          try require(beta >= 0 && beta < 1, "beta \(beta), expected 0 or more and below 1")
        }
        try require(epsilon >= 0 && epsilon.isFinite, "epsilon \(epsilon), expected 0 or more")
      }
    }
  }
}
