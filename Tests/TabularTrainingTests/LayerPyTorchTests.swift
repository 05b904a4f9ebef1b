import Foundation
import TabularTensor
import Testing

@testable import TabularTraining

/// Each layer between others, trained for some steps, against PyTorch.
///
/// Losses of the steps, the first step's gradient, and afterwards the outputs of an evaluation and
/// the running statistics; LayerPyTorchValues.swift says how they were computed.
struct LayerPyTorchTests {
  struct Expected: Sendable {
    let names: String
    let losses: [Double]
    let gradient: [Double]
    let outputs: [Double]
    let buffers: [Double]
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let layers: [any Module]
    /// The number of ids of the columns that hold ids.
    var ids: [Int: Int] = [:]
    var rows = 7
    var testDescription: String { name }
  }

  static func between(_ name: String, _ layer: any Module, width: Int = 4) -> Case {
    Case(name: name, layers: [Linear(3, 4), layer, Linear(width, 1)])
  }

  static let cases: [Case] = [
    between("gelu", GELU()),
    between("tanhGELU", GELU(approximate: .tanh)),
    between("silu", SiLU()),
    between("sigmoid", Sigmoid()),
    between("tanh", Tanh()),
    between("layerNorm", LayerNorm(4)),
    between("plainLayerNorm", LayerNorm(4, epsilon: 1e-3, affine: false)),
    between("batchNorm", BatchNorm1d(4)),
    between("plainBatchNorm", BatchNorm1d(4, epsilon: 1e-3, momentum: nil, affine: false)),
    between("residual", Residual(Linear(4, 4), ReLU())),
    between("summed", Summed([Linear(4, 2)], [Linear(4, 3), Tanh(), Linear(3, 2)]), width: 2),
    Case(name: "embedding", layers: [Embedding(5, 3, padding: 2), Linear(3, 1)], ids: [0: 5]),
    Case(
      name: "tabularInput",
      layers: [
        TabularInput(4, [1: Embedding(5, 2), 3: Embedding(4, 3, padding: 0)]), Linear(7, 4), SiLU(),
        Linear(4, 1),
      ],
      ids: [1: 5, 3: 4]
    ),
    Case(
      name: "all",
      layers: [
        TabularInput(4, [3: Embedding(4, 3)]), Linear(6, 5), BatchNorm1d(5), SiLU(),
        Residual(LayerNorm(5), Linear(5, 5), BatchNorm1d(5), GELU()), Linear(5, 1),
      ],
      ids: [3: 4],
      rows: 40
    ),
  ]

  @Test(arguments: cases)
  func agrees(_ example: Case) throws {
    let expected = try #require(Self.expected[example.name])
    var model = try Self.model(example.layers)
    #expect(model.stateDict.map(\.name).joined(separator: " ") == expected.names)
    let (features, values) = Self.rows(example, width: model.inputWidth)
    var optimizer = Optimizer(.sgd(learningRate: 0.1))
    for (step, loss) in expected.losses.enumerated() {
      let (value, gradient) = try model.valueAndGradient(
        features,
        values,
        loss: .meanSquaredError
      )
      #expect(abs(value - loss) < 2e-6, "step \(step)")
      if step == 0 {
        Self.compare(gradient.values, expected.gradient, 2e-6, "gradient")
      }
      optimizer.step(&model, gradient)
    }
    let outputs = try model(features)
    Self.compare(Tensor(Array(outputs.scalars.prefix(7))), expected.outputs, 5e-6, "outputs")
    Self.compare(model.buffers, expected.buffers, 2e-6, "buffers")
  }

  /// The weights of the script: 0.5 · sin(1.7 k + 0.3), with k counting through all of them.
  static func model(_ layers: [any Module]) throws -> Sequential {
    var model = try Sequential(validating: layers)
    model.parameters = Tensor(
      (0..<model.layout.count).map { Float(0.5 * sin(1.7 * Double($0) + 0.3)) }
    )
    return model
  }

  /// The features and targets of the script.
  static func rows(_ example: Case, width: Int) -> (Tensor<Float>, Tensor<Float>) {
    func feature(_ row: Int, _ column: Int) -> Float {
      if let count = example.ids[column] { return Float((3 * row + column) % count) }
      return Float(sin(0.7 * Double(row) + 1.3 * Double(column) + 0.1))
    }
    let features = (0..<example.rows).map { row in (0..<width).map { feature(row, $0) } }
    let values = (0..<example.rows).map { Float(cos(1.1 * Double($0))) }
    return (Tensor(features), Tensor(values))
  }

  private static func compare(
    _ found: Tensor<Float>,
    _ expected: [Double],
    _ tolerance: Double,
    _ what: Comment
  ) {
    #expect(found.count == expected.count, what)
    let worst = zip(found.scalars, expected).map { value, expected in
      abs(Double(value) - expected) / max(1, abs(expected))
    }
    #expect((worst.max() ?? 0) < tolerance, what)
  }
}
