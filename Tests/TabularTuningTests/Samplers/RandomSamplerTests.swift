import Foundation
import TabularFrame
import TabularTuning
import Testing

struct RandomSamplerTests {
  static func draws(
    _ distribution: Distribution,
    _ count: Int,
    seed: UInt64 = 11
  ) throws -> [ParameterValue] {
    let space = try SearchSpace([.init("p", distribution)])
    return try (0..<count).map { number in
      let context = SuggestionContext(
        space: space,
        direction: .minimize,
        seed: seed,
        number: number,
        trials: []
      )
      return try #require(RandomSampler().suggestion(for: context)?["p"])
    }
  }

  @Test(arguments: 0..<30 as Range<UInt64>) func staysInside(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let space = try RandomSpace.make(&generator)
    let trials = try SamplerProperties.trials(RandomSampler(), space, count: 50, seed: seed)
    #expect(trials.count == 50)
  }

  /// Within five deviations of the shares of an even spread, in each of eight parts.
  @Test(
    arguments: [
      .uniform(-3...5), .log(1e-6...1e2), .int(1...8), .int(-7...0),
      .choice((1...8).map { .integer($0) }),
    ] as [Distribution]
  )
  func spreadsEvenly(distribution: Distribution) throws {
    let count = 4000
    var parts = Array(repeating: 0, count: 8)
    for value in try Self.draws(distribution, count) {
      let x = try #require(value.asNumber)
      let part =
        switch distribution {
        case .uniform(let range): (x - range.lowerBound) / (range.upperBound - range.lowerBound) * 8
        case .log(let range):
          log(x / range.lowerBound) / log(range.upperBound / range.lowerBound) * 8
        case .int(let range, _): x - Double(range.lowerBound)
        case .choice: x - 1
        }
      parts[min(Int(part), 7)] += 1
    }
    let deviation = (Double(count) / 8 * 7 / 8).squareRoot()
    #expect(parts.allSatisfy { abs(Double($0) - Double(count) / 8) < 5 * deviation }, "\(parts)")
  }

  @Test func ordersOfMagnitudeOfWholeNumbersAreEven() throws {
    let values = try Self.draws(.int(1...1023, log: true), 4000).compactMap(\.asNumber)
    // From 0.5 to 1023.5 there are 11 doublings; four of them lie below 8.
    let share = Double(values.count { $0 < 8 }) / 4000
    let expected = log(7.5 / 0.5) / log(1023.5 / 0.5)
    #expect(abs(share - expected) < 5 * (expected * (1 - expected) / 4000).squareRoot())
  }

  @Test func aParameterMoreChangesNothing() throws {
    func values(_ parameters: [SearchSpace.Parameter]) throws -> [ParameterValue?] {
      let space = try SearchSpace(parameters)
      return (0..<5).map { number in
        let context = SuggestionContext(
          space: space,
          direction: .minimize,
          seed: 1,
          number: number,
          trials: []
        )
        return RandomSampler().suggestion(for: context)?["b"]
      }
    }
    let b = SearchSpace.Parameter("b", .uniform(0...1))
    #expect(try values([b]) == values([.init("a", .uniform(0...1)), b]))
    #expect(try Set(values([b])).count == 5)
  }

  @Test func theSeedDecides() throws {
    #expect(try Self.draws(.uniform(0...1), 3) != Self.draws(.uniform(0...1), 3, seed: 12))
    // Computed in Python from the definition, so that later versions replay the studies of this one.
    #expect(
      try Self.draws(.int(0...999), 5, seed: 0) == [568, 710, 69, 919, 645].map { .integer($0) }
    )
  }
}
