internal import TabularFrame

/// Turns the JSON of a search space into parameters, and says what is wrong with it and where.
struct SpaceReader {
  /// What errors call the text.
  let file: String
  private(set) var parameters: [SearchSpace.Parameter] = []

  init(file: String) { self.file = file }

  private static let kinds = ["uniform", "log", "int", "choice"]
  private static let form = "such as {\"lr\": {\"log\": [0.0001, 0.1]}}"

  /// Reads an object of parameters, which exist under a condition.
  mutating func readParameters(
    _ node: JSONNode,
    condition: SearchSpace.Condition?
  ) throws(TuningError) {
    guard case .object(let members) = node.content else {
      throw error(
        node.place,
        "an object of parameters expected, \(Self.form), found \(node.words)"
      )
    }
    for member in members {
      guard !parameters.contains(where: { $0.name == member.key }) else {
        throw error(
          member.keyPlace,
          "the name \(quotedForMessage(member.key)) is in the space twice; names are unique, in all "
            + "branches"
        )
      }
      try readParameter(member, condition: condition)
    }
  }

  private mutating func readParameter(
    _ member: JSONNode.Member,
    condition: SearchSpace.Condition?
  ) throws(TuningError) {
    let name = quotedForMessage(member.key)
    guard case .object(let entries) = member.value.content else {
      throw error(
        member.value.place,
        "\(name): a distribution expected, \(Self.form), found \(member.value.words)"
      )
    }
    // `log` is a distribution, or a property of `int`.
    let isInt = entries.contains { $0.key == "int" }
    let kinds = entries.filter { Self.kinds.contains($0.key) && !(isInt && $0.key == "log") }
    guard let kind = kinds.first else {
      throw noKind(member, entries)
    }
    if kinds.count > 1 {
      throw error(
        kinds[1].keyPlace,
        "\(name): one distribution expected, found '\(kinds[0].key)' and '\(kinds[1].key)'"
      )
    }
    let others = kind.key == "int" ? ["log"] : kind.key == "choice" ? ["when"] : []
    for (index, entry) in entries.enumerated() {
      guard entry.key == kind.key || others.contains(entry.key) else {
        throw error(
          entry.keyPlace,
          "\(name): a distribution '\(kind.key)' has no key \(quotedForMessage(entry.key)); "
            + suggestion(for: entry.key, among: [kind.key] + others)
        )
      }
      if entries[..<index].contains(where: { $0.key == entry.key }) {
        throw error(entry.keyPlace, "\(name): the key '\(entry.key)' is there twice")
      }
    }
    let distribution = try distribution(kind, entries, name)
    if let problem = distribution.problem { throw error(kind.value.place, "\(name): \(problem)") }
    let parameter = condition.map {
      SearchSpace.Parameter(member.key, distribution, when: $0.parent, is: $0.value)
    }
    parameters.append(parameter ?? SearchSpace.Parameter(member.key, distribution))
    if case .choice(let values) = distribution,
      let when = entries.first(where: { $0.key == "when" })
    {
      try readBranches(when.value, of: member.key, values)
    }
  }

  private mutating func readBranches(
    _ node: JSONNode,
    of parent: String,
    _ values: [ParameterValue]
  ) throws(TuningError) {
    let name = quotedForMessage(parent)
    guard case .object(let branches) = node.content else {
      throw error(
        node.place,
        "\(name): 'when' is an object of branches, one a value, found \(node.words)"
      )
    }
    for (index, branch) in branches.enumerated() {
      guard let value = values.first(where: { $0.description == branch.key }) else {
        throw error(
          branch.keyPlace,
          "\(name): the branch \(quotedForMessage(branch.key)) is not one of the values; "
            + suggestion(for: branch.key, among: values.map(\.description))
        )
      }
      if branches[..<index].contains(where: { $0.key == branch.key }) {
        throw error(
          branch.keyPlace,
          "\(name): the branch \(quotedForMessage(branch.key)) is there twice"
        )
      }
      try readParameters(
        branch.value,
        condition: SearchSpace.Condition(parent: parent, value: value)
      )
    }
  }

  private func noKind(_ member: JSONNode.Member, _ entries: [JSONNode.Member]) -> TuningError {
    let name = quotedForMessage(member.key)
    guard let found = entries.first else {
      return error(
        member.value.place,
        "\(name): a distribution expected, one of \(Self.kinds.joined(separator: ", ")), found none"
      )
    }
    return error(
      found.keyPlace,
      "\(name): unknown distribution \(quotedForMessage(found.key)); "
        + suggestion(for: found.key, among: Self.kinds)
    )
  }
}

// Single distributions and values.
extension SpaceReader {
  private func distribution(
    _ kind: JSONNode.Member,
    _ entries: [JSONNode.Member],
    _ name: String
  ) throws(TuningError) -> Distribution {
    switch kind.key {
    case "choice": return .choice(try values(kind.value, name))
    case "int":
      let (low, high) = try bounds(kind, name) { Int($0) ?? Double($0).flatMap(Int.init(exactly:)) }
      return .int(low...high, log: try isLog(entries, name))
    default:
      let (low, high) = try bounds(kind, name) { Double($0) }
      return kind.key == "log" ? .log(low...high) : .uniform(low...high)
    }
  }

  private func isLog(_ entries: [JSONNode.Member], _ name: String) throws(TuningError) -> Bool {
    guard let entry = entries.first(where: { $0.key == "log" }) else { return false }
    guard case .bool(let isLog) = entry.value.content else {
      throw error(
        entry.value.place,
        "\(name): beside 'int', 'log' is true or false, found \(entry.value.words)"
      )
    }
    return isLog
  }

  private func bounds<Bound: Comparable>(
    _ kind: JSONNode.Member,
    _ name: String,
    _ read: (String) -> Bound?
  ) throws(TuningError) -> (Bound, Bound) {
    let node = kind.value
    guard case .array(let elements) = node.content, elements.count == 2 else {
      throw error(
        node.place,
        "\(name): '\(kind.key)' takes two bounds, such as [1, 10], found \(node.words)"
      )
    }
    var bounds: [Bound] = []
    for element in elements {
      guard case .number(let digits) = element.content, let bound = read(digits) else {
        throw error(
          element.place,
          "\(name): a bound of '\(kind.key)' is a \(kind.key == "int" ? "whole " : "")number, "
            + "found \(element.words)"
        )
      }
      bounds.append(bound)
    }
    guard bounds[0] <= bounds[1] else {
      throw error(
        node.place,
        "\(name): the range from \(elements[0].words) to \(elements[1].words) is empty; the smaller "
          + "bound comes first"
      )
    }
    return (bounds[0], bounds[1])
  }

  private func values(_ node: JSONNode, _ name: String) throws(TuningError) -> [ParameterValue] {
    guard case .array(let elements) = node.content else {
      throw error(
        node.place,
        "\(name): 'choice' takes a list of values, such as [\"a\", \"b\"], found \(node.words)"
      )
    }
    var values: [ParameterValue] = []
    for element in elements {
      switch element.content {
      case .text(let text): values.append(.text(text))
      case .bool(let value): values.append(.bool(value))
      case .number(let digits):
        values.append(Int(digits).map { .integer($0) } ?? .number(Double(digits) ?? .infinity))
      case .null, .array, .object:
        throw error(
          element.place,
          "\(name): a value of 'choice' is a text, a number or a bool, found \(element.words)"
        )
      }
    }
    return values
  }

  private func error(_ place: JSONNode.Place, _ message: String) -> TuningError {
    TuningError(.space, "\(file), \(place): \(message)")
  }
}
