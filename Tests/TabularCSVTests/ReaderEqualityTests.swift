import Testing

@testable import TabularCSV

/// The fast reader equals the plain one: same records, same values, same refusals, same lines.
struct ReaderEqualityTests {
  static func compare(_ bytes: [UInt8], _ random: inout TestRandom, seed: UInt64) -> Bool {
    var options = CSVReadingOptions(hasHeader: false, badRows: .collect)
    let expected = plainOutcome(bytes, options)
    func agrees() -> Bool {
      let found = readerOutcome(bytes, options)
      guard found != expected else { return true }
      let text = String(decoding: bytes, as: UTF8.self).debugDescription
      Issue.record(
        """
        seed \(seed), \(options.scanner), threads \(options.threads ?? 0), \
        chunk \(options.chunkSize): \(text)
        expected \(expected)
        found    \(found)
        """
      )
      return false
    }
    for threads in [1, 2, 3, 7] {
      for chunkSize in [64, 65, Int.random(in: 64...512, using: &random), 1 << 20] {
        options.threads = threads
        options.chunkSize = chunkSize
        guard agrees() else { return false }
      }
    }
    options.scanner = .reference
    options.threads = Int.random(in: 1...3, using: &random)
    options.chunkSize = [64, Int.random(in: 65...512, using: &random)].randomElement() ?? 64
    return agrees()
  }

  /// Random bytes from a small alphabet: mostly irregular.
  @Test func refusesWhatLibcsvRefuses() {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    let alphabet = Array("a1\"\",,\n\n\r;".utf8) + [0xEF, 0xBB, 0xBF]
    for _ in 0..<(LongTests.areWanted ? 20_000 : 150) {
      let bytes = (0..<Int.random(in: 0...300, using: &random))
        .map { _ in alphabet.randomElement(using: &random) ?? 0 }
      guard Self.compare(bytes, &random, seed: seed) else { return }
    }
  }

  /// Mostly regular texts, with typed cells, quoted line ends and multi-byte text.
  @Test func readsWhatLibcsvReads() {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    let count = LongTests.areWanted ? 100_000 : 250
    for number in 1...count {
      guard Self.compare(RandomCSV.text(&random), &random, seed: seed) else { return }
      if number % 10_000 == 0 { LongTests.progress("\(number) of \(count) CSVs") }
    }
  }
}
