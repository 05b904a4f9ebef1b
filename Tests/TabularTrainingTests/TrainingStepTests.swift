import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularTraining

struct TrainingStepTests {
  /// Each shard's gradient alone, summed by the plain recursion, against any number of devices.
  @Test(arguments: Loss.allCases, [21, 22] as [UInt64])
  func agreesWithTheRecursion(_ loss: Loss, seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let model = GradientTests.model(loss, seed: seed)
    for (rows, count) in [(300, 8), (77, 16), (5, 8), (64, 1)] {
      let matrix = generator.matrix(rows: rows, columns: 4, loss: loss)
      let sharding = try Sharding(count: count)
      let shards = try (0..<count).map { shard -> [Float] in
        let range = sharding.rows(of: shard, outOf: rows)
        guard !range.isEmpty else { return Array(repeating: 0, count: model.layout.count) }
        // A shard alone is a step of its own; times its rows undoes the mean, exactly enough to
        // compare values, not bits.
        let (_, gradient) = try model.valueAndGradient(
          matrix.features.rows(range),
          matrix.labels?.rows(range),
          loss: loss
        )
        return gradient.values.scalars.map { $0 * Float(range.count) }
      }
      let expected = DyadicSumTests.oracle(shards[...]).map { $0 / Float(rows) }
      var first: (Double, [UInt32])?
      for devices in [1, 2, 3, 5, 8, 20] {
        let step = try TrainingStep(
          model: model,
          loss: loss,
          devices: .cpu(count: devices),
          sharding: sharding
        )
        // Twice, since memory is reused.
        for _ in 0..<2 {
          let value = try step.run(model, matrix.features, matrix.labels, rowIDs: nil)
          let bits = step.gradient.values.bits
          if let first {
            #expect(value == first.0 && bits == first.1, "seed \(seed), \(devices) devices")
          }
          first = (value, bits)
          let worst = zip(step.gradient.values.scalars, expected).map { abs($0 - $1) }.max() ?? 1
          #expect(worst < 1e-6, "seed \(seed), \(rows) rows, \(count) shards")
        }
      }
    }
  }

  @Test func growsWithTheBatch() throws {
    var generator = SeededGenerator(seed: 3)
    let model = GradientTests.model(.meanSquaredError, seed: 3)
    let step = try TrainingStep(
      model: model,
      loss: .meanSquaredError,
      devices: .cpu(count: 2),
      sharding: Sharding(count: 4)
    )
    for rows in [3, 100, 1, 1_000, 50] {
      let matrix = generator.matrix(rows: rows, columns: 4, loss: .meanSquaredError)
      let value = try step.run(model, matrix.features, matrix.labels, rowIDs: nil)
      let alone = try model.valueAndGradient(
        matrix.features,
        matrix.labels,
        loss: .meanSquaredError,
        shards: 4
      )
      #expect(value == alone.loss)
      #expect(step.gradient.values.bits == alone.gradient.values.bits)
    }
  }
}
