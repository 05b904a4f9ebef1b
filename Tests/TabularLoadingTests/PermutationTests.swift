import TabularFrame
import Testing

@testable import TabularLoading

struct PermutationTests {
  func order(_ count: Int, seed: UInt64 = 7, epoch: Int = 0) -> [Int] {
    let permutation = Permutation(count: count, seed: seed, epoch: epoch)
    return permutation.rows(at: 0..<count)
  }

  @Test func isABijection() {
    for count in 0...200 {
      for epoch in 0..<3 {
        #expect(order(count, epoch: epoch).sorted() == Array(0..<count), "\(count) rows")
      }
    }
    for count in [1_000, 4_096, 65_537, 99_856, 99_857] {
      #expect(Set(order(count)) == Set(0..<count), "\(count) rows")
      let drawn = Permutation(count: count, seed: 7, epoch: 0).tabulated()
      #expect(drawn.rows(at: 0..<count) == order(count), "\(count) rows")
    }
  }

  @Test func keepsLargePositionsApartAndInside() {
    for count in [1 << 31, (1 << 40) - 1, 3_037_000_499 * 3_037_000_499, Int.max] {
      let permutation = Permutation(count: count, seed: 1, epoch: 2)
      let positions = Array(0..<1_000) + (1...1_000).map { count - $0 }
      let rows = positions.map { permutation[$0] }
      #expect(Set(rows).count == rows.count)
      #expect(rows.allSatisfy { (0..<count).contains($0) })
      // Neighbours end up far apart, on both sides of the middle.
      let upper = rows.count { $0 >= count / 2 }
      #expect((800...1_200).contains(upper), "\(upper) of 2000 in the upper half of \(count)")
    }
  }

  @Test func answersAsItAlwaysDid() {
    #expect(Permutation.orderVersion == 1)
    #expect(order(10, seed: 0) == [8, 3, 2, 6, 1, 7, 0, 9, 5, 4])
    #expect(order(10, seed: 7, epoch: 1) == [5, 9, 6, 3, 0, 8, 1, 4, 7, 2])
    let large = Permutation(count: 1 << 40, seed: 42, epoch: 3)
    let rows = [0, 1, 2, (1 << 40) - 1].map { large[$0] }
    #expect(rows == [90_991_957_926, 802_295_519_915, 641_546_493_674, 55_508_037_137])
  }

  @Test func fillsAsItAnswersOneByOne() {
    var random = SplitMix64(seed: testSeed)
    let counts =
      Array(0...40) + [
        63, 64, 65, 100, 3_970, 4_000, 4_095, 4_096, 5_000, 99_857, 1 << 32, 1 << 40, .max,
      ]
    for count in counts {
      for _ in 0..<20 {
        let permutation = Permutation(count: count, seed: random.next(), epoch: random.below(99))
        let start = random.pick([0, random.below(count + (count < .max ? 1 : 0)), count / 2])
        let length = min(random.below(200), count - start)
        let rows = permutation.rows(at: start..<start + length)
        let plain = (start..<start + length).map { permutation[$0] }
        #expect(rows == plain, "TABULAR_SEED=\(testSeed): \(count) rows, \(length) from \(start)")
        for (place, method) in Permutation.methods.enumerated() {
          var filled = Array(repeating: -1, count: length)
          filled.withUnsafeMutableBufferPointer {
            permutation.fill($0, from: start, method: method)
          }
          #expect(
            filled == plain,
            "TABULAR_SEED=\(testSeed), method \(place): \(count) rows, \(length) from \(start)"
          )
        }
        #expect(
          permutation.tabulated().rows(at: start..<start + length) == plain,
          "TABULAR_SEED=\(testSeed), drawn before: \(count) rows, \(length) from \(start)"
        )
        #expect(rows.map { permutation.position(of: $0) } == Array(start..<start + length))
      }
    }
  }

  /// The largest of |z| over many draws of a normal is hardly ever above 5.5 for up to a million.
  @Test func isUniformForAThousandSeedsOnAThousandRows() {
    let (count, seeds) = (1_000, 1_000)
    // Bands of 100 rows: hits by position band and row band, and of each seed's first position.
    var hits = Array(repeating: 0, count: 100)
    var fixed = 0
    var ascents = 0
    var firsts = Array(repeating: 0, count: 10)
    var correlations: [Double] = []
    let middle = Double(count - 1) / 2
    let variance = Double(count * count - 1) / 12
    for seed in 0..<seeds {
      let rows = order(count, seed: UInt64(seed))
      firsts[rows[0] / 100] += 1
      var product = 0.0
      for position in 0..<count {
        hits[position / 100 * 10 + rows[position] / 100] += 1
        if rows[position] == position { fixed += 1 }
        if position > 0 {
          if rows[position] > rows[position - 1] { ascents += 1 }
          product += (Double(rows[position]) - middle) * (Double(rows[position - 1]) - middle)
        }
      }
      correlations.append(product / variance / Double(count - 1))
    }
    // Each of the 100 cells has 10,000 hits expected; 9 × 9 are free, and a permutation spreads its
    // rows a little more evenly than free draws do, by (n - 1) / n.
    let table = hits.reduce(0) { $0 + Double(($1 - 10_000) * ($1 - 10_000)) / 10_000 } * 0.999
    #expect(abs(table - 81) < 5 * 162.0.squareRoot(), "chi-square of bands \(table), 81 expected")
    let first = firsts.reduce(0) { $0 + Double(($1 - 100) * ($1 - 100)) / 100 }
    #expect(first < 9 + 5 * 18.0.squareRoot(), "chi-square of first rows \(first), 9 expected")
    // Rows that stay where they are: Poisson with mean 1 a seed.
    #expect(abs(Double(fixed) - 1_000) < 5 * 1_000.0.squareRoot(), "\(fixed) fixed rows")
    // Ascents: mean (n - 1) / 2 and variance (n + 1) / 12 a seed.
    let ascentDeviation = (Double(ascents) - 499.5 * 1_000) / (1_001.0 / 12 * 1_000).squareRoot()
    #expect(abs(ascentDeviation) < 5, "ascents \(ascentDeviation) deviations off")
    // Neighbours: mean -1 / n, variance about 1 / n a seed.
    let mean = correlations.reduce(0, +) / 1_000
    let deviation = (mean + 0.001) / (0.001 / 1_000).squareRoot()
    #expect(abs(deviation) < 5, "serial correlation \(mean), \(deviation) deviations off")
    let worst = correlations.map(abs).max() ?? 1
    #expect(worst < 5.5 * 0.001.squareRoot(), "worst serial correlation \(worst)")
    print(
      "1,000 seeds on 1,000 rows: chi-square of bands \(table) (81), of first rows \(first) (9), "
        + "\(fixed) fixed rows (1,000), ascents \(ascentDeviation) and serial correlation "
        + "\(deviation) standard deviations off, worst of a seed \(worst)"
    )
  }

  @Test func differsByEpochAndSeed() {
    var seen: Set<[Int]> = []
    for epoch in 0..<50 {
      for seed in [0, 1, 2, UInt64.max] { seen.insert(order(150, seed: seed, epoch: epoch)) }
    }
    #expect(seen.count == 200)
  }

  @Test func givesEveryRowEveryPositionAlike() {
    // 64 × 64 cells, 62.5 expected in each. Every row and column of cells has a fixed sum, so that
    // 63/64 of the statistic has 63² degrees of freedom and a standard deviation of √(2 · 63²).
    let (count, seeds) = (64, 4_000)
    var hits = Array(repeating: 0, count: count * count)
    for seed in 0..<seeds {
      let permutation = Permutation(count: count, seed: UInt64(seed), epoch: 0)
      for position in 0..<count { hits[position * count + permutation[position]] += 1 }
    }
    let expected = Double(seeds) / Double(count)
    let statistic = hits.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) }
    let deviations = (statistic / expected * 63 / 64 - 3_969) / 89.1
    print("chi-square of position and row, seeds 0..<\(seeds): \(deviations) deviations off")
    #expect(abs(deviations) < 5)
  }

  @Test func reachesOddAndEvenOrders() {
    for count in 2...26 {
      let odd = (0..<400 as Range<UInt64>).count { seed in
        let rows = order(count, seed: seed)
        let inversions = rows.indices.reduce(0) { sum, i in
          sum + rows[(i + 1)...].count { $0 < rows[i] }
        }
        return inversions % 2 == 1
      }
      #expect((140...260).contains(odd), "\(odd) of 400 orders of \(count) rows are odd")
    }
  }

  @Test func hasNoSerialCorrelation() {
    let count = 20_000
    for seed in 0..<5 as Range<UInt64> {
      let rows = order(count, seed: seed).map { Double($0) / Double(count) - 0.5 }
      for lag in [1, 2, 141, 142] {
        let products = zip(rows, rows.dropFirst(lag)).map { $0 * $1 }
        let correlation = products.reduce(0, +) / Double(products.count) * 12
        // The standard deviation is 1 / √20,000 = 0.007.
        #expect(abs(correlation) < 0.035, "seed \(seed), lag \(lag)")
      }
    }
  }

  @Test(arguments: [(2, 2), (3, 6), (4, 24), (5, 120), (6, 720)])
  func reachesEveryOrderOfAFewRows(count: Int, orders: Int) {
    let seeds = 100 * orders
    var hits: [[Int]: Int] = [:]
    for seed in 0..<seeds { hits[order(count, seed: UInt64(seed)), default: 0] += 1 }
    #expect(hits.count == orders)
    let statistic = hits.values.reduce(0) { $0 + Double(($1 - 100) * ($1 - 100)) / 100 }
    let freedom = Double(orders - 1)
    print("chi-square of the \(orders) orders of \(count): \(statistic) for \(freedom) degrees")
    #expect(statistic < freedom + 5 * (2 * freedom).squareRoot())
  }
}
