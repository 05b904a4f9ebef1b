import ArgumentParser
import TabularTraining

/// How the model learns.
struct OptimizerOptions: ParsableArguments {
  enum Name: String, ExpressibleByArgument, CaseIterable { case sgd, adam, adamw, adagrad }
  enum ScheduleName: String, ExpressibleByArgument, CaseIterable {
    case constant, cosine, step, onecycle
  }

  @Option(help: "The optimizer.")
  var optimizer: Name = .adam

  @Option(help: ArgumentHelp("The learning rate.", valueName: "x"))
  var lr = 0.003

  @Option(help: ArgumentHelp("The momentum of sgd.", valueName: "x"))
  var momentum = 0.0

  @Option(help: ArgumentHelp("The weight decay.", valueName: "x"))
  var weightDecay = 0.0

  @Option(
    help: """
      How the learning rate changes: cosine falls to 0 at the last step, step divides by 10 after each \
      third of the epochs, onecycle rises and falls.
      """
  )
  var schedule: ScheduleName = .constant

  @Option(help: ArgumentHelp("Steps in which the learning rate rises first.", valueName: "n"))
  var warmup = 0

  @Option(help: "Passes over the training rows.")
  var epochs = 30

  @Option(
    help: ArgumentHelp(
      "Rows a batch, over all devices; auto finds the most that fit into memory.",
      valueName: "n|auto"
    )
  )
  var batchSize = BatchSize(rows: 32)

  @Option(help: ArgumentHelp("Batches whose gradients make one step.", valueName: "n"))
  var accumulate = 1

  @Option(help: ArgumentHelp("The largest norm of a step's gradient.", valueName: "x"))
  var clipNorm: Double?

  @Option(
    help: ArgumentHelp(
      "End when the validation loss has not become lower for so many epochs, and keep the best.",
      valueName: "n"
    )
  )
  var earlyStop: Int?

  /// The rows of a batch, once they are known.
  var batchRows: Int {
    guard let rows = batchSize.rows else { preconditionFailure("a batch size was not found yet") }
    return rows
  }

  func validate() throws {
    for (name, value) in [
      ("--epochs", epochs), ("--accumulate", accumulate), ("--early-stop", earlyStop ?? 1),
    ]
    where value < 1 {
      throw ValidationError("\(name) takes a number above 0, found \(value)")
    }
    guard momentum == 0 || optimizer == .sgd else {
      throw ValidationError(
        "--momentum is for --optimizer sgd, and \(optimizer.rawValue) has its own"
      )
    }
    guard warmup >= 0 else { throw ValidationError("--warmup takes 0 or more, found \(warmup)") }
    if let clipNorm, !(clipNorm > 0 && clipNorm.isFinite) {
      throw ValidationError("--clip-norm takes a number above 0, found \(clipNorm)")
    }
    do {
      try configuration.check()
    } catch {
      throw ValidationError("\(error)")
    }
  }

  var configuration: Optimizer.Configuration {
    switch optimizer {
    case .sgd: .sgd(learningRate: lr, momentum: momentum, weightDecay: weightDecay)
    case .adam: .adam(learningRate: lr, weightDecay: weightDecay)
    case .adamw: .adamw(learningRate: lr, weightDecay: weightDecay)
    case .adagrad: .adagrad(learningRate: lr, weightDecay: weightDecay)
    }
  }

  /// The schedule of a training of so many batches an epoch.
  func schedule(batches: Int) -> Schedule {
    let steps = epochs * max(1, (batches + accumulate - 1) / accumulate)
    let rest = max(1, steps - warmup)
    let chosen: Schedule =
      switch schedule {
      case .constant: .constant
      case .cosine: .cosine(over: rest)
      case .step: .step(every: max(1, rest / 3))
      case .onecycle: .oneCycle(over: rest)
      }
    return warmup > 0 ? .warmUp(over: warmup, then: chosen) : chosen
  }
}

/// The rows of a batch; nil for as many as fit.
struct BatchSize: ExpressibleByArgument {
  let rows: Int?

  init(rows: Int) { self.rows = rows }

  init?(argument: String) {
    guard argument != "auto" else {
      rows = nil
      return
    }
    guard let rows = Int(argument), rows >= 1 else { return nil }
    self.rows = rows
  }

  var defaultValueDescription: String { rows.map(String.init) ?? "auto" }
}
