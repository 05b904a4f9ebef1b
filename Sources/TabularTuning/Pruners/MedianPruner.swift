/// Ends a trial whose best value so far is worse than the median of the others' at the same step.
///
/// The rule of `MedianPruner` in Optuna 5.0.0, and of Vizier's median stopping (Golovin et al. 2017),
/// over the complete trials that count. NaN is ignored among the others; a trial that reported
/// nothing else is ended.
public struct MedianPruner: Pruner {
  /// So many complete trials have to count before any trial is ended.
  public let startupTrials: Int
  /// No trial is ended before this step.
  public let warmupSteps: Int
  /// The steps from one look at a trial to the next, from `warmupSteps` on.
  public let interval: Int

  /// Describes a pruner; negative numbers, or an interval below 1, trap.
  public init(startupTrials: Int = 5, warmupSteps: Int = 0, interval: Int = 1) {
    precondition(startupTrials >= 0, "\(startupTrials) trials before the first is pruned")
    precondition(warmupSteps >= 0, "\(warmupSteps) steps before the first is pruned")
    precondition(interval >= 1, "a look at a trial every \(interval) steps")
    self.startupTrials = startupTrials
    self.warmupSteps = warmupSteps
    self.interval = interval
  }

  /// Whether the trial is worse than the median.
  public func prunes(_ context: PruningContext) -> Bool {
    let complete = context.finished.filter { $0.state == .complete }
    guard let step = context.trial.lastStep, step >= warmupSteps, !complete.isEmpty,
      complete.count >= startupTrials, isDue(step, context.trial)
    else { return false }
    guard let best = context.best(context.trial.intermediateValues.values) else { return true }
    let others = complete.compactMap { $0.intermediateValues[step] }.filter { !$0.isNaN }
    guard let median = median(others) else { return false }
    return context.direction.prefers(median, to: best)
  }

  /// Whether the step is the first that was reported since a look was due.
  private func isDue(_ step: Int, _ trial: Trial) -> Bool {
    let due = (step - warmupSteps) / interval * interval + warmupSteps
    let before = trial.intermediateValues.keys.filter { $0 != step }.max() ?? -1
    return before < due
  }

  private func median(_ values: [Double]) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    let (low, high) = (sorted[(sorted.count - 1) / 2], sorted[middle])
    // Two infinities of one sign have themselves as their middle.
    return low == high ? low : low + (high - low) / 2
  }
}
