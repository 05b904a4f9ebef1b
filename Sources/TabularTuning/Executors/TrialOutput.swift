internal import Foundation
internal import TabularFrame

/// What the process of a trial prints, wherever it runs: lines of JSON, which report and end the trial.
///
/// A report is what the trial would come to if it ended there. So where a line names the epoch whose
/// weights are kept (`best_epoch`, of a training with `--early-stop`), that epoch's metric is
/// reported: a trial that overfits after its best epoch is worth what it keeps, also to a pruner.
struct TrialOutput: Sendable {
  /// The key of the objective.
  let metric: String
  /// What the trial came to: the metric of the line that ends it, or the last that was reported.
  private(set) var value: Double?
  private var last: Double?
  private var values: [Int: Double] = [:]

  init(metric: String) { self.metric = metric }

  /// Takes a line; one that is no JSON, or other JSON, is not looked at.
  ///
  /// - Throws: `TrialPruned` when the trial is to end; `TuningError` of kind `configuration` when a
  ///   line that reports has no such metric.
  mutating func read(_ line: some Collection<UInt8>, of trial: RunningTrial) throws {
    guard let json = try? JSONValue(parsing: line) else { return }
    if let index = (json["epoch"] ?? json["fold"])?.asInteger {
      values[index] = try self.value(json)
      let value = values[json["best_epoch"]?.asInteger ?? index] ?? values[index] ?? .nan
      try trial.report(value, step: index + 1)
      last = value
    } else if json["done"] == .bool(true) {
      value = (try? self.value(json)) ?? last
    }
  }

  /// The metric of a line; what is no finite number is null in JSON.
  private func value(_ line: JSONValue) throws(TuningError) -> Double {
    switch line[metric] {
    case .null: return .nan
    case let value?:
      if let number = value.asNumber { return number }
    case nil: break
    }
    let others = [
      "epoch", "best_epoch", "fold", "learning_rate", "samples_per_second", "loader_wait_fraction",
    ]
    let names = (line.asMembers ?? []).filter { $0.value.asNumber != nil || $0.value == .null }
      .map(\.key).filter { !others.contains($0) }
    throw TuningError(
      .configuration,
      "the trials print no metric '\(metric)'; \(suggestion(for: metric, among: names))"
    )
  }
}

/// What the process of a trial writes to standard error: why it failed.
struct TrialErrors: Sendable {
  private var last: String?
  private var error: String?

  /// The last line that is an error, else the last one.
  var reason: String? { (error ?? last).map { String($0.prefix(500)) } }

  mutating func read(_ line: String) {
    let line = line.trimmingCharacters(in: .whitespaces)
    guard !line.isEmpty else { return }
    last = line
    if line.hasPrefix("Error: ") { error = String(line.dropFirst("Error: ".count)) }
  }
}

/// How a process ended.
enum ProcessExit: Hashable, Sendable {
  case code(Int)
  case signal(Int)
}

extension TrialOutcome {
  /// What a process that was let run to its end says of its trial.
  init(_ exit: ProcessExit, _ output: TrialOutput, _ errors: TrialErrors) {
    if exit == .code(0), let value = output.value {
      self = .complete(value)
      return
    }
    let words = errors.reason
    switch exit {
    case .code(0): self = .failed(words ?? "it ended without a result")
    case .code(let code): self = .failed(words ?? "it ended with exit code \(code)")
    case .signal(let signal):
      let hint = signal == Int(SIGKILL) ? ", as by the kernel when memory runs out" : ""
      self = .failed(
        "it was ended by signal \(signal)\(hint)\(words.map { "; it said: \($0)" } ?? "")"
      )
    }
  }

  /// What became of a trial that was ended because of the time.
  static func late(_ timeout: Duration) -> TrialOutcome {
    .failed("it took longer than \(timeout / .seconds(1)) seconds")
  }
}
