import Foundation
import Testing

@testable import TabularTraining

struct HashedSequenceTests {
  @Test func findsTheFirstDifference() {
    var generator = SystemRandomNumberGenerator()
    let seed = UInt64.random(in: 0...UInt64.max, using: &generator)
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    for _ in 0..<40 {
      let count = Int.random(in: 1...20_000, using: &random)
      let elements = (0..<count).map { _ in UInt64.random(in: 0...3, using: &random) }
      let whole = HashedSequence(elements)
      #expect(whole.count == count && whole.blockSize <= 8)
      #expect(whole.firstDifference(from: HashedSequence(elements)) == nil)
      // One element is another, and then some behind it.
      let place = Int.random(in: 0..<count, using: &random)
      var others = elements
      others[place] += 1
      for later in place..<count where Bool.random(using: &random) { others[later] += 5 }
      #expect(whole.firstDifference(from: HashedSequence(others))?.contains(place) == true)
      // The other one ends before.
      let end = Int.random(in: 0..<count, using: &random)
      let start = HashedSequence(elements[..<end])
      #expect(whole.firstDifference(from: start) == start.firstDifference(from: whole))
      let found = whole.firstDifference(from: start)
      #expect(found?.contains(end) == true || found?.upperBound == end, "\(found as Any), \(end)")
    }
  }

  /// A short sequence is compared with a long one, whose blocks are larger, by what both have.
  @Test func comparesAcrossBlockSizes() {
    let long = HashedSequence((0..<100_000).map { UInt64($0) })
    let short = HashedSequence((0..<64).map { UInt64($0) })
    #expect(long.blockSize == 32 && short.blockSize == 1)
    #expect(long.firstDifference(from: short) == 64..<65)
    let other = HashedSequence((0..<64).map { UInt64($0 == 40 ? 0 : $0) })
    #expect(long.firstDifference(from: other)?.contains(40) == true)
    #expect(HashedSequence([1, 2]).firstDifference(from: HashedSequence([2, 1])) == 0..<1)
  }

  @Test func isWrittenAndRead() throws {
    for count in [0, 1, 5, 4_096, 4_097, 10_001] {
      let sequence = HashedSequence((0..<count).map { UInt64($0) })
      let json = try JSONEncoder().encode(sequence)
      var read = try JSONDecoder().decode(HashedSequence.self, from: json)
      #expect(read == sequence)
      var more = sequence
      for element in 0..<50 {
        more.append(UInt64(element))
        read.append(UInt64(element))
      }
      #expect(read == more)
    }
    for text in [
      #"{"count":2,"block":1,"hashes":"0000000000000000"}"#,
      #"{"count":1,"block":3,"hashes":"0000000000000000"}"#,
      #"{"count":1,"block":1,"hashes":"000000000000000x"}"#,
      #"{"count":-1,"block":1,"hashes":""}"#,
    ] {
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(HashedSequence.self, from: Data(text.utf8))
      }
    }
  }
}
