import TabularCollectives
import TabularLoading
import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularTraining

struct RankAgreementTests {
  static let advice =
    "; start all ranks with the same files and options, on processors of one family"

  static func errors(_ versions: [[(name: String, value: String)]]) -> Set<String> {
    Set(
      RankExchangeTests.errors(versions.count) { world in
        try RankAgreement(items: versions[world.rank]).check(among: world)
      }
    )
  }

  @Test func allFindTheRankThatDiffers() {
    func differ(_ values: String...) -> Set<String> {
      Self.errors(values.map { [("seed", "7"), ("batch size", $0)] })
    }
    #expect(differ("32", "32", "32") == ["none"])
    #expect(
      differ("32", "64")
        == ["rank 1 of 2 differs in the batch size: 64, and rank 0 has 32" + Self.advice]
    )
    // The others agree.
    #expect(
      differ("64", "32", "32")
        == ["rank 0 of 3 differs in the batch size: 64, and rank 1 has 32" + Self.advice]
    )
    #expect(
      differ("", "32", "32")
        == ["rank 0 of 3 differs in the batch size: , and rank 1 has 32" + Self.advice]
    )
    #expect(
      Self.errors([[("seed", "7")], [("seed", "7"), ("rows", "3")]])
        == ["rank 1 of 2 differs in the rows: 3, and rank 0 has none" + Self.advice]
    )
    #expect(Self.errors([[], []]) == ["none"])
  }

  @Test func longTextsAreCutAroundTheDifference() {
    let same = String(repeating: "Linear ", count: 40)
    #expect(
      Self.errors([[("layers", same + "a")], [("layers", same + "b")]])
        == [
          "rank 1 of 2 differs in the layers: ...inear Linear Linear b, and rank 0 has "
            + "...inear Linear Linear a" + Self.advice
        ]
    )
  }

  /// Each setting that decides the weights, on the second of three ranks.
  @Test(
    arguments: [
      ("layers", "0.25"), ("initial weights", ""), ("seed", "8"), ("number of rows", "332"),
      ("batch size", "65"), ("shards", "4"), ("accumulated batches", "3"), ("rows", "order"),
      ("epochs", "4"),
    ]
  )
  func aTrainerRefusesRanksThatDiffer(_ name: String, _ value: String) throws {
    let found = RankExchangeTests.errors(3) { world in
      var setting = RankExchangeTests.Setting()
      var shuffles = true
      var seed: UInt64?
      if world.rank == 1 {
        switch name {
        case "layers": setting.model.dropout = 0.25
        case "initial weights": seed = 12
        case "seed": setting.seed = 8
        case "number of rows": setting.rows = 332
        case "batch size": setting.batchSize = 65
        case "shards": setting.shards = 4
        case "accumulated batches": setting.accumulation = 3
        case "rows": shuffles = false
        default: break
        }
      }
      let model = setting.model.sequential(seed: seed ?? 3)
      let trainer = Trainer(
        model: model,
        loss: .crossEntropy,
        optimizer: .adam(),
        accumulation: setting.accumulation,
        strategy: .distributed,
        seed: setting.seed,
        shards: setting.shards
      )
      let loader = try DataLoader(
        TabularModelTests.matrix(setting.rows, seed: 1),
        batchSize: setting.batchSize,
        shuffle: shuffles,
        seed: 1
      )
      trainer.communicator = world
      _ = try trainer.fit(loader, epochs: world.rank == 1 && name == "epochs" ? 4 : 2)
    }
    #expect(Set(found).count == 1, "\(found)")
    #expect(found[0].hasPrefix("rank 1 of 3 differs in the \(name): "), "\(found)")
    #expect(found[0].contains(value), "\(found)")
  }

  @Test func theKernelsOfTheProcessorHaveAName() {
    #expect(!BLAS.processor.isEmpty && BLAS.processor != "unknown")
  }
}
