// What a trial may know, and what it is given.
extension Study {
  /// The trials whose results trial `number` may know of: those up to its number less the lag.
  func visible(for number: Int) -> [Trial] {
    Array(trials.prefix(max(0, number - configuration.lag + 1)))
  }

  /// The parameters of a trial: those in the journal, or where they are not complete the sampler's;
  /// nil when it has no more to try.
  func parameters(of number: Int) throws(TuningError) -> [String: ParameterValue]? {
    let trials = trials
    let known = number < trials.count ? trials[number].parameters : [:]
    let space = configuration.space
    if number < trials.count, Set(known.keys) == Set(space.names(in: known)) { return known }
    let shown = visible(for: number).count
    let context = SuggestionContext(
      space: space,
      direction: configuration.direction,
      seed: configuration.seed,
      number: number,
      trials: trials.prefix(number).map {
        $0.number < shown ? $0 : Trial(number: $0.number, parameters: $0.parameters)
      }
    )
    guard let suggestion = try configuration.sampler.suggestion(for: context) else { return nil }
    try check(suggestion, of: number)
    // A process that was killed may have written some of them.
    for name in known.keys.sorted() where suggestion[name] != known[name] {
      throw TuningError(
        .journal,
        "trial \(number) of the journal has \(name) = \(known[name].map { "\($0)" } ?? ""), where the "
          + "sampler suggests \(suggestion[name].map { "\($0)" } ?? "nothing"): another version of "
          + "this package, or of the sampler, wrote it"
      )
    }
    return suggestion
  }

  private func check(
    _ suggestion: [String: ParameterValue],
    of number: Int
  ) throws(TuningError) {
    do throws(TuningError) {
      try configuration.space.check(suggestion)
    } catch {
      throw TuningError(
        error.kind,
        "trial \(number): the sampler \(configuration.sampler) leaves the space: \(error.message)"
      )
    }
  }
}

extension SearchSpace {
  /// The parameters that exist where those before them have these values, in order.
  func names(in values: [String: ParameterValue]) -> [String] {
    parameters.filter { exists($0, in: values) }.map(\.name)
  }
}
