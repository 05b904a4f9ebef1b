internal import Foundation
internal import TabularFrame

/// Suggests where a Gaussian process expects the greatest improvement: few trials, each chosen well.
///
/// The first trials are drawn at random. Then a process is fitted to all values so far, with a length
/// scale a parameter; logarithmic parameters are logarithms, choices are equal or not, and a
/// parameter whose branch is closed differs from one whose branch is open. Running trials count with
/// fantasies of their values. A trial takes time that grows with the third power of the number of
/// trials: milliseconds for a hundred, seconds for a thousand.
///
/// Source: J. Snoek, H. Larochelle and R. P. Adams, "Practical Bayesian optimization of machine
/// learning algorithms", 2012; the prior of the length scales and the numbers of places compared are
/// those of Optuna 5.0.0's `GPSampler`.
public struct GPSampler: Sampler {
  /// Trials that end before the first one is suggested by the process.
  public let startupTrials: Int
  /// Places that are compared for each suggestion, and those from which one is sought uphill.
  var effort = PlaceSearch.Effort()

  /// A sampler that starts with so many random trials.
  ///
  /// - Throws: ``TuningError`` of kind `configuration` where the number is below 1.
  public init(startupTrials: Int) throws(TuningError) {
    guard startupTrials > 0 else {
      throw TuningError(
        .configuration,
        "a GP sampler takes 1 startup trial at least, found \(startupTrials)"
      )
    }
    self.startupTrials = startupTrials
  }

  /// Ten startup trials, as Optuna has.
  public init() { startupTrials = 10 }

  /// The parameters of a trial: never nil.
  public func suggestion(for context: SuggestionContext) -> [String: ParameterValue]? {
    let encoding = SpaceEncoding(context.space)
    let known = Self.known(context, encoding)
    guard known.count >= startupTrials, !encoding.items.isEmpty else {
      return RandomSampler().suggestion(for: context)
    }
    let values = Self.standardized(known.map(\.value))
    guard let best = values.indices.min(by: { values[$0] < values[$1] }) else { return nil }
    let process = GaussianProcess(
      fittedTo: known.map(\.place),
      values: values,
      isChoice: encoding.isChoice
    )
    let running = context.trials.filter { $0.state == .running || $0.state == .waiting }
      .compactMap { encoding.place(of: $0.parameters) }
    var generator = context.generator(for: "gp")
    let search = PlaceSearch(
      encoding: encoding,
      improvement: ExpectedImprovement(
        process,
        best: values[best],
        running: running,
        &generator
      ),
      scales: process.settings.inverseSquaredLengths.map { $0.squareRoot() },
      effort: effort
    )
    return encoding.values(at: search.best(startingFrom: known[best].place, &generator))
  }

  /// The trials that ended with a value, as places, and values of which smaller ones are better.
  private static func known(
    _ context: SuggestionContext,
    _ encoding: SpaceEncoding
  ) -> [(place: [Double], value: Double)] {
    context.trials.compactMap { trial in
      guard trial.state == .complete || trial.state == .pruned,
        let place = encoding.place(of: trial.parameters)
      else { return nil }
      // A pruned trial counts with what it had reached.
      let reached = trial.value ?? trial.intermediateValues.max { $0.key < $1.key }?.value
      guard let value = reached else { return nil }
      // No number is the worst that there can be.
      if value.isNaN { return (place, .infinity) }
      return (place, context.direction == .minimize ? value : -value)
    }
  }

  /// Values of mean 0 and variance 1, of which smaller ones are better.
  ///
  /// What is worse than the median is drawn together, by a logarithm that begins there: only the good
  /// half has to be modelled closely, and a loss that diverged would make all others the same. On
  /// sphere6 60 trials end at half of what they do without (median of 100 seeds). Infinite values
  /// become the extremes of the others.
  static func standardized(_ values: [Double]) -> [Double] {
    let finite = values.filter(\.isFinite).sorted()
    guard let least = finite.first, let most = finite.last else { return values.map { _ in 0 } }
    let median = finite[finite.count / 2]
    let scale = median - least
    let drawn = values.map { value in
      let cut = min(max(value, least), most)
      return cut > median && scale > 0 ? median + scale * log1p((cut - median) / scale) : cut
    }
    let mean = drawn.reduce(0) { $0 + $1 / Double(drawn.count) }
    let variance = drawn.reduce(0) { $0 + ($1 - mean) * ($1 - mean) / Double(drawn.count) }
    let deviation = max(variance.squareRoot(), 1e-12)
    return drawn.map { ($0 - mean) / deviation }
  }
}
