internal import Synchronization
internal import TabularCSV

/// How the rows of a verb are shared out to threads.
///
/// Invariant of every user: no result depends on it. A block's rows are worked on by themselves, or
/// in segments that the number of rows alone decides and that are merged in their order.
enum Workers {
  /// Forces a number of threads and the smallest blocks, for tests.
  @TaskLocal static var forced: Int?

  /// A block is a multiple of this many rows, so that no two blocks share a word of a bitmap.
  static let alignment = 64

  /// The threads that are worth starting for so many rows.
  static func count(for rows: Int, each: Int = 1 << 15) -> Int {
    forced ?? max(1, min(processorCount, rows / each))
  }

  /// Runs `body` on the blocks of rows, which threads take as they are free.
  static func forEachBlock(
    of rows: Int,
    size: Int = 1 << 16,
    _ body: @escaping @Sendable (Range<Int>) -> Void
  ) {
    guard rows > 0 else { return }
    let size = forced == nil ? size : alignment
    let threads = count(for: rows)
    if threads == 1 { return body(0..<rows) }
    forEach((rows + size - 1) / size, threads: threads) { block in
      body(block * size..<min((block + 1) * size, rows))
    }
  }

  /// Runs `body` on the numbers from 0 on, which threads take as they are free.
  static func forEach(_ count: Int, threads: Int, _ body: @escaping @Sendable (Int) -> Void) {
    if threads == 1 || count <= 1 {
      for number in 0..<count { body(number) }
      return
    }
    let next = Counter()
    onThreads(min(threads, count)) { _ in
      while let number = next.take(below: count) { body(number) }
    }
  }

  /// Equal runs of rows, one for each part.
  static func segments(of rows: Int, parts: Int) -> [Range<Int>] {
    (0..<parts).map { rows * $0 / parts..<rows * ($0 + 1) / parts }
  }
}

private final class Counter: Sendable {
  private let next = Atomic<Int>(0)

  func take(below limit: Int) -> Int? {
    let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
    return number < limit ? number : nil
  }
}

/// Values that threads write at places of their own, read when all are done.
///
/// Invariant: no two threads touch one index, and nobody reads before `Workers` returns.
final class PerThread<Value>: @unchecked Sendable {
  private let values: UnsafeMutableBufferPointer<Value>

  init(_ count: Int, _ value: (Int) -> Value) {
    values = .allocate(capacity: count)
    for index in 0..<count { values.initializeElement(at: index, to: value(index)) }
  }

  deinit {
    values.deinitialize()
    values.deallocate()
  }

  var count: Int { values.count }

  subscript(index: Int) -> Value {
    get { values[index] }
    _modify { yield &values[index] }
  }

  var array: [Value] { Array(values) }
}

/// Numbers below a count, each of which one thread at a time has.
final class FreeNumbers: Sendable {
  private let taken: PerThread<Atomic<Bool>.Box>
  private let count: Int

  init(_ count: Int) {
    self.count = count
    taken = PerThread(count) { _ in Atomic<Bool>.Box() }
  }

  /// A free number; there is one while no more threads ask than there are numbers.
  func take() -> Int {
    while true {
      for number in 0..<count where !taken[number].isTaken.exchange(true, ordering: .acquiring) {
        return number
      }
    }
  }

  func give(_ number: Int) { taken[number].isTaken.store(false, ordering: .releasing) }
}

extension Atomic<Bool> {
  fileprivate final class Box: Sendable { let isTaken = Atomic<Bool>(false) }
}
