import TabularFrame
import Testing

@testable import TabularPreprocessing

struct RadixSortTests {
  private struct Item: RadixSorted, Equatable {
    var radixKey: UInt64
    var position: Int
  }

  /// Against the sort of the standard library, which keeps the order of equal keys too.
  @Test(arguments: [0, 1, 2, 255, 4_000], [UInt64(1), 0xFF, 0xFFFF_0000, .max])
  func equalsAStableSort(count: Int, mask: UInt64) {
    var random = SplitMix64(seed: testSeed)
    var items = (0..<count).map { Item(radixKey: random.next() & mask, position: $0) }
    let expected = items.sorted { $0.radixKey < $1.radixKey }
    var spare = items
    let sorted = items.withUnsafeMutableBufferPointer { items in
      spare.withUnsafeMutableBufferPointer { spare -> [Item] in
        guard let items = items.baseAddress, let spare = spare.baseAddress else { return [] }
        return Array(
          UnsafeBufferPointer(start: radixSorted(items, spare: spare, count: count), count: count)
        )
      }
    }
    #expect(sorted == expected, "TABULAR_SEED=\(testSeed)")
  }

  /// Words whose first eight bytes are the same are sorted by the rest.
  @Test func wordsOfOneBeginning() {
    var random = SplitMix64(seed: testSeed)
    let table = CategoryTable()
    var words: Set<String> = []
    for _ in 0..<2_000 {
      let word = random.pick(["", "category", "categorie", "日本語"]) + "\(random.below(900))"
      words.insert(word)
      _ = table.insert(.string(word))
    }
    let sorted = table.sortedCodes.map { table.text($0) }
    let expected = words.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    #expect(sorted == expected, "TABULAR_SEED=\(testSeed)")
  }
}
