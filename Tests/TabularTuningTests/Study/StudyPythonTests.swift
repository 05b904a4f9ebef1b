import Foundation
import Testing

@testable import TabularTuning

/// What Optuna from PyPI makes of our journals.
@Suite(.enabled(if: Python.hasOptuna, "python3 lacks optuna")) struct StudyPythonTests {
  private static let script = """
    import json, sys
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend
    study = optuna.load_study(study_name=None, storage=JournalStorage(JournalFileBackend(sys.argv[1])))
    print(json.dumps({
      "name": study.study_name, "direction": study.direction.name, "best": study.best_trial.number,
      "lag": study.user_attrs["lag"],
      "trials": [
        [t.number, t.state.name, t.value, t.params, sorted(t.intermediate_values.items()),
          sorted(t.distributions), t.user_attrs, t.datetime_complete is not None]
        for t in study.trials]}))
    """

  @Test func optunaReadsAStudy() async throws {
    let folder = try Folder()
    let path = folder.path("journal")
    let study = try Study(mixedStudy(lag: 3), journal: path)
    try await study.optimize(trials: 20, parallel: 3) { try mixedObjective($0) }
    let text = try #require(try Python.output(Self.script, [path]))
    let answer = try JSONValue(parsing: text.trimmingCharacters(in: .newlines).utf8)
    #expect(answer["name"] == .text("mixed"))
    #expect(answer["direction"] == .text("MINIMIZE"))
    #expect(answer["best"] == .integer(try #require(study.bestTrial).number))
    #expect(answer["lag"] == .integer(3))
    let trials = try #require(answer["trials"]?.asArray)
    #expect(trials.count == 20)
    let names: [Trial.State: String] = [.complete: "COMPLETE", .pruned: "PRUNED", .failed: "FAIL"]
    for (json, trial) in zip(trials, study.trials) {
      let fields = try #require(json.asArray)
      #expect(fields[0] == .integer(trial.number))
      #expect(fields[1].asText == names[trial.state])
      #expect(fields[2].asNumber == trial.value)
      let parameters = (fields[3].asMembers ?? []).map { ($0.key, $0.value) }
      #expect(
        Dictionary(uniqueKeysWithValues: parameters) == trial.parameters.mapValues(\.journalJSON)
      )
      let steps = (fields[4].asArray ?? []).map { "\($0.json)" }
      #expect(
        steps
          == trial.intermediateValues.sorted { $0.key < $1.key }
          .map { JSONValue.array([.integer($0.key), .number($0.value)]).json }
      )
      #expect((fields[5].asArray ?? []).compactMap(\.asText) == trial.parameters.keys.sorted())
      #expect(fields[6]["failure"]?.asText == trial.failure)
      #expect(fields[7] == .bool(true))
    }
  }

  /// Optuna appends to our journal, as its dashboard does for a note; we read on.
  @Test func optunaWritesBesideUs() async throws {
    let folder = try Folder()
    let path = folder.path("journal")
    try await Study(mixedStudy(), journal: path).optimize(trials: 4) { try mixedObjective($0) }
    _ = try #require(
      try Python.output(
        Self.script.split(separator: "\n").prefix(5).joined(separator: "\n")
          + "\nstudy.set_user_attr('note', 'seen')\nstudy._storage.set_study_system_attr(0, 'a', [1])",
        [path]
      )
    )
    let study = try Study(mixedStudy(), journal: path, resuming: true)
    try await study.optimize(trials: 8) { try mixedObjective($0) }
    let whole = try Study(mixedStudy(), journal: folder.path("whole"))
    try await whole.optimize(trials: 8) { try mixedObjective($0) }
    #expect(study.bestTrial?.parameters == whole.bestTrial?.parameters)
    #expect(try StudyRecord(contentsOfJournal: path).trials.count == 8)
  }
}

/// The `python3` on the path.
private enum Python {
  static let hasOptuna = (try? output("import optuna")).flatMap(\.self) != nil

  /// What a program prints, or nil when it fails.
  static func output(_ script: String, _ arguments: [String] = []) throws -> String? {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? String(decoding: output, as: UTF8.self) : nil
  }
}
