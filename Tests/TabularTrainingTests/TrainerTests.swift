import TabularFrame
import TabularLoading
import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularTraining

struct TrainerTests {
  @Test(.enabled(if: Reference.isThere, "shared/reference is not beside the package"))
  func learnsIris() throws {
    let matrix = try Reference.json("reference/iris.json", as: Iris.self).matrix()
    let trainer = Trainer(
      model: Sequential(Linear(4, 16), ReLU(), Linear(16, 3)),
      loss: .crossEntropy,
      optimizer: .adam(learningRate: 0.02),
      devices: .cpu(count: 2),
      seed: 7
    )
    let history = try trainer.fit(InOrder(matrix, batchSize: 50), epochs: 100, validation: matrix)
    let last = try #require(history.epochs.last?.validation)
    print("iris: accuracy \(last.accuracy ?? 0), loss \(last.loss)")
    #expect(try #require(last.accuracy) >= 0.95)
    let again = try trainer.evaluate(matrix)
    #expect(again.loss == last.loss && again.accuracy == last.accuracy)

    let predictions = try trainer.predict(matrix.features)
    let probabilities = try #require(predictions.probabilities)
    #expect(probabilities.argmax() == predictions.classes)
    #expect(
      (0..<150).allSatisfy { row in
        abs((0..<3).reduce(0) { $0 + probabilities[row, $1] } - 1) < 1e-6
      }
    )
  }

  /// Batches so large that devices which would wait for them copy their rows.
  @Test func devicesThatCopyRowsChangeNothing() throws {
    var generator = SeededGenerator(seed: 5)
    let matrix = FeatureMatrix(
      features: generator.tensor([9_000, 20]),
      featureNames: (0..<20).map { "x\($0)" },
      labels: .values(Tensor((0..<9_000).map { Float($0 % 5) }))
    )
    let weights = try (1...3).map { count in
      let trainer = Trainer(
        model: Sequential(Linear(20, 4), ReLU(), Linear(4, 1)),
        loss: .meanSquaredError,
        optimizer: .sgd(learningRate: 0.01),
        devices: .cpu(count: count),
        seed: 1
      )
      let loader = try DataLoader(matrix, batchSize: 4_000, shuffle: true, seed: 3)
      _ = try trainer.fit(loader, epochs: 4)
      return trainer.model.stateDict.map(\.tensor.scalars)
    }
    #expect(weights[1] == weights[0] && weights[2] == weights[0])
  }

  @Test func fitsALine() throws {
    var generator = SeededGenerator(seed: 2)
    let features = generator.tensor([100, 2])
    let values = (0..<100).map { 3 * features[$0, 0] - 2 * features[$0, 1] + 1 }
    let matrix = FeatureMatrix(
      features: features,
      featureNames: ["a", "b"],
      labels: .values(Tensor(values))
    )
    let trainer = Trainer(
      model: Sequential(Linear(2, 1)),
      loss: .meanSquaredError,
      optimizer: .sgd(learningRate: 0.1)
    )
    let history = try trainer.fit(InOrder(matrix, batchSize: 25), epochs: 60)
    let evaluation = try trainer.evaluate(matrix)
    #expect(try #require(evaluation.rmse) < 1e-3)
    #expect(evaluation.accuracy == nil && evaluation.rows == 100)
    let state = trainer.model.stateDict
    #expect(zip(state[0].tensor.scalars, [3, -2]).allSatisfy { abs($0 - $1) < 1e-3 })
    #expect(history.epochs[0].validation == nil)
  }

  @Test func tellsEachEpoch() throws {
    var generator = SeededGenerator(seed: 1)
    let matrix = generator.matrix(rows: 70, columns: 4, loss: .crossEntropy)
    let trainer = Trainer(
      model: GradientTests.model(.crossEntropy, seed: 1),
      loss: .crossEntropy,
      optimizer: .sgd(learningRate: 0.1)
    )
    var seen: [Int] = []
    let history = try trainer.fit(InOrder(matrix, batchSize: 32), epochs: 2, validation: matrix) {
      seen.append($0.epoch)
    }
    #expect(seen == [0, 1])
    let first = history.epochs[0]
    #expect(first.rows == 70 && first.stepLosses.count == 3)
    // Rows count: 32, 32 and 6 of them.
    let mean = zip(first.stepLosses, [32.0, 32, 6]).reduce(0) { $0 + $1.0 * $1.1 } / 70
    #expect(abs(first.trainLoss - mean) < 1e-12)
    #expect(first.samplesPerSecond > 0 && (0...1).contains(first.loaderWaitFraction))
    #expect(history.stepLosses.count == 6)

    // The next call goes on.
    _ = try trainer.fit(InOrder(matrix, batchSize: 32), epochs: 1) { seen.append($0.epoch) }
    #expect(seen == [0, 1, 2] && trainer.epochCount == 3 && trainer.optimizer.stepCount == 9)
  }

  @Test func seedsOnlyAModelWithoutItsOwnParameters() {
    func hash(_ model: Sequential, _ seed: UInt64) -> String {
      Trainer(model: model, loss: .meanSquaredError, optimizer: .adam(), seed: seed)
        .model.weightsSHA256
    }
    let plain = Sequential(Linear(2, 1))
    #expect(hash(plain, 1) != hash(plain, 2))
    #expect(hash(plain, 1) == Sequential(Linear(2, 1), seed: 1).weightsSHA256)
    let own = Sequential(Linear(2, 1), seed: 5)
    #expect(hash(own, 1) == hash(own, 2))
  }

  @Test func stopsAtALossThatIsNotFinite() throws {
    var features = [Float](repeating: 1, count: 40)
    features[27] = .infinity
    let matrix = FeatureMatrix(
      features: Tensor(shape: [40, 1], features),
      featureNames: ["a"],
      labels: .values(Tensor(zeros: [40])),
      rowIDs: (0..<40).map { RowID(record: 100 + $0) }
    )
    let trainer = Trainer(
      model: Sequential(Linear(1, 1)),
      loss: .meanSquaredError,
      optimizer: .sgd(learningRate: 0.01)
    )
    do throws(TrainingError) {
      _ = try trainer.fit(InOrder(matrix, batchSize: 10), epochs: 1)
      Issue.record("nothing thrown")
    } catch {
      #expect(error.kind == .notFinite)
      #expect(
        error.message
          == "the loss is inf in epoch 0, step 2, over rows 120, 121, 122, 123, 124, 125, 126, 127"
          + ", ... (10 rows); the largest gradient is inf, of 0.weight"
      )
    }
    // The steps before stay, the bad one was not taken.
    #expect(trainer.optimizer.stepCount == 2)
    #expect(trainer.model.parameters.scalars.allSatisfy { $0.isFinite })
  }

  @Test func namesTheRowOfAWrongLabel() throws {
    let matrix = FeatureMatrix<Float>(
      features: Tensor(zeros: [3, 4]),
      featureNames: ["a", "b", "c", "d"],
      labels: .classes(Tensor([0, 1, 7])),
      rowIDs: [RowID(record: 5), RowID(record: 6), RowID(file: 2, record: 9)]
    )
    let trainer = Trainer(
      model: GradientTests.model(.crossEntropy, seed: 0),
      loss: .crossEntropy,
      optimizer: .adam()
    )
    func message(_ body: () throws -> Void) -> String {
      do {
        try body()
        return "nothing thrown"
      } catch {
        return "\(error)"
      }
    }
    let expected = "row 2:9 has class 7, expected 0 to 2"
    #expect(message { _ = try trainer.fit(InOrder(matrix, batchSize: 2), epochs: 1) } == expected)
    #expect(message { _ = try trainer.evaluate(matrix) } == expected)
  }

  @Test func passesOnWhatFails() throws {
    struct Broken: BatchSource {
      var batchSize: Int { 8 }
      var rowCount: Int { 8 }
      func forEachBatch(
        epoch: Int,
        _ body: (Batch<Tensor<Float>, Tensor<Int64>>) throws -> Void
      ) throws {
        throw CancellationError()
      }
    }
    struct Enough: Error {}
    var generator = SeededGenerator(seed: 1)
    let matrix = generator.matrix(rows: 20, columns: 4, loss: .crossEntropy)
    func kind(_ body: (Trainer) throws -> Void) -> TrainingError.Kind? {
      let trainer = Trainer(
        model: GradientTests.model(.crossEntropy, seed: 1),
        loss: .crossEntropy,
        optimizer: .adam(),
        shards: 4
      )
      do {
        try body(trainer)
        return nil
      } catch {
        return (error as? TrainingError)?.kind
      }
    }
    #expect(kind { _ = try $0.fit(Broken(), epochs: 1) } == .data)
    let batches = InOrder(matrix, batchSize: 8)
    #expect(kind { _ = try $0.fit(batches, epochs: 5) { _ in throw Enough() } } == .callback)
    #expect(kind { _ = try $0.fit(batches, epochs: 1) } == nil)
    #expect(
      kind { trainer in try withoutGradients { _ = try trainer.fit(batches, epochs: 1) } }
        == .gradients
    )
    let three = Trainer(
      model: GradientTests.model(.crossEntropy, seed: 1),
      loss: .crossEntropy,
      optimizer: .adam(),
      shards: 3
    )
    #expect(throws: TrainingError.self) { try three.fit(batches, epochs: 1) }
  }
}
