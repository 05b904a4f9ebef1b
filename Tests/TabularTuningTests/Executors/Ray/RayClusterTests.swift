import Foundation
import Testing

@testable import TabularTuning

/// Studies on two nodes of a real Ray.
@Suite(
  .serialized,
  .enabled(
    if: LocalRayCluster.isWanted,
    "needs TABULAR_LONG_TESTS=1, and ray for python3 or the Python of TABULAR_PYTHON"
  )
) struct RayClusterTests {
  private let folder: Folder
  private let space: SearchSpace

  init() throws {
    folder = try Folder()
    space = try SearchSpace([
      .init("rate", .uniform(0...1)), .init("size", .int(1...9)),
    ])
  }

  /// Trials of three epochs; each run leaves a line with its node, whose process is the grandparent.
  private var program: String {
    """
    #!/bin/sh
    echo "$(ps -o ppid= -p $PPID) $1" >> "\(folder.path("runs"))"
    r=${1#--rate=}; s=${2#--size=}
    for e in 0 1 2; do
      awk -v r=$r -v s=$s -v e=$e 'BEGIN {
        printf "{\\"epoch\\":%d,\\"loss\\":%.6f}\\n", e, (r-0.3)^2 + s/(e+1) + '"$(cat offset)"' }'
      sleep ${PAUSE:-0.3}
    done
    echo '{"done":true}'

    """
  }

  private func newStudy() throws -> Study {
    try Study(
      StudyConfiguration(
        space: space,
        sampler: try TPESampler(startupTrials: 3),
        pruner: MedianPruner(startupTrials: 3),
        seed: 4,
        lag: 2
      )
    )
  }

  private func write() throws -> TrialCommand {
    try program.write(toFile: folder.path("trial"), atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755],
      ofItemAtPath: folder.path("trial")
    )
    try "0.5".write(toFile: folder.path("offset"), atomically: true, encoding: .utf8)
    return TrialCommand(
      executable: "/bin/sh",
      arguments: ["-c", "cd '\(folder.url.path)' && exec ./trial \"$@\"", "sh"],
      space: space
    )
  }

  private var runs: Runs { Runs(path: folder.path("runs")) }

  private func words(_ study: Study) -> [String] {
    study.trials.map {
      "\($0.number) \($0.state) \($0.parameters.sorted { $0.key < $1.key }) \($0.value ?? .nan) "
        + "\($0.intermediateValues.sorted { $0.key < $1.key })"
    }
  }

  /// What the same trials come to as processes of this machine.
  private func localStudy(_ trials: Int) async throws -> [String] {
    let study = try newStudy()
    try await study.optimize(trials: trials, with: LocalExecutor(try write(), metric: "loss"))
    try FileManager.default.removeItem(atPath: folder.path("runs"))
    return words(study)
  }

  @Test func filesThatAreSharedAndFilesThatAreCopied() async throws {
    let local = try await localStudy(8)
    let ray = try LocalRayCluster()
    var cluster = RayCluster(
      address: ray.address,
      python: ray.python,
      files: .shared(folder: folder.url.path)
    )
    let shared = TrialCommand(executable: "./trial", arguments: [], space: space)
    let study = try newStudy()
    try await RayExecutor.connected(to: cluster, running: shared, metric: "loss") {
      try await study.optimize(trials: 8, parallel: 2, with: $0)
    }
    #expect(words(study) == local)
    #expect(Set(runs.all.map(\.node)).count == 2, "both nodes run trials")
    #expect(runs.all.count == 8)

    cluster.files = .copied(folder: folder.url.path)
    let copied = try newStudy()
    try await RayExecutor.connected(to: cluster, running: shared, metric: "loss") {
      // Ray has its copy.
      try FileManager.default.removeItem(atPath: folder.path("trial"))
      try FileManager.default.removeItem(atPath: folder.path("offset"))
      try await copied.optimize(trials: 4, parallel: 2, with: $0)
    }
    #expect(words(copied) == Array(local.prefix(4)))
  }

  @Test func aNodeThatIsLostCostsItsTrialAlone() async throws {
    let local = try await localStudy(8)
    let ray = try LocalRayCluster()
    let cluster = RayCluster(
      address: ray.address,
      python: ray.python,
      files: .shared(folder: folder.url.path)
    )
    let notices = Notices()
    let study = try newStudy()
    try await RayExecutor.connected(
      to: cluster,
      running: TrialCommand(executable: "./trial", arguments: [], space: space),
      metric: "loss",
      onNotice: notices.add
    ) { executor in
      let cut = Task { [runs] in
        // When a trial has just begun there, and some have ended.
        let node = "\(try ray.raylet)"
        while runs.all.count < 4 || runs.all.last?.node != node {
          try await Task.sleep(for: .milliseconds(20))
        }
        try ray.loseNode()
      }
      try await study.optimize(trials: 8, parallel: 2, with: executor)
      cut.cancel()
      try await cut.value
    }
    #expect(words(study) == local)
    let lost = notices.all.filter { $0.contains("was lost with its node and is run again") }
    #expect(lost.count == 1, "\(notices.all)")
    #expect(runs.all.count == 9)
    #expect(Set(runs.all.map(\.trial)).count == 8)
  }
}

/// The lines that runs of trials have left.
private struct Runs: Sendable {
  let path: String

  var all: [(node: String, trial: String)] {
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map {
      let words = $0.split(separator: " ").map(String.init)
      return (words[0], words[1])
    }
  }
}
