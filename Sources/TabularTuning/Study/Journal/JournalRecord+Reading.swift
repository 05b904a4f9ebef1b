/// Why a line of a journal is none.
struct JournalFault: Error { let reason: String }

extension JournalRecord {
  /// Reads a line.
  init(line: some Collection<UInt8>) throws(JournalFault) {
    let json: JSONValue
    do throws(JSONRefusal) {
      json = try JSONValue(parsing: line)
    } catch {
      throw JournalFault(reason: "\(error.reason), at column \(error.place.column)")
    }
    guard json.asMembers != nil else { throw JournalFault(reason: "expected an object") }
    self = try JournalFields(json: json).record()
  }
}

/// The fields of a line by name.
private struct JournalFields {
  let json: JSONValue

  func record() throws(JournalFault) -> JournalRecord {
    switch try integer("op_code") {
    case 0: return .createStudy(name: try text("study_name"), directions: try directions())
    case 1: return .deleteStudy(try integer("study_id"))
    case 2:
      let (key, value) = try attribute()
      return .studyAttribute(study: try integer("study_id"), key: key, value: value)
    case 4: return .createTrial(study: try integer("study_id"), try template())
    case 5:
      let distribution = try distribution(json["distribution"])
      let number = try number(json["param_value_internal"], "param_value_internal")
      return .parameter(
        trial: try integer("trial_id"),
        name: try text("param_name"),
        value: try value(number, distribution),
        distribution: distribution
      )
    case 6: return .state(trial: try integer("trial_id"), try state(), value: try firstValue())
    case 7:
      return .intermediateValue(
        trial: try integer("trial_id"),
        step: try integer("step"),
        value: try number(json["intermediate_value"], "intermediate_value")
      )
    case 8:
      let (key, value) = try attribute()
      return .trialAttribute(trial: try integer("trial_id"), key: key, value: value)
    case 3, 9, 10: return .other
    case let code: throw JournalFault(reason: "operation \(code) is none of 0 to 10")
    }
  }

  private func integer(_ name: String) throws(JournalFault) -> Int {
    guard let value = json[name]?.asInteger else { throw missing(name, "a whole number") }
    return value
  }

  private func text(_ name: String) throws(JournalFault) -> String {
    guard let value = json[name]?.asText else { throw missing(name, "a text") }
    return value
  }

  private func number(_ value: JSONValue?, _ name: String) throws(JournalFault) -> Double {
    guard let number = value?.asNumber else { throw missing(name, "a number") }
    return number
  }

  private func directions() throws(JournalFault) -> [Direction?] {
    guard let codes = json["directions"]?.asArray?.compactMap(\.asInteger), !codes.isEmpty else {
      throw missing("directions", "numbers")
    }
    return codes.map { Direction(journalCode: $0) }
  }

  private func attribute() throws(JournalFault) -> (String, JSONValue) {
    guard let members = json["user_attr"]?.asMembers, members.count == 1 else {
      throw missing("user_attr", "an object of one key")
    }
    return (members[0].key, members[0].value)
  }

  private func state() throws(JournalFault) -> Trial.State {
    guard let state = Trial.State(journalCode: try integer("state")) else {
      throw missing("state", "a number from 0 to 4")
    }
    return state
  }

  /// Of a study with one objective.
  private func firstValue() throws(JournalFault) -> Double? {
    guard let values = json["values"], values != .null else { return nil }
    return try number(values.asArray?.first, "values")
  }

  private func distribution(_ value: JSONValue?) throws(JournalFault) -> Distribution {
    guard let text = value?.asText, let json = try? JSONValue(parsing: text.utf8),
      let distribution = Distribution(journal: json)
    else { throw missing("distribution", "a distribution of Optuna's in JSON") }
    return distribution
  }

  private func value(
    _ number: Double,
    _ distribution: Distribution
  ) throws(JournalFault) -> ParameterValue {
    guard let value = distribution.value(journal: number) else {
      throw JournalFault(reason: "\(number) is no value of \(distribution)")
    }
    return value
  }

  private func template() throws(JournalFault) -> JournalRecord.Template {
    var template = JournalRecord.Template()
    if json["state"] != nil { template.state = try state() }
    if let value = json["value"], value != .null { template.value = try number(value, "value") }
    if template.value == nil { template.value = try firstValue() }
    for member in json["params"]?.asMembers ?? [] {
      let distribution = try distribution(json["distributions"]?[member.key])
      template.parameters[member.key] =
        try value(try number(member.value, "params"), distribution)
    }
    for member in json["intermediate_values"]?.asMembers ?? [] {
      guard let step = Int(member.key) else { throw missing("intermediate_values", "steps") }
      template.intermediateValues[step] = try number(member.value, "intermediate_values")
    }
    template.failure = json["user_attrs"]?[JournalState.failureKey]?.asText
    return template
  }

  private func missing(_ name: String, _ expected: String) -> JournalFault {
    let found = json[name].map { "found \(String($0.json.prefix(60)))" } ?? "which is missing"
    return JournalFault(reason: "expected \(expected) as '\(name)', \(found)")
  }
}
