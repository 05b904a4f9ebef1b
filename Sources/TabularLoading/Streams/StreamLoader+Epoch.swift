extension StreamLoader {
  /// The batches of an epoch, in order.
  ///
  /// A batch that cannot be made throws at its place, and the sequence ends after it. So does the
  /// cancellation of the task: an epoch that was cut short cannot be mistaken for a whole one.
  public struct Epoch: AsyncSequence, Sendable {
    /// A batch.
    public typealias Element = Batch<Features, Target>
    /// What a batch that cannot be made throws.
    public typealias Failure = LoadingError

    let plan: StreamPlan<Features, Target>

    /// Starts the workers, if there are any.
    public func makeAsyncIterator() -> Iterator { Iterator(plan: plan) }
  }
}

extension StreamLoader.Epoch {
  /// Delivers the batches one by one; its workers stop when it is dropped.
  public struct Iterator: AsyncIteratorProtocol {
    private let run: StreamRun<Features, Target>

    init(plan: StreamPlan<Features, Target>) { run = StreamRun(plan: plan) }

    /// The next batch, or nil after the last one.
    ///
    /// Without workers the caller makes it; with them the task is suspended until it is there.
    ///
    /// - Throws: `LoadingError` when the batch cannot be made, or the task is cancelled.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws(LoadingError)
      -> Batch<Features, Target>?
    {
      try await run.next(isolation: actor).get()
    }

    /// The next batch, or nil after the last one.
    ///
    /// - Throws: `LoadingError` when the batch cannot be made, or the task is cancelled.
    public mutating func next() async throws(LoadingError) -> Batch<Features, Target>? {
      try await next(isolation: nil)
    }
  }
}
