import Foundation
import Testing

@testable import TabularTuning

@Suite struct LocalExecutorTests {
  /// Runs a line of shell as each trial; `$1` is the first option.
  private func study(
    _ script: String,
    trials: Int = 1,
    parallel: Int = 1,
    pruner: (any Pruner)? = nil,
    metric: String = "loss",
    timeout: Duration? = nil,
    retries: Int = 0,
    onNotice: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> Study {
    let space = try SearchSpace([.init("rate", .choice([.integer(1), .integer(2), .integer(3)]))])
    let study = try Study(
      StudyConfiguration(
        space: space,
        sampler: GridSampler(),
        pruner: pruner,
        lag: 2
      )
    )
    let executor = LocalExecutor(
      TrialCommand(executable: "/bin/sh", arguments: ["-c", script, "sh"], space: space),
      trailing: ["--json"],
      metric: metric,
      timeout: timeout,
      retries: retries,
      onNotice: onNotice
    )
    try await study.optimize(trials: trials, parallel: parallel, with: executor)
    return study
  }

  @Test func linesOfJSON() async throws {
    let study = try await study(
      """
      echo "$1 $2" >&2
      r=${1#--rate=}
      echo 'not json'; echo '{"note": "no epoch"}'
      echo '{"epoch":0,"loss":'$r'.5}'; echo '{"epoch":1,"loss":null}'
      printf '{"epoch":2,"loss":%s}\\n' $r
      echo '{"done":true,"loss":'$r'.25}'
      """,
      trials: 3,
      parallel: 2
    )
    #expect(study.trials.map(\.state) == [.complete, .complete, .complete])
    #expect(study.trials.map(\.value) == [1.25, 2.25, 3.25])
    let steps = study.trials[1].intermediateValues
    #expect(steps.count == 3 && steps[1] == 2.5 && steps[2]?.isNaN == true && steps[3] == 2)
  }

  /// A training that keeps the weights of its best epoch is worth what that one was.
  @Test func aReportIsWhatIsKept() async throws {
    let study = try await study(
      """
      echo '{"epoch":0,"loss":4,"best_epoch":0}'; echo '{"epoch":1,"loss":2,"best_epoch":1}'
      echo '{"epoch":2,"loss":3,"best_epoch":1}'; echo '{"epoch":3,"loss":1,"best_epoch":3}'
      echo '{"epoch":4,"loss":null,"best_epoch":3}'; echo '{"done":true,"loss":1,"best_epoch":3}'
      """
    )
    #expect(study.trials[0].intermediateValues == [1: 4, 2: 2, 3: 2, 4: 1, 5: 1])
    #expect(study.trials[0].value == 1)
  }

  /// A checkpoint that is gone on with begins after its best epoch, which was not heard of.
  @Test func aReportOfAnUnknownBestEpochIsTheLast() async throws {
    let study = try await study(
      """
      echo '{"epoch":7,"loss":4,"best_epoch":3}'; echo '{"done":true,"loss":2,"best_epoch":3}'
      """
    )
    #expect(study.trials[0].intermediateValues == [8: 4])
    #expect(study.trials[0].value == 2)
  }

  @Test func theLastReportIsTheValueWhereTheEndHasNone() async throws {
    let study = try await study(#"echo '{"epoch":0,"loss":4}'; printf '{"done":true}'"#)
    #expect(study.trials[0].value == 4)
  }

  @Test(arguments: [
    ("echo first >&2; echo 'last words' >&2; exit 3", "last words"),
    ("echo 'Error: no such file' >&2; echo 'Usage: ...' >&2; exit 64", "no such file"),
    ("exit 3", "it ended with exit code 3"),
    (#"echo '{"epoch":0,"loss":4}'"#, "it ended without a result"),
    (#"echo '{"done":true,"loss":4}'; exit 1"#, "it ended with exit code 1"),
    ("kill -9 $$", "it was ended by signal 9, as by the kernel when memory runs out"),
    ("echo so far >&2; kill -11 $$", "it was ended by signal 11; it said: so far"),
  ]) func aProcessThatFails(script: String, reason: String) async throws {
    let study = try await study(
      "[ $1 = --rate=2 ] && { \(script); exit; }; echo '{\"done\":true,\"loss\":1}'",
      trials: 3
    )
    #expect(study.trials.map(\.state) == [.complete, .failed, .complete])
    #expect(study.trials[1].failure == reason)
  }

  /// One that is not ended runs for ever.
  @Test(.timeLimit(.minutes(10))) func aPrunedProcessIsEnded() async throws {
    let folder = try Folder()
    let study = try await study(
      """
      r=${1#--rate=}
      trap 'echo ended > \(folder.path("ended")); exit 1' TERM
      echo '{"epoch":0,"loss":'$r'}'
      [ $r = 2 ] && while :; do sleep 0.05; done
      echo '{"done":true,"loss":'$r'}'
      """,
      trials: 3,
      pruner: Above(1.5, unless: 3)
    )
    #expect(study.trials.map(\.state) == [.complete, .pruned, .complete])
    #expect(study.trials[1].value == 2)
    #expect(FileManager.default.fileExists(atPath: folder.path("ended")))
  }

  @Test func aProcessThatDoesNotListenIsKilled() async throws {
    let study = try await study(
      """
      trap '' TERM
      echo '{"epoch":0,"loss":2}'
      while :; do sleep 0.05; done
      """,
      pruner: Above(1.5)
    )
    #expect(study.trials.map(\.state) == [.pruned])
  }

  @Test func aTrialThatTakesTooLong() async throws {
    let study = try await study("exec sleep 60", timeout: .milliseconds(300), retries: 5)
    #expect(study.trials[0].failure == "it took longer than 0.3 seconds")
  }

  @Test func failuresAreTriedAgain() async throws {
    let folder = try Folder()
    let notices = Lines()
    let study = try await study(
      """
      echo x >> \(folder.path("tries"))
      echo '{"epoch":0,"loss":7}'
      [ $(wc -l < \(folder.path("tries"))) -lt 3 ] && { echo 'Error: not yet' >&2; exit 1; }
      echo '{"epoch":1,"loss":6}'; echo '{"done":true,"loss":5}'
      """,
      retries: 2,
      onNotice: notices.add
    )
    #expect(study.trials[0].value == 5)
    #expect(study.trials[0].intermediateValues == [1: 7, 2: 6])
    #expect(
      notices.all
        == ["trial 0 failed: not yet; try 2 of 3", "trial 0 failed: not yet; try 3 of 3"]
    )
  }

  @Test(arguments: [
    ("valid_los", "did you mean 'valid_loss'?"), ("auc", "there are: valid_loss, valid_rmse"),
  ]) func aMetricThatIsNotThere(metric: String, hint: String) async throws {
    let error = await #expect(throws: TuningError.self) {
      _ = try await study(
        #"echo '{"epoch":0,"valid_loss":1,"valid_rmse":null,"samples_per_second":5}'; sleep 60"#,
        trials: 3,
        metric: metric
      )
    }
    #expect(error?.kind == .configuration)
    #expect(error?.message == "the trials print no metric '\(metric)'; \(hint)")
  }

  @Test func aProgramThatIsNotThere() async throws {
    let space = try SearchSpace([.init("rate", .uniform(0...1))])
    let study = try Study(StudyConfiguration(space: space, sampler: RandomSampler()))
    let command = TrialCommand(executable: "/no/such/program", arguments: [], space: space)
    let error = await #expect(throws: TuningError.self) {
      try await study.optimize(trials: 1, with: LocalExecutor(command, metric: "loss"))
    }
    #expect(error?.message.hasPrefix("trial 0: '/no/such/program' cannot be run: ") == true)
  }

  @Test func aCancelledTrialIsLeftRunning() async throws {
    let space = try SearchSpace([.init("rate", .uniform(0...1))])
    let study = try Study(StudyConfiguration(space: space, sampler: RandomSampler()))
    let command = TrialCommand(
      executable: "/bin/sh",
      arguments: ["-c", #"echo '{"epoch":0,"loss":1}'; exec sleep 60"#, "sh"],
      space: space
    )
    let task = Task {
      try await study.optimize(trials: 1, with: LocalExecutor(command, metric: "loss"))
    }
    while study.trials.first?.intermediateValues.isEmpty ?? true {
      try await Task.sleep(for: .milliseconds(2))
    }
    task.cancel()
    await #expect(throws: TuningError.self) { try await task.value }
    #expect(study.trials.map(\.state) == [.running])
  }

  @Test func parametersAsOptions() throws {
    let space = try SearchSpace([
      .init("batch_size", .int(1...9)), .init("lr", .log(1e-9...1)),
      .init("hidden", .choice([.text("64,32"), .text("-1")])),
      .init("indicate_missing", .choice([.bool(true), .bool(false)])),
    ])
    #expect(
      TrialCommand.options(
        [
          "lr": .number(1e-5), "batch_size": .integer(7), "hidden": .text("-1"),
          "indicate_missing": .bool(true),
        ],
        in: space
      ) == ["--batch-size=7", "--lr=1e-05", "--hidden=-1", "--indicate-missing"]
    )
    #expect(TrialCommand.options(["indicate_missing": .bool(false)], in: space).isEmpty)
  }
}

/// Ends trials that report more than so much, but for one.
private struct Above: Pruner {
  let limit: Double
  let exception: Double

  init(_ limit: Double, unless exception: Double = .nan) {
    (self.limit, self.exception) = (limit, exception)
  }

  func prunes(_ context: PruningContext) -> Bool {
    guard let step = context.trial.lastStep, let value = context.trial.intermediateValues[step]
    else { return false }
    return value > limit && value != exception
  }
}

/// Lines that were said.
private final class Lines: @unchecked Sendable {
  private let lock = NSLock()
  private var lines: [String] = []

  var all: [String] { lock.withLock { lines } }

  func add(_ line: String) { lock.withLock { lines.append(line) } }
}
