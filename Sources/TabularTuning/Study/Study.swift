internal import Foundation

/// A search for good parameters, whose only state is a journal.
///
/// ```swift
/// let study = try Study(
///   StudyConfiguration(space: space, sampler: RandomSampler(), pruner: MedianPruner(), lag: 2),
///   journal: "titanic.study"
/// )
/// try await study.optimize(trials: 40, parallel: 2) { trial in
///   let rate = try trial.double("lr")
///   var loss = 1.0
///   for epoch in 1...20 {
///     loss = ...
///     try trial.report(loss, step: epoch)  // ends a trial that is pruned
///   }
///   return loss
/// }
/// print(study.bestTrial?.parameters ?? [:])
/// ```
///
/// The journal has the format of `JournalStorage` in Optuna 5, so that its `load_study` reads it and
/// its dashboard shows it. It is flushed at each event, locked against a second writer, and survives
/// the end of the process at any moment; a study that is resumed runs those trials again that were
/// running, with the same parameters.
///
/// A study can be replayed: suggestions and the decisions of pruners depend on the configuration and
/// on the results of trials up to n - lag alone, never on time or on how many trials ran at once.
public final class Study: @unchecked Sendable {
  /// What makes the study; its name is the journal's.
  public let configuration: StudyConfiguration
  /// What had to be repaired when the journal was opened, as lines.
  public let notices: [String]

  // All state is touched under `lock` alone, which is what makes this `Sendable`.
  private let lock = NSLock()
  private let journal: JournalFile?
  private var known: [Trial]
  /// What trials that run reported since they began in this process.
  private var reports: [Int: [Int: Double]] = [:]
  private var isOptimizing = false
  private var failure: TuningError?

  /// Begins a study, or opens one to go on with.
  ///
  /// - Parameters:
  ///   - configuration: what makes it.
  ///   - path: its journal; nil keeps the study in memory alone.
  ///   - resuming: whether the journal is there, and is to be gone on with.
  /// - Throws: `TuningError` of kind `file` when the journal cannot be opened; of kind `journal` when
  ///   it is damaged, written by another process, there although nothing is to be resumed, or of a
  ///   study with another configuration.
  public init(
    _ configuration: StudyConfiguration,
    journal path: String? = nil,
    resuming: Bool = false
  ) throws(TuningError) {
    var configuration = configuration
    guard let path else {
      (journal, known, notices) = (nil, [], [])
      self.configuration = configuration
      return
    }
    let journal = try Self.open(path, resuming: resuming)
    self.journal = journal
    notices = journal.repair.map { [$0] } ?? []
    guard let entry = journal.state.studies.first else {
      known = []
      self.configuration = configuration
      try journal.append(
        [.createStudy(name: configuration.name, directions: [configuration.direction])]
          + Self.records(configuration.journalAttributes)
      )
      try journal.synchronize()
      return
    }
    guard journal.state.studies.count == 1, !entry.isDeleted else {
      throw TuningError(
        .journal,
        "'\(path)' has \(journal.state.studies.count) studies or a deleted one, expected one; "
          + "StudyRecord reads it"
      )
    }
    let missing = try configuration.missingAttributes(in: entry, path: path)
    configuration.name = entry.name
    self.configuration = configuration
    known = entry.trials
    try journal.append(Self.records(missing))
  }

  private static func open(_ path: String, resuming: Bool) throws(TuningError) -> JournalFile {
    guard resuming else {
      let journal = try JournalFile(path: path, creating: true)
      guard journal.isNew else {
        throw TuningError(
          .journal,
          "'\(path)' has a study of \(journal.state.studies[0].trials.count) trials already: resume "
            + "it, or name another journal"
        )
      }
      return journal
    }
    guard access(path, F_OK) == 0 else {
      throw TuningError(
        .journal,
        "there is no study '\(path)' to resume: begin it without resuming"
      )
    }
    return try JournalFile(path: path, creating: false)
  }

  private static func records(_ attributes: [JSONValue.Member]) -> [JournalRecord] {
    attributes.map { .studyAttribute(study: 0, key: $0.key, value: $0.value) }
  }
}

// What is known.
extension Study {
  /// All trials, by number.
  public var trials: [Trial] { lock.withLock { known } }

  /// The trial of the best value among those that are complete; of equals the first.
  public var bestTrial: Trial? { record.bestTrial }

  /// All that is known now; `record.dataFrame()` gives a row a trial.
  public var record: StudyRecord {
    StudyRecord(
      name: configuration.name,
      direction: configuration.direction,
      trials: trials,
      parameterNames: configuration.space.parameters.map(\.name)
    )
  }
}

// What happens, each under the lock, and in the journal before it is known.
extension Study {
  /// Marks the beginning of a search; one at a time.
  func beginOptimizing() throws(TuningError) {
    try locked { (study) throws(TuningError) in
      guard !study.isOptimizing else {
        throw TuningError(.configuration, "the study is being optimized already: wait for its end")
      }
      study.isOptimizing = true
    }
  }

  func endOptimizing() { lock.withLock { isOptimizing = false } }

  /// Writes what is missing of a trial: it begins, and has these parameters.
  func begin(_ number: Int, _ parameters: [String: ParameterValue]) throws(TuningError) {
    try locked { (study) throws(TuningError) in
      var records: [JournalRecord] = []
      let isNew = number == study.known.count
      if isNew { records.append(.createTrial(study: 0, JournalRecord.Template())) }
      let there = isNew ? [:] : study.known[number].parameters
      for parameter in study.configuration.space.parameters where there[parameter.name] == nil {
        guard let value = parameters[parameter.name] else { continue }
        records.append(
          .parameter(
            trial: number,
            name: parameter.name,
            value: value,
            distribution: parameter.distribution
          )
        )
      }
      if !isNew, study.known[number].state == .waiting {
        records.append(.state(trial: number, .running, value: nil))
      }
      try study.write(records)
      if isNew { study.known.append(Trial(number: number, parameters: parameters)) }
      study.known[number].parameters = parameters
      study.known[number].state = .running
      study.reports[number] = [:]
    }
  }

  /// Notes what a trial reports; what an earlier run of it reported the same is there already.
  ///
  /// A report takes back those of later steps, as of a run that failed and is tried again.
  ///
  /// - Returns: the trial with what this run reported.
  func note(_ value: Double, step: Int, of number: Int) throws(TuningError) -> Trial {
    try locked { (study) throws(TuningError) in
      if let failure = study.failure { throw failure }
      var trial = study.known[number]
      let before = trial.intermediateValues[step]
      if before.map({ $0 != value && !($0.isNaN && value.isNaN) }) ?? true {
        try study.write([.intermediateValue(trial: number, step: step, value: value)])
        study.known[number].intermediateValues[step] = value
      }
      var reports = (study.reports[number] ?? [:]).filter { $0.key < step }
      reports[step] = value
      study.reports[number] = reports
      trial.intermediateValues = reports
      return trial
    }
  }

  /// Ends a trial.
  func finish(_ number: Int, _ outcome: TrialOutcome) throws(TuningError) -> Trial {
    try locked { (study) throws(TuningError) in
      var (state, value, reason) = (Trial.State.failed, Double?.none, String?.none)
      switch outcome {
      case .complete(let final) where final.isNaN: reason = "its value is NaN"
      case .complete(let final): (state, value) = (.complete, final)
      case .pruned:
        let last = (study.reports[number] ?? [:]).max { $0.key < $1.key }?.value
        (state, value) = (.pruned, last.flatMap { $0.isNaN ? nil : $0 })
      case .failed(let text): reason = text
      }
      var records: [JournalRecord] = []
      if let reason, study.known[number].failure != reason {
        let key = JournalState.failureKey
        records.append(.trialAttribute(trial: number, key: key, value: .text(reason)))
      }
      records.append(.state(trial: number, state, value: value))
      try study.write(records)
      try study.journal?.synchronize()
      study.reports[number] = nil
      study.known[number].failure = reason
      study.known[number].state = state
      study.known[number].value = value
      return study.known[number]
    }
  }

  private func write(_ records: [JournalRecord]) throws(TuningError) {
    guard !records.isEmpty else { return }
    if let failure { throw failure }
    do throws(TuningError) {
      try journal?.append(records)
    } catch {
      failure = error
      throw error
    }
  }

  private func locked<Output>(
    _ work: (Study) throws(TuningError) -> Output
  ) throws(TuningError) -> Output {
    lock.lock()
    defer { lock.unlock() }
    return try work(self)
  }
}
