internal import TabularFrame

extension SearchSpace {
  /// The parameter of a name; nil where there is none.
  public func parameter(named name: String) -> Parameter? { parameters.first { $0.name == name } }

  /// Whether a parameter exists where those before it have the given values.
  public func exists(_ parameter: Parameter, in values: [String: ParameterValue]) -> Bool {
    // A parent that does not exist has no value.
    parameter.condition.map { values[$0.parent] == $0.value } ?? true
  }

  /// Refuses values that are not a point of the space.
  ///
  /// - Throws: ``TuningError`` of kind `value`: a name that is unknown, missing or of a branch that
  ///   is closed, or a value outside its distribution.
  public func check(_ values: [String: ParameterValue]) throws(TuningError) {
    for parameter in parameters {
      let name = quotedForMessage(parameter.name)
      guard exists(parameter, in: values) else {
        guard values[parameter.name] == nil else {
          throw TuningError(.value, "\(name) has a value, but its branch is closed")
        }
        continue
      }
      guard let value = values[parameter.name] else {
        throw TuningError(.value, "\(name) has no value")
      }
      guard parameter.distribution.contains(value) else {
        throw TuningError(
          .value,
          "\(name) is \(quotedForMessage(value.description)), expected \(parameter.distribution.words)"
        )
      }
    }
    let names = parameters.map(\.name)
    if let unknown = values.keys.sorted().first(where: { !names.contains($0) }) {
      throw TuningError(
        .value,
        "the space has no parameter \(quotedForMessage(unknown)); "
          + suggestion(for: unknown, among: names)
      )
    }
  }
}

extension Distribution {
  /// Whether a value is one of its values.
  public func contains(_ value: ParameterValue) -> Bool {
    switch (self, value) {
    case (.uniform(let range), .number(let number)), (.log(let range), .number(let number)):
      range.contains(number)
    case (.int(let range, _), .integer(let integer)): range.contains(integer)
    case (.choice(let values), _): values.contains(value)
    default: false
    }
  }

  /// Its values, in the words of a message.
  var words: String {
    switch self {
    case .uniform(let range), .log(let range):
      "a number from \(range.lowerBound) to \(range.upperBound)"
    case .int(let range, _): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .choice(let values): "one of \(values.map(\.description).joined(separator: ", "))"
    }
  }
}
