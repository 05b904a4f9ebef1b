internal import TabularFrame
internal import TabularTensor

extension SearchSpace {
  /// Reads a space from JSON: an object of parameters, in the order in which they are searched.
  ///
  /// ```json
  /// {"lr": {"log": [1e-4, 1e-1]}, "batch_size": {"int": [16, 256], "log": true},
  ///  "dropout": {"uniform": [0, 0.5]},
  ///  "optimizer": {"choice": ["sgd", "adam"], "when": {"sgd": {"momentum": {"uniform": [0, 0.99]}}}}}
  /// ```
  ///
  /// - Parameters:
  ///   - json: The text.
  ///   - name: What errors call it, such as the path of its file.
  /// - Throws: ``TuningError`` of kind `space`, with line and column: no JSON, a distribution or a
  ///   key that does not exist (with the nearest one), and what ``init(_:)`` throws.
  public init(json: String, name: String = "search space") throws(TuningError) {
    let root: JSONNode
    do throws(JSONRefusal) {
      root = try JSONNode.parse(json)
    } catch {
      throw TuningError(.space, "\(name), \(error.place): no JSON: \(error.reason)")
    }
    var reader = SpaceReader(file: name)
    try reader.readParameters(root, condition: nil)
    try self.init(checked: reader.parameters, in: name)
  }

  private init(checked parameters: [Parameter], in name: String) throws(TuningError) {
    do throws(TuningError) {
      try self.init(parameters)
    } catch {
      throw TuningError(error.kind, "\(name): \(error.message)")
    }
  }

  /// The space as JSON, a line a parameter, which reads back as the same space.
  public var json: String {
    "{\n" + members(under: nil).map { "  \($0)" }.joined(separator: ",\n") + "\n}\n"
  }

  /// The space as JSON on one line: the same for equal spaces, another for others.
  public var fingerprint: String { "{\(members(under: nil).joined(separator: ", "))}" }

  private func members(under branch: Condition?) -> [String] {
    parameters.filter { $0.condition == branch }.map { parameter in
      var text = parameter.distribution.json
      let branches = (parameter.values ?? []).compactMap { value in
        let inner = members(under: Condition(parent: parameter.name, value: value))
        return inner.isEmpty
          ? nil : "\(jsonString(value.description)): {\(inner.joined(separator: ", "))}"
      }
      if !branches.isEmpty { text += ", \"when\": {\(branches.joined(separator: ", "))}" }
      return "\(jsonString(parameter.name)): {\(text)}"
    }
  }
}

extension Distribution {
  /// The members of its JSON object.
  fileprivate var json: String {
    switch self {
    case .uniform(let range): "\"uniform\": [\(range.lowerBound), \(range.upperBound)]"
    case .log(let range): "\"log\": [\(range.lowerBound), \(range.upperBound)]"
    case .int(let range, let log):
      "\"int\": [\(range.lowerBound), \(range.upperBound)]" + (log ? ", \"log\": true" : "")
    case .choice(let values): "\"choice\": [\(values.map(\.json).joined(separator: ", "))]"
    }
  }
}

extension ParameterValue {
  /// The value as JSON.
  package var json: String {
    switch self {
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .text(let value): jsonString(value)
    case .bool(let value): "\(value)"
    }
  }
}
