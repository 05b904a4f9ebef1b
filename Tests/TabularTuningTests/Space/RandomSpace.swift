import TabularFrame
import TabularTuning

/// Search spaces of every form, for tests of what holds for all of them.
enum RandomSpace {
  static func make(_ generator: inout SplitMix64) throws -> SearchSpace {
    var parameters: [SearchSpace.Parameter] = []
    for index in 0...generator.below(7) {
      let distribution = distribution(&generator)
      let choices = parameters.compactMap { parameter in
        if case .choice(let values) = parameter.distribution {
          (parameter.name, values)
        } else {
          nil
        }
      }
      if !choices.isEmpty, generator.chance(1, in: 2) {
        let (parent, values) = generator.pick(choices)
        parameters.append(
          .init("p\(index)", distribution, when: parent, is: generator.pick(values))
        )
      } else {
        parameters.append(.init("p\(index)", distribution))
      }
    }
    return try SearchSpace(parameters)
  }

  private static func distribution(_ generator: inout SplitMix64) -> Distribution {
    let low = (generator.unit() - 0.5) * 100
    switch generator.below(5) {
    case 0: return .uniform(low...low + generator.unit() * 10)
    case 1:
      let low = generator.unit() * 1e-3 + 1e-9
      return .log(low...low * (1 + 1000 * generator.unit()))
    case 2:
      let low = generator.below(100) - 50
      return .int(low...low + generator.below(30))
    case 3:
      let low = 1 + generator.below(20)
      return .int(low...low + generator.below(300), log: true)
    default:
      let values: [ParameterValue] = [
        .text("a \"quoted\" é"), .integer(3), .number(0.1), .bool(true),
      ]
      return .choice(Array(values.prefix(1 + generator.below(4))))
    }
  }
}
