internal import TabularFrame

extension SearchSpace {
  /// A space of parameters, checked.
  ///
  /// Branches are moved behind the choice that opens them, in the order of its values, so that equal
  /// spaces have equal orders, in memory and in JSON.
  ///
  /// - Throws: ``TuningError`` of kind `space`: no parameter, a name given twice or empty, a range
  ///   that is empty or not finite, a bound of a logarithm that is not positive, no choice or one
  ///   given twice, a branch of what is not a choice before it, or of a value that it does not have.
  public init(_ parameters: [Parameter]) throws(TuningError) {
    guard !parameters.isEmpty else {
      throw TuningError(.space, "the search space has no parameter; give it one at least")
    }
    var known: [Parameter] = []
    for parameter in parameters {
      guard !parameter.name.isEmpty else {
        throw TuningError(.space, "parameter \(known.count + 1) of the space has an empty name")
      }
      guard !known.contains(where: { $0.name == parameter.name }) else {
        throw TuningError(
          .space,
          "the name \(quotedForMessage(parameter.name)) is in the space twice; names are unique, "
            + "in all branches"
        )
      }
      if let problem = parameter.distribution.problem {
        throw TuningError(.space, "\(quotedForMessage(parameter.name)): \(problem)")
      }
      try Self.check(parameter, after: known)
      known.append(parameter)
    }
    self.parameters = Self.depthFirst(known, under: nil)
  }

  /// Refuses a branch of what is not a choice before it.
  private static func check(_ parameter: Parameter, after known: [Parameter]) throws(TuningError) {
    guard let condition = parameter.condition else { return }
    let head = "\(quotedForMessage(parameter.name)) is a branch of "
    guard let parent = known.first(where: { $0.name == condition.parent }) else {
      let choices = known.filter { $0.values != nil }.map(\.name)
      throw TuningError(
        .space,
        "\(head)\(quotedForMessage(condition.parent)), which is not before it; "
          + suggestion(for: condition.parent, among: choices)
      )
    }
    guard let values = parent.values else {
      throw TuningError(
        .space,
        "\(head)\(quotedForMessage(parent.name)), which is not a choice; only choices have branches"
      )
    }
    guard values.contains(condition.value) else {
      throw TuningError(
        .space,
        "\(head)\(quotedForMessage(parent.name)) where it is "
          + "\(quotedForMessage(condition.value.description)), which is not one of its values; "
          + suggestion(for: condition.value.description, among: values.map(\.description))
      )
    }
  }

  /// The parameters of a branch, each with what stands under it behind it.
  private static func depthFirst(_ all: [Parameter], under branch: Condition?) -> [Parameter] {
    all.filter { $0.condition == branch }.flatMap { parameter in
      [parameter]
        + (parameter.values ?? []).flatMap {
          depthFirst(all, under: Condition(parent: parameter.name, value: $0))
        }
    }
  }
}

extension SearchSpace.Parameter {
  /// The values of a choice; nil where it is none.
  var values: [ParameterValue]? {
    if case .choice(let values) = distribution { values } else { nil }
  }
}

extension Distribution {
  /// What is wrong with it, in words; nil when nothing is.
  var problem: String? {
    switch self {
    case .uniform(let range): Self.problem(range)
    case .log(let range):
      Self.problem(range) ?? (range.lowerBound > 0 ? nil : Self.notPositive("\(range.lowerBound)"))
    case .int(let range, let log):
      if range.lowerBound < -Self.largestInteger || range.upperBound > Self.largestInteger {
        "whole numbers up to \(Self.largestInteger) can be searched, "
          + "found \(range.lowerBound) to \(range.upperBound)"
      } else if log, range.lowerBound < 1 {
        Self.notPositive("\(range.lowerBound)")
      } else {
        nil
      }
    case .choice(let values): Self.problem(values)
    }
  }

  /// Every whole number up to it is a Double.
  private static let largestInteger = 1 << 53

  private static func notPositive(_ bound: String) -> String {
    "a logarithm's bounds are above 0, found \(bound); search it as 'uniform', or raise the bound"
  }

  private static func problem(_ range: ClosedRange<Double>) -> String? {
    (range.upperBound - range.lowerBound).isFinite
      ? nil : "the bounds are finite numbers, found \(range.lowerBound) to \(range.upperBound)"
  }

  private static func problem(_ values: [ParameterValue]) -> String? {
    if values.isEmpty { return "a choice has one value at least" }
    var texts: Set<String> = []
    for value in values {
      if case .number(let number) = value, !number.isFinite {
        return "the values of a choice are finite, found \(number)"
      }
      // As an option they would be the same.
      guard texts.insert(value.description).inserted else {
        return "the choice has \(quotedForMessage(value.description)) twice"
      }
    }
    return nil
  }
}
