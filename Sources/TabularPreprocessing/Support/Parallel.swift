internal import Foundation
internal import Synchronization
internal import TabularCSV

/// Tasks that threads share.
///
/// The threads hold this and not the closure, which is let go of before the caller goes on: a thread
/// ends some time after its last task.
private final class SharedTasks: @unchecked Sendable {
  private let next = Atomic<Int>(0)
  private let count: Int
  /// Set to nil when all threads are done, and by nobody before.
  private var body: (@Sendable (Int) -> Void)?

  init(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    (self.count, self.body) = (count, body)
  }

  func run() {
    while true {
      let task = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard task < count else { return }
      body?(task)
    }
  }

  func finish() { body = nil }
}

/// Below so many cells threads cost more than they save.
private let fewestCellsForThreads = 1 << 16

/// Runs `body` for each task, on all processors where there is work for them, and waits.
///
/// - Parameters:
///   - count: the number of tasks.
///   - cells: how much work all tasks are together, in cells of a table.
///   - body: the work of a task.
func forEachTask(_ count: Int, cells: Int, _ body: @escaping @Sendable (Int) -> Void) {
  let threads = cells < fewestCellsForThreads ? 1 : min(count, processorCount)
  guard threads > 1 else {
    for task in 0..<count { body(task) }
    return
  }
  let tasks = SharedTasks(count, body)
  onThreads(threads) { _ in tasks.run() }
  tasks.finish()
}

/// What `body` answers for each task, computed on all processors where there is work for them.
///
/// - Throws: the error of the first task that has one, in the order of the tasks: whichever thread
///   came first.
func mapTasks<Output: Sendable>(
  _ count: Int,
  cells: Int,
  _ body: @escaping @Sendable (Int) throws(PreprocessingError) -> Output
) throws(PreprocessingError) -> [Output] {
  try [Output](concurrently: count, cells: cells, body)
}

/// The rows of a frame in slices of a fixed length, so that nothing depends on a thread count.
struct RowSlices: Sendable {
  /// A multiple of 64, so that slices share no word of a bitmap.
  static let length = 1 << 16

  let rowCount: Int

  var count: Int { (rowCount + Self.length - 1) / Self.length }

  subscript(slice: Int) -> Range<Int> {
    slice * Self.length..<min(rowCount, (slice + 1) * Self.length)
  }
}

/// Counts that threads add to.
final class SharedCounts: @unchecked Sendable {
  private let lock = NSLock()
  private var counts: [Int]

  init(_ count: Int) { counts = [Int](repeating: 0, count: count) }

  func add(_ more: [Int]) {
    lock.withLock { for i in more.indices { counts[i] += more[i] } }
  }

  var values: [Int] { lock.withLock { counts } }
}
