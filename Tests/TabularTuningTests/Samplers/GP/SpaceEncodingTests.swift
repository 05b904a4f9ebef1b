import TabularFrame
import Testing

@testable import TabularTuning

struct SpaceEncodingTests {
  static func draw(_ space: SearchSpace, _ seed: UInt64) throws -> [String: ParameterValue] {
    let context = SuggestionContext(
      space: space,
      direction: .minimize,
      seed: seed,
      number: 0,
      trials: []
    )
    return try #require(RandomSampler().suggestion(for: context))
  }

  /// Values become a place and the same values again, but for the last bits of numbers.
  @Test(arguments: 0..<40 as Range<UInt64>) func keepsValues(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let space = try RandomSpace.make(&generator)
    let encoding = SpaceEncoding(space)
    let values = try Self.draw(space, seed)
    let place = try #require(encoding.place(of: values))
    let back = encoding.values(at: place)
    #expect(back.keys.sorted() == values.keys.sorted(), "seed \(seed)")
    for (name, value) in values {
      guard case .number(let number) = value, let found = back[name]?.asNumber else {
        #expect(back[name] == value, "seed \(seed)")
        continue
      }
      #expect(abs(found - number) <= 1e-12 * max(1, abs(number)), "seed \(seed)")
    }
    // Closed branches are not numbers, and others are from 0 to 1 or the index of a choice.
    for (item, x) in zip(encoding.items, place) {
      #expect(x.isNaN == (values[item.parameter.name] == nil), "seed \(seed)")
      if !x.isNaN { #expect(x >= 0 && x <= (item.axis.kind == .choice ? 3 : 1), "seed \(seed)") }
    }
  }

  @Test(arguments: 0..<40 as Range<UInt64>) func everyPlaceIsInTheSpace(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let space = try RandomSpace.make(&generator)
    let encoding = SpaceEncoding(space)
    for _ in 0..<10 {
      let units = encoding.items.map { _ in generator.unit() }
      let place = encoding.masked(encoding.place(ofUnits: units))
      let values = encoding.values(at: place)
      try space.check(values)
      let back = try #require(encoding.place(of: values))
      #expect(
        zip(back, place).allSatisfy { abs($0 - $1) < 1e-9 || ($0.isNaN && $1.isNaN) },
        "seed \(seed)"
      )
    }
  }

  @Test func branchesOfAChoiceOfOneAreItsOwnBranch() throws {
    let space = try SearchSpace([
      .init("a", .choice([.text("x"), .text("y")])),
      .init("b", .choice([.text("only")]), when: "a", is: .text("y")),
      .init("c", .uniform(0...1), when: "b", is: .text("only")),
    ])
    let encoding = SpaceEncoding(space)
    #expect(encoding.items.map(\.parameter.name) == ["a", "c"])
    #expect(encoding.masked([0, 0.5])[1].isNaN)
    #expect(encoding.masked([1, 0.5]) == [1, 0.5])
    #expect(encoding.values(at: [0, .nan]) == ["a": .text("x")])
  }
}
