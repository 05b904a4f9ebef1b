/// Threads that would wait for a batch to be made, and copy parts of its rows instead.
///
/// A trainer lends those of its devices to the loader, where batches are made between the steps: each
/// device then finds its rows in its own caches. What a batch holds does not depend on it.
package struct GatheringCrew: Sendable {
  /// The crew that the loader's caller lends; nil for none.
  @TaskLocal package static var current: GatheringCrew?

  private let parts: Int
  private let run: @Sendable (_ part: @escaping @Sendable (Int) -> Void) -> Void

  /// Puts a crew together.
  ///
  /// - Parameters:
  ///   - parts: how many parts rows are cut into, one a thread.
  ///   - run: calls its argument with each of 0 ..< parts, and returns when all calls have.
  package init(
    parts: Int,
    run: @escaping @Sendable (_ part: @escaping @Sendable (Int) -> Void) -> Void
  ) {
    precondition(parts > 0, "\(parts) parts")
    (self.parts, self.run) = (parts, run)
  }

  /// Below this many lines of the cache, one thread has copied them before another has begun.
  private static let fewestLines = 2_048

  /// The crew for rows of some bytes, where it is there and of use.
  static func current(rows: Int, of width: Int) -> GatheringCrew? {
    rows * ((width + 63) / 64) < fewestLines ? nil : current
  }

  /// Calls `copy` with ranges that make up 0 ..< count, on several threads, and waits for all.
  ///
  /// `copy` must write nothing that it writes for another range. A thread may let go of it a little
  /// later than this returns.
  func spread(_ count: Int, _ copy: @escaping (Range<Int>) -> Void) {
    // Sendable by the promise above.
    nonisolated(unsafe) let copy = copy
    let parts = parts
    run { part in copy(part * count / parts..<(part + 1) * count / parts) }
  }
}
