import Testing

@testable import TabularCollectives

struct SingleProcessTests {
  @Test func isToldWhatItSays() throws {
    let alone: any Communicator = SingleProcess()
    #expect(alone.rank == 0 && alone.size == 1)
    #expect(try alone.broadcast([1, 2], from: 0) == [1, 2])
    #expect(try alone.gather([3], to: 0) == [[3]])
    #expect(try alone.allGather([]) == [[]])
    #expect(try alone.exchange([[4, 5]]) == [[4, 5]])
    var bytes: [UInt8] = [6, 7]
    try bytes.withUnsafeMutableBytes { try alone.allGather(in: $0, counts: [2]) }
    #expect(bytes == [6, 7])
    try alone.barrier()
    try alone.finish()
  }

  @Test func abortSaysALineAndFails() async {
    await #expect(processExitsWith: .exitCode(1)) {
      SingleProcess().abort("a.csv: expected 2 cells, found 3")
    }
  }
}
