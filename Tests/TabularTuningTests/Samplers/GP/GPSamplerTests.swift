import Foundation
import TabularFrame
import Testing

@testable import TabularTuning

struct GPSamplerTests {
  /// Enough for small spaces: a debug build is slow.
  static let little = PlaceSearch.Effort(places: 64, walks: 3)

  @Test(arguments: 0..<6 as Range<UInt64>) func staysInside(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let space = try RandomSpace.make(&generator)
    var sampler = try GPSampler(startupTrials: 4)
    sampler.effort = Self.little
    let trials = try SamplerProperties.trials(sampler, space, count: 12, seed: seed)
    #expect(trials.count == 12)
  }

  /// The minimum of a bowl over a number, a logarithm, a whole number and a choice.
  @Test func findsAMinimum() throws {
    let space = try SearchSpace([
      .init("x", .uniform(-5...5)), .init("rate", .log(1e-5...1)), .init("depth", .int(1...40)),
      .init("kind", .choice([.text("a"), .text("b")])),
    ])
    var sampler = GPSampler()
    sampler.effort = Self.little
    let best = try SamplerProperties.best(sampler, space, trials: 25, seed: 1) { values in
      let x = (values["x"]?.asNumber ?? 0) - 1
      let rate = log10(values["rate"]?.asNumber ?? 1) + 3
      let depth = (values["depth"]?.asNumber ?? 0) - 21
      return x * x + rate * rate + depth * depth / 100 + (values["kind"] == .text("a") ? 1 : 0)
    }
    #expect(best < 0.01)
  }

  /// Four trials at once are at four places, of which the first is the best known one's.
  @Test func runningTrialsRepel() throws {
    let space = try SearchSpace([.init("x", .uniform(0...1))])
    var trials = [0.05, 0.2, 0.4, 0.5, 0.6, 0.8, 0.95, 0.1, 0.3, 0.7].enumerated().map {
      Trial(number: $0, state: .complete, parameters: ["x": .number($1)], value: abs($1 - 0.45))
    }
    var sampler = GPSampler()
    sampler.effort = Self.little
    var drawn: [Double] = []
    for number in 10..<14 {
      let context = SuggestionContext(
        space: space,
        direction: .minimize,
        seed: 2,
        number: number,
        trials: trials
      )
      let values = try #require(sampler.suggestion(for: context))
      drawn.append(try #require(values["x"]?.asNumber))
      trials.append(Trial(number: number, state: .running, parameters: values))
    }
    #expect(abs(drawn[0] - 0.45) < 0.04)
    let sorted = drawn.sorted()
    #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $1 - $0 > 1e-3 }, "\(drawn)")
  }

  @Test func directionsMirror() throws {
    let space = try SearchSpace([.init("x", .uniform(0...1)), .init("n", .int(1...100))])
    func suggestion(_ direction: Direction) throws -> [String: ParameterValue]? {
      let trials = (0..<12).map { index in
        let x = Double(index * 5 % 12) / 12
        let value = (x - 0.3) * (x - 0.3) * (direction == .minimize ? 1 : -1)
        return Trial(
          number: index,
          state: .complete,
          parameters: ["x": .number(x), "n": .integer(index * 7 % 12 + 1)],
          value: value
        )
      }
      let context = SuggestionContext(
        space: space,
        direction: direction,
        seed: 9,
        number: 12,
        trials: trials
      )
      var sampler = GPSampler()
      sampler.effort = Self.little
      return sampler.suggestion(for: context)
    }
    #expect(try suggestion(.minimize) == suggestion(.maximize))
  }

  /// Values of numpy 2.4.6: 0, 1, 2, then 2 + 2 log1p(6 / 2) and 2 + 2 log1p(998 / 2), standardised.
  @Test func standardizes() {
    let found = GPSampler.standardized([8, 0, 1000, 2, 1])
    let expected = [
      0.06337735010265357, -0.8470644684558443, 1.9055217272521194, -0.4655349164473375,
      -0.6562996924515909,
    ]
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-14 }, "\(found)")
    let infinite = GPSampler.standardized([1, 3, .infinity, -.infinity])
    #expect(zip(infinite, [-1, 1, 1, -1]).allSatisfy { abs($0 - $1) < 1e-15 }, "\(infinite)")
    #expect(GPSampler.standardized([.infinity, .infinity]) == [0, 0])
    #expect(GPSampler.standardized([2, 2]) == [0, 0])
    // Half of them are the best: nothing says how far apart good ones are.
    let same = GPSampler.standardized([0, 0, 0, 4])
    #expect(abs(same[3] - 3 / 3.0.squareRoot()) < 1e-15, "\(same)")
  }

  @Test func refusesNoStart() {
    let error = #expect(throws: TuningError.self) { try GPSampler(startupTrials: 0) }
    #expect(error?.message == "a GP sampler takes 1 startup trial at least, found 0")
  }
}
