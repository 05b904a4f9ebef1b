import Foundation
import Testing

@testable import TabularTuning

@Suite struct StudyRefusalTests {
  private let folder: Folder
  private let path: String

  init() throws {
    folder = try Folder()
    path = folder.path("journal")
  }

  private static let others: [(String, @Sendable (inout StudyConfiguration) throws -> Void)] = [
    ("seed 3, this one has 4", { $0.seed = 4 }),
    ("lag 2, this one has 1", { $0.lag = 1 }),
    ("direction minimize, this one has maximize", { $0.direction = .maximize }),
    (
      "sampler \(mixedSampler), this one has RandomSampler()",
      { $0.sampler = RandomSampler() }
    ),
    (
      "sampler \(mixedSampler), this one has \("\(mixedSampler)".replacing("Trials: 4", with: "Trials: 5"))",
      { $0.sampler = try TPESampler(startupTrials: 5) }
    ),
    (
      "pruner MedianPruner(startupTrials: 2, warmupSteps: 0, interval: 1), this one has none",
      { $0.pruner = nil }
    ),
    ("command f(x), this one has g(x)", { $0.attributes = [("command", "g(x)")] }),
    (
      "a space that has 'lr' as log, 0.0001 to 0.1, this one has 'lr' as log, 0.001 to 0.1",
      {
        $0.space = try SearchSpace(
          [.init("lr", .log(1e-3...1e-1))] + $0.space.parameters.dropFirst()
        )
      }
    ),
    (
      "a space that has nothing more, this one has 'x' as uniform, 0.0 to 1.0",
      { $0.space = try SearchSpace($0.space.parameters + [.init("x", .uniform(0...1))]) }
    ),
  ]

  @Test(arguments: 0..<others.count) func anotherStudyIsNotResumed(index: Int) async throws {
    try await Study(mixedStudy(), journal: path).optimize(trials: 3) { try mixedObjective($0) }
    let before = try Data(contentsOf: URL(filePath: path))
    var configuration = mixedStudy()
    let (difference, change) = Self.others[index]
    try change(&configuration)
    let error = #expect(throws: TuningError.self) {
      try Study(configuration, journal: path, resuming: true)
    }
    #expect(
      error?.message
        == "'\(path)' is of a study with \(difference): resume it as it was begun, or name another "
        + "journal"
    )
    #expect(try Data(contentsOf: URL(filePath: path)) == before, "nothing is lost")
  }

  @Test func aNameIsNoReason() async throws {
    _ = try Study(mixedStudy(), journal: path)
    var configuration = mixedStudy()
    configuration.name = "other"
    let study = try Study(configuration, journal: path, resuming: true)
    #expect(study.configuration.name == "mixed")
  }

  @Test func aStudyThatIsThereIsNotBegunAgain() async throws {
    try await Study(mixedStudy(), journal: path).optimize(trials: 3) { _ in 1 }
    let error = #expect(throws: TuningError.self) { try Study(mixedStudy(), journal: path) }
    #expect(
      error?.message
        == "'\(path)' has a study of 3 trials already: resume it, or name another journal"
    )
  }

  @Test func nothingToResume() {
    let error = #expect(throws: TuningError.self) {
      try Study(mixedStudy(), journal: path, resuming: true)
    }
    #expect(
      error?.message == "there is no study '\(path)' to resume: begin it without resuming"
    )
  }

  @Test func optunasOwnStudyIsRead() throws {
    try optunaJournal.write(toFile: path, atomically: false, encoding: .utf8)
    let error = #expect(throws: TuningError.self) {
      try Study(mixedStudy(), journal: path, resuming: true)
    }
    #expect(
      error?.message
        == "'\(path)' has no user attribute 'tabular_format': no study of this package's to resume; "
        + "StudyRecord reads it"
    )
  }

  /// Dictionaries have another order in each process.
  @Test func aSamplersTextIsTheSameInEachProcess() throws {
    let points = Dictionary(uniqueKeysWithValues: (0..<20).map { ("p\($0)", $0 + 1) })
    let names = points.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    #expect(
      "\(try GridSampler(pointsByName: points))"
        == "GridSampler(points: 5, pointsByName: [\(names.joined(separator: ", "))])"
    )
  }

  @Test func moreAtOnceThanTheLagAllows() async throws {
    let study = try Study(mixedStudy(lag: 2))
    let error = await #expect(throws: TuningError.self) {
      try await study.optimize(trials: 3, parallel: 3) { _ in 1 }
    }
    #expect(error?.message == "3 trials at once: the study's lag allows 1 to 2")
  }

  @Test func aParameterThatIsNotThereEndsTheStudy() async throws {
    let study = try Study(mixedStudy())
    let error = await #expect(throws: TuningError.self) {
      try await study.optimize(trials: 3) { try $0.double("learning_rate") }
    }
    #expect(
      error?.message.hasPrefix("trial 0 has no parameter 'learning_rate', but 'batch_size'") == true
    )
    #expect(study.trials.map(\.state) == [.running])
  }

  @Test func aSamplerThatLeavesTheSpace() async throws {
    let study = try Study(StudyConfiguration(space: mixedSpace, sampler: Stray()))
    let error = await #expect(throws: TuningError.self) {
      try await study.optimize(trials: 1) { _ in 1 }
    }
    #expect(
      error?.message
        == "trial 0: the sampler Stray() leaves the space: 'lr' is '7.0', expected a number from "
        + "0.0001 to 0.1"
    )
    #expect(study.trials.isEmpty)
  }

  @Test func aDeviceIsNoJournal() {
    let error = #expect(throws: TuningError.self) {
      try Study(mixedStudy(), journal: "/dev/full")
    }
    #expect(error?.message == "cannot open '/dev/full': a journal is a regular file")
  }
}

private struct Stray: Sampler {
  func suggestion(
    for context: SuggestionContext
  ) throws(TuningError) -> [String: ParameterValue]? { ["lr": .number(7)] }
}
