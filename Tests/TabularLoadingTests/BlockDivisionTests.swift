import TabularFrame
import Testing

@testable import TabularLoading

struct BlockDivisionTests {
  @Test func dividesAsTheProcessorDoes() {
    var random = SplitMix64(seed: testSeed)
    let sizes = [1, 2, 3, 7, 64, 7_710, 1 << 20, (1 << 31) - 1, 1 << 40, Int.max]
    let counts = [0, 1, 5, 1_000, 1 << 20, (1 << 33) + 5, 1 << 44, Int.max]
    for size in sizes + (0..<20).map({ _ in 1 + random.below(1 << 20) }) {
      for count in counts {
        let division = BlockDivision(by: size, below: count)
        for _ in 0..<50 where count > 0 {
          // The last row of a block, and the first of the next, are where a factor would be off.
          let block = random.below(count) / size
          let (edge, overflow) = (block + 1).multipliedReportingOverflow(by: size)
          for row in [random.below(count), count - 1, block * size]
            + (overflow ? [] : [edge - 1, edge])
          where row < count {
            #expect(
              division.block(of: row) == row / size,
              "TABULAR_SEED=\(testSeed): \(row) of \(count) by \(size)"
            )
          }
        }
      }
    }
  }
}
