import TabularFrame
import TabularLoading
import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularTraining

struct TabularModelTests {
  static func names(_ model: TabularModel) -> [String] { model.layers.map { "\($0)" } }

  @Test func stacksItsLayers() {
    var model = TabularModel(inputs: 4, ids: [1: 10, 3: 2], hidden: [8, 8], outputs: 3)
    #expect(
      Self.names(model) == [
        "TabularInput(4, columns [1, 3])", "Linear(inputs: 10, outputs: 8)", "ReLU()",
        "Linear(inputs: 8, outputs: 8)", "ReLU()", "Linear(inputs: 8, outputs: 3)",
      ]
    )
    #expect(model.sequential(seed: 1).inputWidth == 4)
    model.normalization = .batch
    model.nonlinearity = .gelu
    model.dropout = 0.5
    model.residual = true
    model.embeddings = []
    let layers = Self.names(model)
    #expect(layers[0] == "Linear(inputs: 4, outputs: 8)")
    #expect(layers[1].hasPrefix("BatchNorm1d(features: 8"))
    #expect(layers[2].hasPrefix("GELU") && layers[3] == "Dropout(probability: 0.5)")
    #expect(layers[4].hasPrefix("Residual(Linear(inputs: 8, outputs: 8), BatchNorm1d"))
    #expect(layers.count == 6)
    let wide = TabularModel.wideAndDeep(inputs: 4, ids: [0: 3], hidden: [8], outputs: 2)
    #expect(
      Self.names(wide)[1]
        == "Summed([Linear(inputs: 6, outputs: 2)], "
        + "[Linear(inputs: 6, outputs: 8), ReLU(), Linear(inputs: 8, outputs: 2)])"
    )
    #expect(Sequential.regression(inputs: 4).stateDict.map(\.name) == ["0.weight", "0.bias"])
  }

  /// Categories numbered by a recipe become embeddings, and numbers stay numbers.
  @Test func takesTheIdsOfARecipe() throws {
    let lines = (0..<60).map { "\(["Bonn", "Rome", "", "Oslo"][$0 % 4]),\($0 % 7),\($0 % 2)" }
    let frame = try DataFrame(csv: "city,size,y\n" + lines.joined(separator: "\n") + "\n")
    func fit(_ steps: [any Estimator]) throws -> (recipe: Recipe, matrix: FeatureMatrix<Float>) {
      try RecipePlan(features: ["size", "city"], steps: steps, target: "y").fitTransform(frame)
    }
    let (recipe, matrix) = try fit([
      CategoryEncoder(columns: ["city"]), StandardScaler(columns: ["size"]),
    ])
    let model = try TabularModel(recipe: recipe, hidden: [8], outputs: 1)
    // Padding, null, one bucket and three cities.
    #expect(
      model.embeddings.map(\.column) == [try #require(recipe.featureNames.firstIndex(of: "city"))]
    )
    #expect(model.embeddings[0].embedding == Embedding(6, 4, padding: 0))
    let trainer = Trainer(
      model: model.sequential(),
      loss: .binaryCrossEntropyWithLogits,
      optimizer: .adam(learningRate: 0.05)
    )
    _ = try trainer.fit(InOrder(matrix, batchSize: 20), epochs: 40)
    // The city decides.
    #expect(try trainer.evaluate(matrix).accuracy == 1)

    let scaled = try fit([
      CategoryEncoder(columns: ["city"]), StandardScaler(columns: ["size", "city"]),
    ])
    let error = #expect(throws: TrainingError.self) {
      try TabularModel(recipe: scaled.recipe, hidden: [8], outputs: 1)
    }
    #expect(error?.kind == .configuration)
    #expect(error?.message.hasPrefix("column 'city' holds ids, which the later step") == true)
  }

  /// Rows whose class is a function of two ids and a number.
  static func matrix(_ rows: Int, seed: UInt64) -> FeatureMatrix<Float> {
    var generator = SeededGenerator(seed: seed)
    var (features, classes): ([[Float]], [Int64]) = ([], [])
    for _ in 0..<rows {
      let (a, b) = (
        Int.random(in: 1..<6, using: &generator), Int.random(in: 1..<4, using: &generator)
      )
      let number = Float.random(in: -1...1, using: &generator)
      features.append([Float(a), number, Float(b)])
      classes.append((a % 2 == 0) == (b % 2 == 0) ? 2 : number > 0 ? 1 : 0)
    }
    return FeatureMatrix(
      features: Tensor(features),
      featureNames: ["a", "number", "b"],
      labels: .classes(Tensor(classes))
    )
  }

  static func everything() -> TabularModel {
    var model = TabularModel.wideAndDeep(
      inputs: 3,
      ids: [0: 6, 2: 4],
      hidden: [16, 16],
      outputs: 3
    )
    model.normalization = .batch
    model.dropout = 0.1
    model.residual = true
    model.nonlinearity = .silu
    return model
  }

  static func trainer(_ model: TabularModel, devices: Int) -> Trainer {
    Trainer(
      model: model.sequential(),
      loss: .crossEntropy(classWeights: [1, 1, 0.5], labelSmoothing: 0.02),
      optimizer: .adamw(learningRate: 0.02).groups(ParameterGroup(suffix: ".bias", weightDecay: 0)),
      schedule: .warmUp(over: 10, then: .cosine(over: 200)),
      clipping: .norm(1),
      accumulation: 2,
      devices: .cpu(count: devices),
      seed: 7,
      shards: 8
    )
  }

  @Test(arguments: TabularModel.Normalization.allCases)
  func learnsFromIds(_ normalization: TabularModel.Normalization) throws {
    var model = Self.everything()
    model.normalization = normalization
    let trainer = Self.trainer(model, devices: 1)
    let matrix = Self.matrix(600, seed: 1)
    _ = try trainer.fit(InOrder(matrix, batchSize: 64), epochs: 30)
    let accuracy = try #require(try trainer.evaluate(Self.matrix(200, seed: 2)).accuracy)
    print("\(normalization): accuracy \(accuracy)")
    #expect(accuracy > 0.95)
  }

  /// Embeddings, dropout, BatchNorm1d, accumulation and a ragged last batch, from the loader.
  @Test(arguments: TabularModel.Normalization.allCases)
  func givesTheSameBitsOnAnyNumberOfDevices(_ normalization: TabularModel.Normalization) throws {
    var model = Self.everything()
    model.normalization = normalization
    let matrix = Self.matrix(333, seed: 3)
    func outcome(_ devices: Int, workers: Int) throws -> (String, [UInt64], [UInt32]) {
      let trainer = Self.trainer(model, devices: devices)
      let loader = try DataLoader(
        matrix,
        batchSize: 64,
        shuffle: true,
        seed: 4,
        workers: workers
      )
      let history = try trainer.fit(loader, epochs: 3)
      return (
        trainer.model.weightsSHA256, history.stepLosses.map(\.bitPattern),
        try trainer.predict(matrix.features).outputs.bits
      )
    }
    let one = try outcome(1, workers: 0)
    for (devices, workers) in [(2, 0), (3, 1), (4, 2), (8, 0), (11, 1)] {
      #expect(try outcome(devices, workers: workers) == one, "\(devices) devices")
    }
  }
}
