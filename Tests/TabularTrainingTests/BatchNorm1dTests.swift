import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularTraining

struct BatchNorm1dTests {
  /// The layer sees the features themselves.
  static let model = Sequential(BatchNorm1d(3), Linear(3, 1), seed: 1)

  /// Running statistics after a step: those of all rows, however they were cut.
  @Test(arguments: [1, 2, 8, 32])
  func putsTheShardsTogether(shards: Int) throws {
    var generator = SeededGenerator(seed: 2)
    // 21 rows: with 32 shards some have one row, and some none.
    let features = generator.tensor([21, 3])
    var model = Self.model
    var optimizer = Optimizer(.sgd(learningRate: 0))
    let (_, gradient) = try model.valueAndGradient(
      features,
      generator.tensor([21]),
      loss: .meanSquaredError,
      shards: shards
    )
    #expect(model.buffers == Tensor([0, 0, 0, 1, 1, 1, 0]))
    optimizer.step(&model, gradient)
    for column in 0..<3 {
      let values = (0..<21).map { Double(features[$0, column]) }
      let mean = values.reduce(0, +) / 21
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20
      #expect(abs(Double(model.buffers[column]) - 0.1 * mean) < 1e-7)
      #expect(abs(Double(model.buffers[3 + column]) - (0.9 + 0.1 * variance)) < 1e-6)
    }
    #expect(model.buffers[6] == 1)
  }

  @Test func countsTheBatchesOfAStep() throws {
    var generator = SeededGenerator(seed: 3)
    let matrix = generator.matrix(rows: 48, columns: 3, loss: .meanSquaredError)
    func trainer(_ accumulation: Int) -> Trainer {
      Trainer(
        model: Self.model,
        loss: .meanSquaredError,
        optimizer: .sgd(learningRate: 0),
        accumulation: accumulation,
        shards: 2
      )
    }
    // Three batches a step move the statistics as three steps do, in their order.
    let (single, accumulated) = (trainer(1), trainer(3))
    _ = try single.fit(InOrder(matrix, batchSize: 16), epochs: 2)
    _ = try accumulated.fit(InOrder(matrix, batchSize: 16), epochs: 2)
    #expect((single.optimizer.stepCount, accumulated.optimizer.stepCount) == (6, 2))
    #expect(accumulated.model.buffers.bits == single.model.buffers.bits)
    #expect(accumulated.model.buffers[6] == 6)

    // By hand.
    var model = Self.model
    var optimizer = Optimizer(.sgd(learningRate: 0))
    for _ in 0..<2 {
      var sum: Gradient?
      for start in [0, 16, 32] {
        let (_, gradient) = try model.valueAndGradient(
          matrix.features.rows(start..<(start + 16)),
          matrix.labels?.rows(start..<(start + 16)),
          loss: .meanSquaredError,
          shards: 2
        )
        if sum == nil { sum = gradient } else { sum?.add(gradient) }
      }
      optimizer.step(&model, try #require(sum))
    }
    #expect(model.buffers.bits == single.model.buffers.bits)
  }

  @Test func leavesStatisticsAfterARowAlone() throws {
    var model = Self.model
    var optimizer = Optimizer(.sgd(learningRate: 0.1))
    let (value, gradient) = try model.valueAndGradient(
      Tensor([[1, 2, 3]]),
      Tensor<Float>([1]),
      loss: .meanSquaredError
    )
    #expect(value.isFinite)
    #expect(gradient.values.scalars.allSatisfy { $0.isFinite })
    optimizer.step(&model, gradient)
    #expect(model.buffers == Self.model.buffers)
  }

  @Test func givesEachStepTheSamePartWithoutMomentum() throws {
    var model = Sequential(BatchNorm1d(1, momentum: nil), Linear(1, 1), seed: 1)
    var optimizer = Optimizer(.sgd(learningRate: 0))
    for rows in [[[0], [2]], [[4], [6]], [[7], [11]]] as [[[Float]]] {
      let (_, gradient) = try model.valueAndGradient(
        Tensor(rows),
        Tensor<Float>([0, 1]),
        loss: .meanSquaredError
      )
      optimizer.step(&model, gradient)
    }
    // Means 1, 5 and 9, unbiased variances 2, 2 and 8.
    #expect(model.buffers == Tensor([5, 4, 3]))
  }

  @Test func isForgottenWhereItIsInitialised() throws {
    var model = Self.model
    model.buffers = Tensor(zeros: [7])
    let before = model.weightsSHA256
    model.initialize(seed: 1)
    #expect(model.buffers == Self.model.buffers)
    // Running statistics are part of what is hashed.
    #expect(model.weightsSHA256 != before && model.weightsSHA256 == Self.model.weightsSHA256)
  }
}
