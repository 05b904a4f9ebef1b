/// The trials that a model learns from, divided into the best and the rest.
///
/// Running trials count as bad (the constant liar of D. Ginsbourger, R. Le Riche and L. Carraro,
/// "Kriging is well-suited to parallelize optimization", 2010), so that trials that run at once do
/// not try the same. Failed ones are left out.
struct TrialSplit: Sendable {
  /// The best, by number.
  let below: [Trial]
  /// The others, by number.
  let above: [Trial]

  /// How many of `count` trials are the best: a tenth, at most 25.
  ///
  /// Source: Optuna 5.0.0, `default_gamma` in `samplers/_tpe/sampler.py`.
  static func bestCount(of count: Int) -> Int { min((count + 9) / 10, 25) }

  /// - Parameters:
  ///   - trials: The trials before the one that is to be suggested.
  ///   - direction: Which values are better.
  ///   - count: How many are the best of so many ended trials.
  init(
    _ trials: [Trial],
    direction: Direction,
    count: (Int) -> Int = Self.bestCount
  ) {
    let complete = trials.filter { $0.state == .complete }
    let pruned = trials.filter { $0.state == .pruned }
    let running = trials.filter { $0.state == .running || $0.state == .waiting }
    // Pruned ones are no better than any that reached the end.
    let ranked =
      complete.stablySorted { direction.prefers($0.value ?? .nan, to: $1.value ?? .nan) }
      + pruned.stablySorted { Self.isBetter($0, $1, direction) }
    let best = count(ranked.count)
    below = ranked.prefix(best).sorted { $0.number < $1.number }
    above = (ranked.dropFirst(best) + running).sorted { $0.number < $1.number }
  }

  /// Of pruned trials the one that got further is better, and of those the one with the better value.
  private static func isBetter(_ first: Trial, _ second: Trial, _ direction: Direction) -> Bool {
    let last = { (trial: Trial) in trial.intermediateValues.max { $0.key < $1.key } }
    guard let mine = last(first) else { return false }
    guard let its = last(second) else { return true }
    return mine.key == its.key
      ? direction.prefers(mine.value, to: its.value) : mine.key > its.key
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
