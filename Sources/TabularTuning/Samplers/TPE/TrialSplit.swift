/// The trials that a model learns from, divided into the best and the rest.
///
/// Running trials count as bad (the constant liar of D. Ginsbourger, R. Le Riche and L. Carraro,
/// "Kriging is well-suited to parallelize optimization", 2010), so that trials that run at once do
/// not try the same. Failed ones are left out.
///
/// Where trials were pruned, all are compared at one step: at their end if enough were complete, else
/// at the last step where trials were pruned that enough reached. What did not come so far counts as
/// bad. This is how BOHB chooses its budget (S. Falkner, A. Klein and F. Hutter, "BOHB", 2018), and
/// unlike Optuna 5.0.0, where each complete trial is better than all pruned ones: the first trials,
/// which ASHA lets pass because there are few others, would be the good ones for long. Without pruned
/// trials both are the same.
struct TrialSplit: Sendable {
  /// The best, by number.
  let below: [Trial]
  /// The others, by number.
  let above: [Trial]

  /// How many of `count` trials are the best: a tenth, at most 25.
  ///
  /// Source: Optuna 5.0.0, `default_gamma` in `samplers/_tpe/sampler.py`.
  static func bestCount(of count: Int) -> Int { min((count + 9) / 10, 25) }

  /// How many of `count` trials are enough to be compared: a quarter, as many as ASHA lets go on from
  /// a rung, and not fewer than give a model of some parameters.
  static func enough(of count: Int) -> Int { max(6, count / 4) }

  /// - Parameters:
  ///   - trials: The trials before the one that is to be suggested.
  ///   - direction: Which values are better.
  ///   - count: How many are the best of so many that are compared.
  init(
    _ trials: [Trial],
    direction: Direction,
    count: (Int) -> Int = Self.bestCount
  ) {
    let ended = trials.filter { $0.state == .complete || $0.state == .pruned }
    let running = trials.filter { $0.state == .running || $0.state == .waiting }
    let ranked = Self.ranked(ended, direction)
    let best = count(ranked.count)
    below = ranked.prefix(best).sorted { $0.number < $1.number }
    let chosen = Set(below.map(\.number))
    above = (ended.filter { !chosen.contains($0.number) } + running).sorted {
      $0.number < $1.number
    }
  }

  /// The trials that can be compared, the best first.
  private static func ranked(_ ended: [Trial], _ direction: Direction) -> [Trial] {
    let steps = Set(ended.filter { $0.state == .pruned }.compactMap(\.lastStep)).sorted(by: >)
    guard !steps.isEmpty else {
      // What was pruned before it reported anything is no better than what reached the end.
      return ended.filter { $0.state == .complete }
        .stablySorted { direction.prefers($0.value ?? .nan, to: $1.value ?? .nan) }
        + ended.filter { $0.state == .pruned }
    }
    let enough = Self.enough(of: ended.count)
    var comparable: [(trial: Trial, value: Double)] = []
    for step in [nil] + steps.map(Optional.some) {
      comparable = ended.compactMap { trial in
        value(of: trial, at: step).flatMap { $0.isNaN ? nil : (trial, $0) }
      }
      if comparable.count >= enough { break }
    }
    return comparable.stablySorted { direction.prefers($0.value, to: $1.value) }.map(\.trial)
  }

  /// What a trial had come to at a step, or at its end; nil if it was pruned before.
  private static func value(of trial: Trial, at step: Int?) -> Double? {
    // One that was complete before the step, or reports none, counts with what it ended at.
    let end = trial.state == .complete ? trial.value : nil
    guard let step else { return end }
    return trial.intermediateValues[step] ?? end
  }
}

extension Array {
  /// Sorted, equal elements in the order in which they were.
  ///
  /// The sort of the standard library is stable, and does not promise it.
  fileprivate func stablySorted(by isBefore: (Element, Element) -> Bool) -> [Element] {
    enumerated().sorted {
      isBefore($0.element, $1.element)
        || (!isBefore($1.element, $0.element) && $0.offset < $1.offset)
    }
    .map(\.element)
  }
}
