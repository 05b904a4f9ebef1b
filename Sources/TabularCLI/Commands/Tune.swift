import ArgumentParser
import Foundation
import TabularFiles
import TabularTraining
import TabularTuning

/// Searches for the options with which `train` does best.
struct Tune: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Search for good options of train.",
    usage:
      "tabular tune <input> --target <col> --space <file> [<options of tune>] [<options of train>]",
    discussion: """
      Each trial is a run of train, with the options that are given here and those of the space: \
      {"lr": {"log": [1e-4, 1e-1]}, "hidden": {"choice": ["64", "128,64"]}, "batch_size": {"int": \
      [16, 256], "log": true}, "dropout": {"uniform": [0, 0.5]}}. A value of {"choice": [true, \
      false]} gives a flag, or leaves it out. A branch is a choice's "when": {"optimizer": {"choice": \
      ["sgd", "adam"], "when": {"sgd": {"momentum": {"uniform": [0, 0.99]}}}}}.

      The study is a function of the data, the options, --seed and --lag: the same for any --parallel \
      up to the lag, and also when it is stopped, or killed, and resumed. Its file is a journal of \
      Optuna's: optuna-dashboard FILE shows it, also while it runs.
      """
  )

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp("A file that train reads, and options of train.", valueName: "input")
  )
  var train: [String]

  @Option(help: ArgumentHelp("The options to search, in JSON.", valueName: "file.json"))
  var space: String

  @OptionGroup(title: "Search") var options: TuningOptions

  @Option(help: ArgumentHelp("Keep the study in a journal.", valueName: "file"))
  var study: String?

  @Flag(help: "Go on with the study; trials that were running are run again.")
  var resume = false

  @Flag(help: "Run train with the best trial's options at the end.")
  var refit = false

  @Option(
    help: ArgumentHelp("Save the model that --refit trains.", valueName: "file.safetensors")
  )
  var save: String?

  @Option(
    help: ArgumentHelp(
      "Write a page about the trials, for a browser; also after Ctrl-C.",
      valueName: "file.html"
    )
  )
  var report: String?

  @Option(
    help: """
      What suggestions, and each trial's split, order of rows and weights are drawn from; search \
      over the option seed to have other splits.
      """
  )
  var seed: UInt64 = 0

  @Flag(help: "Print each trial, and the end, as a line of JSON.")
  var json = false

  @Flag(help: "Say nothing but results and errors.")
  var quiet = false

  func validate() throws {
    if resume, study == nil { throw ValidationError("--resume goes on with --study FILE: name it") }
    try checkOptions()
    if save != nil, !refit { throw ValidationError("--save keeps what --refit trains: give both") }
  }

  func run() throws {
    try checkOutputs([report, save])
    let space = try readSpace()
    let shared = try check(space)
    let command = TrialCommand(executable: executable, arguments: shared, space: space)
    let count = try options.count(space)
    let study = try begin(space, shared)
    let console = Console(quiet: quiet)
    console.notes(study.notices)
    say(study, count, console)
    let log = TrialLog(
      json: json,
      metric: options.metric,
      names: space.parameters.map(\.name),
      console: console
    )
    try search(study, count, command, log)
    if options.timeout != nil, study.trials.count < count { console.note(stopped(study)) }
    guard let best = study.bestTrial else {
      try writeReport(study, command)
      let reason = study.trials.last { $0.failure != nil }?.failure
      throw Failure("no trial came to a value" + (reason.map { "; the last failed: \($0)" } ?? ""))
    }
    let line = arguments(of: best, command)
    log.end(study, best, "tabular " + shell(line))
    try writeReport(study, command)
    guard refit else { return }
    console.note("Training with the best trial's options.")
    var again = try Train.parse(Array(line.dropFirst()))
    again.json = json
    again.reading.quiet = quiet
    try again.run()
  }

  private func arguments(of trial: Trial, _ command: TrialCommand) -> [String] {
    command.arguments(with: trial.parameters) + (save.map { ["--save", $0] } ?? [])
  }

  private func writeReport(_ study: Study, _ command: TrialCommand) throws {
    guard let report else { return }
    var page = StudyReport(study)
    let trained = try Train.parse(train)
    page.title = URL(filePath: trained.input).lastPathComponent
    page.subtitle =
      "\(study.configuration.direction.rawValue) \(options.metric), sampler "
      + "\(options.sampler.rawValue), pruner \(options.pruner.rawValue)"
    (page.metric, page.step) = (options.metric, trained.division.folds == nil ? "epoch" : "fold")
    page.command = study.bestTrial.map { "tabular " + shell(arguments(of: $0, command)) }
    try writeFile(Array(page.html.utf8), to: report)
    Console(quiet: quiet).note("the report is in \(report)")
  }

  private func search(
    _ study: Study,
    _ count: Int,
    _ command: TrialCommand,
    _ log: TrialLog
  ) throws {
    let executor = LocalExecutor(
      command,
      trailing: devices(command.arguments, command.space) + ["--json", "--quiet"],
      metric: options.metric,
      timeout: options.trialTimeout?.duration,
      retries: options.retries,
      onNotice: { log.console.note($0) }
    )
    let stop = StopRequest()
    Interruption.letTrainingEnd(stop)
    defer { Interruption.letTrainingEnd(nil) }
    let options = options
    do {
      try waiting {
        // The search is cancelled by the task that looks at the signal.
        try await withThrowingTaskGroup(of: Bool.self) { group in
          group.addTask {
            try await study.optimize(
              trials: count,
              parallel: options.parallel,
              timeout: options.timeout?.duration,
              with: executor
            ) { log.write($0, of: count, best: study.bestTrial) }
            return true
          }
          group.addTask {
            while !stop.isRequested { try await Task.sleep(for: .milliseconds(50)) }
            return false
          }
          defer { group.cancelAll() }
          if try await group.next() == false {
            group.cancelAll()
            while try await group.next() != nil {}
          }
        }
      }
    } catch let error as TuningError {
      if stop.isRequested {
        try writeReport(study, command)
        Interruption.end(saying: stopped(study))
      }
      // A study that could not begin leaves nothing that has to be resumed.
      if error.kind == .configuration, !resume, let path = self.study,
        !study.trials.contains(where: \.state.isFinished)
      {
        try? FileManager.default.removeItem(atPath: path)
      }
      throw error
    }
  }

  /// What to say when Ctrl-C, or the time, has ended the search.
  private func stopped(_ study: Study) -> String {
    let done = study.trials.count(where: \.state.isFinished)
    guard self.study != nil else {
      return "stopped after \(done) trials, of which nothing is kept: name a --study to keep them"
    }
    let words = CommandLine.arguments.dropFirst().filter { $0 != "--resume" } + ["--resume"]
    return "stopped after \(done) trials; go on with: tabular \(shell(Array(words)))"
  }

  func shell(_ words: [String]) -> String { words.map(shellQuoted).joined(separator: " ") }
}

// What makes the study.
extension Tune {
  var executable: String {
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path
  }

  private func readSpace() throws -> SearchSpace {
    let file = try InputFile(path: space)
    guard let text = String(validating: try file.readAll(), as: UTF8.self) else {
      throw Failure("'\(space)' is no UTF-8: expected a search space in JSON")
    }
    return try SearchSpace(json: text, name: "'\(space)'")
  }

  private func begin(_ space: SearchSpace, _ shared: [String]) throws -> Study {
    let name = study.map { URL(filePath: $0).deletingPathExtension().lastPathComponent }
    return try Study(
      StudyConfiguration(
        name: name ?? "study",
        space: space,
        direction: options.chosenDirection,
        sampler: try options.chosenSampler(),
        pruner: options.chosenPruner,
        seed: seed,
        lag: options.lag ?? options.parallel,
        attributes: [
          ("metric", options.metric), ("command", "tabular " + shell(shared)),
        ]
      ),
      journal: study,
      resuming: resume
    )
  }

  /// A trial's share of the processors, where nothing was said: it changes no result.
  private func devices(_ shared: [String], _ space: SearchSpace) -> [String] {
    let isGiven = shared.contains { $0 == "--devices" || $0.hasPrefix("--devices=") }
    guard !isGiven, space.parameter(named: "devices") == nil else { return [] }
    return [
      "--devices", "\(max(1, ProcessInfo.processInfo.activeProcessorCount / options.parallel))",
    ]
  }

  private func say(_ study: Study, _ count: Int, _ console: Console) {
    let known = study.trials
    let finished = known.count(where: \.state.isFinished)
    if resume {
      console.note(
        "\(finished) trials are there, \(known.count - finished) are run again, of \(count)"
      )
    }
    console.note(
      "\(count) trials, \(options.parallel) at once: sampler \(options.sampler.rawValue), pruner "
        + "\(options.pruner.rawValue), \(options.chosenDirection.rawValue) \(options.metric), "
        + "lag \(study.configuration.lag), seed \(seed)"
    )
  }
}
