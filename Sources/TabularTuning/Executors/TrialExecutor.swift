internal import TabularTraining

/// Runs trials: in this process, in another one, or on another machine.
public protocol TrialExecutor: Sendable {
  /// Runs one trial to its end; several run at once.
  ///
  /// What goes wrong with the trial alone is an outcome. An error ends the study, and leaves the trial
  /// running, to be run again when the study is resumed; so does a task that is cancelled.
  func run(_ trial: RunningTrial) async throws -> TrialOutcome
}

/// What came of a trial.
public enum TrialOutcome: Hashable, Sendable {
  /// It ended with a value of the objective; NaN counts as a failure, as in Optuna.
  case complete(Double)
  /// It ended early because a report said so; its value is the last that it reported.
  case pruned
  /// It ended without a value, for this reason in one line.
  case failed(String)
}

/// Runs trials in this process, as calls of a function.
public struct ClosureExecutor: TrialExecutor {
  private let objective: @Sendable (RunningTrial) async throws -> Double

  /// Takes what is to be made small or large.
  public init(_ objective: @escaping @Sendable (RunningTrial) async throws -> Double) {
    self.objective = objective
  }

  /// Calls the function; an error of its own fails the trial, and `TuningError` ends the study.
  public func run(_ trial: RunningTrial) async throws -> TrialOutcome {
    do {
      return .complete(try await objective(trial))
    } catch is TrialPruned {
      return .pruned
    } catch let error as TrainingError where error.underlying is TrialPruned {
      // What an epoch's closure throws comes out of `fit` like this.
      return .pruned
    } catch let error where !(error is TuningError || error is CancellationError) {
      return .failed("\(error)")
    }
  }
}
