import Testing

@testable import TabularCSV

struct NumberSetTests {
  /// Numbers in any order, in several sets, against the standard library's.
  @Test func holdsWhatASetHolds() {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    for _ in 0..<50 {
      let bound = [10, 600, 5_000, 1 << 40].randomElement(using: &random) ?? 1
      let wanted = Set(
        (0..<Int.random(in: 0...400, using: &random)).map { _ in
          Int.random(in: 0..<bound, using: &random)
        }
      )
      var parts = [NumberSet](repeating: NumberSet(), count: 3)
      for number in wanted.shuffled(using: &random) {
        parts[Int.random(in: 0..<3, using: &random)].insert(number)
      }
      let first = Int.random(in: 0...bound, using: &random)
      for part in parts.indices where bound != 600 { parts[part].removeAll(from: first) }
      let expected = wanted.filter { $0 < first || bound == 600 }.sorted()
      let union = NumberSet(union: parts)
      #expect(union.count == expected.count && Array(union) == expected, "seed \(seed)")
      let range = first / 2..<first
      #expect(union.numbers(in: range) == expected.filter(range.contains), "seed \(seed)")
    }
    #expect(NumberSet().isEmpty && Array(NumberSet()) == [])
  }

  @Test func countsBadRowsOfChunksInAnyOrder() {
    let count = BadRowCount(records: 100)
    #expect(count.bounds == (0, -100))
    count.note(1, bad: 7, records: 130)
    #expect(count.bounds == (0, -100))
    count.note(0, bad: 2, records: 110)
    // Before record 135 there may be 9 + 5.
    #expect(count.bounds == (9, 9 - 130))
  }
}
