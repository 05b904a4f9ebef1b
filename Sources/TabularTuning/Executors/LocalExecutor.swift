internal import Subprocess
internal import SystemPackage

/// Runs each trial as a process on this machine, which says how it does in lines of JSON.
///
/// A line with `epoch`, or `fold` of a cross-validation, both from 0, reports its `metric` as the step
/// after it; a line with `"done": true` ends the trial with the metric there, or the last one that was
/// reported. `tabular train --json` prints these. What a process writes otherwise is not looked at. A
/// process that crashes, is killed or takes too long fails its trial and nothing else; the last error
/// that it printed is kept as the reason.
public struct LocalExecutor: TrialExecutor {
  /// What is run.
  public let command: TrialCommand
  /// What stands behind the parameters and has no effect on results, such as `--json`.
  public let trailing: [String]
  /// The key of the objective.
  public let metric: String
  /// How long a trial may take; nil for ever.
  public let timeout: Duration?
  /// How often a trial that failed is tried again, but not one that took too long.
  public let retries: Int
  /// Called with what is worth telling, such as a trial that is tried again.
  public let onNotice: @Sendable (String) -> Void

  /// Describes an executor; negative retries trap.
  public init(
    _ command: TrialCommand,
    trailing: [String] = [],
    metric: String,
    timeout: Duration? = nil,
    retries: Int = 0,
    onNotice: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    precondition(retries >= 0, "a trial that is tried again \(retries) times")
    self.command = command
    self.trailing = trailing
    self.metric = metric
    self.timeout = timeout
    self.retries = retries
    self.onNotice = onNotice
  }

  /// Runs the process of a trial.
  ///
  /// - Throws: `TuningError` of kind `trial` when it cannot be started; of kind `configuration` when it
  ///   prints no such metric; `CancellationError`, after the process was ended.
  public func run(_ trial: RunningTrial) async throws -> TrialOutcome {
    var attempt = 0
    while true {
      let (outcome, mayBeRepeated) = try await runOnce(trial)
      guard case .failed(let reason) = outcome, mayBeRepeated, attempt < retries else {
        return outcome
      }
      attempt += 1
      onNotice("trial \(trial.number) failed: \(reason); try \(attempt + 1) of \(retries + 1)")
    }
  }

  private func runOnce(_ trial: RunningTrial) async throws -> (TrialOutcome, Bool) {
    try Task.checkCancellation()
    let start = ContinuousClock.now
    let result: (status: TerminationStatus, written: Written?)
    do {
      result = try await process(trial)
    } catch let error as TuningError {
      throw error
    } catch {
      try Task.checkCancellation()
      throw TuningError(
        .trial,
        "trial \(trial.number): '\(command.executable)' cannot be run: \(error)",
        underlying: error
      )
    }
    // What was cancelled was killed: that says nothing about the trial.
    try Task.checkCancellation()
    guard let written = result.written else { return (.pruned, false) }
    let exit: ProcessExit
    switch result.status {
    case .exited(let code): exit = .code(Int(code))
    case .signaled(let signal):
      if let timeout, start.duration(to: .now) >= timeout { return (.late(timeout), false) }
      exit = .signal(Int(signal))
    }
    let outcome = TrialOutcome(exit, written.output, written.errors)
    return (outcome, true)
  }
}

// The process.
extension LocalExecutor {
  /// What a process wrote, which was let run to its end.
  private typealias Written = (output: TrialOutput, errors: TrialErrors)

  private func process(_ trial: RunningTrial) async throws -> (TerminationStatus, Written?) {
    var options = PlatformOptions()
    // A group of its own, so that Ctrl-C in a terminal reaches this process alone, which then ends its
    // children, and theirs.
    options.processGroupID = 0
    options.teardownSequence = Self.ending
    let result = try await Subprocess.run(
      command.executable.contains("/")
        ? .path(FilePath(command.executable)) : .name(command.executable),
      arguments: Arguments(command.arguments(with: trial.parameters) + trailing),
      platformOptions: options,
      input: .none,
      output: .sequence,
      error: .sequence
    ) { execution -> Written? in
      let watch = Task {
        guard let timeout else { return }
        try await Task.sleep(for: timeout)
        try execution.send(signal: .kill, toProcessGroup: true)
      }
      defer { watch.cancel() }
      async let errors = Self.errors(execution.standardError)
      do {
        let output = try await output(trial, execution.standardOutput)
        return Written(output, await errors)
      } catch {
        await execution.teardown(using: Self.ending)
        guard error is TrialPruned else { throw error }
        return nil
      }
    }
    return (result.terminationStatus, result.closureResult)
  }

  /// How a process is ended: asked first.
  private static let ending = [
    TeardownStep.send(
      signal: .terminate,
      toProcessGroup: true,
      allowedDurationToNextStep: .seconds(2)
    )
  ]

  /// Reads what a process prints, to its end.
  private func output(
    _ trial: RunningTrial,
    _ bytes: SubprocessOutputSequence
  ) async throws -> TrialOutput {
    var (lines, output) = (LineReader(bytes), TrialOutput(metric: metric))
    while let line = try await lines.next() { try output.read(line, of: trial) }
    return output
  }

  private static func errors(_ bytes: SubprocessOutputSequence) async -> TrialErrors {
    var (lines, errors) = (LineReader(bytes), TrialErrors())
    while let line = try? await lines.next() {
      errors.read(String(decoding: line, as: UTF8.self))
    }
    return errors
  }
}
