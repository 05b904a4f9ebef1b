/// Runs each trial as a process on a node of a Ray cluster, which says how it does in lines of JSON, as
/// ``LocalExecutor`` does on this machine.
///
/// ```swift
/// let cluster = RayCluster(address: "auto", files: .shared(folder: "/mnt/titanic"))
/// try await RayExecutor.connected(to: cluster, running: command, metric: "valid_loss") { executor in
///   try await study.optimize(trials: 40, parallel: 8, with: executor)
/// }
/// ```
///
/// A trial takes processors of its node, and waits for one that has them free. Where a trial runs has
/// no effect on the study. One whose node is lost is run again, and reports anew.
public struct RayExecutor: TrialExecutor {
  /// What is run.
  public let command: TrialCommand
  /// What stands behind the parameters and has no effect on results, such as `--json`.
  public let trailing: [String]
  /// The key of the objective.
  public let metric: String
  /// How long a trial may take from its start on a node; nil for ever.
  public let timeout: Duration?
  /// How often a trial that failed is tried again, but not one that took too long.
  public let retries: Int
  /// Called with what is worth telling, such as a trial that is tried again.
  public let onNotice: @Sendable (String) -> Void

  let driver: RayDriver

  /// How many nodes a trial may lose until it counts as what ends them.
  static let losses = 5

  /// Runs the process of a trial.
  ///
  /// - Throws: ``TuningError`` of kind `trial` when it cannot be started, or the connection to Ray is
  ///   lost; of kind `configuration` when it prints no such metric; `CancellationError`.
  public func run(_ trial: RunningTrial) async throws -> TrialOutcome {
    var (failures, lost) = (0, 0)
    while true {
      switch try await runOnce(trial) {
      case .lost(let reason):
        lost += 1
        guard lost < Self.losses else {
          return .failed("its node was lost \(lost) times; the last time: \(reason)")
        }
        onNotice("trial \(trial.number) was lost with its node and is run again: \(reason)")
      case .ended(.failed(let reason)) where failures < retries:
        failures += 1
        onNotice("trial \(trial.number) failed: \(reason); try \(failures + 1) of \(retries + 1)")
      case .ended(let outcome), .stopped(let outcome): return outcome
      }
    }
  }

  private enum End {
    case ended(TrialOutcome)
    /// We ended it: that is not to be tried again.
    case stopped(TrialOutcome)
    case lost(String)
  }

  private func runOnce(_ trial: RunningTrial) async throws -> End {
    try Task.checkCancellation()
    let arguments = command.arguments(with: trial.parameters) + trailing
    let (run, answers) = driver.run([command.executable] + arguments)
    var (output, errors) = (TrialOutput(metric: metric), TrialErrors())
    var (start, watch) = (ContinuousClock.Instant?.none, Task<Void, any Error>?.none)
    defer { watch?.cancel() }
    var stopped: TrialOutcome?
    for await answer in answers {
      switch answer {
      case .node:
        guard let timeout else { break }
        start = .now
        watch = Task {
          try await Task.sleep(for: timeout)
          driver.stop(run)
        }
      case .output(let line) where stopped == nil:
        do {
          try output.read(line.utf8, of: trial)
        } catch {
          driver.stop(run)
          guard error is TrialPruned else { throw error }
          stopped = .pruned
        }
      case .error(let line): errors.read(line)
      case .output: break
      case .exit(let exit):
        if let stopped { return .stopped(stopped) }
        if let timeout, let start, exit != .code(0), start.duration(to: .now) >= timeout {
          return .stopped(.late(timeout))
        }
        return .ended(TrialOutcome(exit, output, errors))
      case .lost(let reason):
        if let stopped { return .stopped(stopped) }
        return .lost(reason)
      case .refused(let reason):
        throw TuningError(
          .trial,
          "trial \(trial.number): Ray cannot run '\(command.executable)' on a node: \(reason)"
        )
      }
    }
    driver.stop(run)
    try Task.checkCancellation()
    throw TuningError(.trial, "trial \(trial.number): the connection to Ray has ended")
  }
}
