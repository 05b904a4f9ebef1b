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
      .adam(epsilon: -1), .adamw(weightDecay: -1),
    ] as [Optimizer.Configuration]
  )
  func refusesSettingsOutOfRange(_ configuration: Optimizer.Configuration) {
    #expect(throws: TrainingError.self) { try configuration.check() }
  }
}
