import TabularFrame
import Testing

@testable import TabularLoading

@Suite struct WeightedRandomSamplerTests {
  /// How often each row is drawn.
  func hits(_ sampler: WeightedRandomSampler, epochs: Int = 1) -> [Int] {
    var hits = Array(repeating: 0, count: sampler.rowCount)
    for epoch in 0..<epochs { for row in sampler.rows(epoch) { hits[row] += 1 } }
    return hits
  }

  @Test func drawsRowsAsOftenAsTheirWeightsSay() throws {
    var random = SplitMix64(seed: testSeed)
    for count in [1, 2, 3, 10, 100] {
      let weights = (0..<count).map { _ in random.chance(1, in: 4) ? 0 : random.unit() } + [0.5]
      let sampler = try WeightedRandomSampler(weights: weights, sampleCount: 40_000, seed: 5)
      let hits = hits(sampler)
      let total = weights.reduce(0, +)
      var statistic = 0.0
      var freedom = -1.0
      for (hit, weight) in zip(hits, weights) {
        let expected = weight / total * 40_000
        if weight == 0 { #expect(hit == 0, "TABULAR_SEED=\(testSeed)") }
        if expected >= 5 {
          statistic += (Double(hit) - expected) * (Double(hit) - expected) / expected
          freedom += 1
        }
      }
      #expect(
        statistic < freedom + 5 * (2 * max(freedom, 1)).squareRoot(),
        "TABULAR_SEED=\(testSeed): chi-square of \(count) weights"
      )
    }
  }

  @Test func neverDrawsARowWithoutWeight() throws {
    // Weights whose sums round, with many zeros among them, and of any size.
    for scale in [1, 0x1p-1060, 1e307] {
      let weights = (0..<999).map { $0 % 3 == 0 ? 0 : Double($0 % 7 + 1) / 7 * scale }
      for replacement in [true, false] {
        let sampler = try WeightedRandomSampler(
          weights: weights,
          sampleCount: replacement ? 50_000 : 666,
          replacement: replacement
        )
        #expect(sampler.rows(1).allSatisfy { weights[$0] > 0 })
      }
    }
  }

  @Test func drawsEachRowOnceWithoutReplacement() throws {
    let sampler = try WeightedRandomSampler(
      weights: [5, 0, 1, 1, 3],
      sampleCount: 4,
      replacement: false
    )
    #expect((0..<50).allSatisfy { sampler.rows($0).sorted() == [0, 2, 3, 4] })
    // The first draw is by weight; the second by weight among those that are left:
    // P(row 2 is second) = 5/10 · 1/5 + 1/10 · 1/9 + 3/10 · 1/7 = 0.15397.
    let two = (0..<20_000).map { sampler.order(epoch: $0).rows(at: 0..<2) }
    let first = Double(two.count { $0[0] == 0 }) / 20_000
    let second = Double(two.count { $0[1] == 2 }) / 20_000
    // Five standard deviations.
    #expect(abs(first - 0.5) < 0.018, "\(first)")
    #expect(abs(second - 0.15397) < 0.013, "\(second)")
  }

  @Test func findsTheRowsThatAPlainSearchFinds() {
    var random = SplitMix64(seed: testSeed)
    for _ in 0..<50 {
      let weights = (0..<1 + random.below(40)).map { _ in random.unit() } + [1]
      let numbers = EpochNumbers(seed: random.next(), epoch: 0, purpose: .weights)
      let scale = Double(1 << 31)
      let largest = weights.max() ?? 1
      var left = weights.map { max(1, Int(($0 / largest * scale).rounded())) }
      let plain = (0..<weights.count).map { draw in
        var rest = numbers.below(left.reduce(0, +), at: draw)
        let row = left.firstIndex { weight in
          if rest < weight { return true }
          rest -= weight
          return false
        }
        left[row ?? 0] = 0
        return row ?? -1
      }
      #expect(
        WeightTree(weights).draws(weights.count, numbers) == plain,
        "TABULAR_SEED=\(testSeed)"
      )
    }
  }

  @Test func keepsItsAnswers() throws {
    let weights = [0.1, 0.2, 0.3, 0.4]
    let with = try WeightedRandomSampler(weights: weights, sampleCount: 12, seed: 9)
    let without = try WeightedRandomSampler(
      weights: weights,
      sampleCount: 4,
      replacement: false,
      seed: 9
    )
    #expect(with.rows(1) == [3, 0, 3, 1, 2, 1, 2, 1, 2, 0, 2, 3])
    #expect(without.rows(1) == [3, 0, 1, 2])
    #expect(with.identity.hasSuffix("sampleCount: 12, replacement: true, seed: 9)"))
  }
}
