import Foundation
import TabularFrame
import Testing

/// Trainings that end before their end, and go on.
struct TrainResumeTests {
  private let work: Workdir
  private let base: [String]

  init() throws {
    work = try Workdir()
    let rows = (0..<700).map { "\($0 * 31 % 97).5,\($0 * 17 % 11),w\($0 % 40),\($0 * 7 % 3)" }
    let input = try work.file("in.csv", "a,b,c,y\n" + rows.joined(separator: "\n") + "\n")
    base = [
      "train", input, "--target", "y", "--epochs", "40", "--batch-size", "32", "--json", "--quiet",
      "--normalization", "batch", "--dropout", "0.2", "--schedule", "cosine", "--accumulate", "2",
    ]
  }

  private func hash(_ run: Command) throws -> String {
    #expect(run.exitCode == 0, "\(run.errors)")
    return try #require(try run.json.last?["weights_sha256"] as? String)
  }

  /// `kill -9` at moments of no choosing, again and again, each time on other devices and workers.
  @Test func killedTrainingsEndWithTheSameWeights() throws {
    let whole = try hash(try Command(base))
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    var random = SplitMix64(seed: seed)
    let folder = ["--checkpoint", work.path("ck"), "--checkpoint-steps", "3", "--resume"]
    for attempt in 0..<40 {
      let process = Process()
      process.executableURL = Command.executable
      process.arguments =
        base + folder + ["--devices", "\(1 + attempt % 3)", "--workers", "\(attempt % 2)"]
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      Thread.sleep(forTimeInterval: Double.random(in: 0.05...1.2, using: &random))
      guard process.isRunning else { break }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    #expect(try hash(try Command(base + folder)) == whole)
    // Nothing is left but the last checkpoints.
    #expect(work.contents == ["ck", "in.csv"])
    let names = try FileManager.default.contentsOfDirectory(atPath: work.path("ck"))
    #expect(names.count == 3 && names.allSatisfy { $0.hasSuffix(".safetensors") }, "\(names)")
  }

  @Test func interruptedTrainingsLeaveACheckpoint() throws {
    let folder = ["--checkpoint", work.path("ck")]
    let process = Process()
    process.executableURL = Command.executable
    process.arguments = base + ["--epochs", "100000"] + folder
    process.standardOutput = FileHandle.nullDevice
    let errors = work.path("errors")
    try Data().write(to: URL(filePath: errors))
    process.standardError = FileHandle(forWritingAtPath: errors)
    try process.run()
    while !FileManager.default.fileExists(atPath: work.path("ck")) { usleep(10_000) }
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 130)
    let said = try String(contentsOfFile: errors, encoding: .utf8)
    #expect(said.hasPrefix("Error: stopped after step "), "\(said)")
    #expect(said.hasSuffix("holds a checkpoint to go on from\n"))

    let again = try Command(base + folder)
    #expect(again.exitCode == 1)
    #expect(again.errors.contains("give --resume to go on, or another folder"))
    let prefix = "Error: cannot go on from the checkpoint: its "
    for (option, value, message) in [
      ("--epochs", "40", "schedule.rule.cosine.count is "),
      ("--lr", "0.5", "optimizer.learningRate is 0.003, and this training's 0.5\n"),
      ("--hidden", "8", "layers.layers["),
    ] {
      let other = try Command(
        base + ["--epochs", "100000"] + folder + ["--resume", option, value]
      )
      #expect(other.exitCode == 1)
      #expect(other.errors.hasPrefix(prefix + message), "\(other.errors)")
    }
  }

  @Test func earlyStoppingKeepsTheBest() throws {
    let run = try Command(base + ["--early-stop", "3"])
    #expect(run.exitCode == 0, "\(run.errors)")
    let lines = try run.json
    let losses = lines.dropLast().compactMap { $0["valid_loss"] as? Double }
    #expect(losses.count < 40)
    let best = try #require(lines.last?["best_epoch"] as? Int)
    #expect(losses[best] == losses.min())
    // Each line names the best epoch so far.
    let sofar = lines.dropLast().map { $0["best_epoch"] as? Int }
    #expect(sofar == losses.indices.map { end in (0...end).min { losses[$0] < losses[$1] } })
    #expect(lines.last?["valid_loss"] as? Double == losses[best])
  }
}
