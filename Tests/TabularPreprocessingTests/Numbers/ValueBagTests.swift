import Foundation
import TabularFrame
import Testing

@testable import TabularPreprocessing

struct ValueBagTests {
  /// What a bag says against the sorted values.
  private static func check(
    _ bag: ValueBag,
    _ values: [Double],
    _ random: inout SplitMix64,
    _ comment: Comment
  ) {
    let sorted = values.sorted()
    #expect(bag.count == sorted.count, comment)
    let all = bag.sorted
    #expect(all.count == sorted.count, comment)
    guard !sorted.isEmpty else { return }
    let ranks =
      [0, sorted.count - 1, sorted.count / 2]
      + (0..<6).map { _ in
        random.below(sorted.count)
      }
    for rank in ranks {
      #expect(bag[rank].bitPattern == sorted[rank].bitPattern, comment)
      #expect(all[rank].bitPattern == sorted[rank].bitPattern, comment)
    }
    #expect(bag.median == all.median && bag.quantile(0.3) == all.quantile(0.3), comment)
  }

  @Test(arguments: ManyValues.allCases)
  func ranksAreThoseOfSortedValues(shape: ManyValues) {
    var random = SplitMix64(seed: testSeed)
    let comment: Comment = "seed \(testSeed), \(shape)"
    for count in [0, 1, 2, 1_000, 40_000] {
      let values = shape.values(count, &random)
      var bag = ValueBag()
      inPieces(values, &random) { bag.add($0) }
      Self.check(bag, values, &random, comment)
    }
  }

  /// So many that they are tried as runs, and of any magnitude.
  @Test(arguments: [7, 100_000, 1 << 62])
  func staysSmallWhereValuesAreFew(distinct: Int) {
    var random = SplitMix64(seed: testSeed)
    let comment: Comment = "seed \(testSeed), \(distinct) different values"
    let count = 300_000
    let values = (0..<count).map { _ -> Double in
      let number = random.below(distinct)
      // +0 makes 0 of -0, as the bag's callers do.
      return Double(bitPattern: SplitMix64.mix(UInt64(number))).isFinite
        ? Double(bitPattern: SplitMix64.mix(UInt64(number))) + 0 : Double(number)
    }
    var bag = ValueBag()
    inPieces(values, &random) { bag.add($0) }
    Self.check(bag, values, &random, comment)
    // 8 bytes a value that waits to be sorted, 16 one that is there with its number.
    let waiting = 8 * ((1 << 17) + 20_000)
    if distinct == 7 { #expect(bag.byteCount <= waiting + 16 * 7, comment) }
    #expect(bag.byteCount <= 8 * count + waiting, comment)
  }

  @Test func mergesAndTakesAValueManyTimes() {
    var random = SplitMix64(seed: testSeed)
    var (bag, values) = (ValueBag(), [Double]())
    for _ in 0..<12 {
      let shape = random.pick(ManyValues.allCases)
      let more = shape.values(random.below(4_000), &random)
      var part = ValueBag()
      inPieces(more, &random) { part.add($0) }
      values += more
      if random.chance(1, in: 2) {
        part.add(2.5, times: 17)
        values += [Double](repeating: 2.5, count: 17)
      }
      part.add(9, times: 0)
      bag.merge(part)
    }
    Self.check(bag, values, &random, "seed \(testSeed)")
  }
}
