internal import Foundation
internal import TabularCollectives

/// Processes that mpirun starts, of this very test program or of another.
package enum MPIRun {
  private static let mpirun = ["/usr/bin/mpirun", "/usr/local/bin/mpirun"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  /// Set in each process that `test` starts, so that its tests run there alone.
  package static let variable = "TABULAR_TEST_ON_RANKS"

  /// Whether this process is one that `test` has started.
  package static let isRank = ProcessInfo.processInfo.environment[variable] != nil

  /// Whether processes can be started here.
  package static let isPossible = Launch.isMPIBuilt && mpirun != nil && !isRank
  package static let whyNot = "it takes mpirun and a build with --traits MPI"

  /// The beginning of a line of shell that starts `ranks` processes, also as root and on few cores.
  package static func line(ranks: Int) -> String {
    "\(mpirun ?? "") --allow-run-as-root --oversubscribe -n \(ranks)"
  }

  /// Runs one test of this program on `ranks` processes; returns mpirun's status and all output.
  package static func test(_ name: String, ranks: Int) throws -> (status: Int32, output: String) {
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let process = Process()
    process.executableURL = URL(filePath: mpirun ?? "")
    process.arguments =
      line(ranks: ranks).split(separator: " ").dropFirst().map(String.init)
      + [program, "--testing-library", "swift-testing", "--filter", name]
    process.environment = ProcessInfo.processInfo.environment.merging([variable: name]) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }
}
