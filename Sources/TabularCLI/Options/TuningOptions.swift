import ArgumentParser
import TabularTuning

/// How the search goes on: who suggests, who ends trials, and how many run.
struct TuningOptions: ParsableArguments {
  enum SamplerName: String, ExpressibleByArgument, CaseIterable { case grid, random, tpe, gp }
  enum PrunerName: String, ExpressibleByArgument, CaseIterable {
    case none, median, asha, hyperband
  }
  enum DirectionName: String, ExpressibleByArgument, CaseIterable { case minimize, maximize }

  @Option(help: "Who chooses the parameters of a trial.")
  var sampler: SamplerName = .tpe

  @Option(help: "Who ends trials early that promise nothing.")
  var pruner: PrunerName = .none

  @Option(
    help: """
      No trial ends before so many epochs: the first rung of asha and hyperband, by default 1, or a \
      hundredth of them; the warm-up of median.
      """
  )
  var minEpochs: Int?

  @Option(help: "The trials of the study, with those that it has; 40, or all points of a grid.")
  var trials: Int?

  @Option(help: "Trials that run at once.")
  var parallel = 1

  @Option(
    help: """
      A trial knows the results of those up to so many before it, as many as may run at once; the same \
      lag gives the same study for any --parallel. By default as many as --parallel.
      """
  )
  var lag: Int?

  @Option(help: "What is to be made small, or large: a key of what train --json prints.")
  var metric = "valid_loss"

  @Option(help: "Which values are better; by default large ones of accuracy, auc, f1 and r2.")
  var direction: DirectionName?

  @Option(
    help: ArgumentHelp("After this time no further trial begins.", valueName: "60|90s|10m|2h")
  )
  var timeout: TimeSpan?

  @Option(help: ArgumentHelp("A trial that takes longer fails.", valueName: "60|90s|10m|2h"))
  var trialTimeout: TimeSpan?

  @Option(help: "How often a trial that crashed is tried again.")
  var retries = 0

  func validate() throws {
    if let trials, trials < 1 { throw ValidationError("--trials takes 1 or more, found \(trials)") }
    if let minEpochs {
      guard minEpochs >= 1 else {
        throw ValidationError("--min-epochs takes 1 or more, found \(minEpochs)")
      }
      guard pruner != .none else {
        throw ValidationError("--min-epochs is of a pruner: give --pruner")
      }
    }
    guard parallel >= 1 else {
      throw ValidationError("--parallel takes 1 or more, found \(parallel)")
    }
    guard retries >= 0 else { throw ValidationError("--retries takes 0 or more, found \(retries)") }
    if let lag, lag < parallel {
      throw ValidationError("--lag takes at least --parallel, which is \(parallel), found \(lag)")
    }
  }

  /// Which values of the metric are better.
  var chosenDirection: Direction {
    if let direction { return direction == .minimize ? .minimize : .maximize }
    let large = ["accuracy", "auc", "f1", "r2", "precision", "recall"]
    return large.contains { metric.contains($0) } ? .maximize : .minimize
  }

  func chosenSampler() throws -> any Sampler {
    switch sampler {
    case .grid: try GridSampler()
    case .random: RandomSampler()
    case .tpe: TPESampler.default
    case .gp: GPSampler()
    }
  }

  var chosenPruner: (any Pruner)? {
    switch pruner {
    case .none: nil
    case .median: MedianPruner(warmupSteps: minEpochs ?? 0)
    case .asha: ASHAPruner(minimumResource: minEpochs)
    case .hyperband: HyperbandPruner(minimumResource: minEpochs ?? 1)
    }
  }

  /// How many trials the study is to have.
  func count(_ space: SearchSpace) throws -> Int {
    if let trials { return trials }
    return sampler == .grid ? try GridSampler().count(of: space) : 40
  }
}

/// A time on the command line.
struct TimeSpan: ExpressibleByArgument {
  let duration: Duration

  init?(argument: String) {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
    let unit = argument.last.flatMap { units[$0] }
    guard let number = Double(unit == nil ? argument : String(argument.dropLast())), number > 0,
      number * (unit ?? 1) < 1e9
    else { return nil }
    duration = .seconds(number * (unit ?? 1))
  }
}
