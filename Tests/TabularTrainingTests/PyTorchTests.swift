import TabularPreprocessing
import TabularTensor
import TabularTraining
import Testing

/// PyTorch's own runs, step by step.
@Suite(.enabled(if: Reference.isThere, "shared/reference is not beside the package"))
struct PyTorchTests {
  static let optimizers: [(String, Optimizer.Configuration)] = [
    ("sgd", .sgd(learningRate: 0.1)),
    (
      "sgd_momentum_nesterov_decay",
      .sgd(learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 1e-3)
    ),
    ("adam", .adam(learningRate: 0.01)),
    ("adamw", .adamw(learningRate: 0.01, weightDecay: 0.05)),
  ]

  static func trainer(
    _ optimizer: Optimizer.Configuration,
    devices: Int = 1,
    shards: Int? = nil
  ) throws -> Trainer {
    var model = Sequential(Linear(7, 16), ReLU(), Linear(16, 8), ReLU(), Linear(8, 1))
    try model.load(Titanic.initialState())
    return Trainer(
      model: model,
      loss: .binaryCrossEntropyWithLogits,
      optimizer: optimizer,
      devices: .cpu(count: devices),
      shards: shards
    )
  }

  @Test(arguments: optimizers, [nil, 1, 8])
  func followsThePyTorchTrace(_ named: (String, Optimizer.Configuration), shards: Int?) throws {
    let reference = try Reference.json("reference/titanic_training.json", as: TitanicTraining.self)
    let run = try #require(reference.runs[named.0])
    let matrix = try Titanic.matrix()
    #expect(matrix.featureNames == reference.features)
    let trainer = try Self.trainer(named.1, shards: shards)
    let history = try trainer.fit(InOrder(matrix, batchSize: 64), epochs: 3)

    #expect(history.stepLosses.count == run.losses.count)
    let worst = zip(history.stepLosses, run.losses).map { abs($0 - $1) }.max() ?? .infinity
    #expect(worst <= 1e-6, "largest difference of a step's loss")
    let logits = try trainer.predict(matrix.features).outputs.scalars.prefix(10)
    let far = zip(logits, run.logits).map { abs(Double($0) - $1) }.max() ?? .infinity
    #expect(far <= 1e-5, "largest difference of a final logit")
    let accuracy = try #require(try trainer.evaluate(matrix).accuracy)
    #expect(abs(accuracy - run.accuracy) < 1e-6)
    print("\(named.0), shards \(shards ?? 0): losses within \(worst), logits within \(far)")
  }

  @Test(arguments: optimizers)
  func givesTheSameBitsOnAnyNumberOfDevices(_ named: (String, Optimizer.Configuration)) throws {
    let batches = InOrder(try Titanic.matrix(), batchSize: 64)
    func outcome(devices: Int, shards: Int?) throws -> (String, [UInt64]) {
      let trainer = try Self.trainer(named.1, devices: devices, shards: shards)
      let history = try trainer.fit(batches, epochs: 3)
      return (trainer.model.weightsSHA256, history.stepLosses.map(\.bitPattern))
    }
    let eight = try outcome(devices: 1, shards: 8)
    for devices in [2, 3, 4, 5, 8, 11] {
      #expect(try outcome(devices: devices, shards: 8) == eight, "\(devices) devices, 8 shards")
    }
    let usual = try outcome(devices: 1, shards: nil)
    for devices in [2, 3] {
      #expect(try outcome(devices: devices, shards: nil) == usual, "\(devices) devices")
    }
    // 64 shards of a batch of 59 rows: some are empty.
    let most = try outcome(devices: 1, shards: 64)
    #expect(try outcome(devices: 7, shards: 64) == most)
  }
}
