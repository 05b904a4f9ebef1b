internal import Synchronization

/// The structures handed out by the Arrow C interfaces that nobody has released yet, children
/// included; for tests.
package enum ArrowExports {
  private static let live = Atomic<Int>(0)

  package static var count: Int { live.load(ordering: .relaxed) }

  static func began() { live.add(1, ordering: .relaxed) }

  static func ended() { live.subtract(1, ordering: .relaxed) }
}
