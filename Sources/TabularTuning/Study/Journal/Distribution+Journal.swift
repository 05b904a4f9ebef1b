// What optuna/distributions.py calls distributions, and their internal values.
extension Distribution {
  /// The distribution as `distribution_to_json` of Optuna 5 writes it.
  var journalJSON: JSONValue {
    switch self {
    case .uniform(let range): Self.float(range, log: false)
    case .log(let range): Self.float(range, log: true)
    case .int(let range, let log):
      [
        "name": .text("IntDistribution"),
        "attributes": [
          "log": .bool(log), "step": .integer(1), "low": .integer(range.lowerBound),
          "high": .integer(range.upperBound),
        ],
      ]
    case .choice(let values):
      [
        "name": .text("CategoricalDistribution"),
        "attributes": ["choices": .array(values.map(\.journalJSON))],
      ]
    }
  }

  private static func float(_ range: ClosedRange<Double>, log: Bool) -> JSONValue {
    [
      "name": .text("FloatDistribution"),
      "attributes": [
        "step": .null, "low": .number(range.lowerBound), "high": .number(range.upperBound),
        "log": .bool(log),
      ],
    ]
  }

  /// Reads what Optuna writes, but for a step; nil where it is something else.
  init?(journal json: JSONValue) {
    guard let attributes = json["attributes"], let name = json["name"]?.asText else { return nil }
    let isLog = attributes["log"]?.asBool ?? false
    let (low, high) = (attributes["low"]?.asNumber, attributes["high"]?.asNumber)
    switch name {
    case "FloatDistribution":
      guard let low, let high, low <= high else { return nil }
      self = isLog ? .log(low...high) : .uniform(low...high)
    case "IntDistribution":
      guard let low = low.flatMap({ Int(exactly: $0) }),
        let high = high.flatMap({ Int(exactly: $0) }), low <= high
      else { return nil }
      self = .int(low...high, log: isLog)
    case "CategoricalDistribution":
      guard let choices = attributes["choices"]?.asArray, !choices.isEmpty else { return nil }
      let values = choices.compactMap(ParameterValue.init(journal:))
      guard values.count == choices.count else { return nil }
      self = .choice(values)
    default: return nil
    }
  }

  /// A value as a number: itself, or its place among the choices; nil where it is none of them.
  func journalValue(of value: ParameterValue) -> JSONValue? {
    switch (self, value) {
    case (.uniform(let range), _), (.log(let range), _):
      guard let number = value.asNumber, range.contains(number) else { return nil }
      return .number(number)
    case (.int(let range, _), .integer(let number)):
      return range.contains(number) ? .number(Double(number)) : nil
    case (.int, _): return nil
    case (.choice(let values), _): return values.firstIndex(of: value).map { .integer($0) }
    }
  }

  /// The value that a number stands for; nil where there is none.
  func value(journal number: Double) -> ParameterValue? {
    switch self {
    case .uniform, .log: return .number(number)
    case .int: return Int(exactly: number).map { .integer($0) }
    case .choice(let values):
      guard let index = Int(exactly: number), values.indices.contains(index) else { return nil }
      return values[index]
    }
  }
}

extension ParameterValue {
  /// The value among the choices of a journal.
  var journalJSON: JSONValue {
    switch self {
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .text(let value): .text(value)
    case .bool(let value): .bool(value)
    }
  }

  /// A choice of Optuna's; its `None` is the text "None" here.
  init?(journal json: JSONValue) {
    switch json {
    case .null: self = .text("None")
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .integer(value)
    case .number(let value): self = .number(value)
    case .text(let value): self = .text(value)
    case .array, .object: return nil
    }
  }
}
