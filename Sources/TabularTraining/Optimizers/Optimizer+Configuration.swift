// What an optimizer is made with.
extension Optimizer {
  /// A rule and its settings: PyTorch's names, formulas and defaults.
  public struct Configuration: Sendable, Hashable, Codable {
    /// What is done with a gradient.
    public enum Rule: Sendable, Hashable, Codable {
      /// Stochastic gradient descent.
      case sgd(momentum: Double, nesterov: Bool)
      /// Adam; `decoupled` weight decay makes it AdamW.
      case adam(beta1: Double, beta2: Double, epsilon: Double, decoupled: Bool)
      /// Adagrad; the rate falls as 1 / (1 + steps · rateDecay).
      case adagrad(rateDecay: Double, initialAccumulator: Double, epsilon: Double)
    }

    /// What is done with a gradient.
    public var rule: Rule
    /// The step size.
    public var learningRate: Double
    /// The pull of the weights towards 0.
    public var weightDecay: Double
    /// Parameters with settings of their own.
    public var groups: [ParameterGroup] = []

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

    /// Steps divided by the root of the sum of all squared gradients so far; source: PyTorch's
    /// `torch.optim.Adagrad`.
    public static func adagrad(
      learningRate: Double = 1e-2,
      rateDecay: Double = 0,
      initialAccumulator: Double = 0,
      epsilon: Double = 1e-10,
      weightDecay: Double = 0
    ) -> Configuration {
      Configuration(
        rule: .adagrad(
          rateDecay: rateDecay,
          initialAccumulator: initialAccumulator,
          epsilon: epsilon
        ),
        learningRate: learningRate,
        weightDecay: weightDecay
      )
    }
  }
}

extension Optimizer.Configuration {
  /// Refuses settings out of their range, as PyTorch does.
  ///
  /// - Throws: `TrainingError` of kind `configuration`.
  public func check() throws(TrainingError) {
    func require(_ condition: Bool, _ message: String) throws(TrainingError) {
      guard condition else { throw TrainingError(.configuration, message) }
    }
    for settings in settings {
      try require(
        settings.learningRate >= 0 && settings.learningRate.isFinite,
        "learning rate \(settings.learningRate), expected 0 or more"
      )
      try require(
        settings.weightDecay >= 0 && settings.weightDecay.isFinite,
        "weight decay \(settings.weightDecay), expected 0 or more"
      )
    }
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
    case .adagrad(let rateDecay, let initialAccumulator, let epsilon):
      for (name, value) in [
        ("rate decay", rateDecay), ("initial accumulator", initialAccumulator),
        ("epsilon", epsilon),
      ] {
        try require(value >= 0 && value.isFinite, "\(name) \(value), expected 0 or more")
      }
    }
  }
}
