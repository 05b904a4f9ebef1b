/// What makes a study: with the objective it decides every trial.
public struct StudyConfiguration: Sendable {
  /// What it is called; a study that is resumed keeps its own name.
  public var name: String
  /// What is searched.
  public var space: SearchSpace
  /// Which values are better.
  public var direction: Direction
  /// Who chooses parameters.
  public var sampler: any Sampler
  /// Who ends trials before their time; nil for nobody.
  public var pruner: (any Pruner)?
  /// Where all random numbers come from.
  public var seed: UInt64
  /// How far results lag behind: trial n knows those of trials up to n - lag, however many run at once.
  ///
  /// As many trials can run at once. With 1 each knows all before it.
  public var lag: Int
  /// What else has to be the same when the study is resumed, such as the command of its trials; kept
  /// as user attributes of the journal.
  public var attributes: [(key: String, value: String)]

  /// Describes a study; a lag below 1 traps.
  public init(
    name: String = "study",
    space: SearchSpace,
    direction: Direction = .minimize,
    sampler: any Sampler,
    pruner: (any Pruner)? = nil,
    seed: UInt64 = 0,
    lag: Int = 1,
    attributes: [(key: String, value: String)] = []
  ) {
    precondition(lag >= 1, "results that lag behind by \(lag) trials")
    self.name = name
    self.space = space
    self.direction = direction
    self.sampler = sampler
    self.pruner = pruner
    self.seed = seed
    self.lag = lag
    self.attributes = attributes
  }
}

extension StudyConfiguration {
  /// The version of what a journal's user attributes mean.
  private static let format = 1

  /// What a journal keeps beyond what Optuna's format has a place for.
  var journalAttributes: [JSONValue.Member] {
    let own: [(String, JSONValue)] = [
      ("tabular_format", .integer(Self.format)),
      ("space", .text(space.fingerprint)),
      ("sampler", .text("\(sampler)")),
      ("pruner", .text(pruner.map { "\($0)" } ?? "none")),
      // Beyond 2^53 a browser would round it.
      ("seed", seed < 1 << 53 ? .integer(Int(seed)) : .text("\(seed)")),
      ("lag", .integer(lag)),
    ]
    let others = attributes.map { ($0.key, JSONValue.text($0.value)) }
    return (own + others).map { JSONValue.Member($0, $1) }
  }

  /// Refuses a journal of another study.
  ///
  /// - Returns: the attributes that are missing, as when the process was killed while it created the
  ///   study.
  func missingAttributes(in entry: JournalState.Entry, path: String) throws(TuningError)
    -> [JSONValue.Member]
  {
    func refuse(_ what: String, _ known: String, _ found: String) -> TuningError {
      TuningError(
        .journal,
        "'\(path)' is of a study with \(what) \(known), this one has \(found): resume it as it was "
          + "begun, or name another journal"
      )
    }
    guard entry.direction == direction else {
      let known = entry.direction?.rawValue ?? "none"
      throw refuse("direction", known, direction.rawValue)
    }
    var missing: [JSONValue.Member] = []
    for expected in journalAttributes {
      guard let known = entry.attributes.last(where: { $0.key == expected.key })?.value else {
        missing.append(expected)
        continue
      }
      guard known != expected.value else { continue }
      if expected.key == "space" {
        let (known, found) = difference(known.asText ?? "")
        throw refuse("a space that has", known, found)
      }
      throw refuse(
        expected.key,
        known.asText ?? known.json,
        expected.value.asText ?? expected.value.json
      )
    }
    if !missing.isEmpty, !entry.trials.isEmpty {
      throw TuningError(
        .journal,
        "'\(path)' has no user attribute '\(missing[0].key)': no study of this package's to resume; "
          + "StudyRecord reads it"
      )
    }
    return missing
  }

  /// The first parameters in which the space of a journal and this one differ.
  private func difference(_ known: String) -> (String, String) {
    guard let other = try? SearchSpace(json: known) else { return (known, space.fingerprint) }
    func words(_ parameter: SearchSpace.Parameter?) -> String {
      guard let parameter else { return "nothing more" }
      let branch = parameter.condition.map { " where '\($0.parent)' is \($0.value)" } ?? ""
      return "'\(parameter.name)' as \(parameter.distribution.summary)\(branch)"
    }
    for index in 0..<max(other.parameters.count, space.parameters.count) {
      let (left, right) = (
        other.parameters.dropFirst(index).first, space.parameters.dropFirst(index).first
      )
      if left != right { return (words(left), words(right)) }
    }
    return (known, space.fingerprint)
  }
}

extension Distribution {
  /// Its kind and its values, in the words of a message.
  fileprivate var summary: String {
    switch self {
    case .uniform(let range): "uniform, \(range.lowerBound) to \(range.upperBound)"
    case .log(let range): "log, \(range.lowerBound) to \(range.upperBound)"
    case .int(let range, let log):
      "\(log ? "log int" : "int"), \(range.lowerBound) to \(range.upperBound)"
    case .choice(let values): "choice, \(values.map(\.description).joined(separator: " or "))"
    }
  }
}
