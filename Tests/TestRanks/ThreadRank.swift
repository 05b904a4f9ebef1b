internal import Foundation
package import TabularCollectives

/// Processes that are threads of this one: what MPI does, for tests without it.
package final class ThreadRank: Communicator {
  package let rank: Int
  package let size: Int
  private let room: Room
  private let filled: @Sendable () -> Void

  private init(_ rank: Int, _ room: Room, _ filled: @escaping @Sendable () -> Void) {
    (self.rank, size, self.room, self.filled) = (rank, room.size, room, filled)
  }

  /// What each of `count` ranks answers; the error of the first that has one of its own.
  ///
  /// `filled` is called by each rank after each message that all have filled together.
  package static func run<Answer: Sendable>(
    _ count: Int,
    filled: @escaping @Sendable () -> Void = {},
    _ work: @escaping @Sendable (ThreadRank) throws -> Answer
  ) throws -> [Answer] {
    let all = outcomes(count, filled: filled, work)
    for case .failure(let error) in all where !"\(error)".contains(Room.left) { throw error }
    return try all.map { try $0.get() }
  }

  /// What each of `count` ranks answers or throws; one that throws makes the others' calls throw.
  package static func outcomes<Answer: Sendable>(
    _ count: Int,
    filled: @escaping @Sendable () -> Void = {},
    _ work: @escaping @Sendable (ThreadRank) throws -> Answer
  ) -> [Result<Answer, any Error>] {
    let room = Room(count)
    let answers = Answers<Answer>(count)
    let group = DispatchGroup()
    for rank in 0..<count {
      group.enter()
      let thread = Thread {
        let answer = Result { try work(ThreadRank(rank, room, filled)) }
        if case .failure = answer { room.leave() }
        answers.set(rank, answer)
        group.leave()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    group.wait()
    return answers.all
  }

  package func allGather(_ bytes: [UInt8]) throws(CollectivesError) -> [[UInt8]] {
    try room.all(rank, bytes)
  }

  package func allGather(
    in bytes: UnsafeMutableRawBufferPointer,
    counts: [Int]
  ) throws(CollectivesError) {
    let starts = counts.indices.map { counts[..<$0].reduce(0, +) }
    let all = try allGather(Array(bytes[starts[rank]..<starts[rank] + counts[rank]]))
    guard all.map(\.count) == counts else {
      throw CollectivesError(.communication, "parts of \(all.map(\.count)) bytes, not \(counts)")
    }
    for (part, start) in zip(all, starts) {
      UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + part.count])
        .copyBytes(from: part)
    }
    filled()
  }

  package func broadcast(_ bytes: [UInt8], from root: Int) throws(CollectivesError) -> [UInt8] {
    try allGather(bytes)[root]
  }

  package func gather(_ bytes: [UInt8], to root: Int) throws(CollectivesError) -> [[UInt8]] {
    let all = try allGather(bytes)
    return rank == root ? all : []
  }

  package func exchange(_ messages: [[UInt8]]) throws(CollectivesError) -> [[UInt8]] {
    var all: [[UInt8]] = []
    for target in 0..<size {
      let found = try allGather(messages[target])
      if target == rank { all = found }
    }
    return all
  }

  package func barrier() throws(CollectivesError) { _ = try allGather([]) }
  package func finish() throws(CollectivesError) { try barrier() }
  package func abort(_ message: String) -> Never { fatalError(message) }

  private final class Answers<Answer: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var found: [Result<Answer, any Error>?]

    init(_ count: Int) { found = [Result<Answer, any Error>?](repeating: nil, count: count) }
    func set(_ rank: Int, _ answer: Result<Answer, any Error>) {
      lock.withLock { found[rank] = answer }
    }
    var all: [Result<Answer, any Error>] { lock.withLock { found.compactMap(\.self) } }
  }

  /// Where ranks wait for each other: all come, then all go.
  private final class Room: @unchecked Sendable {
    static let left = "another rank has left"
    let size: Int
    private let condition = NSCondition()
    private var messages: [[UInt8]]
    private var coming = 0
    private var going = 0
    private var isLeft = false

    init(_ size: Int) {
      self.size = size
      messages = [[UInt8]](repeating: [], count: size)
    }

    func all(_ rank: Int, _ bytes: [UInt8]) throws(CollectivesError) -> [[UInt8]] {
      condition.lock()
      defer { condition.unlock() }
      while going > 0, !isLeft { condition.wait() }
      messages[rank] = bytes
      coming += 1
      if coming == size {
        (coming, going) = (0, size)
        condition.broadcast()
      }
      while going == 0, !isLeft { condition.wait() }
      guard going > 0 else { throw CollectivesError(.communication, Self.left) }
      going -= 1
      if going == 0 { condition.broadcast() }
      return messages
    }

    func leave() {
      condition.withLock {
        isLeft = true
        condition.broadcast()
      }
    }
  }
}
