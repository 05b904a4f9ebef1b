import TabularFrame
import Testing

@testable import TabularLoading

extension DataLoaderTests {
  @Suite struct Stratified {}
}

extension DataLoaderTests.Stratified {
  @Test func keepsTheProportionsInEachBatch() throws {
    var random = SplitMix64(seed: testSeed)
    for _ in 0..<200 {
      let kinds = 1 + random.below(6)
      let count = random.pick([0, 1, 2, 50, 96, random.below(200)])
      let labels = (0..<count).map { _ in random.below(1 + random.below(kinds)) }
      let batchSize = random.pick([1, 2, 5, 16, 32, 1 + random.below(60)])
      let sampler = try StratifiedBatchSampler(
        labels: labels,
        batchSize: batchSize,
        dropLast: random.chance(1, in: 3),
        seed: random.next()
      )
      let place: Comment = "TABULAR_SEED=\(testSeed): \(sampler.identity)"
      let batches = sampler.batches(random.below(100))
      let full = count / batchSize
      let hasLast = count % batchSize > 0 && !sampler.dropLast
      #expect(
        batches.map(\.count)
          == Array(repeating: batchSize, count: full) + (hasLast ? [count % batchSize] : []),
        place
      )
      let rows = batches.flatMap(\.self)
      #expect(Set(rows).count == rows.count, place)
      if !sampler.dropLast { #expect(rows.sorted() == Array(0..<count), place) }
      for kind in Set(labels) {
        let all = labels.count { $0 == kind }
        let counts = batches.map { batch in batch.count { labels[$0] == kind } }
        // Full batches differ by a row at most, and the last is less than a row from its share.
        let fulls = counts[..<full]
        #expect((fulls.max() ?? 0) - (fulls.min() ?? 0) <= 1, place)
        if hasLast {
          let share = Double(all * (count % batchSize)) / Double(count)
          #expect(abs(Double(counts[full]) - share) < 1, place)
        }
      }
    }
  }

  @Test func differsByEpochAndSeed() throws {
    let labels = ["a", "b", "b", "c", "b", "a", "b", "b", "a", "b"]
    let sampler = try StratifiedBatchSampler(labels: labels, batchSize: 4, seed: 1)
    #expect(Set((0..<20).map { sampler.batches($0) }).count == 20)
    #expect(sampler.batches(3) == sampler.batches(3))
    let other = try StratifiedBatchSampler(labels: labels, batchSize: 4, seed: 2)
    #expect(other.batches(3) != sampler.batches(3))
    #expect(other.identity != sampler.identity)
    // A row gets into each full batch, and into the last one if that has rows of its class.
    for row in 0..<10 {
      let batches = Set(
        (0..<60).map { epoch in sampler.batches(epoch).firstIndex { $0.contains(row) } }
      )
      #expect(batches == (labels[row] == "c" ? [0, 1] : [0, 1, 2]), "row \(row)")
    }
  }

  @Test func isABatchSamplerOfALoader() throws {
    let labels = (0..<40).map { $0 % 4 == 0 }
    let sampler = try StratifiedBatchSampler(labels: labels, batchSize: 8, seed: 1)
    let loader = try DataLoader(Positions(count: 40), batchSampler: sampler, workers: 2)
    let rows = try loader.rows(0)
    #expect(rows.allSatisfy { batch in batch.count { labels[$0] } == 2 })
    let cursor = try loader.cursor(after: 2, of: 0).throughJSON()
    let resumed = try DataLoader(Positions(count: 40), batchSampler: sampler, resuming: cursor)
    #expect(try resumed.rows(0) == Array(rows[2...]))
  }
}
