internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// How the scanning of a chunk begins.
struct ScanEntry: Equatable {
  var isInside = false
  /// The byte before the chunk; a line end at the start of an input.
  var lastByte = UInt8(ascii: "\n")
}

/// What the rows before a chunk leave to it.
struct RowEntry {
  var scan = ScanEntry()
  /// Rows so far, over all inputs, with those that turn out to be bad.
  var rows = 0
  /// Records so far in this input, and in all before it.
  var records = 0
  var recordCounts: [Int] = []
  /// The physical line of the chunk's first byte.
  var line = 1
  /// The bytes of the record that has not ended, where it begins, and its physical line.
  var carry: PaddedBytes
  var carryOffset = 0
  var carryLine = 1
  /// Until it has so many bytes it is not looked at again: a record that grows by a chunk at a time
  /// would else be parsed anew with each.
  var carryWanted = 0
  /// Whether that record is quoted irregularly, or a comment: then its quotes do not count.
  var isIrregular = false
  /// Where a reading of a number of rows ended: the rest of the entry is what is left to the next.
  var end: ReadingPlace?

  /// Records so far in all inputs.
  var allRecords: Int { recordCounts.reduce(records, +) }

  /// The same with a carry of its own.
  func copy() -> RowEntry {
    var copy = self
    copy.carry = PaddedBytes(capacity: max(carry.count, 64))
    copy.carry.append(carry.start, carry.count)
    return copy
  }
}

/// Hands what a chunk must know of the chunks before it from thread to thread, in order.
///
/// A thread waits only for the chunk before its own, which was taken earlier.
final class Relay: @unchecked Sendable {
  // Invariant: `scanEntry` belongs to the thread whose chunk has the number in `scanTurn`, and
  // `rowEntry` to that of `rowTurn`; passing a turn on publishes what was written.
  private let scanTurn = Atomic<Int>(0)
  private let rowTurn = Atomic<Int>(0)
  private let stopped = Atomic<Bool>(false)
  private var scanEntry = ScanEntry()
  private var rowEntry: RowEntry

  init(_ first: RowEntry) {
    rowEntry = first
    scanEntry = first.scan
  }

  /// Whether threads are to take no more chunks.
  var isStopped: Bool { stopped.load(ordering: .relaxed) }

  /// Lets no thread take another chunk; those taken are finished, so that what was read is a prefix.
  func stop() { stopped.store(true, ordering: .relaxed) }

  /// Waits for the scan entry of a chunk, and passes that of the next one on.
  func passScan(_ index: Int, _ next: (ScanEntry) -> ScanEntry) -> ScanEntry {
    Self.wait(for: index, scanTurn)
    let entry = scanEntry
    scanEntry = next(entry)
    scanTurn.store(index + 1, ordering: .releasing)
    return entry
  }

  /// Waits for the row entry of a chunk, and passes that of the next one on.
  func passRows<Result, E: Error>(_ index: Int, _ body: (inout RowEntry) throws(E) -> Result)
    throws(E) -> Result
  {
    Self.wait(for: index, rowTurn)
    defer { rowTurn.store(index + 1, ordering: .releasing) }
    return try body(&rowEntry)
  }

  /// Lets the next chunk have its turn where this one did not take its own.
  func passOver(_ index: Int) {
    // The turn may have been taken before what failed.
    guard rowTurn.load(ordering: .acquiring) <= index else { return }
    Self.wait(for: index, rowTurn)
    rowTurn.store(index + 1, ordering: .releasing)
  }

  /// What the last chunk left, once no thread reads.
  var finalEntry: RowEntry { rowEntry }

  private static func wait(for index: Int, _ turn: borrowing Atomic<Int>) {
    var tries = 0
    while turn.load(ordering: .acquiring) != index {
      tries += 1
      // The chunk before is being scanned (microseconds), or read from a slow disk.
      if tries > 2_000 { usleep(50) } else if tries > 100 { sched_yield() }
    }
  }
}
