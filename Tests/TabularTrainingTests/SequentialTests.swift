import TabularTensor
import Testing

@testable import TabularTraining

struct SequentialTests {
  @Test func namesParametersAsPyTorch() {
    let model = Sequential(Linear(7, 16), ReLU(), Linear(16, 1))
    #expect(model.stateDict.map(\.name) == ["0.weight", "0.bias", "2.weight", "2.bias"])
    #expect(model.stateDict.map(\.tensor.shape) == [[16, 7], [16], [1, 16], [1]])
    #expect(model.parameters.count == 16 * 7 + 16 + 16 + 1)
    #expect((model.inputWidth, model.outputWidth) == (7, 1))
  }

  @Test func initialisesFromSeedAndNameAlone() throws {
    let small = Sequential(Linear(4, 3), ReLU(), Linear(3, 2), seed: 9)
    let large = Sequential(Linear(4, 3), ReLU(), Linear(3, 2), ReLU(), Linear(2, 5), seed: 9)
    for (name, tensor) in small.stateDict {
      #expect(large.stateDict.first { $0.name == name }?.tensor == tensor)
    }
    #expect(small.parameters != Sequential(Linear(4, 3), ReLU(), Linear(3, 2), seed: 10).parameters)
    #expect(!Sequential(Linear(4, 3)).ownsParameters)
    #expect(Sequential(Linear(4, 3)).parameters == Sequential(Linear(4, 3), seed: 0).parameters)
    #expect(small.ownsParameters)
  }

  @Test func drawsUniformlyWithinTheBound() {
    // PyTorch's bound for 100 inputs is 0.1.
    let values = Sequential(Linear(100, 200), seed: 1).parameters.scalars.map { Double($0) }
    #expect(values.allSatisfy { $0 >= -0.1 && $0 < 0.1 })
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
    // Five standard errors of 20,200 draws.
    #expect(abs(mean) < 5 * 0.1 / 3.0.squareRoot() / Double(values.count).squareRoot())
    #expect(abs(variance / (0.01 / 3) - 1) < 0.04)
    #expect(Set(values).count > 19_900)
  }

  @Test(arguments: [31, 32] as [UInt64])
  func agreesWithAFloat64Model(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let model = Sequential(Linear(4, 9), ReLU(), Linear(9, 3), seed: seed)
    let features = generator.tensor([600, 4])
    let outputs = try model(features)
    #expect(outputs.shape == [600, 3])
    let oracle = Oracle(model, .crossEntropy)
    for row in stride(from: 0, to: 600, by: 37) {
      let expected = oracle.outputs((0..<4).map { Double(features[row, $0]) })
      for column in 0..<3 {
        #expect(abs(Double(outputs[row, column]) - expected[column]) < 1e-5, "seed \(seed)")
      }
    }
  }

  @Test func computesBlocksByPosition() throws {
    var generator = SeededGenerator(seed: 4)
    let model = Sequential(Linear(30, 50), ReLU(), Linear(50, 2), seed: 4)
    let features = generator.tensor([700, 30])
    let all = try model(features)
    #expect(try model(features.rows(0..<256)).bits == all.rows(0..<256).bits)
    #expect(try model(features.rows(256..<700)).bits == all.rows(256..<700).bits)
    #expect(try model(features.rows(0..<0)).shape == [0, 2])
  }

  @Test func loadsAStateDict() throws {
    let source = Sequential(Linear(3, 2), ReLU(), Linear(2, 1), seed: 5)
    var model = Sequential(Linear(3, 2), ReLU(), Linear(2, 1))
    try model.load(Dictionary(uniqueKeysWithValues: source.stateDict.map { ($0.name, $0.tensor) }))
    #expect(model.parameters == source.parameters)
    #expect(model.ownsParameters)
  }

  @Test func refusesAnotherStateDict() {
    var model = Sequential(Linear(3, 2), seed: 1)
    let before = model.parameters
    func message(_ state: [String: Tensor<Float>]) -> String {
      do throws(TrainingError) {
        try model.load(state)
        return "nothing thrown"
      } catch {
        return "\(error.kind): \(error)"
      }
    }
    let (weight, bias) = (Tensor<Float>(zeros: [2, 3]), Tensor<Float>(zeros: [2]))
    #expect(
      message(["0.weight": weight, "1.bias": bias])
        == "name: the parameters do not fit the model; missing: 0.bias; unexpected: 1.bias"
    )
    #expect(
      message(["0.weight": Tensor(zeros: [3, 2]), "0.bias": bias])
        == "shape: parameter '0.weight': expected shape [2, 3], found [3, 2]"
    )
    #expect(model.parameters == before)
  }

  @Test func hashesTheParametersBytes() throws {
    var model = Sequential(Linear(1, 1))
    try model.load(["0.weight": Tensor([[1]]), "0.bias": Tensor([-2])])
    // sha256sum of the bytes 00 00 80 3f 00 00 00 c0.
    #expect(
      model.weightsSHA256 == "ee4ac73c2bd27756ab82780f27c73a7bc4d3f0bb6acb37e008bc27eccd7e588b"
    )
  }

  @Test func refusesLayersThatDoNotFit() {
    #expect(throws: TrainingError.self) {
      try Sequential(validating: [Linear(3, 2), ReLU(), Linear(3, 1)])
    }
    #expect(throws: TrainingError.self) { try Sequential(validating: [ReLU()]) }
    #expect(throws: TrainingError.self) { try Sequential(validating: []) }
    do throws(TrainingError) {
      _ = try Sequential(validating: [Linear(3, 2), ReLU(), Linear(3, 1)])
    } catch {
      #expect(error.message.hasPrefix("layer 2, Linear(inputs: 3, outputs: 1), takes 3 columns"))
    }
  }

  @Test func trapsOnLayersThatDoNotFit() async {
    await #expect(processExitsWith: .failure) { _ = Sequential(Linear(3, 2), Linear(3, 1)) }
  }
}
