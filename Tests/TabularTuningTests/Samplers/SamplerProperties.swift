import Foundation
import TabularFrame
import TabularTuning
import Testing

/// What holds for every sampler, on every space.
enum SamplerProperties {
  /// A study of random outcomes: some trials are pruned, failed or still running.
  ///
  /// - Returns: the trials, the parameters of each checked against the space.
  static func trials(
    _ sampler: any Sampler,
    _ space: SearchSpace,
    count: Int,
    seed: UInt64
  ) throws -> [Trial] {
    var outcomes = SplitMix64(seed: seed &* 7 &+ 1)
    var trials: [Trial] = []
    for number in 0..<count {
      let context = SuggestionContext(
        space: space,
        direction: seed.isMultiple(of: 2) ? .minimize : .maximize,
        seed: seed,
        number: number,
        trials: trials
      )
      guard let parameters = try sampler.suggestion(for: context) else { break }
      try space.check(parameters)
      let again = try sampler.suggestion(for: context)
      #expect(parameters == again, "seed \(seed), trial \(number): another suggestion")
      trials.append(outcome(number, parameters, &outcomes))
    }
    return trials
  }

  private static func outcome(
    _ number: Int,
    _ parameters: [String: ParameterValue],
    _ outcomes: inout SplitMix64
  ) -> Trial {
    var trial = Trial(number: number, parameters: parameters)
    switch outcomes.below(10) {
    case 0: trial.state = .failed
    case 1: trial.state = .running
    case 2: trial.state = .waiting
    case 3:
      trial.state = .pruned
      trial.intermediateValues = [1: outcomes.unit(), 2: .nan]
    case 4: (trial.state, trial.value) = (.complete, outcomes.pick([.nan, .infinity, 0]))
    default: (trial.state, trial.value) = (.complete, outcomes.unit() - 0.5)
    }
    return trial
  }

  /// The objectives of `bench tune`, minimised by so many trials.
  static func best(
    _ sampler: any Sampler,
    _ space: SearchSpace,
    trials count: Int,
    seed: UInt64,
    _ objective: ([String: ParameterValue]) -> Double
  ) throws -> Double {
    var trials: [Trial] = []
    for number in 0..<count {
      let context = SuggestionContext(
        space: space,
        direction: .minimize,
        seed: seed,
        number: number,
        trials: trials
      )
      let parameters = try #require(try sampler.suggestion(for: context))
      let value = objective(parameters)
      trials.append(
        Trial(number: number, state: .complete, parameters: parameters, value: value)
      )
    }
    return trials.compactMap(\.value).min() ?? .infinity
  }
}
