internal import TabularFrame

/// Draws where good trials are dense and bad ones are not: a tree of Parzen estimators.
///
/// The first trials are drawn at random. Then two densities are made, one of the best trials and one
/// of the others; of a few points of the first, the one that the ratio of both favours most is the
/// suggestion. Where trials were pruned, all count with what they had come to at a step that enough of
/// them reached; running ones count as bad.
///
/// Parameters of one branch are drawn together, from the trials in which the branch is open, so that
/// what depends on one another is learnt.
///
/// Source: J. Bergstra, R. Bardenet, Y. Bengio and B. Kegl, "Algorithms for hyper-parameter
/// optimization", 2011; S. Falkner, A. Klein and F. Hutter, "BOHB", 2018, for drawing together and for
/// what pruned trials tell. All other constants are those of Optuna 5.0.0's `TPESampler`.
public struct TPESampler: Sampler {
  /// Trials that end before the first one is drawn from densities.
  public let startupTrials: Int
  /// Points of which one is chosen.
  public let candidates: Int
  /// Whether parameters of one branch are drawn together, rather than each by itself.
  public let isMultivariate: Bool

  /// A sampler with the constants of Optuna.
  ///
  /// - Throws: ``TuningError`` of kind `configuration` where a number is below 1.
  public init(
    startupTrials: Int = 10,
    candidates: Int = 24,
    multivariate: Bool = true
  ) throws(TuningError) {
    guard startupTrials > 0, candidates > 0 else {
      throw TuningError(
        .configuration,
        "a TPE sampler takes 1 startup trial and 1 candidate at least, found \(startupTrials) and "
          + "\(candidates)"
      )
    }
    self.init(startupTrials, candidates, multivariate)
  }

  /// The constants of Optuna.
  public static let `default` = TPESampler(10, 24, true)

  private init(_ startupTrials: Int, _ candidates: Int, _ isMultivariate: Bool) {
    self.startupTrials = startupTrials
    self.candidates = candidates
    self.isMultivariate = isMultivariate
  }

  /// The parameters of a trial: never nil.
  public func suggestion(for context: SuggestionContext) -> [String: ParameterValue]? {
    let ended = context.trials.count { $0.state == .complete || $0.state == .pruned }
    guard ended >= startupTrials else { return RandomSampler().suggestion(for: context) }
    let split = TrialSplit(context.trials, direction: context.direction)
    var generator = context.generator(for: "tpe")
    var values: [String: ParameterValue] = [:]
    for group in groups(of: context.space) where context.space.exists(group[0], in: values) {
      for (parameter, value) in zip(group, draw(group, split, &generator)) {
        values[parameter.name] = value
      }
    }
    return values
  }

  /// The parameters that are drawn together; they exist together too.
  private func groups(of space: SearchSpace) -> [[SearchSpace.Parameter]] {
    guard isMultivariate else { return space.parameters.map { [$0] } }
    var groups: [[SearchSpace.Parameter]] = []
    for parameter in space.parameters {
      if let index = groups.firstIndex(where: { $0[0].condition == parameter.condition }) {
        groups[index].append(parameter)
      } else {
        groups.append([parameter])
      }
    }
    return groups
  }

  /// A value for each parameter of a group.
  private func draw(
    _ group: [SearchSpace.Parameter],
    _ split: TrialSplit,
    _ generator: inout SplitMix64
  ) -> [ParameterValue] {
    let all = group.map { Axis($0.distribution) }
    let varied = group.indices.filter { !all[$0].isConstant }
    guard !varied.isEmpty else { return all.map { $0.value(at: $0.low) } }
    let (axes, names) = (varied.map { all[$0] }, varied.map { group[$0].name })
    let good = ParzenEstimator(axes, names, split.below)
    let bad = ParzenEstimator(axes, names, split.above)
    var best: (point: [Double], ratio: Double)?
    for _ in 0..<candidates {
      let point = good.sample(&generator)
      let ratio = good.logDensity(at: point) - bad.logDensity(at: point)
      if best.map({ ratio > $0.ratio }) ?? true { best = (point, ratio) }
    }
    var positions = all.map(\.low)
    for (place, index) in varied.enumerated() { positions[index] = best?.point[place] ?? 0 }
    return zip(all, positions).map { $0.value(at: $1) }
  }
}

extension ParzenEstimator {
  /// The density of the trials that have all of some parameters.
  init(_ axes: [Axis], _ names: [String], _ trials: [Trial]) {
    var observations = Array(repeating: [Double](), count: axes.count)
    for trial in trials {
      let positions = zip(axes, names).compactMap { axis, name in
        trial.parameters[name].flatMap(axis.position)
      }
      guard positions.count == axes.count else { continue }
      for (place, position) in positions.enumerated() { observations[place].append(position) }
    }
    self.init(axes: axes, observations: observations)
  }
}
