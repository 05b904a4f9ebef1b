/// One operation of a journal, which is one line of its file.
///
/// The format is that of `JournalStorage` in Optuna 5.0.0, `optuna/storages/journal/_storage.py`: an
/// object with `op_code`, `worker_id` and the operation's own fields.
enum JournalRecord: Hashable, Sendable {
  /// Operation 0.
  case createStudy(name: String, directions: [Direction?])
  /// Operation 1.
  case deleteStudy(Int)
  /// Operation 2.
  case studyAttribute(study: Int, key: String, value: JSONValue)
  /// Operation 4: a trial that runs, or one with all that Optuna's `enqueue_trial` and `add_trial`
  /// may know of it.
  case createTrial(study: Int, Template)
  /// Operation 5.
  case parameter(trial: Int, name: String, value: ParameterValue, distribution: Distribution)
  /// Operation 6.
  case state(trial: Int, Trial.State, value: Double?)
  /// Operation 7.
  case intermediateValue(trial: Int, step: Int, value: Double)
  /// Operation 8.
  case trialAttribute(trial: Int, key: String, value: JSONValue)
  /// Operations 3, 9 and 10, which say nothing to us: system attributes, and Rustuna's discards.
  case other

  /// What is known of a trial when it is created.
  struct Template: Hashable, Sendable {
    var state = Trial.State.running
    var value: Double?
    var parameters: [String: ParameterValue] = [:]
    var intermediateValues: [Int: Double] = [:]
    var failure: String?
  }
}

// Writing.
extension JournalRecord {
  /// What a journal has of it, as one line.
  ///
  /// - Parameters:
  ///   - worker: who writes.
  ///   - time: when, as Python's `isoformat` has it.
  /// - Returns: the line, without its end.
  func line(worker: String, time: String) -> String {
    let (code, fields) = content(time: time)
    return JSONValue.object(
      [.init("op_code", .integer(code)), .init("worker_id", .text(worker))]
        + fields.map { JSONValue.Member($0, $1) }
    ).json
  }

  private func content(time: String) -> (Int, [(String, JSONValue)]) {
    switch self {
    case .createStudy(let name, let directions):
      let codes = directions.map { JSONValue.integer($0?.journalCode ?? 0) }
      return (0, [("study_name", .text(name)), ("directions", .array(codes))])
    case .deleteStudy(let study): return (1, [("study_id", .integer(study))])
    case .studyAttribute(let study, let key, let value):
      return (2, [("study_id", .integer(study)), ("user_attr", .object([.init(key, value)]))])
    case .createTrial(let study, let template):
      precondition(template == Template(), "only trials that begin are written")
      return (4, [("study_id", .integer(study)), ("datetime_start", .text(time))])
    case .parameter(let trial, let name, let value, let distribution):
      guard let number = distribution.journalValue(of: value) else {
        preconditionFailure("'\(name)' cannot be \(value)")
      }
      return (
        5,
        [
          ("trial_id", .integer(trial)), ("param_name", .text(name)),
          ("param_value_internal", number),
          ("distribution", .text(distribution.journalJSON.json)),
        ]
      )
    case .state(let trial, let state, let value):
      var fields: [(String, JSONValue)] = [
        ("trial_id", .integer(trial)), ("state", .integer(state.journalCode)),
        ("values", value.map { .array([.number($0)]) } ?? .null),
      ]
      if state == .running { fields.append(("datetime_start", .text(time))) }
      if state.isFinished { fields.append(("datetime_complete", .text(time))) }
      return (6, fields)
    case .intermediateValue(let trial, let step, let value):
      return (
        7,
        [
          ("trial_id", .integer(trial)), ("step", .integer(step)),
          ("intermediate_value", .number(value)),
        ]
      )
    case .trialAttribute(let trial, let key, let value):
      return (8, [("trial_id", .integer(trial)), ("user_attr", .object([.init(key, value)]))])
    case .other: preconditionFailure("an operation that is only read")
    }
  }
}

extension Trial.State {
  /// The number in `optuna.trial.TrialState`.
  var journalCode: Int {
    switch self {
    case .running: 0
    case .complete: 1
    case .pruned: 2
    case .failed: 3
    case .waiting: 4
    }
  }

  init?(journalCode code: Int) {
    let states: [Trial.State] = [.running, .complete, .pruned, .failed, .waiting]
    guard states.indices.contains(code) else { return nil }
    self = states[code]
  }

  /// Whether nothing more comes of it.
  public var isFinished: Bool { self == .complete || self == .pruned || self == .failed }
}

extension Direction {
  /// The number in `optuna.study.StudyDirection`, of which 0 is none.
  var journalCode: Int { self == .minimize ? 1 : 2 }

  init?(journalCode code: Int) {
    guard code == 1 || code == 2 else { return nil }
    self = code == 1 ? .minimize : .maximize
  }
}
