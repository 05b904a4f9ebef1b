internal import TabularFrame

/// How much of what an objective varies over a space goes back to each parameter alone.
///
/// A forest of regression trees learns the objective from the complete trials. Each tree cuts the
/// space into boxes of one value, over which averages are sums: the average of the objective for each
/// value of a parameter, over all values of the others, and how much that average varies, as a part
/// of how much the tree varies. What is left over are parameters together, and noise.
///
/// This is functional ANOVA by a random forest (F. Hutter, H. Hoos, K. Leyton-Brown: An Efficient
/// Approach for Assessing Hyperparameter Importance, ICML 2014) with 64 trees, bootstrap samples and
/// leaves of one trial, as Optuna's `FanovaImportanceEvaluator`; parts are not scaled to a sum of 1.
/// What goes beyond it: a parameter of a branch is cut in that branch alone, and its part is the
/// variance within the branch, times the branch's share of the space. So the parts still add up to 1
/// at most, by the law of total variance.
struct ParameterImportance: Sendable, Equatable {
  /// A parameter's own part of the variance, 0 to 1.
  struct Part: Sendable, Equatable {
    let name: String
    let part: Double
  }

  /// What there is to say.
  enum Outcome: Sendable, Equatable {
    case measured(ParameterImportance)
    /// Why nothing was measured.
    case none(String)
  }

  /// The parameters that have more than one value, the largest part first.
  let parts: [Part]
  /// How many trials it was learned from.
  let trials: Int
  /// The part of the variance of trials that a tree has not seen which the others predict (R² out of
  /// the bag); below zero when their mean would do better.
  let fit: Double

  /// The part that no parameter has alone.
  var together: Double { max(0, 1 - parts.reduce(0) { $0 + $1.part }) }

  /// With fewer trials, chance says more than parameters do.
  static let fewestTrials = 10
  private static let trees = 64

  /// Learns from the trials that are complete with a finite value, the same from the same ones.
  static func measure(_ trials: [Trial], in space: SearchSpace) -> Outcome {
    let encoding = SpaceEncoding(space)
    guard !encoding.items.isEmpty else { return .none("No parameter has more than one value.") }
    var (places, values): ([[Double]], [Double]) = ([], [])
    for trial in trials where trial.state == .complete {
      guard let value = trial.value, value.isFinite,
        let place = encoding.place(of: trial.parameters)
      else { continue }
      places.append(place)
      values.append(value)
    }
    guard values.count >= fewestTrials else {
      return .none(
        "Too few trials: \(values.count) complete with a finite value, \(fewestTrials) are needed."
      )
    }
    // Halved, so that the widest range there is does not overflow.
    let (low, high) = ((values.min() ?? 0) / 2, (values.max() ?? 0) / 2)
    guard high - low > 0 else { return .none("All complete trials have the same value.") }
    let scaled = values.map { ($0 / 2 - low) / (high - low) }

    var sums = [Double](repeating: 0, count: encoding.items.count)
    var counted = 0
    var unseen = UnseenTrials(count: scaled.count)
    for number in 0..<trees {
      var generator = SplitMix64(seed: SplitMix64.mix(UInt64(number) &+ 1))
      let tree = VarianceTree(encoding, places, scaled, &unseen, using: &generator)
      guard let parts = tree.parts else { continue }
      counted += 1
      for index in sums.indices { sums[index] += parts[index] }
    }
    guard counted > 0 else { return .none("No tree found a difference between the trials.") }
    let parts = zip(encoding.items, sums).map {
      Part(name: $0.parameter.name, part: $1 / Double(counted))
    }
    // Equal ones keep the order of the space.
    let sorted = parts.enumerated().sorted {
      ($1.element.part, $0.offset) < ($0.element.part, $1.offset)
    }
    return .measured(
      ParameterImportance(
        parts: sorted.map(\.element),
        trials: scaled.count,
        fit: unseen.fit(of: scaled)
      )
    )
  }
}

/// What trees say of trials that they have not seen.
struct UnseenTrials {
  private var sums: [Double]
  private var counts: [Double]

  init(count: Int) {
    sums = [Double](repeating: 0, count: count)
    counts = sums
  }

  mutating func add(_ prediction: Double, for trial: Int) {
    sums[trial] += prediction
    counts[trial] += 1
  }

  /// R² over the trials that some tree has not seen.
  func fit(of values: [Double]) -> Double {
    let known = values.indices.filter { counts[$0] > 0 }
    let mean = known.reduce(0) { $0 + values[$1] } / Double(max(known.count, 1))
    var (error, variance) = (0.0, 0.0)
    for index in known {
      let (miss, distance) = (values[index] - sums[index] / counts[index], values[index] - mean)
      error += miss * miss
      variance += distance * distance
    }
    return variance > 0 ? 1 - error / variance : 0
  }
}
