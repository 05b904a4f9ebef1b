internal import Foundation
internal import Subprocess
internal import SystemPackage
internal import TabularFrame

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
    let result: (status: TerminationStatus, end: End)
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
    let (status, end) = result
    switch end {
    case .pruned: return (.pruned, false)
    case .value(let value) where status == .exited(0): return (.complete(value), false)
    default: break
    }
    if let timeout, start.duration(to: .now) >= timeout, case .signaled = status {
      return (.failed("it took longer than \(timeout / .seconds(1)) seconds"), false)
    }
    return (.failed(reason(status, end)), true)
  }

  /// What became of a process, as far as it printed it.
  enum End: Sendable {
    case pruned
    case value(Double)
    /// It printed no end, but perhaps an error.
    case none(error: String?)
  }

  private func reason(_ status: TerminationStatus, _ end: End) -> String {
    var words = ""
    if case .none(let error?) = end { words = error }
    switch status {
    case .exited(0): return words.isEmpty ? "it ended without a result" : words
    case .exited(let code): return words.isEmpty ? "it ended with exit code \(code)" : words
    case .signaled(let signal):
      let hint = signal == SIGKILL ? ", as by the kernel when memory runs out" : ""
      return "it was ended by signal \(signal)\(hint)\(words.isEmpty ? "" : "; it said: \(words)")"
    }
  }
}

// The process.
extension LocalExecutor {
  private func process(_ trial: RunningTrial) async throws -> (TerminationStatus, End) {
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
    ) { execution in
      let watch = Task {
        guard let timeout else { return }
        try await Task.sleep(for: timeout)
        try execution.send(signal: .kill, toProcessGroup: true)
      }
      defer { watch.cancel() }
      async let error = Self.lastError(execution.standardError)
      do {
        if let value = try await value(trial, execution.standardOutput) { return End.value(value) }
      } catch {
        await execution.teardown(using: Self.ending)
        guard error is TrialPruned else { throw error }
        return .pruned
      }
      return .none(error: await error)
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
  private func value(
    _ trial: RunningTrial,
    _ output: SubprocessOutputSequence
  ) async throws -> Double? {
    var (lines, last, final) = (LineReader(output), Double?.none, Double?.none)
    while let line = try await lines.next() {
      guard let json = try? JSONValue(parsing: line) else { continue }
      if let index = (json["epoch"] ?? json["fold"])?.asInteger {
        let value = try self.value(json)
        try trial.report(value, step: index + 1)
        last = value
      } else if json["done"] == .bool(true) {
        final = (try? self.value(json)) ?? last
      }
    }
    return final
  }

  /// The metric of a line; what is no finite number is null in JSON.
  private func value(_ line: JSONValue) throws(TuningError) -> Double {
    switch line[metric] {
    case .null: return .nan
    case let value?:
      if let number = value.asNumber { return number }
    case nil: break
    }
    let others = ["epoch", "fold", "learning_rate", "samples_per_second", "loader_wait_fraction"]
    let names = (line.asMembers ?? []).filter { $0.value.asNumber != nil || $0.value == .null }
      .map(\.key).filter { !others.contains($0) }
    throw TuningError(
      .configuration,
      "the trials print no metric '\(metric)'; \(suggestion(for: metric, among: names))"
    )
  }

  /// The last line that is an error, else the last one.
  private static func lastError(_ output: SubprocessOutputSequence) async -> String? {
    var (lines, last, error) = (LineReader(output), String?.none, String?.none)
    while let bytes = try? await lines.next() {
      let line = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespaces)
      guard !line.isEmpty else { continue }
      last = line
      if line.hasPrefix("Error: ") { error = String(line.dropFirst("Error: ".count)) }
    }
    return (error ?? last).map { String($0.prefix(500)) }
  }
}

/// Splits what a process writes into lines.
private struct LineReader {
  private var buffers: SubprocessOutputSequence.Iterator
  private var bytes: [UInt8] = []
  private var isAtEnd = false

  init(_ output: SubprocessOutputSequence) { buffers = output.makeAsyncIterator() }

  /// The next line without its end; nil when there are no more.
  mutating func next() async throws -> [UInt8]? {
    while true {
      if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
        defer { bytes.removeFirst(end + 1) }
        return Array(bytes[..<end])
      }
      guard !isAtEnd else {
        defer { bytes = [] }
        return bytes.isEmpty ? nil : bytes
      }
      guard let buffer = try await buffers.next() else {
        isAtEnd = true
        continue
      }
      buffer.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
  }
}
