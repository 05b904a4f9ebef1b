import TabularFrame
import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularTraining

struct EmbeddingTests {
  @Test func beginsNormalWithThePaddingRowZero() {
    let model = Sequential(Embedding(500, 20, padding: 3), seed: 1)
    let values = model.parameters.scalars.map { Double($0) }
    #expect(values[60..<80].allSatisfy { $0 == 0 })
    let others = values.filter { $0 != 0 }
    #expect(others.count == 9_980)
    let mean = others.reduce(0, +) / 9_980
    let variance = others.reduce(0) { $0 + $1 * $1 } / 9_980
    // Five standard errors.
    #expect(abs(mean) < 5 / 9_980.0.squareRoot())
    #expect(abs(variance - 1) < 5 * (2 / 9_980.0).squareRoot())
    // As many within one deviation as the normal distribution has.
    let within = Double(others.filter { abs($0) < 1 }.count) / 9_980
    #expect(abs(within - 0.6827) < 5 * (0.6827 * 0.3173 / 9_980).squareRoot())
    #expect(others.map(abs).max() ?? 0 > 3.2)
  }

  @Test func givesAVectorForAnId() throws {
    var model = Sequential(Embedding(3, 2))
    try model.load(["0.weight": Tensor([[1, 2], [3, 4], [5, 6]])])
    #expect(try model(Tensor([[2], [0], [2]])) == Tensor([[5, 6], [1, 2], [5, 6]]))
    var table = Sequential(TabularInput(3, [2: Embedding(2, 1), 0: Embedding(2, 2)]))
    try table.load([
      "0.embeddings.0.weight": Tensor([[10], [20]]),
      "0.embeddings.1.weight": Tensor([[1, 2], [3, 4]]),
    ])
    // The vector of column 2, that of column 0, column 1.
    #expect(
      try table(Tensor([[0, 0.5, 1], [1, -7, 0]])) == Tensor([[20, 1, 2, 0.5], [10, 3, 4, -7]])
    )
  }

  @Test(
    arguments: [
      (-1, "-1.0"), (4, "4.0"), (1.5, "1.5"), (.nan, "nan"), (.infinity, "inf"), (-0.5, "-0.5"),
    ] as [(Float, String)]
  )
  func refusesAnIdThatIsNone(_ id: Float, text: String) throws {
    let model = Sequential(TabularInput(2, [1: Embedding(4, 2)]), Linear(3, 1), seed: 1)
    let features = Tensor<Float>([[0, 3], [0, id]])
    let matrix = FeatureMatrix(
      features: features,
      featureNames: ["a", "b"],
      labels: .values(Tensor([0, 1])),
      rowIDs: [RowID(record: 7), RowID(record: 8)]
    )
    func message(_ body: () throws -> Void) -> String? {
      let error = #expect(throws: TrainingError.self) { try body() }
      #expect(error?.kind == .data)
      return error?.message
    }
    let expected =
      "feature 1 is \(text), expected a whole number 0 to 3: "
      + "an id of Embedding(count: 4, dimension: 2, padding: nil)"
    #expect(message { _ = try model(features) } == "row 1: \(expected)")
    let trainer = Trainer(model: model, loss: .meanSquaredError, optimizer: .adam())
    #expect(
      message { _ = try trainer.fit(InOrder(matrix, batchSize: 2), epochs: 1) }
        == "row 8: \(expected)"
    )
    #expect(message { _ = try trainer.evaluate(matrix) }?.hasSuffix(expected) == true)
    #expect(trainer.optimizer.stepCount == 0)
  }

  @Test(
    arguments: [
      [Linear(1, 1), Embedding(4, 2)], [Residual(Embedding(4, 1))],
      [Linear(2, 2), TabularInput(2, [0: Embedding(4, 2)])],
      [Summed([Embedding(4, 1)], [Linear(1, 1)])],
    ] as [[any Module]]
  )
  func isFirstInItsModel(_ layers: [any Module]) {
    let error = #expect(throws: TrainingError.self) { try Sequential(validating: layers) }
    #expect(error?.kind == .shape)
    #expect(error?.message.contains("must be a model's first layer") == true)
  }

  @Test func givesTheUsualDimension() {
    // fastai's emb_sz_rule: min(600, round(1.6 * n**0.56)).
    #expect(
      [2, 10, 1_000, 1_000_000].map { Embedding.usualDimension(forCount: $0) } == [2, 6, 77, 600]
    )
  }

  /// Ids as the recipe's encoder gives them.
  @Test func takesTheIdsOfACategoryEncoder() throws {
    let frame = try DataFrame(csv: "city,y\nBonn,1\nRome,0\nBonn,1\n,0\n")
    let fitted = try CategoryEncoder(columns: ["city"]).fitted(to: frame)
    let encoded = try fitted.applied(to: frame)
    let ids = try encoded["city", as: Int64.self]
    let features = Tensor<Float>((0..<4).map { [Float(ids[$0] ?? -1)] })
    // Padding, null, a bucket, and two cities.
    let model = Sequential(Embedding(5, 3, padding: 0), Linear(3, 1), seed: 1)
    let outputs = try model(features)
    #expect(outputs[0, 0] == outputs[2, 0])
    #expect(Set(outputs.scalars).count == 3)
  }
}
