internal import CTabularScan
internal import Foundation
internal import Synchronization

/// How long the threads of devices look for what they wait for before they sleep.
///
/// A step's pieces of work follow one another faster than a thread falls asleep and wakes up, which
/// on a virtual machine takes a good part of a step. One that has a processor to itself may look for
/// long, as those of OpenMP do; one that shares it keeps others from the work that it waits for.
enum Patience {
  /// The devices' threads that are awake.
  private static let threads = Atomic(0)
  private static let processors = ProcessInfo.processInfo.activeProcessorCount

  /// Some 5 ms with a processor of its own, else a tenth of one; a pause is about 50 ns.
  ///
  /// Where there is but one processor, the other thread needs it.
  private static var looks: Int {
    guard processors > 1 else { return 0 }
    // The thread that trains computes too.
    return threads.load(ordering: .relaxed) < processors ? 100_000 : 2_000
  }

  /// Counts a device's thread as one that uses a processor, until it goes to sleep.
  static func threadWakes() { threads.wrappingAdd(1, ordering: .relaxed) }
  static func threadSleeps() { threads.wrappingSubtract(1, ordering: .relaxed) }

  /// Looks until a count has been reached, or will not be so soon: the caller then sleeps.
  static func look(at count: borrowing Atomic<Int>, until wanted: Int) {
    for _ in 0..<looks {
      if count.load(ordering: .acquiring) >= wanted { return }
      tabular_pause()
    }
  }
}
