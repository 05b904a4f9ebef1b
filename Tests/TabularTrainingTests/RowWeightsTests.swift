import TabularFrame
import TabularLoading
import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularTraining

struct RowWeightsTests {
  /// What PyTorch 2.15 gives in float64 for `(loss(..., reduction="none") * w).sum() / w.sum()`, with
  /// the class weights of the rows in the divisor too, and its derivatives.
  struct Case: Sendable, CustomTestStringConvertible {
    let loss: Loss
    let value: Double
    let gradient: [Double]
    var testDescription: String { "\(loss)" }
  }

  static let cases = [
    Case(
      loss: .binaryCrossEntropyWithLogits,
      value: 0.27692413236153074,
      gradient: [-0.09438516719953635, 0, 0.07450182626382347, -0.058598828328280464]
    ),
    Case(
      loss: .crossEntropy,
      value: 0.9102970215025156,
      gradient: [
        0.044205045526861074, 0.007681685081609108, -0.05188673060847018, 0, 0, 0,
        0.021949391849587323, -0.4628147122859881, 0.4408653204364007, 0.006561653409485992,
        -0.008691910378825968, 0.002130256969339956,
      ]
    ),
    Case(loss: .meanSquaredError, value: 5.626953125, gradient: [0, 0, -3.75, 0.03125]),
    Case(loss: .meanAbsoluteError, value: 1.890625, gradient: [0, 0, -0.625, 0.125]),
    Case(loss: .huber, value: 1.5634765625, gradient: [0, 0, -0.625, 0.015625]),
    Case(
      loss: .crossEntropy(classWeights: [1, 4, 2], labelSmoothing: 0.1),
      value: 1.0145536733420177,
      gradient: [
        0.023300074067985954, -0.0050611162859223275, -0.01823895778206364, 0, 0, 0,
        0.018087429168595636, -0.4890351610751298, 0.470947731906534, 0.0059960965913417996,
        -0.0059482827958570236, -4.781379548481009e-05,
      ]
    ),
  ]

  @Test(arguments: cases) func agreeWithPyTorch(_ expected: Case) {
    let isThree = expected.loss.kind == .crossEntropy
    var outputs: [Float] =
      isThree ? [0.5, -1.25, 2, 1.5, 0.25, -0.75, -2, 0, 1, 0.125, 3, -1] : [0.5, 1.5, -2, 0.125]
    let isBinary = expected.loss.kind == .binaryCrossEntropyWithLogits
    let values: [Float] = isBinary ? [1, 0, 0, 1] : [0.5, -2, 1, 0]
    let (classes, weights): ([Int64], [Float]) = ([2, 0, 1, 1], [1, 0, 2.5, 0.5])
    var gradient = [Float](repeating: .nan, count: outputs.count)
    let columns = outputs.count / 4
    let sum = outputs.withUnsafeMutableBufferPointer { outputs in
      gradient.withUnsafeMutableBufferPointer { gradient in
        values.withUnsafeBufferPointer { values in
          classes.withUnsafeBufferPointer { classes in
            weights.withUnsafeBufferPointer { weights in
              CPUDevice().lossSum(
                expected.loss,
                outputs: DeviceMatrix(base: outputs.baseAddress!, rows: 4, columns: columns),
                targets: isThree ? .classes(classes.baseAddress!) : .values(values.baseAddress!),
                weights: weights.baseAddress,
                gradient: DeviceMatrix(base: gradient.baseAddress!, rows: 4, columns: columns)
              )
            }
          }
        }
      }
    }
    #expect(abs(sum.mean - expected.value) < 1e-6)
    for (found, wanted) in zip(gradient, expected.gradient) {
      #expect(abs(Double(found) / sum.normaliser - wanted) < 1e-7)
    }
  }

  /// The weights 0 to 3 of a matrix's rows, by which rows could be left out or repeated.
  private static func weights(_ matrix: FeatureMatrix<Float>) -> [Float] {
    matrix.rowIDs.map { Float(($0.record * 7 + 3) % 4) }
  }

  private static func trainer(devices: Int = 1, _ strategy: Strategy = .dataParallel) -> Trainer {
    Trainer(
      model: Sequential(Linear(3, 8), Tanh(), Linear(8, 3)),
      loss: .crossEntropy,
      optimizer: .sgd(learningRate: 0.1),
      devices: .cpu(count: devices),
      strategy: strategy,
      seed: 3,
      shards: 8
    )
  }

  /// One step over weighted rows is the step over each row as often as it weighs.
  @Test func areRepetitions() throws {
    let matrix = TabularModelTests.matrix(60, seed: 4)
    let weights = Self.weights(matrix)
    let weighted = Self.trainer()
    weighted.rowWeights = try RowWeights(weights, of: matrix.rowIDs)
    let history = try weighted.fit(InOrder(matrix, batchSize: 60), epochs: 1)
    let repeated = Self.trainer()
    let rows = weights.indices.flatMap { Array(repeating: $0, count: Int(weights[$0])) }
    let expected = try repeated.fit(
      InOrder(matrix.taking(rows), batchSize: rows.count),
      epochs: 1
    )
    #expect(abs(history.stepLosses[0] - expected.stepLosses[0]) < 1e-6)
    for (one, other) in zip(
      weighted.model.parameters.scalars,
      repeated.model.parameters.scalars
    ) {
      #expect(abs(one - other) < 1e-6)
    }
  }

  @Test func giveTheSameBitsOnAnyDevices() throws {
    let matrix = TabularModelTests.matrix(333, seed: 4)
    func hash(
      _ weights: [Float]?,
      devices: Int = 1,
      _ strategy: Strategy = .dataParallel
    ) throws -> String {
      let trainer = Self.trainer(devices: devices, strategy)
      trainer.rowWeights = try weights.map { try RowWeights($0, of: matrix.rowIDs) }
      let loader = try DataLoader(matrix, batchSize: 64, shuffle: true, seed: 2)
      _ = try trainer.fit(loader, epochs: 2)
      return trainer.model.weightsSHA256
    }
    let weights = Self.weights(matrix)
    let one = try hash(weights)
    for devices in [2, 3, 8] {
      #expect(try hash(weights, devices: devices) == one)
      #expect(try hash(weights, devices: devices, .modelParallel) == one)
    }
    let ones = weights.map { _ in Float(1) }
    #expect(try hash(nil) == hash(ones))
    #expect(try hash(nil) != one)
    // Powers of two change no digit.
    #expect(try hash(weights.map { $0 * 4 }) == one)
  }

  /// A batch whose rows weigh nothing takes a step of no length.
  @Test func mayBeZeroForAWholeBatch() throws {
    let matrix = TabularModelTests.matrix(64, seed: 4)
    let trainer = Self.trainer()
    let before = trainer.model.parameters
    trainer.rowWeights = try RowWeights(
      matrix.rowIDs.map { $0.record < 32 ? 0 : 1 },
      of: matrix.rowIDs
    )
    var losses: [Double] = []
    var parameters: [Tensor<Float>] = []
    trainer.onStep = {
      losses.append($0.loss)
      parameters.append(trainer.model.parameters)
    }
    _ = try trainer.fit(InOrder(matrix, batchSize: 32), epochs: 1)
    #expect(losses[0] == 0 && losses[1] > 0)
    #expect(parameters[0].bits == before.bits && parameters[1].bits != before.bits)
  }

  @Test func areRefused() throws {
    let rows = [RowID(record: 0), RowID(file: 1, record: 4)]
    func message(_ weights: [Float]) -> String? {
      #expect(throws: TrainingError.self) { try RowWeights(weights, of: rows) }?.message
    }
    #expect(message([1]) == "1 weights for 2 rows")
    #expect(message([1, -2]) == "row 1:4 has the weight -2.0, expected 0 or more")
    #expect(message([.nan, 1]) == "row 0 has the weight nan, expected 0 or more")
    #expect(message([1, .infinity]) == "row 1:4 has the weight inf, expected 0 or more")
    #expect(message([0, 0]) == "no row has a weight above 0")
    let trainer = Self.trainer()
    trainer.rowWeights = try RowWeights([1, 2], of: rows)
    let error = #expect(throws: TrainingError.self) {
      try trainer.fit(InOrder(TabularModelTests.matrix(8, seed: 1), batchSize: 8), epochs: 1)
    }
    #expect(error?.kind == .data)
    #expect(error?.message == "row 1 has no weight: rowWeights names other rows")
  }
}
