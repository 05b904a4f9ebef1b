import Foundation
import Testing

@testable import TabularCollectives

/// Processes that mpirun starts: of this very test program, each with the tests of `OnEachRank`.
struct SeveralProcessesTests {
  private static let mpirun = ["/usr/bin/mpirun", "/usr/local/bin/mpirun"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  static let canStart = Launch.isMPIBuilt && mpirun != nil && !OnEachRank.isRank
  static let whyNot: Comment = "it takes mpirun and a build with --traits MPI"

  /// Runs one test of `OnEachRank` on `size` ranks; returns mpirun's status and all output.
  private static func run(_ test: String, ranks: Int) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: mpirun ?? "")
    process.arguments = [
      "--allow-run-as-root", "--oversubscribe", "-n", "\(ranks)", "/proc/self/exe",
    ]
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    process.arguments?.removeLast()
    process.arguments? += [program, "--testing-library", "swift-testing", "--filter", test]
    process.environment = ProcessInfo.processInfo.environment.merging(
      [OnEachRank.variable: test]
    ) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  @Test(.enabled(if: canStart, whyNot), arguments: [2, 3])
  func exchangeBytes(ranks: Int) throws {
    let (status, output) = try Self.run("eachIsToldWhatAllSay", ranks: ranks)
    #expect(status == 0, "\(output)")
    #expect(
      output.components(separatedBy: "1 test in 1 suite passed").count == ranks + 1,
      "\(output)"
    )
  }

  @Test(.enabled(if: canStart, whyNot))
  func oneThatAbortsEndsAll() throws {
    let (status, output) = try Self.run("theLastOneAborts", ranks: 3)
    #expect(status != 0, "\(output)")
    #expect(output.contains("\nrank 2 of 3: a.csv: expected 2 cells, found 3\n"), "\(output)")
    #expect(!output.contains("passed after"), "\(output)")
  }
}
