/// Ends a trial that stopped getting better, alone or where another pruner agrees.
///
/// The rule of `PatientPruner` in Optuna 5.0.0: the best value of the last `patience` + 1 reports has
/// to be worse than the best before them by more than `minimumDelta`. NaN is ignored; where one side
/// has nothing else, the trial goes on.
public struct PatiencePruner: Pruner {
  /// Who has to agree; nil for nobody.
  public let wrapped: (any Pruner)?
  /// How many reports in a row may bring nothing better.
  public let patience: Int
  /// What still counts as no worse.
  public let minimumDelta: Double

  /// Describes a pruner; negative numbers trap.
  public init(_ wrapped: (any Pruner)? = nil, patience: Int, minimumDelta: Double = 0) {
    precondition(patience >= 0, "a patience of \(patience)")
    precondition(minimumDelta >= 0, "a tolerance of \(minimumDelta)")
    self.wrapped = wrapped
    self.patience = patience
    self.minimumDelta = minimumDelta
  }

  /// Whether the trial got no better for too long.
  public func prunes(_ context: PruningContext) -> Bool {
    let values = context.trial.intermediateValues.sorted { $0.key < $1.key }.map(\.value)
    guard values.count > patience + 1,
      let before = context.best(values.dropLast(patience + 1)),
      let after = context.best(values.suffix(patience + 1))
    else { return false }
    let worst = context.direction == .minimize ? before + minimumDelta : before - minimumDelta
    guard context.direction.prefers(worst, to: after) else { return false }
    return wrapped?.prunes(context) ?? true
  }
}
