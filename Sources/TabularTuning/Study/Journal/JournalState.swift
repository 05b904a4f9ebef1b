/// What the operations of a journal come to, one applied after the other.
struct JournalState: Sendable {
  /// One study of the journal.
  struct Entry: Sendable {
    let name: String
    /// Nil where it has several objectives, or does not say.
    let direction: Direction?
    var attributes: [JSONValue.Member] = []
    var trials: [Trial] = []
    /// Parameters in the order in which they came.
    var parameterNames: [String] = []
    var isDeleted = false
  }

  /// By `study_id`.
  private(set) var studies: [Entry] = []
  /// By `trial_id`: the study, and the place in it.
  private var places: [(study: Int, index: Int)] = []

  /// What a trial's user attribute is called that says why it failed.
  static let failureKey = "failure"

  /// The studies that were not deleted.
  var present: [Entry] { studies.filter { !$0.isDeleted } }

  /// Applies an operation; one on a trial that is finished, or not there, changes nothing, as in
  /// Optuna, where two processes may have tried the same.
  mutating func apply(_ record: JournalRecord) {
    switch record {
    case .createStudy(let name, let directions):
      guard !present.contains(where: { $0.name == name }) else { return }
      studies.append(Entry(name: name, direction: directions.count == 1 ? directions[0] : nil))
    case .deleteStudy(let study):
      if studies.indices.contains(study) { studies[study].isDeleted = true }
    case .studyAttribute(let study, let key, let value):
      guard studies.indices.contains(study) else { return }
      studies[study].attributes.removeAll { $0.key == key }
      studies[study].attributes.append(JSONValue.Member(key, value))
    case .createTrial(let study, let template):
      guard studies.indices.contains(study), !studies[study].isDeleted else { return }
      create(template, in: study)
    case .parameter(let trial, let name, let value, _):
      update(trial) { $0.parameters[name] = value }
      if places.indices.contains(trial) { noteNames([name], in: places[trial].study) }
    case .state(let trial, let state, let value):
      update(trial) {
        $0.state = state
        if let value { $0.value = value }
      }
    case .intermediateValue(let trial, let step, let value):
      update(trial) { $0.intermediateValues[step] = value }
    case .trialAttribute(let trial, let key, let value):
      if key == Self.failureKey { update(trial) { $0.failure = value.asText } }
    case .other: break
    }
  }

  private mutating func create(_ template: JournalRecord.Template, in study: Int) {
    let number = studies[study].trials.count
    var trial = Trial(
      number: number,
      state: template.state,
      parameters: template.parameters,
      value: template.value,
      intermediateValues: template.intermediateValues
    )
    trial.failure = template.failure
    studies[study].trials.append(trial)
    noteNames(template.parameters.keys.sorted(), in: study)
    places.append((study, number))
  }

  private mutating func update(_ trial: Int, _ change: (inout Trial) -> Void) {
    guard places.indices.contains(trial) else { return }
    let (study, index) = places[trial]
    guard !studies[study].trials[index].state.isFinished else { return }
    change(&studies[study].trials[index])
  }

  private mutating func noteNames(_ names: [String], in study: Int) {
    for name in names where !studies[study].parameterNames.contains(name) {
      studies[study].parameterNames.append(name)
    }
  }
}
