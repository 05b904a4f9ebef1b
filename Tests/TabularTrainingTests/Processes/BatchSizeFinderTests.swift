import Foundation
import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularTraining

/// The children are the package's command, which is built beside the tests.
struct BatchSizeFinderTests {
  private static let command = URL(filePath: CommandLine.arguments[0])
    .deletingLastPathComponent().appending(path: "tabular").path

  private static func trainer(memoryLimit: Int?) -> Trainer {
    Trainer(
      model: .multilayerPerceptron(inputs: 20, hidden: [64, 64], outputs: 3),
      loss: .crossEntropy,
      optimizer: .adam(),
      devices: .cpu(count: 2, memoryLimit: memoryLimit),
      shards: 2
    )
  }

  private static func fits(_ rows: Int, _ memoryLimit: Int) throws -> Bool {
    let trainer = trainer(memoryLimit: memoryLimit)
    do {
      let step = try TrainingStep(
        model: trainer.model,
        loss: trainer.loss,
        devices: trainer.devices,
        sharding: Sharding(count: 2)
      )
      _ = try step.run(
        trainer.model,
        Tensor(zeros: [rows, 20]),
        .classes(Tensor(zeros: [rows])),
        rowIDs: nil
      )
      return true
    } catch {
      #expect(error.kind == .outOfMemory)
      return false
    }
  }

  @Test(arguments: [400_000, 1_500_000])
  func findsTheLargestThatFits(memoryLimit: Int) async throws {
    let finder = BatchSizeFinder(upTo: 1 << 20, executable: Self.command)
    let size = try await finder.largestBatch(for: Self.trainer(memoryLimit: memoryLimit))
    print("\(memoryLimit) bytes: \(size) rows")
    #expect(try Self.fits(size, memoryLimit))
    #expect(try !Self.fits(size + size / 16 + 2, memoryLimit))
  }

  @Test func looksNoFurtherThanTold() async throws {
    let finder = BatchSizeFinder(upTo: 700, executable: Self.command)
    #expect(try await finder.largestBatch(for: Self.trainer(memoryLimit: nil)) == 700)
    let few = BatchSizeFinder(upTo: 3, executable: Self.command)
    #expect(try await few.largestBatch(for: Self.trainer(memoryLimit: nil)) == 3)
  }

  @Test func saysThatNothingFits() async {
    let finder = BatchSizeFinder(upTo: 100, executable: Self.command)
    let error = await #expect(throws: TrainingError.self) {
      try await finder.largestBatch(for: Self.trainer(memoryLimit: 10_000))
    }
    #expect(error?.kind == .outOfMemory)
    #expect(error?.message.hasPrefix("not even a batch of one row fits into memory") == true)
  }
}
