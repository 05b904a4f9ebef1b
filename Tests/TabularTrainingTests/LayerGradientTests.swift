import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularTraining

/// Each layer's way back against central differences of a float64 model.
struct LayerGradientTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let layers: [any Module]
    /// The number of ids of the columns that hold ids.
    var ids: [Int: Int] = [:]
    var testDescription: String { layers.map { "\($0)" }.joined(separator: " ") }
  }

  /// Layers of 4 columns, with layers before that want the gradient of the input.
  static let inside: [any Module] = [
    GELU(), GELU(approximate: .tanh), SiLU(), Sigmoid(), Tanh(), ReLU(), LayerNorm(4),
    LayerNorm(4, epsilon: 0.1, affine: false), BatchNorm1d(4),
    BatchNorm1d(4, epsilon: 0.1, affine: false), Dropout(0.3), Dropout(0), Residual(Linear(4, 4)),
    // Layers whose way back reads their own output, or own memory, at each end and in the middle.
    Residual(Tanh(), Linear(4, 4), Sigmoid()), Residual(Residual(ReLU()), LayerNorm(4)),
    Residual(BatchNorm1d(4), Linear(4, 3), Dropout(0.5), Linear(3, 4), Dropout(0.2), SiLU()),
    Summed([Linear(4, 4)], [Linear(4, 6), LayerNorm(6), Tanh(), Linear(6, 4), ReLU()]),
    Summed([Tanh()], [Residual(BatchNorm1d(4))], [Dropout(0.1), Sigmoid()]),
  ]

  /// Layers of 3 columns, first and last in their model.
  static let ends: [any Module] = [
    BatchNorm1d(3), LayerNorm(3), Residual(Linear(3, 3), Tanh()), Dropout(0.4),
  ]

  static let cases: [Case] =
    inside.map { Case(layers: [Linear(3, 4), $0, Linear(4, 3)]) }
    + ends.map {
      Case(layers: [$0, Linear(3, 3), $0])
    } + [
      Case(layers: [Embedding(5, 3)], ids: [0: 5]),
      Case(layers: [Embedding(6, 4, padding: 1), Linear(4, 3)], ids: [0: 6]),
      Case(
        layers: [
          TabularInput(5, [3: Embedding(4, 2, padding: 0), 1: Embedding(3, 3)]), Linear(8, 3),
        ],
        ids: [1: 3, 3: 4]
      ),
      Case(
        layers: [TabularInput(2, [0: Embedding(4, 2), 1: Embedding(3, 1)]), Linear(3, 3)],
        ids: [0: 4, 1: 3]
      ),
      Case(layers: [TabularInput(3, []), Linear(3, 3)]),
    ]

  static func matrix(_ example: Case, _ model: Sequential, rows: Int, seed: UInt64)
    -> FeatureMatrix<Float>
  {
    var generator = SeededGenerator(seed: seed)
    let width = model.inputWidth
    var values = generator.tensor([rows, width]).scalars
    for (column, count) in example.ids {
      for row in 0..<rows {
        values[row * width + column] = Float(Int.random(in: 0..<count, using: &generator))
      }
    }
    return FeatureMatrix(
      features: Tensor(shape: [rows, width], values),
      featureNames: (0..<width).map { "x\($0)" },
      labels: .classes(generator.classes(rows, below: 3))
    )
  }

  /// What Dropout multiplies with, found by the names of layers: the numbers of the layer's place.
  static func factors(_ model: Sequential, _ randomness: RowRandomness)
    -> (String, Int, Int) -> Double
  {
    { name, row, column in
      var (place, layers, probability) = (randomness, model.layers, Float(0))
      var path = name.split(separator: ".").compactMap { Int($0) }[...]
      while let position = path.popFirst() {
        place = place.inner(position)
        switch layers[position] {
        case let layer as Dropout: probability = layer.probability
        case let layer as Residual:
          place = place.inner(0)
          layers = layer.layers
        case let layer as Summed:
          let branch = path.removeFirst()
          place = place.inner(branch)
          layers = layer.layers[branch]
        default: break
        }
      }
      let draw = place.row(row).bits(at: column / 2)
      let bits = column.isMultiple(of: 2) ? draw & 0xffff_ffff : draw >> 32
      return Double(bits) / 0x1p32 >= Double(probability) ? 1 / (1 - Double(probability)) : 0
    }
  }

  @Test(arguments: cases, [1, 4])
  func agreesWithCentralDifferences(_ example: Case, shards: Int) throws {
    let model = Sequential(example.layers, seed: 3)
    let matrix = Self.matrix(example, model, rows: 23, seed: 9)
    let (value, gradient) = try model.valueAndGradient(
      matrix.features,
      matrix.labels,
      loss: .crossEntropy,
      shards: shards,
      seed: 5,
      step: 2
    )
    var oracle = Oracle(model, .crossEntropy, shards: shards)
    oracle.factors = Self.factors(model, RowRandomness(seed: 5, step: 2))
    #expect(abs(value - oracle.meanLoss(matrix)) < 1e-6)
    let expected = oracle.gradient(matrix)
    #expect(expected.contains { abs($0) > 1e-3 })
    let scale = max(expected.map(abs).max() ?? 0, 1)
    let worst = zip(gradient.values.scalars, expected).map { abs(Double($0) - $1) }.max() ?? 1
    #expect(worst <= 3e-6 * scale, "\(worst)")
  }

  /// Evaluation: running statistics, no dropout, in blocks of 256 rows.
  @Test(arguments: cases)
  func evaluatesAsAFloat64Model(_ example: Case) throws {
    var model = Sequential(example.layers, seed: 4)
    let matrix = Self.matrix(example, model, rows: 300, seed: 10)
    // Some steps, so that running statistics are not what they began as.
    var optimizer = Optimizer(.sgd(learningRate: 0.05))
    for step in 0..<3 {
      let (_, gradient) = try model.valueAndGradient(
        matrix.features,
        matrix.labels,
        loss: .crossEntropy,
        shards: 2,
        step: step
      )
      optimizer.step(&model, gradient)
    }
    let outputs = try model(matrix.features)
    let oracle = Oracle(model, .crossEntropy)
    for row in stride(from: 0, to: 300, by: 23) {
      let expected = oracle.outputs(
        (0..<model.inputWidth).map { Double(matrix.features[row, $0]) }
      )
      for (column, expected) in expected.enumerated() {
        #expect(abs(Double(outputs[row, column]) - expected) < 2e-5 * max(1, abs(expected)))
      }
    }
  }

  /// The devices only decide who computes a shard, whatever the layers.
  @Test(arguments: cases)
  func givesTheSameBitsOnAnyNumberOfDevices(_ example: Case) throws {
    let matrix = Self.matrix(example, Sequential(example.layers), rows: 83, seed: 11)
    func outcome(_ devices: Int) throws -> (String, [UInt64]) {
      let trainer = Trainer(
        model: Sequential(example.layers),
        loss: .crossEntropy,
        optimizer: .adam(learningRate: 0.01),
        devices: .cpu(count: devices),
        seed: 6,
        shards: 8
      )
      let history = try trainer.fit(InOrder(matrix, batchSize: 32), epochs: 2)
      return (trainer.model.weightsSHA256, history.stepLosses.map(\.bitPattern))
    }
    let one = try outcome(1)
    for devices in [2, 4, 8] { #expect(try outcome(devices) == one, "\(devices) devices") }
  }
}
