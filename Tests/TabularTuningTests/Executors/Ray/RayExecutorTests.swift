import Foundation
import Testing

@testable import TabularTuning

/// The driver and what speaks to it, with an imitation of Ray; `RayClusterTests` has the real one.
@Suite struct RayExecutorTests {
  private let folder: Folder
  private let space: SearchSpace

  init() throws {
    folder = try Folder()
    space = try SearchSpace([.init("rate", .choice([.integer(1), .integer(2), .integer(3)]))])
  }

  private func command(_ script: String) -> TrialCommand {
    TrialCommand(executable: "/bin/sh", arguments: ["-c", script, "sh"], space: space)
  }

  private func newStudy(_ pruner: (any Pruner)? = nil) throws -> Study {
    try Study(
      StudyConfiguration(space: space, sampler: GridSampler(), pruner: pruner, lag: 2)
    )
  }

  /// Runs a line of shell as each trial; `$1` is the option.
  private func study(
    _ script: String,
    trials: Int = 1,
    parallel: Int = 1,
    processors: Int = 4,
    pruner: (any Pruner)? = nil,
    metric: String = "loss",
    timeout: Duration? = nil,
    retries: Int = 0,
    onNotice: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> Study {
    let ray = try FakeRay(in: folder, processors: processors)
    let study = try newStudy(pruner)
    try await RayExecutor.connected(
      to: ray.cluster(folder),
      running: command(script),
      trailing: ["--json"],
      metric: metric,
      timeout: timeout,
      retries: retries,
      onNotice: onNotice
    ) { try await study.optimize(trials: trials, parallel: parallel, with: $0) }
    return study
  }

  private static let script = #"""
    echo "$1 $2" >&2
    r=${1#--rate=}
    echo 'not json'; echo '{"note": "é"}'
    echo '{"epoch":0,"loss":'$r'.5}'; echo '{"epoch":1,"loss":null}'
    printf '{"epoch":2,"loss":%s}\n' $r
    [ $r = 2 ] && { echo 'Error: two' >&2; exit 3; }
    printf '{"done":true,"loss":'$r'.25}'
    """#

  @Test(arguments: [1, 4]) func theStudyIsThatOfThisMachine(processors: Int) async throws {
    let study = try await study(Self.script, trials: 3, parallel: 2, processors: processors)
    let local = try newStudy()
    try await local.optimize(
      trials: 3,
      with: LocalExecutor(command(Self.script), trailing: ["--json"], metric: "loss")
    )
    #expect(study.trials.map(\.state) == [.complete, .failed, .complete])
    #expect(study.trials.map(\.value) == local.trials.map(\.value))
    #expect(study.trials.map(\.failure) == [nil, "two", nil])
    for (here, there) in zip(local.trials, study.trials) {
      #expect(
        "\(here.intermediateValues.sorted(by: <))" == "\(there.intermediateValues.sorted(by: <))"
      )
    }
  }

  @Test(arguments: [
    ("echo first >&2; echo 'last words' >&2; exit 3", "last words"),
    ("exit 3", "it ended with exit code 3"),
    (#"echo '{"epoch":0,"loss":4}'"#, "it ended without a result"),
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

  @Test(arguments: ["echo ended > ended; exit 1", ""])
  func aPrunedProcessIsEnded(onSignal: String) async throws {
    let study = try await study(
      """
      r=${1#--rate=}
      trap '\(onSignal)' TERM
      echo '{"epoch":0,"loss":'$r'}'
      [ $r = 2 ] && { echo $$ > pid; while :; do sleep 0.05; done; }
      echo '{"done":true,"loss":'$r'}'
      """,
      trials: 3,
      pruner: Two()
    )
    #expect(study.trials.map(\.state) == [.complete, .pruned, .complete])
    #expect(study.trials[1].value == 2)
    #expect(FileManager.default.fileExists(atPath: folder.path("ended")) == !onSignal.isEmpty)
    #expect(try !isRunning())
  }

  @Test func aTrialThatTakesTooLong() async throws {
    let study = try await study("exec sleep 600", timeout: .milliseconds(300), retries: 5)
    #expect(study.trials[0].failure == "it took longer than 0.3 seconds")
  }

  @Test func failuresAreTriedAgain() async throws {
    let notices = Notices()
    let study = try await study(
      """
      echo x >> tries
      [ $(wc -l < tries) -lt 3 ] && { echo 'Error: not yet' >&2; exit 1; }
      echo '{"done":true,"loss":5}'
      """,
      retries: 2,
      onNotice: notices.add
    )
    #expect(study.trials[0].value == 5)
    #expect(
      notices.all == [
        "Ray: 2 nodes, 1 processors; a trial takes 1",
        "trial 0 failed: not yet; try 2 of 3", "trial 0 failed: not yet; try 3 of 3",
      ]
    )
  }

  @Test func aLostNodeCostsItsTrialAlone() async throws {
    let notices = Notices()
    try Data().write(to: folder.url.appending(path: "lose"))
    let study = try await study(
      """
      echo x >> tries$1
      n=$(wc -l < tries$1)
      echo '{"epoch":0,"loss":'$n'}'
      [ $1$n = --rate=11 ] && exec sleep 600
      echo '{"done":true}'
      """,
      trials: 3,
      onNotice: notices.add
    )
    // The second time it reports anew.
    #expect(study.trials.map(\.value) == [2, 1, 1])
    #expect(study.trials[0].intermediateValues == [1: 2])
    #expect(
      notices.all.dropFirst()
        == ["trial 0 was lost with its node and is run again: its node has died"]
    )
  }

  @Test func aTrialThatLosesEachNodeFails() async throws {
    try Data().write(to: folder.url.appending(path: "lose-all"))
    let study = try await study(#"echo '{"epoch":0,"loss":1}'; exec sleep 600"#)
    #expect(
      study.trials[0].failure
        == "its node was lost 5 times; the last time: its node has died"
    )
  }

  @Test func aMetricThatIsNotThere() async throws {
    let error = await #expect(throws: TuningError.self) {
      _ = try await study(
        #"echo $$ > pid; echo '{"epoch":0,"valid_loss":1}'; exec sleep 600"#,
        metric: "valid_los"
      )
    }
    #expect(error?.kind == .configuration)
    #expect(
      error?.message == "the trials print no metric 'valid_los'; did you mean 'valid_loss'?"
    )
    #expect(try !isRunning())
  }

  @Test func aCancelledTrialIsLeftRunning() async throws {
    let study = try newStudy()
    let cluster = try FakeRay(in: folder).cluster(folder)
    let command = command(#"echo $$ > pid; echo '{"epoch":0,"loss":1}'; exec sleep 600"#)
    let task = Task {
      try await RayExecutor.connected(to: cluster, running: command, metric: "loss") {
        try await study.optimize(trials: 1, with: $0)
      }
    }
    while study.trials.first?.intermediateValues.isEmpty ?? true {
      try await Task.sleep(for: .milliseconds(2))
    }
    task.cancel()
    await #expect(throws: TuningError.self) { try await task.value }
    #expect(study.trials.map(\.state) == [.running])
    #expect(try !isRunning())
  }

  @Test func aDriverThatDies() async throws {
    try Data().write(to: folder.url.appending(path: "die"))
    let error = await #expect(throws: TuningError.self) {
      _ = try await study(#"echo '{"epoch":0,"loss":1}'; exec sleep 600"#)
    }
    #expect(error?.kind == .trial)
    #expect(error?.message == "trial 0: the connection to Ray has ended")
  }

  @Test func aProgramThatIsNotThere() async throws {
    let ray = try FakeRay(in: folder)
    let study = try newStudy()
    let command = TrialCommand(executable: "/no/such/program", arguments: [], space: space)
    let error = await #expect(throws: TuningError.self) {
      try await RayExecutor.connected(to: ray.cluster(folder), running: command, metric: "loss") {
        try await study.optimize(trials: 1, with: $0)
      }
    }
    #expect(
      error?.message == "trial 0: Ray cannot run '/no/such/program' on a node: "
        + "[Errno 2] No such file or directory: '/no/such/program'"
    )
  }

  /// Whether the process that wrote the file `pid` is there.
  private func isRunning() throws -> Bool {
    let text = try String(contentsOfFile: folder.path("pid"), encoding: .utf8)
    return kill(try #require(Int32(text.trimmingCharacters(in: .newlines))), 0) == 0
  }
}

/// Ends trials that report 2.
private struct Two: Pruner {
  func prunes(_ context: PruningContext) -> Bool {
    context.trial.lastStep.flatMap { context.trial.intermediateValues[$0] } == 2
  }
}

/// Lines that were said.
final class Notices: @unchecked Sendable {
  private let lock = NSLock()
  private var lines: [String] = []

  var all: [String] { lock.withLock { lines } }

  func add(_ line: String) { lock.withLock { lines.append(line) } }
}
