import Foundation
import TabularFrame
import TabularTuning
import Testing

struct TPESamplerTests {
  @Test(arguments: 0..<8 as Range<UInt64>, [true, false])
  func staysInside(seed: UInt64, multivariate: Bool) throws {
    var generator = SplitMix64(seed: seed)
    let space = try RandomSpace.make(&generator)
    let sampler = try TPESampler(startupTrials: 4, multivariate: multivariate)
    let trials = try SamplerProperties.trials(sampler, space, count: 20, seed: seed)
    #expect(trials.count == 20)
  }

  /// The first trials are the random sampler's.
  @Test func startsAtRandom() throws {
    let space = try SearchSpace([.init("x", .uniform(0...1))])
    var trials: [Trial] = []
    var same: [Bool] = []
    for number in 0..<14 {
      let context = SuggestionContext(
        space: space,
        direction: .minimize,
        seed: 3,
        number: number,
        trials: trials
      )
      let found = try #require(TPESampler.default.suggestion(for: context))
      same.append(found == RandomSampler().suggestion(for: context))
      trials.append(
        Trial(number: number, state: .complete, parameters: found, value: found["x"]?.asNumber)
      )
    }
    #expect(same == Array(repeating: true, count: 10) + Array(repeating: false, count: 4))
  }

  /// Of five seeds each ends nearer to the minimum than the random search of as many trials.
  @Test func findsAMinimum() throws {
    let space = try SearchSpace((0..<4).map { .init("x\($0)", .uniform(-5...5)) })
    let objective = { (values: [String: ParameterValue]) in
      (0..<4).reduce(0.0) { sum, index in
        let distance = (values["x\(index)"]?.asNumber ?? 0) - 1
        return sum + distance * distance
      }
    }
    for seed in 0..<5 as Range<UInt64> {
      let found = try SamplerProperties.best(
        TPESampler.default,
        space,
        trials: 60,
        seed: seed,
        objective
      )
      let random = try SamplerProperties.best(
        RandomSampler(),
        space,
        trials: 60,
        seed: seed,
        objective
      )
      #expect(found < random, "seed \(seed)")
    }
  }

  @Test func goesWhereItIsToldThatIsBetter() throws {
    let space = try SearchSpace([.init("x", .uniform(0...1))])
    func mean(_ direction: Direction) throws -> Double {
      let trials = (0..<40).map { index in
        let x = (Double(index) + 0.5) / 40
        return Trial(number: index, state: .complete, parameters: ["x": .number(x)], value: x)
      }
      let draws = try (0..<20).map { number in
        let context = SuggestionContext(
          space: space,
          direction: direction,
          seed: UInt64(number),
          number: 40,
          trials: trials
        )
        return try #require(TPESampler.default.suggestion(for: context)?["x"]?.asNumber)
      }
      return draws.reduce(0, +) / 20
    }
    #expect(try mean(.minimize) < 0.2)
    #expect(try mean(.maximize) > 0.8)
  }

  /// Two trials run in the only good place, so that the next is drawn elsewhere more often.
  @Test func runningTrialsRepel() throws {
    let space = try SearchSpace([.init("x", .uniform(0...1))])
    let ended = (0..<30).map { index in
      let x = (Double(index) + 0.5) / 30
      return Trial(
        number: index,
        state: .complete,
        parameters: ["x": .number(x)],
        value: abs(x - 0.5)
      )
    }
    let running = (30..<36).map {
      Trial(number: $0, state: .running, parameters: ["x": .number(0.5)])
    }
    func near(_ trials: [Trial]) throws -> Int {
      try (0..<40).count { seed in
        let context = SuggestionContext(
          space: space,
          direction: .minimize,
          seed: UInt64(seed),
          number: trials.count,
          trials: trials
        )
        let x = try #require(TPESampler.default.suggestion(for: context)?["x"]?.asNumber)
        return abs(x - 0.5) < 0.02
      }
    }
    #expect(try near(ended + running) < near(ended))
  }

  @Test func refusesNothingToDrawFrom() {
    let error = #expect(throws: TuningError.self) { try TPESampler(candidates: 0) }
    #expect(
      error?.message
        == "a TPE sampler takes 1 startup trial and 1 candidate at least, found 10 and 0"
    )
  }
}
