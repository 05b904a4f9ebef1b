public import TabularFrame

/// What is known of a study: its trials, and what came of them.
///
/// ```swift
/// let record = try StudyRecord(contentsOfJournal: "titanic.study")
/// print(record.bestTrial?.parameters ?? [:], try record.dataFrame())
/// ```
public struct StudyRecord: Sendable {
  /// The study's name.
  public let name: String
  /// Which values are better.
  public let direction: Direction
  /// All trials, by number.
  public let trials: [Trial]
  /// The parameters' names: the space's order, or that in which they came.
  public let parameterNames: [String]

  /// The trial of the best value among those that are complete; of equals the first.
  ///
  /// A pruned trial is never the best, as in Optuna.
  public var bestTrial: Trial? {
    var best: Trial?
    for trial in trials where trial.state == .complete {
      guard let value = trial.value else { continue }
      guard let known = best?.value, !direction.prefers(value, to: known) else {
        best = trial
        continue
      }
    }
    return best
  }
}

extension StudyRecord {
  /// Reads a journal, which may be one of Optuna's own, and may be written meanwhile: a last line
  /// without its end is not looked at.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - name: the study; nil where the journal has one.
  /// - Throws: `TuningError` of kind `file` when it cannot be read; of kind `journal` when a line is
  ///   damaged, there is no such study, or it has several objectives.
  public init(contentsOfJournal path: String, study name: String? = nil) throws(TuningError) {
    let bytes = try JournalFile.content(path)
    let end = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let studies = try JournalState(lines: bytes[..<end], path: path).present
    let names = studies.map { "'\($0.name)'" }.joined(separator: ", ")
    guard
      let entry = name == nil && studies.count == 1
        ? studies[0] : studies.first(where: { $0.name == name })
    else {
      let expected = name.map { "a study '\($0)'" } ?? "one study"
      throw TuningError(
        .journal,
        "'\(path)': expected \(expected), found \(studies.isEmpty ? "none" : names)"
      )
    }
    guard let direction = entry.direction else {
      throw TuningError(.journal, "'\(path)': the study '\(entry.name)' has no single direction")
    }
    self.init(
      name: entry.name,
      direction: direction,
      trials: entry.trials,
      parameterNames: entry.parameterNames
    )
  }
}

extension StudyRecord {
  /// A row a trial: `number`, `state`, `value`, `steps` (how many were reported), the parameters, and
  /// `failure`.
  ///
  /// A parameter's column has null where a trial is in another branch. `failure` is there when one
  /// failed.
  ///
  /// - Throws: `TuningError` of kind `value` when a parameter has one of these names.
  public func dataFrame() throws(TuningError) -> DataFrame {
    var columns: [(name: String, column: Column)] = [
      ("number", Column(trials.map { Optional($0.number) })),
      ("state", Column(trials.map { Optional($0.state.rawValue) })),
      ("value", Column(trials.map(\.value))),
      ("steps", Column(trials.map { Optional($0.intermediateValues.count) })),
    ]
    for name in parameterNames {
      columns.append((name, Self.column(trials.map { $0.parameters[name] })))
    }
    if trials.contains(where: { $0.failure != nil }) {
      columns.append(("failure", Column(trials.map(\.failure))))
    }
    do throws(FrameError) {
      return try DataFrame(columns)
    } catch {
      throw TuningError(.value, "\(error)", underlying: error)
    }
  }

  /// Of the narrowest type that holds all.
  private static func column(_ values: [ParameterValue?]) -> Column {
    let known = values.compactMap(\.self)
    func are(_ fits: (ParameterValue) -> Bool) -> Bool { known.allSatisfy(fits) }
    if are({ if case .integer = $0 { true } else { false } }) {
      return Column(values.map { $0?.asNumber.map { Int64($0) } })
    }
    if are({ $0.asNumber != nil }) { return Column(values.map { $0?.asNumber }) }
    if are({ if case .bool = $0 { true } else { false } }) {
      return Column(values.map { $0 == nil ? nil : $0 == .bool(true) })
    }
    return Column(values.map { $0?.description })
  }
}
