import TabularFrame
import Testing

@testable import TabularPreprocessing

/// Columns of integers, whose small values are counted, against the same values as doubles.
struct NumberFoldTests {
  private static func fold(
    _ values: [Int64?],
    asDoubles: Bool,
    needs: NumberFold.Needs,
    pieces: Int
  ) throws -> NumberFold {
    let column = asDoubles ? Column(values.map { $0.map(Double.init) }) : Column(values)
    let numbers = try NumberColumn("x", in: DataFrame([("x", column)]))
    var fold = NumberFold()
    for first in stride(from: 0, to: values.count, by: pieces) {
      try fold.observe(numbers, first..<min(first + pieces, values.count), needs: needs)
    }
    return fold
  }

  @Test(arguments: 0..<12)
  func integersFoldAsTheirDoubles(round: Int) throws {
    var random = SplitMix64(seed: testSeed &+ UInt64(round))
    let comment: Comment = "TABULAR_SEED=\(testSeed), round \(round)"
    let count = [0, 1, 2, 63, 2_047, 2_048, 2_049, 4_097, 10_000, 70_001, 70_000, 300][round]
    let bases: [Int64] = [0, 0, 0, 4_000, 1 << 40, -5]
    let base = random.pick(bases)
    let distinct = random.pick([1, 3, 200, 4_096, 5_000, 1 << 20])
    let gap = random.pick([2, 10, 1_000_000])
    let values = (0..<count).map { _ -> Int64? in
      random.chance(1, in: gap) ? nil : base + Int64(random.below(distinct))
    }
    for needs: NumberFold.Needs in [[], [.sums], [.values], [.sums, .values]] {
      let found = try Self.fold(values, asDoubles: false, needs: needs, pieces: 5_000)
      let expected = try Self.fold(values, asDoubles: true, needs: needs, pieces: 1 << 20)
      #expect(found.count == expected.count && found.missing == expected.missing, comment)
      #expect(found.minimum == expected.minimum && found.maximum == expected.maximum, comment)
      #expect(found.sum.rounded == expected.sum.rounded, comment)
      #expect(found.sumOfSquares.rounded == expected.sumOfSquares.rounded, comment)
      guard needs.contains(.values), found.count == expected.count else { continue }
      let (left, right) = (found.sorted, expected.sorted)
      for rank in stride(from: 0, to: found.count, by: 101) {
        #expect(left[rank] == right[rank] && found.ranked[rank] == right[rank], comment)
      }
    }
  }

  /// What stands in a null's place counts for nothing.
  @Test func nullsHideWhatIsInTheirPlace() throws {
    var column = Column([7, 5_000, -3, 1] as [Int64])
    column = Column(storage: column.storage, validity: Validity(count: 4) { $0 == 3 })
    let numbers = try NumberColumn("x", in: DataFrame([("x", column)]))
    var fold = NumberFold()
    try fold.observe(numbers, 0..<4, needs: [.sums, .values])
    #expect(fold.count == 1 && fold.missing == 3)
    #expect(fold.minimum == 1 && fold.maximum == 1 && fold.sum.rounded == 1)
  }
}
