internal import TabularFrame

/// Draws each parameter from its distribution, whatever came of the trials before.
public struct RandomSampler: Sampler {
  /// A sampler without settings.
  public init() {}

  /// The parameters of a trial: a function of the study's seed, its number and each one's name.
  public func suggestion(for context: SuggestionContext) -> [String: ParameterValue]? {
    var values: [String: ParameterValue] = [:]
    for parameter in context.space.parameters where context.space.exists(parameter, in: values) {
      // A generator a parameter: another one in the space changes nothing of this one.
      var generator = context.generator(for: "random \(parameter.name)")
      values[parameter.name] = Axis(parameter.distribution).value(atFraction: generator.unit())
    }
    return values
  }
}
