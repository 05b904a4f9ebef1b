/// Ends trials that promise nothing before their time.
///
/// A decision is a function of the context alone, so that a study can be replayed: a pruner holds
/// settings, no state. A study that is resumed compares pruners by their text, `"\(pruner)"`.
public protocol Pruner: Sendable {
  /// Whether the trial is to end after what it reported last.
  func prunes(_ context: PruningContext) -> Bool
}

/// What a pruner may know when it looks at a trial.
public struct PruningContext: Sendable {
  /// The study's name, which spreads trials over Hyperband's brackets.
  public let study: String
  /// Which values are better.
  public let direction: Direction
  /// The trial with all that it reported so far.
  public let trial: Trial
  /// The finished trials that count, by number.
  ///
  /// Those are the ones up to the trial's number less the study's lag: all of them had ended
  /// when the trial began, however many ran at once.
  public let finished: [Trial]

  /// What a pruner may know of a trial that runs.
  public init(study: String, direction: Direction, trial: Trial, finished: [Trial]) {
    self.study = study
    self.direction = direction
    self.trial = trial
    self.finished = finished
  }
}

extension PruningContext {
  /// The best of some values; nil where all are NaN, or there are none.
  func best(_ values: some Sequence<Double>) -> Double? {
    values.filter { !$0.isNaN }.max { direction.prefers($1, to: $0) }
  }
}

extension Trial {
  /// The last step that it reported.
  var lastStep: Int? { intermediateValues.keys.max() }
}
