import Foundation
import Testing

@Suite struct TuneTests {
  private let folder: Workdir
  private let data: String
  private let space: String

  init() throws {
    folder = try Workdir()
    data = packaged("datasets/titanic-synthetic.csv")
    space = try folder.file(
      "space.json",
      """
      {"lr": {"log": [1e-3, 1e-1]}, "batch_size": {"int": [64, 256], "log": true},
       "hidden": {"choice": ["8", "none"]},
       "optimizer": {"choice": ["sgd", "adam"], "when": {"sgd": {"momentum": {"uniform": [0, 0.9]}}}}}
      """
    )
  }

  private var arguments: [String] {
    ["tune", data, "--target", "Survived", "--space", space, "--epochs", "4", "--seed", "5"]
  }

  private func tune(_ more: String...) throws -> Command { try Command(arguments + more) }

  @Test func theBestCommandGivesTheBestValue() throws {
    let run = try tune("--trials", "6", "--parallel", "2", "--json")
    #expect(run.exitCode == 0, "\(run.errors)")
    let lines = try run.json
    #expect(lines.count == 7)
    #expect(lines.dropLast().compactMap { $0["trial"] as? Int }.sorted() == Array(0..<6))
    let end = try #require(lines.last)
    #expect(end["done"] as? Bool == true && end["trials"] as? Int == 6)
    let values = lines.dropLast().filter { $0["state"] as? String == "complete" }
      .compactMap { $0["value"] as? Double }
    let best = try #require(end["value"] as? Double)
    #expect(best == values.min())
    // One line a trial on standard error, and what the search is.
    #expect(run.errors.split(separator: "\n").count == 7)
    let command = try #require(end["command"] as? String)
    #expect(command.hasPrefix("tabular train "))
    let again = try Command(shell: "$TABULAR \(command.dropFirst(8)) --json")
    #expect(try again.json.last?["valid_loss"] as? Double == best)
  }

  @Test func textOnStandardOutputIsTheBestTrial() throws {
    let run = try tune("--trials", "2", "--quiet")
    #expect(run.errors.isEmpty)
    #expect(run.lines[0].hasPrefix("best trial "))
    #expect(run.lines.last?.hasPrefix("tabular train ") == true)
    #expect(run.lines.contains { $0.hasPrefix("  lr ") })
  }

  /// The same lag, any number at once.
  @Test func journalsAreEqual() throws {
    let study = ["--trials", "8", "--pruner", "asha", "--lag", "3", "--study"]
    var journals: [[Int: [String]]] = []
    for parallel in ["3", "3", "1"] {
      let path = folder.path("study")
      let run = try Command(arguments + study + [path, "--parallel", parallel])
      #expect(run.exitCode == 0, "\(run.errors)")
      journals.append(try grouped(path))
      try FileManager.default.removeItem(atPath: path)
    }
    #expect(journals[0].count == 9)
    #expect(journals[1] == journals[0] && journals[2] == journals[0])
    #expect(journals[0].values.joined().contains { $0.contains("\"state\":2") }, "some are pruned")
  }

  /// Killed at random moments, and resumed each time, until it ends.
  @Test func killedStudiesEndAsOthers() throws {
    let study = ["--trials", "10", "--parallel", "2", "--pruner", "median", "--json", "--study"]
    // The study is named by its file.
    let other = try Workdir()
    let whole = try Command(arguments + study + [other.path("study")])
    let (path, script) = (folder.path("study"), arguments + study + [folder.path("study")])
    var (kills, run) = (0, Optional<Command>.none)
    while true {
      let isThere = FileManager.default.fileExists(atPath: path)
      let process = Process()
      process.executableURL = Command.executable
      process.arguments = script + (isThere ? ["--resume"] : [])
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      if kills < 10 {
        usleep(UInt32.random(in: 50_000...1_000_000))
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        kills += 1
        process.waitUntilExit()
        continue
      }
      process.waitUntilExit()
      run = try Command(script + ["--resume"])
      break
    }
    #expect(try grouped(path) == grouped(other.path("study")))
    let (last, expected) = (try #require(run?.json.last), try #require(whole.json.last))
    #expect(last["best_trial"] as? Int == expected["best_trial"] as? Int)
    #expect(last["command"] as? String == expected["command"] as? String)
  }

  @Test func writesAPageOfTheStudy() throws {
    let page = folder.path("study.html")
    let run = try tune("--trials", "4", "--json", "--report", page, "--study", folder.path("study"))
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.errors.contains("the report is in \(page)"))
    let html = try String(contentsOfFile: page, encoding: .utf8)
    let command = try #require(try run.json.last?["command"] as? String)
    for text in [
      "titanic-synthetic.csv", "minimize valid_loss, sampler tpe", "valid_loss after each epoch",
      "Too few trials: 4 complete", "momentum", "<dd>5</dd>", "<code>\(command)</code>",
    ] {
      #expect(html.contains(text), "\(text)")
    }
    #expect(html.matches(of: /<th scope="row">/).count == 4)
    // A study that is there already, and no trial left to run: the same page.
    let again = try Command(
      arguments + ["--trials", "4", "--study", folder.path("study"), "--resume", "--report", page]
    )
    #expect(again.exitCode == 0, "\(again.errors)")
    #expect(try String(contentsOfFile: page, encoding: .utf8) == html)
  }

  @Test func controlCSaysHowToGoOn() throws {
    let process = Process()
    process.executableURL = Command.executable
    let page = folder.path("study.html")
    process.arguments =
      arguments + ["--trials", "500", "--study", folder.path("study"), "--report", page]
    process.standardOutput = FileHandle.nullDevice
    let errors = try folder.file("errors", "")
    process.standardError = try FileHandle(forWritingTo: URL(filePath: errors))
    try process.run()
    while (try? String(contentsOfFile: folder.path("study"), encoding: .utf8))?
      .contains("\"op_code\":6") != true
    {
      #expect(process.isRunning)
      usleep(20_000)
    }
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationStatus == 128 + SIGINT)
    let said = try String(contentsOfFile: errors, encoding: .utf8)
    #expect(said.contains("; go on with: tabular tune "), "\(said)")
    #expect(try String(contentsOfFile: page, encoding: .utf8).contains("All trials"))
    let resumed = try Command(
      arguments + ["--trials", "1", "--study", folder.path("study"), "--resume"]
    )
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
  }

  @Test func afterItsTimeNothingBegins() throws {
    let run = try tune("--trials", "500", "--timeout", "2s", "--study", folder.path("study"))
    #expect(run.exitCode == 0, "\(run.errors)")
    #expect(run.errors.contains(" trials; go on with: tabular tune "))
    #expect(run.lines.last?.hasPrefix("tabular train ") == true)
  }

  @Test func refitTrainsAndSaves() throws {
    let model = folder.path("best.safetensors")
    let run = try tune("--trials", "2", "--json", "--refit", "--save", model)
    #expect(run.exitCode == 0, "\(run.errors)")
    let lines = try run.json
    let best = try #require(lines.first { $0["best_trial"] != nil }?["value"] as? Double)
    #expect(lines.last?["valid_loss"] as? Double == best)
    #expect(folder.contents.contains("best.safetensors"))
  }

  /// Where trials keep their best epoch, so do their reports: a trial ends with its best one.
  @Test func trialsThatKeepTheirBestEpoch() throws {
    let study = folder.path("kept.study")
    let run = try tune(
      "--trials",
      "4",
      "--epochs",
      "12",
      "--early-stop",
      "12",
      "--json",
      "--study",
      study
    )
    #expect(run.exitCode == 0, "\(run.errors)")
    let ends = try run.json.dropLast().compactMap { $0["value"] as? Double }
    var kept: [Int: [Double]] = [:]
    for line in try String(contentsOfFile: study, encoding: .utf8).split(separator: "\n") {
      let record = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      guard let trial = record?["trial_id"] as? Int,
        let value = record?["intermediate_value"] as? Double
      else { continue }
      kept[trial, default: []].append(value)
    }
    #expect(kept.count == 4)
    #expect(kept.values.allSatisfy { $0.count == 12 && $0 == $0.sorted(by: >) })
    #expect(kept.sorted { $0.key < $1.key }.map(\.value.last) == ends.map(Optional.some))
  }

  @Test func crossValidation() throws {
    let run = try tune("--trials", "2", "--folds", "3", "--metric", "valid_accuracy", "--json")
    #expect(run.exitCode == 0, "\(run.errors)")
    let lines = try run.json
    #expect(lines.dropLast().map { $0["steps"] as? Int } == [3, 3])
    #expect(run.errors.contains("maximize valid_accuracy"))
  }

  @Test func aGridIsTriedWhole() throws {
    let grid = try folder.file(
      "grid.json",
      #"{"hidden": {"choice": ["8", "none"]}, "indicate_missing": {"choice": [true, false]}}"#
    )
    let run = try Command(
      ["tune", data, "--target", "Survived", "--space", grid, "--sampler", "grid", "--epochs", "1"]
        + ["--json"]
    )
    let parameters = try run.json.dropLast().map { $0["parameters"] as? [String: Any] }
    #expect(parameters.map { $0?["hidden"] as? String } == ["8", "8", "none", "none"])
    #expect(parameters.map { $0?["indicate_missing"] as? Bool } == [true, false, true, false])
  }

  /// A trial that fails is one trial.
  @Test func failedTrialsAreSaid() throws {
    let space = try folder.file("bad.json", #"{"device_memory": {"choice": ["1K", "1G"]}}"#)
    let run = try Command(
      [
        "tune", data, "--target", "Survived", "--space", space, "--sampler", "grid", "--epochs",
        "1",
      ]
        + ["--json", "--retries", "1"]
    )
    let lines = try run.json.dropLast()
    #expect(lines.map { $0["state"] as? String } == ["failed", "complete"])
    let failure = try #require(lines.first?["failure"] as? String)
    #expect(failure.contains("memory"), "\(failure)")
    #expect(run.errors.contains("trial 0 failed: \(failure); try 2 of 2"))
  }
}

/// A journal's lines without times and worker ids: those of the study under -1, the others by trial.
private func grouped(_ path: String) throws -> [Int: [String]] {
  var groups: [Int: [String]] = [:]
  var created = 0
  for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
    let numbers = line.matches(of: #/"(op_code|trial_id)":(\d+)/#).map {
      (String($0.output.1), Int($0.output.2) ?? -1)
    }
    var key = numbers.first { $0.0 == "trial_id" }?.1 ?? -1
    if numbers.first?.1 == 4 { (key, created) = (created, created + 1) }
    let times = #/"(worker_id|datetime_start|datetime_complete)":"[^"]*"/#
    groups[key, default: []].append(String(line.replacing(times, with: "")))
  }
  return groups
}
