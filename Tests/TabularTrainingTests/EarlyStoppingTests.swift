import Foundation
import TabularLoading
import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularTraining

struct EarlyStoppingTests {
  /// Few rows with random labels: the validation loss soon rises.
  static let train = noise(rows: 40, seed: 1)
  static let valid = noise(rows: 200, seed: 2)

  static func noise(rows: Int, seed: UInt64) -> FeatureMatrix<Float> {
    var generator = SeededGenerator(seed: seed)
    return generator.matrix(rows: rows, columns: 6, loss: .crossEntropy)
  }

  static func trainer() -> Trainer {
    Trainer(
      model: .multilayerPerceptron(inputs: 6, hidden: [32], outputs: 3),
      loss: .crossEntropy,
      optimizer: .adam(learningRate: 0.01),
      seed: 1
    )
  }

  @Test func keepsTheBestEpoch() throws {
    let source = InOrder(Self.train, batchSize: 8)
    let plain = Self.trainer()
    let all = try plain.fit(source, epochs: 40, validation: Self.valid)
    let losses = try all.epochs.map { try #require($0.validation).loss }
    let best = try #require(losses.indices.min { losses[$0] < losses[$1] })
    #expect(best < 30, "the best epoch is \(best)")

    let trainer = Self.trainer()
    let history = try trainer.fit(
      source,
      epochs: 40,
      validation: Self.valid,
      earlyStopping: EarlyStopping(patience: 3)
    )
    // The first epoch after which three are no better.
    let end = try #require(
      losses.indices.first { last in
        last >= 3 && losses[..<(last - 2)].min()! <= losses[(last - 2)...last].min()!
      }
    )
    #expect(history.epochs.count == end + 1)
    let kept = try #require(trainer.bestEpoch)
    #expect(losses[kept] == losses[...end].min())
    #expect(try trainer.evaluate(Self.valid).loss == losses[kept])
  }

  /// A checkpoint holds the best weights: going on ends with them too, and ends at the same epoch.
  @Test func goesOnFromACheckpoint() throws {
    let source = try DataLoader(Self.train, batchSize: 8, shuffle: true, seed: 3)
    func fit(_ trainer: Trainer, _ epochs: Int, _ folder: CheckpointFolder? = nil) throws -> Int {
      try trainer.fit(
        source,
        epochs: epochs,
        validation: Self.valid,
        earlyStopping: EarlyStopping(patience: 4),
        checkpoints: folder
      ).epochs.count
    }
    let whole = Self.trainer()
    let count = try fit(whole, 60)
    #expect(count < 60)
    for first in [1, count - 2, count] {
      let path = CheckpointTests.folder()
      defer { try? FileManager.default.removeItem(atPath: path) }
      let folder = CheckpointFolder(path)
      _ = try fit(Self.trainer(), first, folder)
      let later = Self.trainer()
      try later.resume(from: try #require(try folder.latest()))
      #expect(try fit(later, 60 - later.epochCount) == count - first)
      #expect(later.model.weightsSHA256 == whole.model.weightsSHA256)
    }
  }
}
