import Foundation
import Testing

/// `tune --engine ray` before there is a cluster; `RayExecutor`'s tests have the trials.
@Suite struct TuneRayTests {
  private let folder: Workdir
  private let space: String

  init() throws {
    folder = try Workdir()
    space = try folder.file("space.json", #"{"lr": {"log": [1e-3, 1e-1]}}"#)
  }

  private func tune(_ more: String...) throws -> Command {
    try Command(
      ["tune", packaged("datasets/titanic-synthetic.csv"), "--target", "Survived"]
        + ["--space", space, "--epochs", "1", "--quiet"] + more
    )
  }

  @Test(arguments: [["--ray-address", "auto"], ["--ray-upload"]])
  func itsOptionsNeedTheEngine(options: [String]) throws {
    let run = try Command(
      ["tune", packaged("datasets/titanic-synthetic.csv"), "--target", "Survived"]
        + ["--space", space] + options
    )
    #expect(run.exitCode == 64)
    #expect(run.errors.hasPrefix("Error: \(options[0]) is of --engine ray: give it\n"))
  }

  /// A Python without Ray; nothing is left of the study.
  @Test func withoutRay() throws {
    let python = folder.path("python")
    _ = try folder.file("python", "#!/bin/sh\nexec python3 -S -I \"$@\"\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: python)
    let study = folder.path("a.study")
    let run = try tune("--engine", "ray", "--python", python, "--study", study)
    #expect(run.exitCode == 1)
    #expect(
      run.errors == "Error: '\(python)' has no Ray (No module named 'ray'); "
        + "install it: \(python) -m pip install ray\n"
    )
    #expect(!FileManager.default.fileExists(atPath: study))
  }

  @Test func withoutACluster() throws {
    let run = try tune("--engine", "ray", "--python", "/no/such/python")
    #expect(run.exitCode == 1)
    #expect(run.errors.hasPrefix("Error: '/no/such/python' cannot be run: "))
    #expect(run.errors.split(separator: "\n").count == 1)
  }
}
