/// Lets a trial go on past each rung only if it is among the best of those that reached it.
///
/// Asynchronous successive halving (Li et al. 2020, arXiv 1810.05934) with the rules of
/// `SuccessiveHalvingPruner` in Optuna 5.0.0. Rung k is reached at the first report of step
/// r η^(s + k) or later, where r is `minimumResource`, η `reductionFactor` and s
/// `minimumEarlyStoppingRate`. There a trial goes on if its value is among the best 1/η of the trials
/// that reached the rung, itself included; while they are fewer than η, if it is the best.
///
/// Unlike there, trials that run do not compete, and what earlier trials reached is known from
/// what they reported, whether or not the pruner looked at them.
public struct ASHAPruner: Pruner {
  /// The step of the first rung; nil takes a hundredth of the steps of the first trial that is
  /// complete, and at least 1, and ends no trial before there is one.
  public let minimumResource: Int?
  /// How many trials compete for each that goes on.
  public let reductionFactor: Int
  /// How many rungs are left out at the start.
  public let minimumEarlyStoppingRate: Int

  /// Describes a pruner; a resource below 1, a factor below 2 or a negative rate traps.
  public init(
    minimumResource: Int? = nil,
    reductionFactor: Int = 4,
    minimumEarlyStoppingRate: Int = 0
  ) {
    precondition(minimumResource ?? 1 >= 1, "a first rung at step \(minimumResource ?? 0)")
    precondition(reductionFactor >= 2, "1 of \(reductionFactor) trials goes on")
    precondition(minimumEarlyStoppingRate >= 0, "\(minimumEarlyStoppingRate) rungs left out")
    self.minimumResource = minimumResource
    self.reductionFactor = reductionFactor
    self.minimumEarlyStoppingRate = minimumEarlyStoppingRate
  }

  /// Whether the trial reached a rung with its last report and is not among the best there.
  public func prunes(_ context: PruningContext) -> Bool {
    guard let step = context.trial.lastStep, let value = context.trial.intermediateValues[step],
      let resource = minimumResource ?? Self.resource(context.finished)
    else { return false }
    let reached = rungs(of: context.trial, resource)
    // Rungs that were passed before are not looked at again.
    for (rung, reach) in reached.enumerated() where reach.step == step {
      guard !value.isNaN else { return true }
      let others = context.finished.compactMap { trial -> Double? in
        let rungs = rungs(of: trial, resource)
        return rung < rungs.count && !rungs[rung].value.isNaN ? rungs[rung].value : nil
      }
      if !isAmongBest(value, others + [value], context.direction) { return true }
    }
    return false
  }

  /// The rungs that a trial reached, each with the step and the value there.
  private func rungs(of trial: Trial, _ resource: Int) -> [(step: Int, value: Double)] {
    let reports = trial.intermediateValues.sorted { $0.key < $1.key }
    var rungs: [(step: Int, value: Double)] = []
    var due = (0..<minimumEarlyStoppingRate).reduce(resource) { due, _ in next(due) }
    for (step, value) in reports {
      while step >= due, due < Int.max {
        rungs.append((step, value))
        due = next(due)
      }
    }
    return rungs
  }

  private func next(_ step: Int) -> Int {
    let (product, isTooLarge) = step.multipliedReportingOverflow(by: reductionFactor)
    return isTooLarge ? .max : product
  }

  private func isAmongBest(_ value: Double, _ values: [Double], _ direction: Direction) -> Bool {
    let sorted = values.sorted { direction.prefers($0, to: $1) }
    let last = max(0, sorted.count / reductionFactor - 1)
    return !direction.prefers(sorted[last], to: value)
  }

  private static func resource(_ finished: [Trial]) -> Int? {
    let first = finished.first { $0.state == .complete && $0.lastStep != nil }
    return first?.lastStep.map { max(1, $0 / 100) }
  }
}
