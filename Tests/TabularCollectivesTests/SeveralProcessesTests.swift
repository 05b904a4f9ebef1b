import Foundation
import TestRanks
import Testing

/// Processes that mpirun starts: of this very test program, each with the tests of `OnEachRank`.
struct SeveralProcessesTests {
  @Test(.enabled(if: MPIRun.isPossible, "\(MPIRun.whyNot)"), arguments: [2, 3])
  func exchangeBytes(ranks: Int) throws {
    let (status, output) = try MPIRun.test("eachIsToldWhatAllSay", ranks: ranks)
    #expect(status == 0, "\(output)")
    #expect(
      output.components(separatedBy: "1 test in 1 suite passed").count == ranks + 1,
      "\(output)"
    )
  }

  @Test(.enabled(if: MPIRun.isPossible, "\(MPIRun.whyNot)"))
  func oneThatAbortsEndsAll() throws {
    let (status, output) = try MPIRun.test("theLastOneAborts", ranks: 3)
    #expect(status != 0, "\(output)")
    #expect(output.contains("\nrank 2 of 3: a.csv: expected 2 cells, found 3\n"), "\(output)")
    #expect(!output.contains("passed after"), "\(output)")
  }
}
