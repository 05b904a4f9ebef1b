/// A trial that runs, as the objective and executors see it.
public struct RunningTrial: Sendable {
  /// The place in the study, from 0.
  public let number: Int
  /// The parameters that exist in it, by name.
  public let parameters: [String: ParameterValue]
  /// What becomes of a report: whether the trial is to end.
  let onReport: @Sendable (_ value: Double, _ step: Int) -> Bool

  /// Says how the trial is doing, in the study's own direction.
  ///
  /// - Parameters:
  ///   - value: the objective so far; NaN is kept.
  ///   - step: such as the epoch; steps count from 1. One that was reported before is replaced.
  /// - Throws: ``TrialPruned`` when the trial is to end now: let it through.
  public func report(_ value: Double, step: Int) throws(TrialPruned) {
    if onReport(value, step) { throw TrialPruned() }
  }
}

/// Ends a trial before its time; an objective lets it through.
public struct TrialPruned: Error, Hashable, Sendable {
  /// What an objective may throw to end its trial itself, which then counts as pruned.
  public init() {}
}

// Parameters by name.
extension RunningTrial {
  /// A parameter that is a number; whole numbers are.
  ///
  /// - Throws: ``TuningError`` of kind `value` when there is none of that name in this trial, or it is
  ///   something else; it ends the study.
  public func double(_ name: String) throws(TuningError) -> Double {
    guard let number = try value(name).asNumber else { throw wrong(name, "a number") }
    return number
  }

  /// A parameter that is a whole number; throws as ``double(_:)`` does.
  public func int(_ name: String) throws(TuningError) -> Int {
    guard case .integer(let number) = try value(name) else { throw wrong(name, "a whole number") }
    return number
  }

  /// A parameter that is a text; throws as ``double(_:)`` does.
  public func text(_ name: String) throws(TuningError) -> String {
    guard case .text(let text) = try value(name) else { throw wrong(name, "a text") }
    return text
  }

  /// A parameter that is true or false; throws as ``double(_:)`` does.
  public func bool(_ name: String) throws(TuningError) -> Bool {
    guard case .bool(let bit) = try value(name) else { throw wrong(name, "true or false") }
    return bit
  }

  private func value(_ name: String) throws(TuningError) -> ParameterValue {
    if let value = parameters[name] { return value }
    let names = parameters.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
    throw TuningError(.value, "trial \(number) has no parameter '\(name)', but \(names)")
  }

  private func wrong(_ name: String, _ expected: String) -> TuningError {
    let found = parameters[name].map { "\($0)" } ?? "nothing"
    return TuningError(.value, "trial \(number): '\(name)' is '\(found)', expected \(expected)")
  }
}
