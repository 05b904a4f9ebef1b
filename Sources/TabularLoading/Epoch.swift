extension DataLoader {
  /// The batches of an epoch, in order.
  ///
  /// A batch that cannot be made throws at its place, and the sequence ends after it. So does the
  /// cancellation of the task: an epoch that was cut short cannot be mistaken for a whole one.
  public struct Epoch: AsyncSequence, Sendable {
    /// A batch.
    public typealias Element = Batch<Features, Target>
    /// What a batch that cannot be made throws.
    public typealias Failure = LoadingError

    let plan: EpochPlan<Features, Target>

    /// Starts the workers, if there are any.
    public func makeAsyncIterator() -> Iterator { Iterator(plan: plan) }
  }
}

extension DataLoader.Epoch {
  /// Delivers the batches one by one; its workers stop when it is dropped.
  public struct Iterator: AsyncIteratorProtocol {
    private let plan: EpochPlan<Features, Target>
    private let running: RunningWorkers<Features, Target>?
    private var index = 0
    private var isOver = false

    init(plan: EpochPlan<Features, Target>) {
      self.plan = plan
      running = plan.loader.workers > 0 ? RunningWorkers(Prefetcher(plan: plan)) : nil
    }

    /// The next batch, or nil after the last one.
    ///
    /// Without workers the caller makes it; with them the task is suspended until it is there.
    ///
    /// - Throws: `LoadingError` when the batch cannot be made, or the task is cancelled.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws(LoadingError)
      -> Batch<Features, Target>?
    {
      guard !isOver else { return nil }
      let delivered: Result<Batch<Features, Target>?, LoadingError>
      if let running {
        delivered = await running.prefetcher.next(isolation: actor)
      } else if index == plan.stepCount {
        delivered = .success(nil)
      } else if Task.isCancelled {
        delivered = .failure(.cancelled)
      } else {
        delivered = plan.batch(plan.index(ofStep: index), worker: nil).map(Optional.some)
      }
      index += 1
      if case .success(_?) = delivered { return try delivered.get() }
      isOver = true
      return try delivered.get()
    }

    /// The next batch, or nil after the last one.
    ///
    /// - Throws: `LoadingError` when the batch cannot be made, or the task is cancelled.
    public mutating func next() async throws(LoadingError) -> Batch<Features, Target>? {
      try await next(isolation: nil)
    }
  }
}

/// Stops the workers when the last copy of their iterator goes away.
private final class RunningWorkers<Features: Sendable, Target: Sendable>: Sendable {
  let prefetcher: Prefetcher<Features, Target>

  init(_ prefetcher: Prefetcher<Features, Target>) {
    self.prefetcher = prefetcher
    prefetcher.start()
  }

  deinit { prefetcher.stop() }
}
