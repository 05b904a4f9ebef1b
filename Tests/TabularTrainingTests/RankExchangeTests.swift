import TabularCollectives
import TabularFrame
import TabularLoading
import TabularPreprocessing
import TabularTensor
import Testing
import TestRanks

@testable import TabularTraining

/// Ranks that are threads give the bits of one process; `TrainRanksTests` asks it of mpirun's.
struct RankExchangeTests {
  /// A training, over ranks or alone.
  struct Setting: Sendable {
    var model = TabularModelTests.everything()
    var rows = 333
    var batchSize = 64
    var shards = 8
    var accumulation = 2
    var seed: UInt64 = 7
    /// Whether a rank's loader gives it its rows alone.
    var divides = true
    /// The floats of a gradient that ranks send at once: of the first bucket, and of the others.
    var bucketFloats: (first: Int, others: Int)?

    func trainer(devices: Int, strategy: Strategy = .distributed) -> Trainer {
      let trainer = Trainer(
        model: model.sequential(),
        loss: .crossEntropy(classWeights: [1, 1, 0.5], labelSmoothing: 0.02),
        optimizer: .adamw(learningRate: 0.02),
        schedule: .warmUp(over: 10, then: .cosine(over: 200)),
        clipping: .norm(1),
        accumulation: accumulation,
        devices: .cpu(count: devices),
        strategy: strategy,
        seed: seed,
        shards: shards
      )
      trainer.buckets = bucketFloats.map {
        GradientBuckets(count: trainer.model.layout.count, first: $0.first, others: $0.others)
      }
      return trainer
    }

    func loader(_ rank: Int, _ size: Int) throws -> DataLoader<Tensor<Float>, Labels<Float>?> {
      try DataLoader(
        TabularModelTests.matrix(rows, seed: seed),
        batchSize: batchSize,
        shuffle: true,
        seed: seed,
        rank: divides ? rank : 0,
        worldSize: divides ? size : 1,
        shards: shards
      )
    }
  }

  /// All that must be the same, to the last bit.
  struct Outcome: Sendable, Equatable {
    let weights: String
    let losses: [UInt64]
    let epochs: [UInt64]
    let rows: [Int]

    init(_ trainer: Trainer, _ history: History) {
      weights = trainer.model.weightsSHA256
      losses = history.stepLosses.map(\.bitPattern)
      epochs = history.epochs.map(\.trainLoss.bitPattern)
      rows = history.epochs.map(\.rows)
    }
  }

  static func alone(_ setting: Setting, devices: Int) throws -> Outcome {
    let trainer = setting.trainer(devices: devices, strategy: .dataParallel)
    return Outcome(trainer, try trainer.fit(try setting.loader(0, 1), epochs: 2))
  }

  static func together(_ setting: Setting, ranks: Int, devices: Int) throws -> [Outcome] {
    try ThreadRank.run(ranks) { world in
      let trainer = setting.trainer(devices: devices)
      trainer.communicator = world
      let history = try trainer.fit(try setting.loader(world.rank, world.size), epochs: 2)
      return Outcome(trainer, history)
    }
  }

  /// Embeddings, dropout, BatchNorm1d, accumulation, clipping, and a ragged last batch.
  @Test(arguments: TabularModel.Normalization.allCases)
  func givesTheSameBitsOnAnyNumberOfRanks(_ normalization: TabularModel.Normalization) throws {
    var setting = Setting()
    setting.model.normalization = normalization
    let one = try Self.alone(setting, devices: 1)
    for devices in [2, 4, 8] { #expect(try Self.alone(setting, devices: devices) == one) }
    for (ranks, devices) in [(1, 2), (2, 1), (2, 3), (3, 1), (4, 2), (8, 1), (11, 1)] {
      for divides in [true, false] {
        setting.divides = divides
        let all = try Self.together(setting, ranks: ranks, devices: devices)
        #expect(
          all == Array(repeating: one, count: ranks),
          "\(ranks) ranks of \(devices) devices, divided: \(divides)"
        )
      }
    }
    // The comparison tells bits apart.
    setting.shards = 4
    #expect(try Self.alone(setting, devices: 1) != one)
  }

  /// Batches of any size, down to fewer rows than shards or ranks.
  @Test func givesTheSameBitsOfAnyBatches() throws {
    let seed = UInt64.random(in: 0..<1_000_000)
    print("RankExchangeTests, seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    for round in 0..<24 {
      var setting = Setting()
      setting.model.normalization = TabularModel.Normalization.allCases[round % 3]
      setting.rows = Int.random(in: 1...150, using: &generator)
      setting.batchSize = Int.random(in: 1...50, using: &generator)
      setting.shards = 1 << Int.random(in: 0...5, using: &generator)
      setting.accumulation = Int.random(in: 1...3, using: &generator)
      setting.seed = UInt64.random(in: 0...99, using: &generator)
      setting.divides = Bool.random(using: &generator)
      if Bool.random(using: &generator) {
        setting.bucketFloats = (
          Int.random(in: 1...100, using: &generator), Int.random(in: 30...500, using: &generator)
        )
      }
      let (ranks, devices) = (
        Int.random(in: 2...6, using: &generator), Int.random(in: 1...3, using: &generator)
      )
      let one = try Self.alone(setting, devices: 1)
      let all = try Self.together(setting, ranks: ranks, devices: devices)
      #expect(
        all == Array(repeating: one, count: ranks),
        "seed \(seed), round \(round), \(ranks) ranks of \(devices) devices"
      )
    }
  }

  @Test func divisionByTheNormaliserIsThatOfAllRanks() throws {
    // Class weights: the normaliser is not the number of rows, and differs from rank to rank.
    var generator = SeededGenerator(seed: 4)
    let matrix = generator.matrix(rows: 50, columns: 4, loss: .crossEntropy)
    let loss = Loss.crossEntropy(classWeights: [1, 5, 0.25])
    let model = GradientTests.model(loss, seed: 1)
    let (value, gradient) = try model.valueAndGradient(
      matrix.features,
      matrix.labels,
      loss: loss,
      shards: 4
    )
    let bits = try ThreadRank.run(3) { world in
      let step = try TrainingStep(
        model: model,
        loss: loss,
        devices: .cpu(count: 1),
        sharding: Sharding(count: 4),
        ranks: world
      )
      // Twice, since memory is reused.
      _ = try step.run(model, matrix.features, matrix.labels, rowIDs: nil)
      let value = try step.run(model, matrix.features, matrix.labels, rowIDs: nil)
      return [value.bitPattern] + step.gradient.values.bits.map { UInt64($0) }
    }
    let expected = [value.bitPattern] + gradient.values.bits.map { UInt64($0) }
    #expect(bits == Array(repeating: expected, count: 3))
  }
}

// What goes wrong.
extension RankExchangeTests {
  /// The message of each rank's error.
  static func errors(
    _ ranks: Int,
    _ work: @escaping @Sendable (any Communicator) throws -> Void
  ) -> [String] {
    ThreadRank.outcomes(ranks, work).map { outcome in
      switch outcome {
      case .success: "none"
      case .failure(let error): "\(error)"
      }
    }
  }

  @Test(arguments: [true, false])
  func allRanksNameTheRowsOfALossThatIsNotFinite(divides: Bool) throws {
    var features = [Float](repeating: 1, count: 40)
    features[27] = .infinity
    let matrix = FeatureMatrix(
      features: Tensor(shape: [40, 1], features),
      featureNames: ["a"],
      labels: .values(Tensor(zeros: [40])),
      rowIDs: (0..<40).map { RowID(record: 100 + $0) }
    )
    let found = Self.errors(3) { world in
      let trainer = Trainer(
        model: Sequential(Linear(1, 1)),
        loss: .meanSquaredError,
        optimizer: .sgd(learningRate: 0.01),
        strategy: .distributed,
        shards: 8
      )
      trainer.communicator = world
      let loader = try DataLoader(
        matrix,
        batchSize: 10,
        rank: divides ? world.rank : 0,
        worldSize: divides ? world.size : 1,
        shards: 8
      )
      _ = try trainer.fit(loader, epochs: 1)
    }
    let line =
      "the loss is inf in epoch 0, step 2, over rows 120, 121, 122, 123, 124, 125, 126, 127"
      + ", ... (10 rows); the largest gradient is inf, of 0.weight"
    #expect(found == Array(repeating: line, count: 3))
  }

  @Test func aRankThatFailsEndsTheOthers() throws {
    let matrix = FeatureMatrix<Float>(
      features: Tensor(zeros: [4, 4]),
      featureNames: ["a", "b", "c", "d"],
      labels: .classes(Tensor([0, 1, 2, 7])),
      rowIDs: (5..<9).map { RowID(record: $0) }
    )
    let found = Self.errors(2) { world in
      let trainer = Trainer(
        model: GradientTests.model(.crossEntropy, seed: 0),
        loss: .crossEntropy,
        optimizer: .adam(),
        strategy: .distributed,
        shards: 2
      )
      trainer.communicator = world
      let loader = try DataLoader(
        matrix,
        batchSize: 4,
        rank: world.rank,
        worldSize: 2,
        shards: 2
      )
      _ = try trainer.fit(loader, epochs: 1)
    }
    #expect(found == ["rank 0 of 2: another rank has left", "row 8 has class 7, expected 0 to 2"])
  }

  @Test func aLoaderThatGivesOtherRowsIsRefused() throws {
    let found = Self.errors(2) { world in
      let setting = Setting()
      let trainer = setting.trainer(devices: 1)
      trainer.communicator = world
      // Both have the first half.
      _ = try trainer.fit(try setting.loader(0, 2), epochs: 1)
    }
    #expect(
      found[1] == "rank 1 of 2 was given rows 0..<32 of a batch of 64, and its shards are rows "
        + "32..<64: give the loader its rank and worldSize, and shards: 8"
    )
    #expect(found[0] == "rank 0 of 2: another rank has left")
  }
}
