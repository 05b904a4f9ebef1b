import Foundation
import TestRanks
import Testing

@testable import TabularCollectives

/// What each process does that `SeveralProcessesTests` starts.
struct OnEachRank {
  #if MPI
  @Test(.enabled(if: MPIRun.isRank, "a process of its own starts it"))
  func eachIsToldWhatAllSay() throws {
    let world = try #require(try Launch.world() as? MPIProcess)
    let (rank, size) = (world.rank, world.size)
    #expect(size > 1 && 0..<size ~= rank)
    #expect(try Launch.world() === world)
    // Messages of no bytes, of one block, of whole blocks, and of a bit more.
    for (round, count) in [0, 1, 7, 14, 100, 4_096, 70_001].enumerated() {
      let ranks = MPIProcess(world, blockSize: [7, 4_096][round % 2])
      func bytes(_ from: Int, _ to: Int) -> [UInt8] {
        let length = count * (from + 1) / (to + 1)
        return (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ from &* 7 ^ to &* 3) }
      }
      for root in 0..<size {
        let sent = rank == root ? bytes(root, 0) : [9]
        #expect(try ranks.broadcast(sent, from: root) == bytes(root, 0))
        let gathered = try ranks.gather(bytes(rank, root), to: root)
        #expect(gathered == (rank == root ? (0..<size).map { bytes($0, root) } : []))
      }
      #expect(try ranks.allGather(bytes(rank, 0)) == (0..<size).map { bytes($0, 0) })
      let parts = (0..<size).map { bytes($0, 1) }
      var all = parts.enumerated().flatMap { $0.offset == rank ? $0.element : $0.element.map(~) }
      try all.withUnsafeMutableBytes { try ranks.allGather(in: $0, counts: parts.map(\.count)) }
      #expect(all == parts.flatMap(\.self))
      let found = try ranks.exchange((0..<size).map { bytes(rank, $0) })
      #expect(found == (0..<size).map { bytes($0, rank) })
      try ranks.barrier()
    }
    if ProcessInfo.processInfo.environment["TABULAR_LONG_TESTS"] == "1" {
      try movesMoreThan2GB(world)
    }
    try world.finish()
  }

  /// A message is longer than MPI can count.
  private func movesMoreThan2GB(_ world: MPIProcess) throws {
    let count = 1 << 31 + 12_345
    var message = [UInt8](repeating: 7, count: world.rank == 0 ? count : 0)
    if world.rank == 0 { (message[0], message[1 << 30], message[count - 1]) = (1, 2, 3) }
    func isWhole(_ bytes: [UInt8]) -> Bool {
      bytes.count == count && bytes[0] == 1 && bytes[1 << 30] == 2 && bytes[count - 1] == 3
        && bytes[count / 2] == 7
    }
    #expect(isWhole(try world.broadcast(message, from: 0)))
    let messages = (0..<world.size).map { $0 == 1 ? message : [] }
    let found = try world.exchange(messages)
    #expect(world.rank == 1 ? isWhole(found[0]) : found.allSatisfy(\.isEmpty))
  }

  @Test(.enabled(if: MPIRun.isRank, "a process of its own starts it"))
  func theLastOneAborts() throws {
    let world = try Launch.world()
    if world.rank == world.size - 1 { world.abort("a.csv: expected 2 cells, found 3") }
    try world.barrier()
  }
  #endif
}
