import Foundation
import TabularPreprocessing
import TabularTensor
import TabularTraining
import Testing

struct LossTests {
  @Test func givesTheMeansOfPyTorch() throws {
    // log 2 = 0.693147; -log sigmoid(2) = 0.126928
    #expect(
      abs(
        try Loss.binaryCrossEntropyWithLogits(Tensor([[0], [2]]), Tensor<Int64>([0, 1])) - 0.4100376
      )
        < 1e-6
    )
    // log 3 = 1.098612; log(e^1 + e^2 + e^3) - 3 = 0.407606
    #expect(
      abs(
        try Loss.crossEntropy(Tensor([[5, 5, 5], [1, 2, 3]]), Tensor<Int64>([1, 2])) - 0.753109
      )
        < 1e-6
    )
    #expect(try Loss.meanSquaredError(Tensor([[1], [5]]), Tensor<Float>([2, 2])) == 5)
  }

  @Test func staysFiniteAtLargeOutputs() throws {
    let large = Tensor<Float>([[1e4], [-1e4]])
    #expect(try Loss.binaryCrossEntropyWithLogits(large, Tensor<Int64>([1, 0])) == 0)
    #expect(try Loss.binaryCrossEntropyWithLogits(large, Tensor<Int64>([0, 1])) == 1e4)
    #expect(try Loss.crossEntropy(Tensor([[1e4, -1e4]]), Tensor<Int64>([1])) == 2e4)
  }

  @Test func predicts() {
    let two = Loss.binaryCrossEntropyWithLogits.predictions(from: Tensor([[0], [-1e4], [1]]))
    #expect(two.classes == Tensor([0, 0, 1]))
    #expect(two.probabilities?.shape == [3, 2])
    #expect(two.probabilities?[0, 0] == 0.5)
    #expect(two.probabilities?[1, 0] == 1)
    #expect(abs((two.probabilities?[2, 1] ?? 0) - 0.731_058_6) < 1e-6)

    let three = Loss.crossEntropy.predictions(from: Tensor([[1, 3, 2], [1e4, 0, 0]]))
    #expect(three.classes == Tensor([1, 0]))
    #expect(abs((three.probabilities?[0, 1] ?? 0) - 0.665_241) < 1e-6)
    #expect(three.probabilities?[1, 0] == 1)

    let value = Loss.meanSquaredError.predictions(from: Tensor([[4]]))
    #expect(value.outputs == Tensor([[4]]))
    #expect(value.probabilities == nil && value.classes == nil)
  }

  @Test func refusesLabelsThatItCannotTake() {
    func message(_ loss: Loss, _ outputs: Tensor<Float>, _ labels: some LabelsConvertible) -> String
    {
      do throws(TrainingError) {
        _ = try loss(outputs, labels)
        return "nothing thrown"
      } catch {
        return error.message
      }
    }
    let one = Tensor<Float>([[0], [0]])
    #expect(
      message(.binaryCrossEntropyWithLogits, one, Tensor<Int64>([0, 2]))
        == "row 1 has class 2, expected 0 to 1"
    )
    #expect(
      message(.binaryCrossEntropyWithLogits, one, Tensor<Float>([.nan, 0]))
        == "row 0 has the value nan, expected 0 to 1"
    )
    #expect(
      message(.meanSquaredError, one, Tensor<Int64>([0, 1]))
        == "meanSquaredError takes values, the labels are classes"
    )
    #expect(
      message(.crossEntropy, one, Tensor<Int64>([0, 0])).hasSuffix(
        "the model has 1; one output goes with binaryCrossEntropyWithLogits"
      )
    )
    #expect(
      message(.meanSquaredError, Tensor(zeros: [0, 1]), Tensor<Float>(zeros: [0]))
        == "a loss over no rows"
    )
  }

  @Test func tellsTheErrorInTheTargetsUnit() throws {
    // A model that says 1 of everything, of values 1, 3 and -2: squares 0, 4 and 9.
    var model = Sequential(Linear(1, 1))
    try model.load(["0.weight": Tensor([[0]]), "0.bias": Tensor([1])])
    let matrix = FeatureMatrix<Float>(
      features: Tensor(zeros: [3, 1]),
      featureNames: ["a"],
      labels: .values(Tensor([1, 3, -2]))
    )
    let root = (13.0 / 3).squareRoot()
    for loss in [Loss.meanSquaredError, .meanAbsoluteError, .huber] {
      let evaluation = try model.evaluate(matrix, loss: loss)
      #expect(abs(try #require(evaluation.rmse) - root) < 1e-6, "\(loss)")
      #expect(evaluation.accuracy == nil)
    }
    #expect(try model.evaluate(matrix, loss: .meanAbsoluteError).loss == 5.0 / 3)
  }

  @Test func staysFiniteAtLargeOutputsWithWeights() throws {
    let large = Tensor<Float>([[1e4], [-1e4]])
    let weighted = Loss.binaryCrossEntropyWithLogits(positiveWeight: 3)
    #expect(try weighted(large, Tensor<Int64>([1, 0])) == 0)
    #expect(try weighted(large, Tensor<Int64>([0, 1])) == 2e4)
    let smooth = Loss.crossEntropy(labelSmoothing: 0.5)
    #expect(try smooth(Tensor([[1e4, -1e4]]), Tensor<Int64>([1])) == 1.5e4)
  }

  @Test(
    arguments: [
      (.crossEntropy, #""crossEntropy""#),
      (.huber, #""huber""#),
      (.huber(delta: 0.5), #"{"delta":0.5,"kind":"huber"}"#),
      (
        .binaryCrossEntropyWithLogits(positiveWeight: 2),
        #"{"kind":"binaryCrossEntropyWithLogits","pos_weight":2}"#
      ),
      (
        .crossEntropy(classWeights: [1, 2], labelSmoothing: 0.5),
        #"{"kind":"crossEntropy","label_smoothing":0.5,"weight":[1,2]}"#
      ),
    ] as [(Loss, String)]
  )
  func isWrittenAsJSON(_ loss: Loss, text: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(String(decoding: try encoder.encode(loss), as: UTF8.self) == text)
    #expect(try JSONDecoder().decode(Loss.self, from: Data(text.utf8)) == loss)
  }

  @Test(
    arguments: [
      (#""hinge""#, "no loss named 'hinge'"),
      (#"{"kind":"huber","delta":-1}"#, "delta -1.0, expected above 0"),
      (#"{"kind":"crossEntropy","weight":[0,0]}"#, "no class has a weight above 0"),
      (#"{"kind":"crossEntropy","weight":[1,-1]}"#, "class weight -1.0, expected 0 or more"),
      (#"{"kind":"crossEntropy","label_smoothing":2}"#, "label smoothing 2.0, expected 0 to 1"),
      (#"{"kind":"binaryCrossEntropyWithLogits","pos_weight":0}"#, "positive weight 0.0"),
    ]
  )
  func refusesSettingsOutOfRange(_ text: String, part: String) {
    let error = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Loss.self, from: Data(text.utf8))
    }
    guard case .dataCorrupted(let context) = error else {
      Issue.record("\(text): \(String(describing: error))")
      return
    }
    #expect(context.debugDescription.contains(part))
  }

  @Test func trapsOnSettingsOutOfRange() async {
    await #expect(processExitsWith: .failure) { _ = Loss.huber(delta: 0) }
    await #expect(processExitsWith: .failure) { _ = Loss.crossEntropy(labelSmoothing: 1.5) }
  }

  @Test func wantsAWeightForEachOutput() {
    let error = #expect(throws: TrainingError.self) {
      try Loss.crossEntropy(classWeights: [1, 2])(Tensor([[1, 2, 3]]), Tensor<Int64>([0]))
    }
    #expect(error?.kind == .shape)
    #expect(error?.message == "crossEntropy has 2 class weights, the model has 3 outputs")
  }
}
