import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularTraining

struct DropoutTests {
  /// What a layer multiplies ones with.
  static func factors(
    _ probability: Float,
    rows: Int = 400,
    columns: Int = 25,
    _ randomness: RowRandomness
  ) -> Tensor<Float> {
    var factors = Tensor<Float>(zeros: [rows, columns])
    factors.withUnsafeMutableScalars { scalars in
      guard let base = scalars.baseAddress else { return }
      CPUDevice().drawFactors(
        probability: probability,
        randomness,
        into: DeviceMatrix(base: base, rows: rows, columns: columns)
      )
    }
    return factors
  }

  @Test(arguments: [0.1, 0.5, 0.9] as [Float])
  func dropsThePart(_ probability: Float) {
    let factors = Self.factors(probability, RowRandomness(seed: 1, step: 0)).scalars
    let dropped = factors.filter { $0 == 0 }.count
    #expect(factors.allSatisfy { $0 == 0 || $0 == 1 / (1 - probability) })
    // Five standard errors of 10,000 draws.
    let deviation = (Double(probability) * Double(1 - probability) / 10_000).squareRoot()
    #expect(abs(Double(dropped) / 10_000 - Double(probability)) < 5 * deviation)
  }

  @Test func drawsRowsColumnsStepsSeedsAndLayersApart() {
    let factors = Self.factors(0.5, RowRandomness(seed: 1, step: 0))
    /// The part of equal factors, which is a half for independent ones.
    func agreement(_ other: Tensor<Float>) -> Double {
      Double(zip(factors.scalars, other.scalars).filter { $0 == $1 }.count) / 10_000
    }
    let others: [RowRandomness] = [
      RowRandomness(seed: 2, step: 0), RowRandomness(seed: 1, step: 1),
      RowRandomness(seed: 1, step: 0, firstRow: 1), RowRandomness(seed: 1, step: 0).inner(0),
      RowRandomness(seed: 1, step: 0).inner(1),
    ]
    for other in others {
      #expect(abs(agreement(Self.factors(0.5, other)) - 0.5) < 0.025)
    }
    #expect(agreement(Self.factors(0.5, RowRandomness(seed: 1, step: 0))) == 1)
    // Neighbouring columns.
    let values = factors.scalars
    let equal = (0..<9_999).filter { values[$0] == values[$0 + 1] }.count
    #expect(abs(Double(equal) / 9_999 - 0.5) < 0.025)
  }

  @Test func drawsByTheRowsPositionInTheStep() {
    let all = Self.factors(0.3, rows: 100, RowRandomness(seed: 4, step: 7))
    for start in [1, 32, 99] {
      let part = Self.factors(
        0.3,
        rows: 100 - start,
        RowRandomness(seed: 4, step: 7).dropFirst(start)
      )
      #expect(part == all.rows(start..<100))
    }
  }

  @Test func keepsAllOrNothing() {
    let randomness = RowRandomness(seed: 1, step: 1)
    #expect(Self.factors(0, randomness).scalars.allSatisfy { $0 == 1 })
    #expect(Self.factors(1, randomness).scalars.allSatisfy { $0 == 0 })
  }

  @Test func passesOnInAnEvaluation() throws {
    var generator = SeededGenerator(seed: 1)
    let features = generator.tensor([300, 4])
    let plain = Sequential(Linear(4, 2), seed: 3)
    let dropping = Sequential(Dropout(0.9), Linear(4, 2), Dropout(0.5), seed: 3)
    var same = dropping
    same.parameters = plain.parameters
    #expect(try same(features).bits == plain(features).bits)
  }

  @Test func wantsAStep() throws {
    var generator = SeededGenerator(seed: 1)
    let matrix = generator.matrix(rows: 64, columns: 4, loss: .meanSquaredError)
    let model = Sequential(
      Linear(4, 8),
      Residual(Dropout(0.5), Linear(8, 8)),
      Linear(8, 1),
      seed: 1
    )
    let error = #expect(throws: TrainingError.self) {
      try model.valueAndGradient(matrix.features, matrix.labels, loss: .meanSquaredError)
    }
    #expect(error?.kind == .configuration)
    func gradient(seed: UInt64 = 0, _ step: Int) throws -> [UInt32] {
      try model.valueAndGradient(
        matrix.features,
        matrix.labels,
        loss: .meanSquaredError,
        seed: seed,
        step: step
      ).gradient.values.bits
    }
    #expect(try gradient(0) == gradient(0))
    #expect(try gradient(0) != gradient(1))
    #expect(try gradient(0) != gradient(seed: 1, 0))
    // Dropout(0) draws nothing.
    let plain = Sequential(Dropout(0), Linear(4, 1), seed: 1)
    _ = try plain.valueAndGradient(matrix.features, matrix.labels, loss: .meanSquaredError)
  }

  /// The trainer's batches have the numbers of their rows: accumulated ones are rows of one step.
  @Test func countsRowsThroughAStep() throws {
    var generator = SeededGenerator(seed: 5)
    let matrix = generator.matrix(rows: 48, columns: 4, loss: .meanSquaredError)
    func weights(_ batchSize: Int, _ accumulation: Int) throws -> [Float] {
      let trainer = Trainer(
        model: Sequential(Linear(4, 16), Dropout(0.5), Linear(16, 1), seed: 1),
        loss: .meanSquaredError,
        optimizer: .sgd(learningRate: 0.1),
        accumulation: accumulation,
        seed: 9,
        shards: 1
      )
      _ = try trainer.fit(InOrder(matrix, batchSize: batchSize), epochs: 1)
      return trainer.model.parameters.scalars
    }
    let worst = zip(try weights(48, 1), try weights(16, 3)).map { abs($0 - $1) }.max()
    #expect((worst ?? 1) < 1e-6)
  }
}
