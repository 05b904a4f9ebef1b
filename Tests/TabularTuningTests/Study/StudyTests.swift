import Foundation
import TabularFrame
import Testing

@testable import TabularTuning

@Suite struct StudyTests {
  private let folder: Folder

  init() throws { folder = try Folder() }

  /// Runs a study to its end, each trial taking as long as chance has it.
  @discardableResult
  private func run(
    _ name: String,
    _ configuration: StudyConfiguration = mixedStudy(),
    trials: Int = 24,
    parallel: Int = 1,
    resuming: Bool = false
  ) async throws -> Study {
    let study = try Study(configuration, journal: folder.path(name), resuming: resuming)
    try await study.optimize(trials: trials, parallel: parallel) { trial in
      try await Task.sleep(for: .microseconds(Int.random(in: 0...2000)))
      return try mixedObjective(trial)
    }
    return study
  }

  @Test func trialsOfEachEnd() async throws {
    let study = try await run("a")
    let states = study.trials.map(\.state)
    #expect(states.count == 24)
    #expect(states[6] == .failed && states[10] == .failed)
    #expect(states.contains(.complete) && states.contains(.pruned))
    #expect(study.trials[6].failure == "broken on purpose")
    #expect(study.trials[10].failure == "its value is NaN")
    let best = try #require(study.bestTrial)
    let values = study.trials.filter { $0.state == .complete }.compactMap(\.value)
    #expect(best.value == values.min())
  }

  @Test func theJournalIsTheState() async throws {
    let study = try await run("a")
    let read = try StudyRecord(contentsOfJournal: folder.path("a"))
    // NaN equals nothing, itself included.
    func text(_ trials: [Trial]) -> [String] {
      trials.map { trial in
        let steps = trial.intermediateValues.sorted { $0.key < $1.key }
        let parameters = trial.parameters.sorted { $0.key < $1.key }
        return "\(trial.number) \(trial.state) \(parameters) \(steps) "
          + "\(trial.value.map { "\($0)" } ?? "") \(trial.failure ?? "")"
      }
    }
    #expect(text(read.trials) == text(study.trials))
    #expect(read.bestTrial?.number == study.bestTrial?.number)
  }

  /// Issue 8: two runs of the same parallel study give the same journal, and a lag the same for any
  /// number of trials at once.
  @Test func anyNumberAtOnceGivesTheSameJournal() async throws {
    let configuration = mixedStudy(lag: 4)
    for (index, parallel) in [4, 4, 2, 1].enumerated() {
      try await run("\(index)", configuration, parallel: parallel)
    }
    let first = try grouped(folder.path("0"))
    #expect(first.count == 25)
    for index in 1..<4 { #expect(try grouped(folder.path("\(index)")) == first) }
  }

  /// What a killed process leaves is the journal up to any byte.
  @Test func aJournalCutAnywhereIsGoneOnWith() async throws {
    let configuration = mixedStudy()
    let study = try await run("whole", configuration, trials: 16)
    let whole = try Data(contentsOf: URL(filePath: folder.path("whole")))
    let expected = try grouped(folder.path("whole"))
    var generator = SystemRandomNumberGenerator()
    let cuts =
      [0, 1, whole.count - 1]
      + (0..<40).map { _ in
        Int.random(in: 0..<whole.count, using: &generator)
      }
    for cut in cuts {
      let name = "cut-\(cut)"
      try whole.prefix(cut).write(to: URL(filePath: folder.path(name)))
      let resumed = try await run(name, configuration, trials: 16, parallel: 2, resuming: true)
      let isTorn = cut > 0 && whole[cut - 1] != UInt8(ascii: "\n")
      #expect(resumed.notices.count == (isTorn ? 1 : 0), "cut at \(cut)")
      #expect(try grouped(folder.path(name)) == expected, "cut at \(cut)")
      #expect(resumed.bestTrial?.number == study.bestTrial?.number, "cut at \(cut)")
    }
  }

  @Test func resumingCanGoFurther() async throws {
    try await run("a", trials: 24)
    try await run("b", trials: 9)
    try await run("b", trials: 24, parallel: 2, resuming: true)
    #expect(try grouped(folder.path("a")) == grouped(folder.path("b")))
  }

  @Test func aFinishedStudyStaysAsItIs() async throws {
    try await run("a")
    let before = try Data(contentsOf: URL(filePath: folder.path("a")))
    try await run("a", resuming: true)
    #expect(try Data(contentsOf: URL(filePath: folder.path("a"))) == before)
  }

  @Test func suggestionsDoNotKnowWhatIsWithinTheLag() async throws {
    let seen = Seen()
    let configuration = StudyConfiguration(
      space: mixedSpace,
      sampler: Spy(seen: seen),
      lag: 3
    )
    let study = try Study(configuration)
    try await study.optimize(trials: 8, parallel: 3) { trial in
      try trial.report(1, step: 1)
      return Double(trial.number)
    }
    for context in seen.contexts {
      #expect(context.trials.map(\.number) == Array(0..<context.number))
      for trial in context.trials {
        let isVisible = trial.number <= context.number - 3
        #expect(trial.state == (isVisible ? .complete : .running))
        #expect(trial.value == (isVisible ? Double(trial.number) : nil))
        #expect(trial.intermediateValues.isEmpty == !isVisible)
        #expect(trial.parameters.isEmpty == false)
      }
    }
    #expect(seen.contexts.map(\.number) == Array(0..<8))
  }

  @Test func prunersDoNotKnowWhatIsWithinTheLag() async throws {
    let seen = Seen()
    let configuration = StudyConfiguration(
      space: mixedSpace,
      sampler: RandomSampler(),
      pruner: SpyingPruner(seen: seen),
      lag: 3
    )
    let study = try Study(configuration)
    try await study.optimize(trials: 8, parallel: 2) { trial in
      for step in 1...3 { try trial.report(Double(step), step: step) }
      return 0
    }
    #expect(seen.prunings.count == 24)
    for context in seen.prunings {
      #expect(context.finished.map(\.number) == Array(0..<max(0, context.trial.number - 2)))
      #expect(context.finished.allSatisfy { $0.state.isFinished })
      #expect(context.trial.lastStep == context.trial.intermediateValues.count)
    }
  }

  @Test func trialsAsAFrame() async throws {
    let frame = try await run("a").record.dataFrame()
    #expect(
      frame.columns
        == ["number", "state", "value", "steps"] + mixedSpace.parameters.map(\.name) + ["failure"]
    )
    #expect(
      frame.types.map { "\($0.type)" }
        == [
          "int64", "string", "float64", "int64", "float64", "int64", "string", "float64", "string",
          "string",
        ]
    )
    #expect(frame.rowCount == 24)
  }

  @Test func cancellationLeavesTrialsToBeRunAgain() async throws {
    let study = try Study(mixedStudy(), journal: folder.path("a"))
    let task = Task {
      try await study.optimize(trials: 24, parallel: 2) { trial in
        if trial.number == 5 { try await Task.sleep(for: .seconds(60)) }
        return try mixedObjective(trial)
      }
    }
    while study.trials.count < 6 { try await Task.sleep(for: .milliseconds(1)) }
    task.cancel()
    let error = await #expect(throws: TuningError.self) { try await task.value }
    #expect(error?.underlying is CancellationError)
    #expect(study.trials.map(\.state).filter { $0 == .running }.isEmpty == false)
    #expect(study.trials[5].state == .running)
    try await study.optimize(trials: 24) { try mixedObjective($0) }
    try await run("b")
    #expect(try grouped(folder.path("a")) == grouped(folder.path("b")))
  }

  /// What a trial reported before it was stopped is no news of it when it is run again.
  @Test func prunersDoNotKnowWhatAnEarlierRunReported() async throws {
    let seen = Seen()
    let configuration = StudyConfiguration(
      space: mixedSpace,
      sampler: RandomSampler(),
      pruner: SpyingPruner(seen: seen)
    )
    let study = try Study(configuration)
    for ends in [false, true] {
      try? await study.optimize(trials: 1) { trial in
        for step in 1...3 { try trial.report(Double(step), step: step) }
        if !ends { throw CancellationError() }
        return 0
      }
    }
    #expect(study.trials.map(\.state) == [.complete])
    #expect(
      seen.prunings.map { $0.trial.intermediateValues.keys.sorted() }
        == [[1], [1, 2], [1, 2, 3], [1], [1, 2], [1, 2, 3]]
    )
  }

  @Test func afterItsTimeNothingBegins() async throws {
    let study = try Study(mixedStudy())
    try await study.optimize(trials: 5, timeout: .zero) { _ in 1 }
    #expect(study.trials.isEmpty)
  }
}

/// What samplers and pruners were told.
final class Seen: @unchecked Sendable {
  private let lock = NSLock()
  private var suggestions: [SuggestionContext] = []
  private var decisions: [PruningContext] = []

  var contexts: [SuggestionContext] { lock.withLock { suggestions } }
  var prunings: [PruningContext] { lock.withLock { decisions } }

  func note(_ context: SuggestionContext) { lock.withLock { suggestions.append(context) } }
  func note(_ context: PruningContext) { lock.withLock { decisions.append(context) } }
}

private struct Spy: Sampler {
  let seen: Seen

  func suggestion(
    for context: SuggestionContext
  ) throws(TuningError) -> [String: ParameterValue]? {
    seen.note(context)
    return RandomSampler().suggestion(for: context)
  }
}

private struct SpyingPruner: Pruner {
  let seen: Seen

  func prunes(_ context: PruningContext) -> Bool {
    seen.note(context)
    return false
  }
}
