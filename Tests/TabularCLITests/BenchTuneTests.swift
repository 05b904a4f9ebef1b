import Foundation
import Testing

struct BenchTuneTests {
  @Test func searchesMinimaAndSaysWhatItFound() throws {
    let small = ["bench", "tune", "--seeds", "3", "--trials", "11", "--runs", "1"]
    let lines = try Command(small + ["--json"]).json
    let functions = ["branin", "sphere6", "mixed"]
    #expect(
      lines.map { $0["case"] as? String }
        == functions.flatMap { name in ["tpe", "random", "gp"].map { "\(name) \($0)" } }
    )
    for line in lines {
      #expect(line["subject"] as? String == "tune")
      let values = try #require(line["values"] as? [Double])
      #expect(values.count == 3)
      #expect(line["median_best"] as? Double == values.sorted()[1])
      let seconds = try #require(line["seconds"] as? Double)
      let milliseconds = try #require(line["ms_per_trial"] as? Double)
      #expect(abs(milliseconds - seconds * 1000 / 33) <= 1e-9 * milliseconds)
      #expect(line["peer"] == nil)
    }
    let one = ["--functions", "mixed", "--samplers", "random", "--runs", "2"]
    // Two runs, which find the same.
    let run = try Command(
      small.dropLast(2) + one + ["--against", "optuna", "--python", "/bin/false"]
    )
    #expect(run.lines.count == 1)
    #expect(run.lines.first?.hasPrefix("mixed random     swift-tabular") == true)
    #expect(run.errors == "/bin/false has no optuna; left out\n")
  }

  /// Swift hashes differ from process to process: nothing that is suggested may hang on them.
  @Test func findsTheSameInEachProcess() throws {
    let found = try (0..<2).map { _ in
      try Command(
        "bench",
        "tune",
        "--seeds",
        "2",
        "--trials",
        "13",
        "--runs",
        "1",
        "--functions",
        "mixed",
        "--samplers",
        "tpe,gp",
        "--json"
      ).json.map { $0["values"] as? [Double] }
    }
    #expect(found[0].count == 2)
    #expect(found[0] == found[1])
  }

  /// What a peer says comes from a Python that answers for it: two searches that found 5 and 7.
  @Test func comparesWithAPeer() throws {
    let folder = try Workdir()
    let python = try folder.file(
      "python",
      """
      #!/bin/sh
      echo optuna 5.0.0
      while read request; do echo "0.5 100 5.0 7.0"; done
      """
    )
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: python)
    let lines = try Command(
      "bench",
      "tune",
      "--seeds",
      "2",
      "--runs",
      "1",
      "--functions",
      "mixed",
      "--samplers",
      "tpe",
      "--against",
      "optuna",
      "--python",
      python,
      "--json"
    ).json
    #expect(lines.count == 2)
    let peer = try #require(lines.last)
    #expect(peer["peer"] as? String == "optuna 5.0.0")
    #expect(peer["values"] as? [Double] == [5, 7])
    #expect(peer["median_best"] as? Double == 6)
    #expect(abs((peer["ms_per_trial"] as? Double ?? 0) - 500.0 / 120) < 1e-9)
    // Both of ours are below both of its: scipy's mannwhitneyu says 0.9735.
    #expect(abs((peer["p_ours_worse"] as? Double ?? 0) - 0.9735962442919432) < 1e-12)
  }

  @Test func refusesSearchesThatItCannotDo() throws {
    let refused = [
      (["--functions", "ackley"], "--functions takes branin, sphere6, mixed; found 'ackley'"),
      (["--samplers", "cma"], "--samplers takes tpe, random, gp; found 'cma'"),
      (["--samplers", ""], "--samplers takes tpe, random, gp; found ''"),
      (["--seeds", "0"], "--seeds takes a number above 0, found 0"),
      (["--trials", "0"], "--trials takes a number above 0, found 0"),
      (["--against", "hyperopt"], "--against takes optuna; found 'hyperopt'"),
    ]
    for (arguments, message) in refused {
      let run = try Command(["bench", "tune"] + arguments)
      #expect(run.exitCode == 64)
      #expect(run.errors.contains(message))
    }
  }
}
