/// Chooses the parameters of trials.
///
/// A suggestion is a function of the context alone, so that a study can be replayed: a sampler holds
/// settings, no state, and draws its random numbers from the context's generator.
public protocol Sampler: Sendable {
  /// The parameters of trial `context.number`, or nil when there are none left to try.
  ///
  /// - Throws: ``TuningError`` where the space is not one that the sampler can search.
  func suggestion(for context: SuggestionContext) throws(TuningError) -> [String: ParameterValue]?
}

/// What a sampler may know when it chooses the parameters of a trial.
public struct SuggestionContext: Sendable {
  /// The space to choose from.
  public let space: SearchSpace
  /// Which values are better.
  public let direction: Direction
  /// The study's seed.
  public let seed: UInt64
  /// The number of the trial that is to be suggested.
  public let number: Int
  /// The trials before it, in order.
  ///
  /// The results of the last ones are hidden (the study's lag), so
  /// that suggestions do not depend on how many trials ran at once: those count as running.
  public let trials: [Trial]

  /// What a sampler may know before trial `number`.
  public init(
    space: SearchSpace,
    direction: Direction,
    seed: UInt64,
    number: Int,
    trials: [Trial]
  ) {
    self.space = space
    self.direction = direction
    self.seed = seed
    self.number = number
    self.trials = trials
  }
}
