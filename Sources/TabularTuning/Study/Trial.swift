/// One evaluation of the objective: its parameters, and what came of them.
public struct Trial: Hashable, Sendable {
  /// How far a trial is.
  public enum State: String, Hashable, Sendable {
    /// Its parameters are chosen; it has not been started.
    case waiting
    /// It runs.
    case running
    /// It ended with a value.
    case complete
    /// A pruner ended it before its time; its value is the last one that it reported.
    case pruned
    /// It crashed, or reported no value.
    case failed
  }

  /// The place in the study, from 0.
  public let number: Int
  /// How far it is.
  public var state: State
  /// The parameters that exist in it, by name.
  public var parameters: [String: ParameterValue]
  /// What the objective came to, in the study's own direction; nil where there is none (yet).
  public var value: Double?
  /// What was reported after each step, such as an epoch; steps count from 1.
  public var intermediateValues: [Int: Double]
  /// Why it failed, in one line; nil where it did not.
  public var failure: String?

  /// A trial with its parameters chosen and nothing known of it yet.
  public init(
    number: Int,
    state: State = .running,
    parameters: [String: ParameterValue],
    value: Double? = nil,
    intermediateValues: [Int: Double] = [:]
  ) {
    self.number = number
    self.state = state
    self.parameters = parameters
    self.value = value
    self.intermediateValues = intermediateValues
  }
}
