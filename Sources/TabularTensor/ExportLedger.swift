internal import Synchronization

/// Counts the structures that C interfaces have handed out and nobody has released yet; for tests.
///
/// What is handed out while a task has a ledger is entered there, wherever it is released.
package final class ExportLedger: Sendable {
  @TaskLocal package static var current: ExportLedger?

  private let live = Atomic<Int>(0)
  private let entered = Atomic<Int>(0)

  package init() {}

  /// The structures that are left.
  package var count: Int { live.load(ordering: .sequentiallyConsistent) }
  /// All structures so far.
  package var total: Int { entered.load(ordering: .sequentiallyConsistent) }

  fileprivate func began() {
    live.add(1, ordering: .sequentiallyConsistent)
    entered.add(1, ordering: .sequentiallyConsistent)
  }

  fileprivate func ended() { live.subtract(1, ordering: .sequentiallyConsistent) }
}

/// A structure's entry in the ledger of the task that hands it out, if it has one.
package final class ExportEntry: Sendable {
  private let ledger = ExportLedger.current

  package init() { ledger?.began() }

  deinit { ledger?.ended() }
}
