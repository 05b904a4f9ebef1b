internal import Foundation

/// The workers of one iteration: threads that make the batches of an epoch ahead of the caller.
///
/// Workers take batches in their order and put them into a ring of `limit` slots; the caller takes
/// them out in the same order. A worker does not take a batch that has no slot yet, so `limit`
/// batches at most are being made or waiting. Nothing waits on a thread of the concurrency pool:
/// an asynchronous caller leaves a continuation, which the worker with its batch resumes.
final class Prefetcher<Features: Sendable, Target: Sendable>: @unchecked Sendable {
  /// A batch, nil after the last one, or what kept it from being made.
  typealias Delivery = Result<Batch<Features, Target>?, LoadingError>

  private let plan: EpochPlan<Features, Target>
  private let limit: Int
  private let threadCount: Int

  // Everything below is read and written with `condition` locked.
  private let condition = NSCondition()
  private var slots: [Delivery?]
  /// The batch that the next free worker takes.
  private var nextToMake = 0
  /// The batch that the caller gets next.
  private var nextToDeliver = 0
  /// The end of the batches that are of use: after the last one, or after one that failed.
  private var end: Int
  private var isStopped = false
  private var runningThreads = 0
  private var continuation: CheckedContinuation<Delivery, Never>?
  private var callerWaits = false

  init(plan: EpochPlan<Features, Target>) {
    self.plan = plan
    end = plan.stepCount
    let (ahead, overflow) = plan.loader.workers.multipliedReportingOverflow(
      by: plan.loader.prefetchFactor
    )
    limit = overflow ? end : min(ahead, end)
    threadCount = min(plan.loader.workers, limit)
    slots = Array(repeating: nil, count: limit)
  }

  /// Starts the threads; no more of them than there are batches.
  func start() {
    locked {
      runningThreads = threadCount
      for worker in 0..<threadCount {
        Thread { [self] in
          // Foundation loses a name that is set before `start()` has returned; the lock waits for it.
          locked { Thread.current.name = "loader-\(worker)" }
          work(worker)
        }
        .start()
      }
    }
  }

  /// Tells the workers to stop after the batch each has in hand, and lets go of what they made.
  func stop() {
    let waiting = locked {
      isStopped = true
      slots = []
      condition.broadcast()
      defer { continuation = nil }
      return continuation
    }
    waiting?.resume(returning: .failure(.cancelled))
  }

  /// Waits until no worker runs.
  func join() {
    locked {
      while runningThreads > 0 { condition.wait() }
    }
  }

  private func locked<Value>(_ body: () -> Value) -> Value {
    condition.lock()
    defer { condition.unlock() }
    return body()
  }
}

// What workers do.
extension Prefetcher {
  private func work(_ worker: Int) {
    while let index = take() {
      put(plan.batch(plan.index(ofStep: index), worker: worker), at: index)
    }
    locked {
      runningThreads -= 1
      condition.broadcast()
    }
  }

  /// The next batch to make, once there is a slot for it; nil when there is nothing left to do.
  private func take() -> Int? {
    locked {
      while !isStopped && nextToMake < end && nextToMake - nextToDeliver >= limit {
        condition.wait()
      }
      guard !isStopped, nextToMake < end else { return nil }
      nextToMake += 1
      if nextToMake == end { condition.broadcast() }
      return nextToMake - 1
    }
  }

  private func put(_ made: Result<Batch<Features, Target>, LoadingError>, at index: Int) {
    let ready: (CheckedContinuation<Delivery, Never>, Delivery)? = locked {
      guard !isStopped else { return nil }
      slots[index % limit] = made.map(Optional.some)
      if case .failure = made {
        end = min(end, index + 1)
        condition.broadcast()
      }
      if callerWaits && index == nextToDeliver { condition.broadcast() }
      guard let waiting = continuation, let delivery = deliver() else { return nil }
      continuation = nil
      return (waiting, delivery)
    }
    if let (waiting, delivery) = ready { waiting.resume(returning: delivery) }
  }
}

// What the caller does.
extension Prefetcher {
  /// Takes the next batch, waiting for it on the caller's thread.
  func next() -> Delivery {
    locked {
      callerWaits = true
      defer { callerWaits = false }
      while true {
        if let delivery = deliver() { return delivery }
        condition.wait()
      }
    }
  }

  /// Takes the next batch, suspending the task until it is there.
  func next(isolation actor: isolated (any Actor)?) async -> Delivery {
    await withTaskCancellationHandler {
      await withCheckedContinuation { request($0) }
    } onCancel: {
      stop()
    }
  }

  private func request(_ waiting: CheckedContinuation<Delivery, Never>) {
    let delivery: Delivery? = locked {
      precondition(continuation == nil, "two tasks ask one iterator for its next batch")
      let delivery = deliver()
      if delivery == nil { continuation = waiting }
      return delivery
    }
    if let delivery { waiting.resume(returning: delivery) }
  }

  /// Takes the next batch out of its slot, which a worker may then fill; nil while it is not there.
  ///
  /// The lock is held.
  private func deliver() -> Delivery? {
    if nextToDeliver == end { return .success(nil) }
    if isStopped { return .failure(.cancelled) }
    guard let delivery = slots[nextToDeliver % limit] else { return nil }
    slots[nextToDeliver % limit] = nil
    nextToDeliver += 1
    condition.signal()
    return delivery
  }
}
