import Synchronization
import TabularFrame
import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularLoading

struct GatheringCrewTests {
  /// A crew that copies one part after another, the last one first, and counts its calls.
  private func crew(parts: Int, calls: Calls) -> GatheringCrew {
    GatheringCrew(parts: parts) { copy in
      calls.count.wrappingAdd(1, ordering: .relaxed)
      for part in (0..<parts).reversed() { copy(part) }
    }
  }

  private final class Calls: Sendable {
    let count = Atomic(0)
  }

  private func epoch(_ loader: DataLoader<Tensor<Float>, Labels<Float>?>) throws -> [[Float]] {
    var batches: [[Float]] = []
    try loader.forEachBatch(epoch: 1) { batch in
      let classes = batch.target.map { labels in
        guard case .classes(let classes) = labels else { return [Float]() }
        return classes.scalars.map(Float.init)
      }
      batches.append(batch.features.scalars + (classes ?? []))
    }
    return batches
  }

  private func matrix(rows: Int, columns: Int) -> FeatureMatrix<Float> {
    var generator = SplitMix64(seed: testSeed)
    return FeatureMatrix(
      features: Tensor(
        shape: [rows, columns],
        (0..<rows * columns).map { _ in Float(generator.unit()) }
      ),
      featureNames: (0..<columns).map { "x\($0)" },
      labels: .classes(Tensor((0..<rows).map { Int64($0 % 7) })),
      classes: (0..<7).map(String.init)
    )
  }

  /// Parts of unlike length, more parts than threads, columns of one and of several lines.
  @Test(arguments: [(1, 1), (2, 1), (3, 32), (7, 5), (64, 40)])
  func batchesAreTheSame(parts: Int, columns: Int) throws {
    let loader = try DataLoader(
      matrix(rows: 7_001, columns: columns),
      batchSize: 2_500,
      shuffle: true,
      seed: testSeed
    )
    let alone = try epoch(loader)
    let calls = Calls()
    let together = try GatheringCrew.$current.withValue(crew(parts: parts, calls: calls)) {
      try epoch(loader)
    }
    #expect(alone == together, "TABULAR_SEED=\(testSeed)")
    // Features and labels of the two batches of 2,500 rows; with two lines a row the last, too.
    #expect(calls.count.load(ordering: .relaxed) == (columns > 16 ? 5 : 4))
  }

  @Test func smallBatchesAreNotSpread() throws {
    let loader = try DataLoader(
      matrix(rows: 500, columns: 8),
      batchSize: 64,
      shuffle: true,
      seed: 0
    )
    let calls = Calls()
    _ = try GatheringCrew.$current.withValue(crew(parts: 2, calls: calls)) { try epoch(loader) }
    #expect(calls.count.load(ordering: .relaxed) == 0)
  }

  /// Workers make theirs alone; one that the caller makes while it waits is spread.
  @Test func batchesOfWorkersAreTheSame() throws {
    let loader = try DataLoader(
      matrix(rows: 7_001, columns: 40),
      batchSize: 2_500,
      shuffle: true,
      seed: testSeed,
      workers: 2
    )
    let alone = try epoch(loader)
    let together = try GatheringCrew.$current.withValue(crew(parts: 2, calls: Calls())) {
      try epoch(loader)
    }
    #expect(alone == together, "TABULAR_SEED=\(testSeed)")
  }
}
