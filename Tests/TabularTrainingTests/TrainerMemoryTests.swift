import Foundation
import TabularTraining
import Testing

/// Long trainings, each in a process of its own: see `Tests/PoolProgram/Functions.swift`.
struct TrainerMemoryTests {
  private static let program = URL(filePath: CommandLine.arguments[0])
    .deletingLastPathComponent().appending(path: "PoolProgram").path

  /// Resident memory after many steps is where it was after a thousand.
  ///
  /// The loss of each step, 8 bytes, is all that is kept; a hundred thousand steps with
  /// TABULAR_LONG_TESTS=1.
  @Test func manyStepsLeaveMemoryWhereItWas() async throws {
    let isLong = ProcessInfo.processInfo.environment["TABULAR_LONG_TESTS"] == "1"
    let steps = isLong ? 100_000 : 10_000
    let found: [[Int]] = try await ProcessPool(1, executable: Self.program).map("steps", [steps])
    let (before, after) = (found[0][0], found[0][1])
    print("resident after 1,000 steps \(before) bytes, after \(steps) \(after)")
    #expect(after - before < 16 * steps + 2 << 20)
  }
}
