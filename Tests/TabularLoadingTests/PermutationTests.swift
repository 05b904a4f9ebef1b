import Testing

@testable import TabularLoading

struct PermutationTests {
  func order(_ count: Int, seed: UInt64 = 7, epoch: Int = 0) -> [Int] {
    let permutation = Permutation(count: count, seed: seed, epoch: epoch)
    return (0..<count).map { permutation[$0] }
  }

  @Test func isABijection() {
    for count in 0...200 {
      for epoch in 0..<3 {
        #expect(order(count, epoch: epoch).sorted() == Array(0..<count), "\(count) rows")
      }
    }
    for count in [1_000, 4_096, 65_537, 99_856, 99_857] {
      #expect(Set(order(count)) == Set(0..<count), "\(count) rows")
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
