internal import Synchronization

/// Something that a training looks at after each step, to end early: on a signal, for example.
public final class StopRequest: Sendable {
  private let bit = Atomic<Bool>(false)

  /// Begins without a request.
  public init() {}

  /// Asks for the end; any thread may.
  public func stop() { bit.store(true, ordering: .releasing) }

  /// Whether the end was asked for.
  public var isRequested: Bool { bit.load(ordering: .acquiring) }
}
