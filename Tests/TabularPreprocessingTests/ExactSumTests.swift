import TabularFrame
import Testing

@testable import TabularPreprocessing

struct ExactSumTests {
  /// Blocks against the accumulator, a value at a time.
  @Test(arguments: [1, 2, 60, 500, 1000])
  func blocksAddAsSingleValuesDo(spread: Int) {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SplitMix64(seed: seed)
    for count in [0, 1, 3, 4, 5, 63, 257] {
      let values = (0..<count).map { _ in
        let exponent = random.below(spread) - spread / 2
        let value = Double(sign: .plus, exponent: exponent, significand: 1 + random.unit())
        return random.chance(1, in: 7) ? 0 : random.chance(1, in: 2) ? value : -value
      }
      var (sum, squares) = (ExactSum(), ExactSum())
      for value in values {
        sum.add(value)
        squares.addSquare(value)
      }
      var (blockSum, blockSquares) = (ExactSum(), ExactSum())
      let size = ExactSum.padded(count)
      withUnsafeTemporaryAllocation(
        byteCount: max(24 * size, 8),
        alignment: 64
      ) { raw in
        let block = raw.bindMemory(to: Double.self)
        guard let start = block.baseAddress else { return }
        for (i, value) in values.enumerated() { block[i] = value }
        blockSquares.addSquares(block: start, count: count, scratch: start + size)
        blockSum.add(block: start, count: count)
      }
      #expect(blockSum.rounded == sum.rounded, "seed \(seed), \(count) values")
      #expect(blockSquares.rounded == squares.rounded, "seed \(seed), \(count) values")
      #expect(
        ExactSum.variance(count: max(count, 1), sum: sum, sumOfSquares: squares)
          == ExactSum.variance(count: max(count, 1), sum: blockSum, sumOfSquares: blockSquares)
      )
    }
  }

  @Test func manyTimesIsOneByOne() {
    for value in [0.1, -3.0, 1e300, Double.leastNonzeroMagnitude, 0] {
      var (once, many) = (ExactSum(), ExactSum())
      var (onceSquared, manySquared) = (ExactSum(), ExactSum())
      for _ in 0..<1000 {
        once.add(value)
        onceSquared.addSquare(value)
      }
      many.add(value, times: 1000)
      manySquared.addSquare(value, times: 1000)
      #expect(once.rounded == many.rounded)
      #expect(onceSquared.rounded == manySquared.rounded)
    }
  }
}
