import ArgumentParser
import Foundation
import TabularTuning

/// Times the samplers of a search, and says how good what they find is.
struct BenchTune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune",
    abstract: "Search the minimum of known functions: what is found, and the time a trial.",
    discussion: """
      branin has two uniform parameters, sphere6 six, mixed a choice, a logarithmic and a whole one. \
      Each is searched once a seed; the median of the best values is told, and the time a trial, \
      which is that of a suggestion.

      The peer is optuna, with its own defaults and the same seeds. It is timed once, since its gp \
      takes minutes; it needs torch and scipy. Beside it stands the p of a rank test (Mann and \
      Whitney, one-sided): how likely ours are as bad as this, or worse, if both are equally good.
      """
  )

  @Option(help: "Searches of each case; seeds are 0, 1, ...")
  var seeds = 20

  @Option(help: "Trials of a search.")
  var trials = 60

  @Option(help: ArgumentHelp("The functions.", valueName: "a,b"))
  var functions = TuneFunction.names.joined(separator: ",")

  @Option(help: ArgumentHelp("The samplers.", valueName: "a,b"))
  var samplers = Self.samplerNames.joined(separator: ",")

  @OptionGroup var bench: BenchOptions

  private static let samplerNames = ["tpe", "random", "gp"]

  func validate() throws {
    guard seeds > 0 else { throw ValidationError("--seeds takes a number above 0, found \(seeds)") }
    guard trials > 0 else {
      throw ValidationError("--trials takes a number above 0, found \(trials)")
    }
    try validate("--functions", functions, TuneFunction.names)
    try validate("--samplers", samplers, Self.samplerNames)
    try bench.validate(peers: ["optuna"])
  }

  private func validate(_ option: String, _ found: String, _ names: [String]) throws {
    let unknown = list(found).first { !names.contains($0) }
    guard unknown == nil, !list(found).isEmpty else {
      throw ValidationError(
        "\(option) takes \(names.joined(separator: ", ")); found '\(unknown ?? found)'"
      )
    }
  }

  func run() throws {
    let peers = bench.peers(script: Self.peers)
    for name in list(functions) {
      let function = try TuneFunction(name)
      for sampler in list(samplers) {
        let ours = try result(function, sampler)
        show(ours, against: nil)
        for peer in peers {
          let run = try peer.run("\(name) \(sampler) \(trials) \(seeds)")
          let values = (run.answer ?? "").split(separator: " ").compactMap { Double($0) }
          guard values.count == seeds else {
            throw Failure("\(peer.name) searched \(values.count) times, expected \(seeds)")
          }
          show(
            TuneResult(ours.name, peer: peer.name, values: values, seconds: run.seconds),
            against: ours
          )
        }
      }
    }
  }

  /// Searches with every seed, several times for the clock.
  private func result(_ function: TuneFunction, _ name: String) throws -> TuneResult {
    var result = TuneResult("\(function.name) \(name)", peer: nil, values: [], seconds: .infinity)
    for _ in 0..<bench.runs {
      let start = ContinuousClock.now
      let studies = try (0..<seeds).map { try search(function, Self.sampler(name), seed: $0) }
      result.seconds = min(result.seconds, start.duration(to: .now) / .seconds(1))
      for trial in studies.joined() { try function.space.check(trial.parameters) }
      let values = studies.map { $0.compactMap(\.value).min() ?? .nan }
      // All inside the space and none below the minimum, and the same of every run.
      guard values.allSatisfy({ $0 >= function.minimum }),
        result.values.isEmpty || result.values == values
      else {
        throw Failure(
          "\(result.name): the best values \(values) are not those of the run before, or below the "
            + "minimum, \(function.minimum); please report it"
        )
      }
      result.values = values
    }
    return result
  }

  private func search(
    _ function: TuneFunction,
    _ sampler: any TabularTuning.Sampler,
    seed: Int
  ) throws -> [Trial] {
    var found: [Trial] = []
    while found.count < trials {
      let context = SuggestionContext(
        space: function.space,
        direction: .minimize,
        seed: UInt64(seed),
        number: found.count,
        trials: found
      )
      guard let parameters = try sampler.suggestion(for: context) else { break }
      let value = function.value(parameters)
      found.append(
        Trial(number: found.count, state: .complete, parameters: parameters, value: value)
      )
    }
    return found
  }

  private static func sampler(_ name: String) -> any TabularTuning.Sampler {
    switch name {
    case "tpe": TPESampler.default
    case "gp": GPSampler()
    default: RandomSampler()
    }
  }

  private func show(_ result: TuneResult, against ours: TuneResult?) {
    Console.result(
      bench.json
        ? result.jsonLine(trials: trials, against: ours)
        : result.textLine(trials: trials, against: ours)
    )
  }

  /// `work` takes a function, a sampler, and how many trials and seeds.
  static let peers = #"""
    import math, warnings
    import optuna as m
    warnings.filterwarnings("ignore")
    m.logging.set_verbosity(m.logging.ERROR)
    def branin(t):
        x, y = t.suggest_float("x", -5, 10), t.suggest_float("y", 0, 15)
        return (y - 5.1 / (4 * math.pi ** 2) * x * x + 5 / math.pi * x - 6) ** 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10
    def sphere6(t):
        return sum((t.suggest_float(f"x{i}", -5, 5) - 1) ** 2 for i in range(6))
    def mixed(t):
        kind = {"a": 1.0, "b": 0.5, "c": 0.0}[t.suggest_categorical("kind", ["a", "b", "c"])]
        return kind + (math.log10(t.suggest_float("rate", 1e-5, 1, log=True)) + 3) ** 2 + (t.suggest_int("depth", 1, 12) - 7) ** 2 / 36
    functions = {"branin": branin, "sphere6": sphere6, "mixed": mixed}
    samplers = {"tpe": m.samplers.TPESampler, "random": m.samplers.RandomSampler, "gp": m.samplers.GPSampler}
    def work(request):
        name, sampler, trials, seeds = request.split()
        best = []
        for seed in range(int(seeds)):
            study = m.create_study(sampler=samplers[sampler](seed=seed))
            study.optimize(functions[name], n_trials=int(trials))
            best.append(study.best_value)
        return " ".join(map(repr, best))
    """#
}

/// What one case found: the best value of each seed.
struct TuneResult {
  let name: String
  /// The peer with its version; nil for ourselves.
  let peer: String?
  var values: [Double]
  var seconds: Double

  init(_ name: String, peer: String?, values: [Double], seconds: Double) {
    self.name = name
    self.peer = peer
    self.values = values
    self.seconds = seconds
  }

  /// The mean of the middle two, where there are two.
  var median: Double {
    let sorted = values.sorted()
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  private func milliseconds(_ trials: Int) -> Double {
    seconds * 1000 / Double(trials * values.count)
  }

  func textLine(trials: Int, against ours: TuneResult?) -> String {
    func padded(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    var line = padded(name, 16) + " " + padded(peer ?? "swift-tabular", 16)
    line += String(format: " %12.6f median best %10.4f ms a trial", median, milliseconds(trials))
    if let ours {
      line += String(
        format: "  %.2f times our time, p of ours being worse %.4f",
        seconds / ours.seconds,
        MannWhitney(ours.values, values).greater
      )
    }
    return line
  }

  func jsonLine(trials: Int, against ours: TuneResult?) -> String {
    var line = JSONObject()
    line.set("subject", "tune")
    line.set("case", name)
    if let peer { line.set("peer", peer) }
    line.set("seconds", seconds)
    line.set("median_best", median)
    line.set("values", raw: "[\(values.map { "\($0)" }.joined(separator: ","))]")
    line.set("ms_per_trial", milliseconds(trials))
    if let ours {
      line.set("ratio", (seconds / ours.seconds * 100).rounded() / 100)
      line.set("p_ours_worse", MannWhitney(ours.values, values).greater)
    }
    return line.text
  }
}
