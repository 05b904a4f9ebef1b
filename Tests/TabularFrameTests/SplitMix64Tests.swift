import Testing

@testable import TabularFrame

struct SplitMix64Tests {
  @Test func answersAsTheReference() {
    // The first numbers of the reference implementation (Vigna, splitmix64.c) for seed 1234567.
    var generator = SplitMix64(seed: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
    ]
    #expect((0..<5).map { _ in generator.next() } == expected)
  }

  @Test func drawsInsideItsBounds() {
    var generator = SplitMix64(seed: 3)
    var hits = Array(repeating: 0, count: 6)
    for _ in 0..<6_000 { hits[generator.below(6)] += 1 }
    #expect(hits.allSatisfy { (850...1_150).contains($0) })
    #expect((0..<1_000).allSatisfy { _ in (0..<1).contains(generator.unit()) })
    var elements = Array(0..<100)
    generator.shuffle(&elements)
    #expect(elements != Array(0..<100) && elements.sorted() == Array(0..<100))
  }
}
