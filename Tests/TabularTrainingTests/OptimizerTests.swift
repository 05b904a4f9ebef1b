import TabularTensor
import Testing

@testable import TabularTraining

/// Values derived by hand from the formulas in `torch/optim/{sgd,adam,adamw}.py`.
struct OptimizerTests {
  /// Moves one weight, 1, by the gradients, and lists where it was after each.
  static func path(_ configuration: Optimizer.Configuration, _ gradients: [Float]) throws -> [Float]
  {
    var model = Sequential(Linear(1, 1))
    try model.load(["0.weight": Tensor([[1]]), "0.bias": Tensor([0])])
    var optimizer = Optimizer(configuration)
    return gradients.map { value in
      var gradient = Gradient(zeros: model.layout)
      gradient.values = Tensor([value, 0])
      optimizer.step(&model, gradient)
      return model.parameters[0]
    }
  }

  static func close(_ found: [Float], _ expected: [Double]) -> Bool {
    zip(found, expected).allSatisfy { abs(Double($0) - $1) < 2e-7 }
  }

  @Test func descends() throws {
    // p -= 0.1 g
    #expect(Self.close(try Self.path(.sgd(learningRate: 0.1), [0.5, -1]), [0.95, 1.05]))
    // p -= 0.1 (g + 0.2 p): 1 - 0.1 · 0.7; 0.93 - 0.1 · (-1 + 0.186)
    #expect(
      Self.close(
        try Self.path(.sgd(learningRate: 0.1, weightDecay: 0.2), [0.5, -1]),
        [0.93, 1.0114]
      )
    )
    // b = 0.9 b + g: 0.5, then 1.45
    #expect(
      Self.close(
        try Self.path(.sgd(learningRate: 0.1, momentum: 0.9), [0.5, 1]),
        [0.95, 0.805]
      )
    )
    // g + 0.9 b: 0.95, then 2.305
    #expect(
      Self.close(
        try Self.path(.sgd(learningRate: 0.1, momentum: 0.9, nesterov: true), [0.5, 1]),
        [0.905, 0.6745]
      )
    )
  }

  @Test func adapts() throws {
    // m = 0.05, 0.02; v = 0.00025, 0.00031225; corrected 0.5 / 0.5, then 0.105263 / 0.395225
    let m = 0.02 / 0.19
    let v = (0.00031225 / 0.001999).squareRoot()
    let adam = [0.99, 0.99 - 0.01 * m / v]
    #expect(Self.close(try Self.path(.adam(learningRate: 0.01), [0.5, -0.25]), adam))
    // AdamW shrinks the weight by 1 - 0.01 · 0.1 first.
    #expect(
      Self.close(
        try Self.path(.adamw(learningRate: 0.01, weightDecay: 0.1), [0.5, -0.25]),
        [0.999 - 0.01, (0.999 - 0.01) * 0.999 - 0.01 * m / v]
      )
    )
    // Adam adds the decay to the gradient: 0.3 + 0.2 · 1 is 0.5 again.
    #expect(
      Self.close(try Self.path(.adam(learningRate: 0.01, weightDecay: 0.2), [0.3]), [0.99])
    )
  }

  @Test func countsStepsAndTakesAnotherRate() throws {
    var model = Sequential(Linear(1, 1), seed: 0)
    var optimizer = Optimizer(.sgd(learningRate: 0.1))
    optimizer.learningRate = 0
    let before = model.parameters
    var gradient = Gradient(zeros: model.layout)
    gradient.values = Tensor([1, 1])
    optimizer.step(&model, gradient)
    #expect(optimizer.stepCount == 1)
    #expect(model.parameters == before)
  }

  @Test(
    arguments: [
      .sgd(learningRate: -1), .sgd(learningRate: .nan), .sgd(learningRate: 1, momentum: -0.1),
      .sgd(learningRate: 1, nesterov: true), .adam(betas: (1, 0.9)), .adam(betas: (0.9, -0.1)),
      .adam(epsilon: -1), .adamw(weightDecay: -1), .adagrad(rateDecay: -1),
      .adagrad(initialAccumulator: -1), .adagrad(epsilon: .nan),
      .adam().groups(ParameterGroup(suffix: ".bias", learningRate: -1)),
      .adam().groups(ParameterGroup(prefix: "0.", weightDecay: .infinity)),
    ] as [Optimizer.Configuration]
  )
  func refusesSettingsOutOfRange(_ configuration: Optimizer.Configuration) {
    #expect(throws: TrainingError.self) { try configuration.check() }
  }

  /// Weights as torch 2.15.0 moves them.
  ///
  /// ```python
  /// import torch
  /// def path(make, grads):
  ///   p = torch.nn.Parameter(torch.tensor([1.0])); o = make([p])
  ///   for g in grads: p.grad = torch.tensor([g]); o.step(); print(p.item())
  /// A = torch.optim.Adagrad
  /// path(lambda p: A(p, lr=0.1), [0.5, -0.25, 1.0])
  /// path(lambda p: A(p, lr=0.1, lr_decay=0.5, weight_decay=0.2, initial_accumulator_value=0.3,
  ///                  eps=1e-3), [0.5, -0.25, 1.0])
  /// ```
  @Test func accumulatesAsPyTorchsAdagrad() throws {
    let gradients: [Float] = [0.5, -0.25, 1]
    #expect(
      Self.close(
        try Self.path(.adagrad(learningRate: 0.1), gradients),
        [0.899999976, 0.944721341, 0.857434154]
      )
    )
    let all = Optimizer.Configuration.adagrad(
      learningRate: 0.1,
      rateDecay: 0.5,
      initialAccumulator: 0.3,
      epsilon: 1e-3,
      weightDecay: 0.2
    )
    #expect(
      Self.close(try Self.path(all, gradients), [0.921332359, 0.926243842, 0.886308193])
    )
  }

  /// Weights [w, w, b] as torch 2.15.0 moves them.
  ///
  /// ```python
  /// import torch
  /// m = torch.nn.Linear(2, 1)
  /// with torch.no_grad():
  ///   m.weight.copy_(torch.tensor([[1.0, -2.0]])); m.bias.copy_(torch.tensor([0.5]))
  /// o = torch.optim.AdamW([{'params': [m.bias], 'weight_decay': 0.0},
  ///                        {'params': [m.weight], 'lr': 0.02}], lr=0.1, weight_decay=0.3)
  /// s = torch.optim.lr_scheduler.StepLR(o, step_size=1, gamma=0.5)
  /// for gw, gb in [([0.5, 1.0], -1.0), ([-0.25, 0.5], 2.0), ([1.0, 0.0], 0.5)]:
  ///   m.weight.grad = torch.tensor([gw]); m.bias.grad = torch.tensor([gb]); o.step(); s.step()
  ///   print(m.weight.flatten().tolist() + m.bias.tolist())
  /// ```
  @Test(
    arguments: [
      [
        ParameterGroup(suffix: ".bias", weightDecay: 0),
        ParameterGroup(["0.weight"], learningRate: 0.02),
      ],
      [
        ParameterGroup(of: Sequential(Linear(2, 1)), weightDecay: 0) { $0.contains("bias") },
        // The bias is the first group's.
        ParameterGroup(prefix: "0", learningRate: 0.02),
      ],
    ]
  )
  func movesGroupsAsPyTorch(_ groups: [ParameterGroup]) throws {
    var configuration = Optimizer.Configuration.adamw(learningRate: 0.1, weightDecay: 0.3)
    configuration.groups = groups
    var optimizer = Optimizer(configuration)
    var model = Sequential(Linear(2, 1))
    try model.load(["0.weight": Tensor([[1, -2]]), "0.bias": Tensor([0.5])])
    let steps: [([Float], [Double])] = [
      ([0.5, 1, -1], [0.974000037, -2.00800014, 0.599999964]),
      ([-0.25, 0.5, 2], [0.968414664, -2.0112977, 0.581694782]),
      ([1, 0, 0.5], [0.963671505, -2.01188374, 0.571303487]),
    ]
    for (values, expected) in steps {
      var gradient = Gradient(zeros: model.layout)
      gradient.values = Tensor(values)
      optimizer.follow(.step(every: 1, factor: 0.5))
      optimizer.step(&model, gradient)
      #expect(Self.close(model.parameters.scalars, expected), "\(model.parameters.scalars)")
    }
  }

  @Test func refusesGroupsThatDoNotFit() {
    let model = Sequential(Linear(2, 1))
    func message(_ group: ParameterGroup) -> String? {
      let error = #expect(throws: TrainingError.self) {
        try Optimizer.Configuration.adam().groups(group).check(for: model)
      }
      #expect(error?.kind == .name)
      return error?.message
    }
    #expect(
      message(ParameterGroup(["0.weight", "1.weight"]))
        == "a parameter group names '1.weight', which the model has not; "
        + "it has: 0.weight, 0.bias"
    )
    #expect(message(ParameterGroup(prefix: "1."))?.contains("selects no parameter") == true)
    let trainer = Trainer(
      model: model,
      loss: .meanSquaredError,
      optimizer: .adam().groups(ParameterGroup(prefix: "7."))
    )
    var generator = SeededGenerator(seed: 1)
    let matrix = generator.matrix(rows: 4, columns: 2, loss: .meanSquaredError)
    let error = #expect(throws: TrainingError.self) {
      try trainer.fit(InOrder(matrix, batchSize: 2), epochs: 1)
    }
    #expect(error?.kind == .name)
  }
}
