import TabularLoading
import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularTraining

struct GradientTests {
  /// Losses with settings of their own.
  static let weighing: [Loss] = [
    .binaryCrossEntropyWithLogits(positiveWeight: 2.5), .huber(delta: 0.3),
    .crossEntropy(classWeights: [1, 0.25, 3]), .crossEntropy(labelSmoothing: 0.2),
    .crossEntropy(classWeights: [1, 0, 3], labelSmoothing: 0.1),
  ]

  static func model(_ loss: Loss, seed: UInt64) -> Sequential {
    Sequential(
      Linear(4, 6),
      ReLU(),
      Linear(6, 5),
      ReLU(),
      Linear(5, loss.kind == .crossEntropy ? 3 : 1),
      seed: seed
    )
  }

  /// Every layer and every loss against central differences of a float64 model.
  @Test(arguments: Loss.allCases + weighing, [1, 2, 3] as [UInt64])
  func agreesWithCentralDifferences(_ loss: Loss, seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let matrix = generator.matrix(rows: 23, columns: 4, loss: loss)
    let model = Self.model(loss, seed: seed)
    for shards in [1, 4] {
      let (value, gradient) = try model.valueAndGradient(
        matrix.features,
        matrix.labels,
        loss: loss,
        shards: shards
      )
      var oracle = Oracle(model, loss)
      #expect(abs(value - oracle.meanLoss(matrix)) < 1e-6, "seed \(seed)")
      let expected = oracle.gradient(matrix)
      let scale = expected.map(abs).max() ?? 0
      let worst = zip(gradient.values.scalars, expected).map { abs(Double($0) - $1) }.max() ?? 1
      #expect(worst <= 2e-6 * max(scale, 1), "seed \(seed), shards \(shards)")
    }
  }

  @Test func takesValuesOfABinaryClassification() throws {
    var generator = SeededGenerator(seed: 5)
    let model = Self.model(.binaryCrossEntropyWithLogits, seed: 5)
    let matrix = generator.matrix(rows: 9, columns: 4, loss: .binaryCrossEntropyWithLogits)
    let classes = generator.classes(9, below: 2)
    let a = try model.valueAndGradient(
      matrix.features,
      classes,
      loss: .binaryCrossEntropyWithLogits
    )
    let b = try model.valueAndGradient(
      matrix.features,
      classes.map { Float($0) },
      loss: .binaryCrossEntropyWithLogits
    )
    #expect(a.loss == b.loss)
    #expect(a.gradient.values == b.gradient.values)
  }

  @Test func namesTheDerivativesOfAParameter() throws {
    let model = Sequential(Linear(2, 1), seed: 0)
    let features = Tensor<Float>([[1, 2], [3, 4]])
    let (_, gradient) = try model.valueAndGradient(
      features,
      Tensor<Float>([0, 0]),
      loss: .meanSquaredError
    )
    #expect(gradient["0.weight"]?.shape == [1, 2])
    #expect(gradient["0.bias"]?.shape == [1])
    #expect(gradient["1.weight"] == nil)
  }

  /// The notes' training and evaluation loop, written by hand.
  @Test func canBeWrittenAsALoopByHand() throws {
    var generator = SeededGenerator(seed: 8)
    let matrix = generator.matrix(rows: 60, columns: 4, loss: .crossEntropy)
    let loader = InOrder(matrix, batchSize: 16)
    var model = Self.model(.crossEntropy, seed: 8)
    var optimizer = Optimizer(.adam(learningRate: 0.01))
    try loader.forEachBatch(epoch: 0) { batch in
      let (_, gradient) = try model.valueAndGradient(
        batch.features,
        batch.target,
        loss: .crossEntropy
      )
      optimizer.step(&model, gradient)
    }

    var (correct, total, loss) = (0, 0, 0.0)
    try loader.forEachBatch(epoch: 0) { batch in
      guard case .classes(let classes)? = batch.target else { return }
      let outputs = try withoutGradients { try model(batch.features) }
      correct += (outputs.argmax() .== classes).sum()
      total += batch.count
      loss += try Loss.crossEntropy(outputs, classes) * Double(batch.count)
    }
    let evaluation = try model.evaluate(matrix, loss: .crossEntropy)
    #expect(Double(correct) / Double(total) == evaluation.accuracy)
    #expect(abs(loss / Double(total) - evaluation.loss) < 1e-6)

    let trainer = Trainer(
      model: Self.model(.crossEntropy, seed: 8),
      loss: .crossEntropy,
      optimizer: .adam(learningRate: 0.01)
    )
    _ = try trainer.fit(loader, epochs: 1)
    #expect(trainer.model.weightsSHA256 == model.weightsSHA256)
  }

  @Test func refusesGradientsWhereThereAreToBeNone() throws {
    let model = Self.model(.meanSquaredError, seed: 0)
    let features = Tensor<Float>(zeros: [1, 4])
    let labels = Tensor<Float>([0])
    let error = withoutGradients {
      #expect(throws: TrainingError.self) {
        try model.valueAndGradient(features, labels, loss: .meanSquaredError)
      }
    }
    #expect(error?.kind == .gradients)
    _ = try model.valueAndGradient(features, labels, loss: .meanSquaredError)
    // It passes on what the body throws, with its type.
    do throws(TrainingError) {
      try withoutGradients { () throws(TrainingError) in
        throw TrainingError(.data, "mine")
      }
      Issue.record("nothing thrown")
    } catch {
      #expect(error.message == "mine")
    }
  }

  @Test func saysWhatIsWrongWithTheRows() throws {
    let model = Self.model(.crossEntropy, seed: 0)
    func message(_ columns: Int, _ labels: some LabelsConvertible, _ loss: Loss) -> String {
      do throws(TrainingError) {
        _ = try model.valueAndGradient(Tensor<Float>(zeros: [2, columns]), labels, loss: loss)
        return "nothing thrown"
      } catch {
        return "\(error.kind): \(error)"
      }
    }
    let classes = Tensor<Int64>([0, 2])
    #expect(
      message(3, classes, .crossEntropy)
        == "shape: features of shape [2, 3]; the model takes [rows, 4]"
    )
    #expect(
      message(4, Labels<Float>?.none, .crossEntropy)
        == "labels: crossEntropy needs labels: there are none"
    )
    #expect(
      message(4, Tensor<Int64>([0, 3]), .crossEntropy)
        == "labels: row 1 has class 3, expected 0 to 2"
    )
    #expect(message(4, Tensor<Int64>([0]), .crossEntropy) == "labels: 1 labels for 2 rows")
    #expect(
      message(4, Tensor<Float>([0, 1]), .crossEntropy)
        == "labels: crossEntropy takes classes, the labels are values"
    )
    #expect(
      message(4, classes, .meanSquaredError)
        == "shape: meanSquaredError takes 1 output, the model has 3"
    )
  }
}
