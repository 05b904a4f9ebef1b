import TabularFrame
import TabularLoading
import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularTraining

struct PipelineTests {
  /// Embeddings, BatchNorm1d, dropout and a residual block: layers one after another.
  private static func deep() -> TabularModel {
    var model = TabularModelTests.everything()
    model.wide = false
    return model
  }

  /// On one device and spread over several, with ragged and empty shards.
  @Test(arguments: [deep(), TabularModelTests.everything()], [1, 2] as [UInt64])
  func givesTheGradientOfOneDevice(_ description: TabularModel, seed: UInt64) throws {
    let model = description.sequential(seed: seed)
    let layers = model.layers.count
    for (rows, shards) in [(300, 8), (77, 16), (5, 8), (64, 1)] {
      let matrix = TabularModelTests.matrix(rows, seed: seed)
      func outcome(_ step: TrainingStep) throws -> [(Double, [UInt32], [[UInt32]])] {
        // Twice, since memory is reused, with other random numbers.
        try (0..<2).map { time in
          let loss = try step.run(
            model,
            matrix.features,
            matrix.labels,
            rowIDs: nil,
            randomness: RowRandomness(seed: seed, step: time)
          )
          return (loss, step.gradient.values.bits, step.gradient.observations.map(\.bits))
        }
      }
      let expected = try outcome(step(model, devices: 1, shards: shards, .dataParallel))
      for devices in [1, 2, 3, 8] {
        let measured = try step(model, devices: devices, shards: shards, .modelParallel)
        #expect(try outcome(measured).elementsEqual(expected, by: ==), "seed \(seed), \(devices)")
      }
      // Every cut in two, in three, and each layer alone.
      var cuts = (1..<layers).map { [0..<$0, $0..<layers] }
      for first in 1..<(layers - 1) {
        cuts.append(
          [0..<first, first..<first + 1] + (first + 2 > layers ? [] : [first + 1..<layers])
        )
      }
      cuts.append((0..<layers).map { $0..<$0 + 1 })
      for stages in cuts {
        let step = try step(
          model,
          devices: stages.count,
          shards: shards,
          .modelParallel,
          stages: stages
        )
        #expect(try outcome(step).elementsEqual(expected, by: ==), "seed \(seed), \(stages)")
      }
    }
  }

  private func step(
    _ model: Sequential,
    devices: Int,
    shards: Int,
    _ strategy: Strategy,
    stages: [Range<Int>]? = nil
  ) throws -> TrainingStep {
    try TrainingStep(
      model: model,
      loss: .crossEntropy,
      devices: .cpu(count: devices),
      sharding: Sharding(count: shards),
      strategy: strategy,
      stages: stages
    )
  }

  private final class Notices { var lines: [String] = [] }

  /// Three epochs with accumulation, clipping, a schedule, parameter groups and a ragged last batch.
  private static func train(
    _ strategy: Strategy,
    _ devices: [any Device],
    stages: [Range<Int>]? = nil
  ) throws -> (outcome: [String], notices: [String]) {
    let trainer = Trainer(
      model: Self.deep().sequential(),
      loss: .crossEntropy(classWeights: [1, 1, 0.5], labelSmoothing: 0.02),
      optimizer: .adamw(learningRate: 0.02).groups(ParameterGroup(suffix: ".bias", weightDecay: 0)),
      schedule: .warmUp(over: 10, then: .cosine(over: 200)),
      clipping: .norm(1),
      accumulation: 2,
      devices: devices,
      strategy: strategy,
      seed: 7,
      shards: 16
    )
    trainer.stages = stages
    let notices = Notices()
    trainer.onNotice = { notices.lines.append($0) }
    let loader = try DataLoader(
      TabularModelTests.matrix(333, seed: 3),
      batchSize: 64,
      shuffle: true,
      seed: 4
    )
    let history = try trainer.fit(loader, epochs: 3)
    return (
      [trainer.model.weightsSHA256] + history.stepLosses.map { "\($0)" }, notices.lines
    )
  }

  @Test func trainsTheSameModel() throws {
    let expected = try Self.train(.dataParallel, .cpu(count: 1)).outcome
    for devices in [1, 2, 4, 8] {
      let found = try Self.train(.modelParallel, .cpu(count: devices))
      #expect(found.outcome == expected, "\(devices) devices")
      #expect(found.notices.count == 1)
      #expect(found.notices[0].hasPrefix("the model's layers are spread: cpu:0 layer"))
    }
  }

  /// Each device holds its own layers' gradients, and with little memory fewer shards at a time.
  @Test func littleMemoryGivesTheSameBits() throws {
    let expected = try Self.train(.dataParallel, .cpu(count: 1)).outcome
    let stages = [0..<3, 3..<7]
    let free: [any Device] = .cpu(count: 2)
    #expect(try Self.train(.modelParallel, free, stages: stages).outcome == expected)
    let peaks = free.map(\.memory.peak)
    var said = 0
    for part in [0.95, 0.8, 0.65] {
      for position in 0..<2 {
        let devices = free.indices.map { index in
          CPUDevice(
            index,
            memoryLimit: index == position ? Int(Double(peaks[index]) * part) : nil
          )
        }
        do {
          let found = try Self.train(.modelParallel, devices, stages: stages)
          #expect(found.outcome == expected, "\(part) of device \(position)")
          if found.notices.count == 2 {
            said += 1
            #expect(found.notices[1].hasPrefix("cpu:\(position) holds fewer shards at a time: "))
          }
        } catch let error as TrainingError {
          // Less than one shard takes.
          #expect(error.kind == .outOfMemory)
        }
      }
    }
    #expect(said > 0)
  }

  @Test func tooLittleMemoryIsSaid() throws {
    let error = #expect(throws: TrainingError.self) {
      try Self.train(.modelParallel, [CPUDevice(0, memoryLimit: 1 << 10), CPUDevice(1)])
    }
    #expect(error?.kind == .outOfMemory)
    #expect(error?.message.hasPrefix("cpu:0 is out of memory: ") == true)
  }
}
