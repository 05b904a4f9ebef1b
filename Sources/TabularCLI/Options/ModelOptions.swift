import ArgumentParser
import TabularTraining

/// The model, the optimizer and how the training is spread; options of `train`.
struct ModelOptions: ParsableArguments {
  enum OptimizerName: String, ExpressibleByArgument, CaseIterable { case sgd, adam, adamw }
  enum StrategyName: String, ExpressibleByArgument, CaseIterable {
    case dataParallel = "data-parallel"
  }

  @Option(help: ArgumentHelp("Widths of the hidden layers.", valueName: "128,64|none"))
  var hidden = "64"

  @Option(help: "The optimizer.")
  var optimizer: OptimizerName = .adam

  @Option(help: ArgumentHelp("The learning rate.", valueName: "x"))
  var lr = 0.003

  @Option(help: ArgumentHelp("The momentum of sgd.", valueName: "x"))
  var momentum = 0.0

  @Option(help: ArgumentHelp("The weight decay.", valueName: "x"))
  var weightDecay = 0.0

  @Option(help: "Passes over the training rows.")
  var epochs = 30

  @Option(help: "Rows a step, over all devices.")
  var batchSize = 32

  @Option(help: "Devices: threads of this processor.")
  var devices = 1

  @Option(help: "How the model is spread over the devices.")
  var strategy: StrategyName = .dataParallel

  @Option(
    help: ArgumentHelp(
      "Logical shards of a batch, a power of two; by default as many as leave each 32 rows.",
      valueName: "L"
    )
  )
  var shards: Int?

  @Option(help: "Threads that make batches; 0 makes them in between.")
  var workers = 0

  @Option(help: "Batches that each worker may be ahead.")
  var prefetch: Int?

  @Option(help: "What the split, the order of the rows and the initial weights are drawn from.")
  var seed: UInt64 = 0

  func validate() throws {
    _ = try hiddenWidths()
    for (name, value) in [
      ("--epochs", epochs), ("--batch-size", batchSize), ("--devices", devices),
    ]
    where value < 1 {
      throw ValidationError("\(name) takes a number above 0, found \(value)")
    }
    guard devices <= 1024 else {
      throw ValidationError("--devices takes 1024 at most, found \(devices)")
    }
    guard workers >= 0 else { throw ValidationError("--workers takes 0 or more, found \(workers)") }
    if let shards, shards < 1 || shards & (shards - 1) != 0 || shards > 1 << 16 {
      throw ValidationError("--shards takes a power of two up to 65536, found \(shards)")
    }
    do {
      try configuration.check()
    } catch {
      throw ValidationError("\(error)")
    }
  }

  func hiddenWidths() throws -> [Int] {
    if hidden == "none" { return [] }
    return try list(hidden).map { text in
      guard let width = Int(text), width > 0, width <= 1 << 20 else {
        throw ValidationError("--hidden takes widths such as 128,64, or none; found '\(hidden)'")
      }
      return width
    }
  }

  var configuration: Optimizer.Configuration {
    switch optimizer {
    case .sgd: .sgd(learningRate: lr, momentum: momentum, weightDecay: weightDecay)
    case .adam: .adam(learningRate: lr, weightDecay: weightDecay)
    case .adamw: .adamw(learningRate: lr, weightDecay: weightDecay)
    }
  }

  func trainer(hidden: [Int], inputs: Int, outputs: Int, loss: Loss) -> Trainer {
    Trainer(
      model: .multilayerPerceptron(inputs: inputs, hidden: hidden, outputs: outputs),
      loss: loss,
      optimizer: configuration,
      devices: .cpu(count: devices),
      strategy: .dataParallel,
      seed: seed,
      shards: shards
    )
  }
}
