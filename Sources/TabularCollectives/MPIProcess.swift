#if MPI
internal import COpenMPI
internal import CTabularMPI
internal import Foundation

/// One of several processes that Open MPI connects.
///
/// Invariant: MPI is entered by one thread at a time, which the lock sees to
/// (`MPI_THREAD_SERIALIZED`); calls wait within it, as MPI's blocking ones do.
final class MPIProcess: Communicator, @unchecked Sendable {
  let rank: Int
  let size: Int
  /// The most bytes of one call: MPI counts them in 32 bits.
  let blockSize: Int

  private let world: MPI_Comm
  private let byte: MPI_Datatype
  private let lock = NSLock()

  /// Joins the processes that were started with this one; once in a process.
  init(blockSize: Int = 1 << 30) throws(CollectivesError) {
    self.blockSize = blockSize
    var provided: Int32 = 0
    // Before it is initialised MPI ends the process on errors; it says why.
    let wanted = Int32(MPI_THREAD_SERIALIZED)
    try Self.check(MPI_Init_thread(nil, nil, wanted, &provided), "MPI_Init_thread")
    guard provided >= wanted else {
      throw CollectivesError(
        .communication,
        "expected an MPI that any thread may call, found thread level \(provided)"
      )
    }
    world = MPI_Comm(tabular_mpi_world())
    byte = MPI_Datatype(tabular_mpi_byte())
    let returns = MPI_Errhandler(tabular_mpi_errors_return())
    try Self.check(MPI_Comm_set_errhandler(world, returns), "MPI_Comm_set_errhandler")
    var (rank, size): (Int32, Int32) = (0, 0)
    try Self.check(MPI_Comm_rank(world, &rank), "MPI_Comm_rank")
    try Self.check(MPI_Comm_size(world, &size), "MPI_Comm_size")
    (self.rank, self.size) = (Int(rank), Int(size))
  }

  /// The same processes with other blocks: for tests.
  init(_ other: MPIProcess, blockSize: Int) {
    (rank, size, world, byte) = (other.rank, other.size, other.world, other.byte)
    self.blockSize = blockSize
  }

  func broadcast(_ bytes: [UInt8], from root: Int) throws(CollectivesError) -> [UInt8] {
    precondition(0..<size ~= root, "process \(root) is not one of \(size)")
    lock.lock()
    defer { lock.unlock() }
    return try unlockedBroadcast(bytes, from: root)
  }

  func gather(_ bytes: [UInt8], to root: Int) throws(CollectivesError) -> [[UInt8]] {
    precondition(0..<size ~= root, "process \(root) is not one of \(size)")
    lock.lock()
    defer { lock.unlock() }
    let counts = try allCounts([bytes.count])
    guard rank == root else {
      _ = try moved(bytes, to: root, from: nil, 0)
      return []
    }
    var all: [[UInt8]] = []
    for source in 0..<size {
      all.append(source == rank ? bytes : try moved([], to: nil, from: source, counts[source]))
    }
    return all
  }

  func allGather(_ bytes: [UInt8]) throws(CollectivesError) -> [[UInt8]] {
    lock.lock()
    defer { lock.unlock() }
    var all: [[UInt8]] = []
    for root in 0..<size { all.append(try unlockedBroadcast(bytes, from: root)) }
    return all
  }

  func allGather(
    in bytes: UnsafeMutableRawBufferPointer,
    counts: [Int]
  ) throws(CollectivesError) {
    precondition(
      counts.count == size && counts.reduce(0, +) == bytes.count,
      "parts of \(counts) bytes for \(size) processes, in \(bytes.count)"
    )
    lock.lock()
    defer { lock.unlock() }
    // MPI counts places in 32 bits too.
    guard bytes.count > blockSize else { return try gatherAtOnce(bytes, counts) }
    var start = 0
    for (root, count) in counts.enumerated() {
      let part = UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + count])
      try Self.check(broadcastBlocks(of: part, from: root), "MPI_Bcast")
      start += count
    }
  }

  func exchange(_ messages: [[UInt8]]) throws(CollectivesError) -> [[UInt8]] {
    precondition(messages.count == size, "\(messages.count) messages for \(size) processes")
    lock.lock()
    defer { lock.unlock() }
    // Row r holds how much process r sends to each.
    let counts = try allCounts(messages.map(\.count))
    var all = messages
    for step in 1..<size {
      let target = (rank + step) % size
      let source = (rank + size - step) % size
      let count = counts[source * size + rank]
      all[source] = try moved(messages[target], to: target, from: source, count)
    }
    return all
  }

  func barrier() throws(CollectivesError) {
    lock.lock()
    defer { lock.unlock() }
    try Self.check(MPI_Barrier(world), "MPI_Barrier")
  }

  func finish() throws(CollectivesError) {
    lock.lock()
    defer { lock.unlock() }
    try Self.check(MPI_Finalize(), "MPI_Finalize")
  }

  func abort(_ message: String) -> Never {
    // Without the lock: another thread may wait within it for a process that never answers.
    writeError("rank \(rank) of \(size): \(message)")
    MPI_Abort(world, 1)
    exit(1)
  }
}

// Messages of any length, block by block.
extension MPIProcess {
  private static let tag: Int32 = 0

  /// Numbers of all processes, in order of rank.
  private func allCounts(_ counts: [Int]) throws(CollectivesError) -> [Int] {
    let bytes = Int32(counts.count * MemoryLayout<Int>.size)
    var all = [Int](repeating: 0, count: counts.count * size)
    try Self.check(MPI_Allgather(counts, bytes, byte, &all, bytes, byte, world), "MPI_Allgather")
    return all
  }

  private func unlockedBroadcast(_ bytes: [UInt8], from root: Int) throws(CollectivesError)
    -> [UInt8]
  {
    var count = bytes.count
    let size = Int32(MemoryLayout<Int>.size)
    try Self.check(MPI_Bcast(&count, size, byte, Int32(root), world), "MPI_Bcast")
    var code = MPI_SUCCESS
    guard rank == root else {
      let found = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        let all = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count)
        code = broadcastBlocks(of: all, from: root)
        filled = count
      }
      try Self.check(code, "MPI_Bcast")
      return found
    }
    // Who sends only reads; the parameter is one for all processes.
    code = bytes.withUnsafeBytes {
      broadcastBlocks(of: UnsafeMutableRawBufferPointer(mutating: $0), from: root)
    }
    try Self.check(code, "MPI_Bcast")
    return bytes
  }

  /// Moves bytes of `root` into the same place of the others; returns MPI's code.
  private func broadcastBlocks(of all: UnsafeMutableRawBufferPointer, from root: Int) -> Int32 {
    var (code, start) = (MPI_SUCCESS, 0)
    while start < all.count, code == MPI_SUCCESS {
      let part = min(blockSize, all.count - start)
      code = MPI_Bcast(all.baseAddress.map { $0 + start }, Int32(part), byte, Int32(root), world)
      start += part
    }
    return code
  }

  private func gatherAtOnce(
    _ bytes: UnsafeMutableRawBufferPointer,
    _ counts: [Int]
  ) throws(CollectivesError) {
    var starts: [Int32] = [0]
    for count in counts.dropLast() { starts.append(starts[starts.count - 1] + Int32(count)) }
    let code = MPI_Allgatherv(
      tabular_mpi_in_place(),
      0,
      byte,
      bytes.baseAddress,
      counts.map { Int32($0) },
      starts,
      byte,
      world
    )
    try Self.check(code, "MPI_Allgatherv")
  }

  /// Sends a message to one process while `count` bytes come from another.
  ///
  /// Block i is sent while block i comes: where no block is left, MPI_PROC_NULL stands in.
  private func moved(_ message: [UInt8], to target: Int?, from source: Int?, _ count: Int)
    throws(CollectivesError) -> [UInt8]
  {
    var code = MPI_SUCCESS
    let found = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      message.withUnsafeBytes { message in
        var start = 0
        while start < max(message.count, count), code == MPI_SUCCESS {
          let sent = max(0, min(blockSize, message.count - start))
          let received = max(0, min(blockSize, count - start))
          code = MPI_Sendrecv(
            sent > 0 ? message.baseAddress.map { $0 + start } : nil,
            Int32(sent),
            byte,
            sent > 0 ? Int32(target ?? 0) : MPI_PROC_NULL,
            Self.tag,
            received > 0 ? buffer.baseAddress.map { UnsafeMutableRawPointer($0 + start) } : nil,
            Int32(received),
            byte,
            received > 0 ? Int32(source ?? 0) : MPI_PROC_NULL,
            Self.tag,
            world,
            nil
          )
          start += blockSize
        }
      }
      filled = count
    }
    try Self.check(code, "MPI_Sendrecv")
    return found
  }

  /// - Throws: `CollectivesError` of kind `communication` with MPI's text for a code.
  private static func check(_ code: Int32, _ call: String) throws(CollectivesError) {
    guard code != MPI_SUCCESS else { return }
    var text = [CChar](repeating: 0, count: 1_024)
    var length: Int32 = 0
    MPI_Error_string(code, &text, &length)
    let reason = String(
      decoding: text.prefix(Int(length)).map { UInt8(bitPattern: $0) },
      as: UTF8.self
    )
    throw CollectivesError(.communication, "\(call) failed: \(reason)")
  }
}
#endif
