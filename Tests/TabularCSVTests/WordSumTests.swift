import CTabularScan
import Testing

struct WordSumTests {
  /// As a plain loop does, from addresses that divide by 4 alone, and by nothing.
  @Test(arguments: Array(0...70) + [1_000, 4_099])
  func sumsAsAPlainLoopDoes(count: Int) {
    // Sums wrap around, and each word counts.
    let words = (0..<UInt32(count + 1)).map { ($0 &+ 1) &* 2_654_435_761 }
    words.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      for offset in 0..<4 {
        let expected = (0..<count).reduce(into: UInt32(0)) { sum, word in
          sum &+= (base + offset).loadUnaligned(fromByteOffset: 4 * word, as: UInt32.self)
        }
        #expect(tabular_sum_words(base + offset, count) == expected)
      }
    }
  }
}
