import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularTraining

struct AccumulationTests {
  static func trainer(_ loss: Loss, accumulation: Int, devices: Int = 1, shards: Int = 4) -> Trainer
  {
    Trainer(
      model: GradientTests.model(loss, seed: 2),
      loss: loss,
      optimizer: .sgd(learningRate: 0.05, momentum: 0.9),
      accumulation: accumulation,
      devices: .cpu(count: devices),
      shards: shards
    )
  }

  /// Three batches of 16 rows are one of 48, whatever the loss divides by; the last step has fewer.
  @Test(
    arguments: Loss.allCases + [.crossEntropy(classWeights: [1, 0.25, 3], labelSmoothing: 0.1)]
  )
  func isTheStepOfTheRowsTogether(_ loss: Loss) throws {
    var generator = SeededGenerator(seed: 6)
    let matrix = generator.matrix(rows: 48 + 23, columns: 4, loss: loss)
    let parts = Self.trainer(loss, accumulation: 3)
    let together = Self.trainer(loss, accumulation: 1)
    let history = try parts.fit(InOrder(matrix, batchSize: 16), epochs: 2)
    let expected = try together.fit(InOrder(matrix, batchSize: 48), epochs: 2)
    #expect(history.stepLosses.count == 4)
    #expect(parts.optimizer.stepCount == 4)
    #expect(history.epochs[0].rows == 71)
    for (found, expected) in zip(history.stepLosses, expected.stepLosses) {
      #expect(abs(found - expected) < 1e-6)
    }
    let far =
      zip(parts.model.parameters.scalars, together.model.parameters.scalars)
      .map { abs($0 - $1) }.max() ?? 1
    #expect(far < 1e-5)
  }

  @Test func givesTheSameBitsOnAnyNumberOfDevices() throws {
    var generator = SeededGenerator(seed: 7)
    let matrix = generator.matrix(rows: 203, columns: 4, loss: .crossEntropy)
    func outcome(_ devices: Int) throws -> (String, [UInt64]) {
      let trainer = Self.trainer(.crossEntropy, accumulation: 3, devices: devices, shards: 8)
      let history = try trainer.fit(InOrder(matrix, batchSize: 32), epochs: 2)
      return (trainer.model.weightsSHA256, history.stepLosses.map(\.bitPattern))
    }
    let one = try outcome(1)
    for devices in [2, 4, 8] { #expect(try outcome(devices) == one) }
  }

  @Test func forgetsABatchThatFailed() throws {
    // The second batch of a step is refused: the next call begins its step anew.
    var generator = SeededGenerator(seed: 8)
    let good = generator.matrix(rows: 16, columns: 4, loss: .meanSquaredError)
    let bad = FeatureMatrix(
      features: Tensor(shape: [16, 4], good.features.scalars.dropLast() + [.nan]),
      featureNames: good.featureNames,
      labels: good.labels
    )
    let trainer = Self.trainer(.meanSquaredError, accumulation: 2)
    let error = #expect(throws: TrainingError.self) {
      try trainer.fit(InOrder(bad, batchSize: 8), epochs: 1)
    }
    #expect(error?.kind == .notFinite)
    #expect(trainer.optimizer.stepCount == 0)
    let fresh = Self.trainer(.meanSquaredError, accumulation: 2)
    _ = try trainer.fit(InOrder(good, batchSize: 8), epochs: 1)
    _ = try fresh.fit(InOrder(good, batchSize: 8), epochs: 1)
    #expect(trainer.model.weightsSHA256 == fresh.model.weightsSHA256)
  }
}
