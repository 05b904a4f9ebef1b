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

  @Test func loadsTensorsOfAFile() throws {
    let source = Sequential(Linear(3, 2), BatchNorm1d(2), seed: 5)
    var tensors = Dictionary(
      uniqueKeysWithValues: source.stateDict.map { ($0.name, AnyTensor($0.tensor)) }
    )
    tensors["1.num_batches_tracked"] = AnyTensor(Tensor<Int64>(shape: [], [12]))
    var model = Sequential(Linear(3, 2), BatchNorm1d(2))
    try model.load(tensors)
    #expect(model.parameters == source.parameters)
    #expect(model.buffers == Tensor([0, 0, 1, 1, 12]))

    tensors["1.num_batches_tracked"] = AnyTensor(Tensor<Float>(shape: [], [12]))
    let error = #expect(throws: TrainingError.self) { try model.load(tensors) }
    #expect(error?.kind == .shape)
    #expect(error?.message.contains("'1.num_batches_tracked'") == true)
  }

  /// A layer of one's own needs what it had to have before there were modes and buffers.
  @Test func takesALayerOfOnesOwn() throws {
    struct Doubling: Module {
      static var kind: String { "Doubling" }
      var parameters: [ParameterDeclaration] { [] }
      var inputWidth: Int? { nil }
      func outputWidth(forInputWidth width: Int) -> Int { width }
      func forward(_ input: DeviceMatrix, into output: DeviceMatrix, _ context: LayerContext) {
        context.device.clear(output)
        for _ in 0..<2 { context.device.add(input, to: output) }
      }
      func backward(
        _ outputGradient: DeviceMatrix,
        input: DeviceMatrix,
        output: DeviceMatrix,
        into parameterGradients: ParameterViews,
        inputGradient: DeviceMatrix?,
        _ context: LayerContext
      ) {
        guard let inputGradient else { return }
        forward(outputGradient, into: inputGradient, context)
      }
    }
    let plain = Sequential(Linear(3, 4), ReLU(), Linear(4, 1), seed: 1)
    var doubled = Sequential(Linear(3, 4), Doubling(), ReLU(), Linear(4, 1), seed: 1)
    doubled.parameters = plain.parameters
    let features = Tensor<Float>([[1, -2, 3], [0.5, 0.25, -1]])
    let bias = plain.parameters.scalars[20]
    for row in 0..<2 {
      let expected = 2 * (try plain(features)[row, 0] - bias) + bias
      #expect(abs(try doubled(features)[row, 0] - expected) < 1e-6)
    }
    let values = Tensor<Float>([0, 0])
    let (value, _) = try doubled.valueAndGradient(features, values, loss: .meanSquaredError)
    #expect(abs(value - (try Loss.meanSquaredError(doubled(features), values))) < 1e-6)
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
