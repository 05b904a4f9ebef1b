import Foundation
import Testing

/// What Optuna from PyPI makes of the journal of a study.
@Suite(.enabled(if: hasOptuna && hasShared, "python3 lacks optuna, or ../shared is missing"))
struct TunePythonTests {
  @Test func optunaFindsTheSameBestTrial() throws {
    let folder = try Workdir()
    let space = try folder.file(
      "space.json",
      #"{"lr": {"log": [1e-3, 1e-1]}, "hidden": {"choice": ["8", "none"]}}"#
    )
    let study = folder.path("titanic.study")
    let run = try Command(
      [
        "tune", realTitanic, "--target", "Survived", "--space", space, "--epochs", "4", "--trials",
        "8", "--parallel", "2", "--pruner", "asha", "--json", "--study", study,
      ]
    )
    #expect(run.exitCode == 0, "\(run.errors)")
    let script = """
      import sys, optuna
      from optuna.storages import JournalStorage
      from optuna.storages.journal import JournalFileBackend
      study = optuna.load_study(
        study_name="titanic", storage=JournalStorage(JournalFileBackend(sys.argv[1])))
      print(study.best_trial.number)
      for trial in study.trials:
        print(trial.number, trial.state.name.lower(), trial.value, len(trial.intermediate_values),
          trial.params["hidden"], trial.params["lr"])
      """
    let lines = try #require(try python(script, study)).split(separator: "\n").map(String.init)
    let (trials, end) = (try run.json.dropLast(), try #require(run.json.last))
    #expect(lines[0] == "\(try #require(end["best_trial"] as? Int))")
    let expected = trials.sorted { ($0["trial"] as? Int ?? 0) < ($1["trial"] as? Int ?? 0) }.map {
      let parameters = $0["parameters"] as? [String: Any] ?? [:]
      let words: [Any?] = [
        $0["trial"], $0["state"], $0["value"], $0["steps"], parameters["hidden"], parameters["lr"],
      ]
      return words.map { $0.map { "\($0)" } ?? "" }.joined(separator: " ")
    }
    #expect(Array(lines.dropFirst()) == expected)
    #expect(expected.contains { $0.contains("pruned") })
  }
}

private let hasOptuna = (try? python("import optuna")).flatMap(\.self) != nil

/// What a Python program prints, or nil when it fails.
private func python(_ script: String, _ arguments: String...) throws -> String? {
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
