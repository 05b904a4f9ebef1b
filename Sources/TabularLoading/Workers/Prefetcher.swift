internal import Foundation
internal import TabularPreprocessing
internal import TabularTensor

/// One iteration with workers: threads that make the batches of an epoch ahead of the caller.
///
/// Workers take steps in their order; the caller takes the batches out of a queue of `limit`.
/// Nothing waits on a thread of the concurrency pool: an asynchronous caller leaves a continuation,
/// which the worker with its batch resumes.
final class Prefetcher<Features: Sendable, Target: Sendable>: WorkerJob, @unchecked Sendable {
  /// A batch, nil after the last one, or what kept it from being made.
  typealias Delivery = Result<Batch<Features, Target>?, LoadingError>

  private let plan: EpochPlan<Features, Target>
  /// Whether the caller makes batches too.
  private let helps: Bool

  // Everything below is read and written with `condition` locked.
  private let condition = NSCondition()
  private var queue: BatchQueue<Delivery>
  /// Threads of this iteration alone; nil where those of the loader do it.
  private var threads: WorkerThreads?
  /// The workers that have not begun; none makes a batch before all have.
  private var absentWorkers: Int
  private var activeWorkers = 0
  private var isStopped = false
  /// What ended the iteration before its time.
  private var failure: LoadingError?
  private var isLate = false
  private var continuation: CheckedContinuation<Delivery, Never>?
  private var alarm: Task<Void, Never>?
  private var callerWaits = false
  /// What was not yet added to the loader's statistics.
  private var workerWait = 0.0

  init(plan: EpochPlan<Features, Target>) {
    self.plan = plan
    let loader = plan.loader
    helps = loader.callerHelps
    let (ahead, overflow) = loader.workers.multipliedReportingOverflow(by: loader.prefetchFactor)
    queue = BatchQueue(
      limit: overflow ? plan.stepCount : min(ahead, plan.stepCount),
      count: plan.stepCount,
      inOrder: loader.inOrder
    )
    absentWorkers = 0
  }

  /// Sets the workers to work: those of the loader, or others if these are busy.
  func start() {
    let loader = plan.loader
    guard plan.stepCount > 0 else { return }
    let count =
      loader.persistentWorkers ? loader.threadCount : min(loader.threadCount, plan.stepCount)
    if loader.options.workerInit != nil { locked { absentWorkers = count } }
    if loader.persistentWorkers, loader.persistentThreads().take(self) { return }
    let own = loader.threads(count, for: self)
    locked { threads = own }
  }

  /// Tells the workers to stop after the batch each has in hand, and lets go of what they made.
  func stop() {
    let waiting = locked {
      isStopped = true
      queue.clear()
      condition.broadcast()
      return takeContinuation()
    }
    waiting?.resume(returning: .failure(.cancelled))
    if plan.loader.persistentWorkers { plan.loader.state.threads?.drop(self) }
  }

  /// Waits until no worker is at this iteration; not for one that was too late with its batch.
  func join() {
    let (own, isLate) = locked { (threads, self.isLate) }
    if isLate { return }
    if let own { return own.join() }
    locked {
      while activeWorkers > 0 { condition.wait() }
    }
  }

  private func locked<Value>(_ body: () -> Value) -> Value {
    condition.lock()
    defer { condition.unlock() }
    return body()
  }

  /// Takes the waiting caller, if there is one; the lock is held.
  private func takeContinuation() -> CheckedContinuation<Delivery, Never>? {
    alarm?.cancel()
    alarm = nil
    defer { continuation = nil }
    return continuation
  }
}

// What workers do.
extension Prefetcher {
  var isTaken: Bool { locked { isStopped || queue.isTaken } }

  @specialized(where Features == Tensor<Float>, Target == Labels<Float>?)
  @specialized(where Features == Tensor<Float>, Target == Tensor<Int64>)
  func work(_ worker: Int, failure: (any Error)?) {
    begin(failure.map { .worker(worker, of: plan.loader.workers, failed: $0) })
    while let step = take(worker) {
      put(plan.batch(plan.index(ofStep: step), worker: worker), step: step)
    }
    locked {
      activeWorkers -= 1
      condition.broadcast()
    }
  }

  /// Counts a worker in; one that could not start ends the iteration before the first batch.
  private func begin(_ failure: LoadingError?) {
    let waiting = locked { () -> CheckedContinuation<Delivery, Never>? in
      activeWorkers += 1
      absentWorkers = max(0, absentWorkers - 1)
      condition.broadcast()
      guard let failure, !isStopped else { return nil }
      self.failure = failure
      isStopped = true
      return takeContinuation()
    }
    if let failure { waiting?.resume(returning: .failure(failure)) }
  }

  /// The next step, once there is room for its batch; nil when there is nothing left to do.
  private func take(_ worker: Int) -> Int? {
    locked {
      while !isStopped && absentWorkers > 0 { condition.wait() }
      if !isStopped && !queue.isTaken && !queue.hasRoom {
        let start = ContinuousClock.now
        while !isStopped && !queue.isTaken && !queue.hasRoom { condition.wait() }
        workerWait += start.duration(to: .now) / .seconds(1)
      }
      guard !isStopped, !queue.isTaken else { return nil }
      let step = queue.take(worker)
      if queue.isTaken { condition.broadcast() }
      return step
    }
  }

  private func put(_ made: Delivery, step: Int) {
    let ready: (CheckedContinuation<Delivery, Never>, Delivery)? = locked {
      guard !isStopped else { return nil }
      var isFailure = false
      if case .failure = made { isFailure = true }
      queue.put(made, step: step, isFailure: isFailure)
      if isFailure || callerWaits { condition.broadcast() }
      guard continuation != nil, let delivery = deliver() else { return nil }
      return takeContinuation().map { ($0, delivery) }
    }
    if let (waiting, delivery) = ready { waiting.resume(returning: delivery) }
  }
}

// What the caller does.
extension Prefetcher {
  /// Makes batches on the caller's thread while the next one is not ready and there is room.
  private func help() {
    guard helps else { return }
    while true {
      let step = locked { () -> Int? in
        guard !isStopped, failure == nil, absentWorkers == 0, queue.wantsHelp else { return nil }
        defer { if queue.isTaken { condition.broadcast() } }
        return queue.takeForCaller()
      }
      guard let step else { return }
      put(plan.batch(plan.index(ofStep: step), worker: nil), step: step)
    }
  }

  /// Takes the next batch, waiting for it on the caller's thread.
  func next() -> Delivery {
    help()
    let deadline = plan.loader.timeout.map { ContinuousClock.now + $0 }
    return locked {
      callerWaits = true
      defer { callerWaits = false }
      while true {
        if let delivery = deliver() { return delivery }
        guard let deadline else {
          condition.wait()
          continue
        }
        let left = deadline - .now
        guard left > .zero else { return .failure(late()) }
        _ = condition.wait(until: Date(timeIntervalSinceNow: left / .seconds(1)))
      }
    }
  }

  /// Takes the next batch, suspending the task until it is there.
  func next(isolation actor: isolated (any Actor)?) async -> Delivery {
    help()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { request($0) }
    } onCancel: {
      stop()
    }
  }

  private func request(_ waiting: CheckedContinuation<Delivery, Never>) {
    let delivery: Delivery? = locked {
      precondition(continuation == nil, "two tasks ask one iterator for its next batch")
      let delivery = deliver()
      if delivery == nil {
        continuation = waiting
        alarm = plan.loader.timeout.map { timeout in
          // Cancelled when the batch comes, with the lock held.
          Task { [self] in
            guard (try? await Task.sleep(for: timeout)) != nil else { return }
            expire()
          }
        }
      }
      return delivery
    }
    if let delivery { waiting.resume(returning: delivery) }
  }

  /// Ends the iteration because the caller has waited too long.
  private func expire() {
    let expired: (CheckedContinuation<Delivery, Never>, LoadingError)? = locked {
      guard !Task.isCancelled else { return nil }
      return takeContinuation().map { ($0, late()) }
    }
    if let (waiting, error) = expired { waiting.resume(returning: .failure(error)) }
  }

  /// Stops the workers because of one that is late; the lock is held.
  private func late() -> LoadingError {
    let (step, worker) = queue.awaited
    let index = plan.index(ofStep: step)
    let error = LoadingError.late(
      index,
      epoch: plan.epoch,
      rowIDs: plan.rowIDs(ofBatch: index),
      worker: worker,
      timeout: plan.loader.timeout ?? .zero
    )
    failure = error
    isLate = true
    isStopped = true
    queue.clear()
    condition.broadcast()
    return error
  }

  /// Takes the next batch out of the queue, in which there is room for another one then; nil while
  /// it is not there.
  ///
  /// The lock is held.
  private func deliver() -> Delivery? {
    if let failure { return .failure(failure) }
    if queue.isDelivered { return .success(nil) }
    if isStopped { return .failure(.cancelled) }
    let ready = queue.readyCount
    guard let delivery = queue.next() else { return nil }
    plan.loader.state.meter.add { counts in
      counts.requests += 1
      counts.queued += ready
      counts.workerWait += workerWait
    }
    workerWait = 0
    // Room for one; without an order perhaps for several, if the oldest batch was waited for. Where
    // the caller helps, a worker is not woken for each batch: that takes longer than to make it.
    if !plan.loader.inOrder {
      condition.broadcast()
    } else if !helps || queue.isHalfEmpty {
      condition.signal()
    }
    return delivery
  }
}
