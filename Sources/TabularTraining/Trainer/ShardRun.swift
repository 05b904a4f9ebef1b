internal import Synchronization

/// A run of shards that one device computes, or two from both ends: each takes one after the other,
/// and they meet where the faster one has brought them.
///
/// Processors are not alike at one time (neighbours on a virtual machine, caches, heat), so that
/// halves of the same length end apart. What each device has computed is a run still, whose sums are
/// nodes of the one tree: who takes a shard changes no bit.
final class ShardRun: Sendable {
  /// Where a device begins.
  enum End { case front, back }

  let shards: Range<Int>
  private let taken = Atomic(0)

  init(_ shards: Range<Int>) { self.shards = shards }

  /// Begins a step, of which none is taken, while nobody takes.
  func refill() { taken.store(0, ordering: .relaxed) }

  /// Takes the next shard of the caller's end; false where none is left.
  ///
  /// All calls of a step together return true once for each shard: the ends cannot cross.
  func take() -> Bool { taken.wrappingAdd(1, ordering: .relaxed).oldValue < shards.count }

  /// The shards at an end of which `count` were taken.
  func taken(_ count: Int, from end: End) -> Range<Int> {
    switch end {
    case .front: shards.prefix(count)
    case .back: shards.suffix(count)
    }
  }
}
