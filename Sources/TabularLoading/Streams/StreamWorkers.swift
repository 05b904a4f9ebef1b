internal import Foundation

/// One pass over a stream with workers: threads that make its batches ahead of the caller.
///
/// Each worker reads a stream of its own, and waits when `prefetchFactor` of its batches lie ready.
/// Nothing waits on a thread of the concurrency pool: an asynchronous caller leaves a continuation,
/// which the worker with its batch resumes.
final class StreamWorkers<Features: Sendable, Target: Sendable>: WorkerJob, @unchecked Sendable {
  /// A batch, nil after the last one, or what kept it from being made.
  typealias Delivery = Result<Batch<Features, Target>?, LoadingError>

  private let plan: StreamPlan<Features, Target>

  // Everything below is read and written with `condition` locked.
  private let condition = NSCondition()
  private var lanes: StreamLanes<StreamBatch<Features, Target>>
  /// Threads of this pass alone; nil where those of the loader do it.
  private var threads: WorkerThreads?
  /// The workers that have not begun; none makes a batch before all have.
  private var absentWorkers = 0
  private var activeWorkers = 0
  private var isStopped = false
  /// What ended the pass before its time.
  private var failure: LoadingError?
  private var isLate = false
  /// A task that waits for a batch, and the place of that.
  private var waiting: (continuation: CheckedContinuation<Delivery, Never>, index: Int)?
  private var alarm: Task<Void, Never>?
  /// What was not yet added to the loader's statistics.
  private var workerWait = 0.0

  init(plan: StreamPlan<Features, Target>) {
    self.plan = plan
    lanes = StreamLanes(
      count: plan.loader.workers,
      limit: plan.loader.prefetchFactor,
      endsTogether: plan.loader.source.division == .byLoader
    )
  }

  /// Sets the workers to work: those of the loader, or others if these are busy.
  func start() {
    let loader = plan.loader
    if loader.options.workerInit != nil { locked { absentWorkers = loader.workers } }
    if loader.persistentWorkers, loader.persistentThreads().take(self) { return }
    let own = loader.threads(for: self)
    locked { threads = own }
  }

  /// Tells the workers to stop after the batch each has in hand, and lets go of what they made.
  func stop() {
    let waiting = locked {
      end()
      return takeContinuation()
    }
    waiting?.continuation.resume(returning: .failure(.cancelled))
    if plan.loader.persistentWorkers { plan.loader.state.threads?.drop(self) }
  }

  /// Waits until no worker is at this pass; not for one that was too late with its batch.
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

  /// Lets the workers make nothing more; the lock is held.
  private func end() {
    isStopped = true
    lanes.clear()
    condition.broadcast()
  }

  /// Takes the waiting caller, if there is one; the lock is held.
  private func takeContinuation() -> (
    continuation: CheckedContinuation<Delivery, Never>, index: Int
  )? {
    alarm?.cancel()
    alarm = nil
    defer { waiting = nil }
    return waiting
  }
}

// What workers do.
extension StreamWorkers {
  var isTaken: Bool { locked { isStopped || lanes.isMade } }

  func work(_ worker: Int, failure: (any Error)?) {
    begin(failure.map { .worker(worker, of: plan.loader.workers, failed: $0) })
    read(worker)
    locked {
      activeWorkers -= 1
      condition.broadcast()
    }
  }

  /// Makes batches as long as there are any; what the stream holds goes with the last one.
  private func read(_ worker: Int) {
    let reader = plan.reader(worker: worker)
    while isWanted(worker), put(reader.next(), worker) {}
  }

  /// Counts a worker in; one that could not start ends the pass before the first batch.
  private func begin(_ failure: LoadingError?) {
    let waiting = locked {
      () -> (continuation: CheckedContinuation<Delivery, Never>, index: Int)? in
      activeWorkers += 1
      absentWorkers = max(0, absentWorkers - 1)
      condition.broadcast()
      guard let failure, !isStopped else { return nil }
      self.failure = failure
      end()
      return takeContinuation()
    }
    if let failure { waiting?.continuation.resume(returning: .failure(failure)) }
  }

  /// Waits until there is room for a batch; false when nothing is wanted any more.
  private func isWanted(_ worker: Int) -> Bool {
    locked {
      while !isStopped && absentWorkers > 0 { condition.wait() }
      if !isStopped && !lanes.hasRoom(worker) {
        let start = ContinuousClock.now
        while !isStopped && !lanes.hasRoom(worker) { condition.wait() }
        workerWait += start.duration(to: .now) / .seconds(1)
      }
      return !isStopped
    }
  }

  /// Hands over what a worker made; false when nothing comes behind it.
  private func put(_ made: StreamBatch<Features, Target>, _ worker: Int) -> Bool {
    var isLast = true
    if case .rows = made { isLast = false }
    let ready: (CheckedContinuation<Delivery, Never>, Delivery)? = locked {
      guard !isStopped else { return nil }
      if case .end = made {} else { lanes.put(made, worker: worker) }
      if isLast { lanes.end(worker) }
      condition.broadcast()
      guard let index = waiting?.index, let delivery = deliver(index) else { return nil }
      return takeContinuation().map { ($0.continuation, delivery) }
    }
    if let (waiting, delivery) = ready { waiting.resume(returning: delivery) }
    return !isLast
  }
}

// What the caller does.
extension StreamWorkers {
  /// Takes the next batch, waiting for it on the caller's thread.
  func next(_ index: Int) -> Delivery {
    let deadline = plan.loader.timeout.map { ContinuousClock.now + $0 }
    return locked {
      while true {
        if let delivery = deliver(index) { return delivery }
        guard let deadline else {
          condition.wait()
          continue
        }
        let left = deadline - .now
        guard left > .zero else { return .failure(late(index)) }
        _ = condition.wait(until: Date(timeIntervalSinceNow: left / .seconds(1)))
      }
    }
  }

  /// Takes the next batch, suspending the task until it is there.
  func next(_ index: Int, isolation actor: isolated (any Actor)?) async -> Delivery {
    await withTaskCancellationHandler {
      await withCheckedContinuation { request($0, index) }
    } onCancel: {
      stop()
    }
  }

  private func request(_ continuation: CheckedContinuation<Delivery, Never>, _ index: Int) {
    let delivery: Delivery? = locked {
      precondition(waiting == nil, "two tasks ask one iterator for its next batch")
      let delivery = deliver(index)
      if delivery == nil {
        waiting = (continuation, index)
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
    if let delivery { continuation.resume(returning: delivery) }
  }

  /// Ends the pass because the caller has waited too long.
  private func expire() {
    let expired: (CheckedContinuation<Delivery, Never>, LoadingError)? = locked {
      guard !Task.isCancelled else { return nil }
      return takeContinuation().map { ($0.continuation, late($0.index)) }
    }
    if let (waiting, error) = expired { waiting.resume(returning: .failure(error)) }
  }

  /// Stops the workers because of one that is late; the lock is held.
  private func late(_ index: Int) -> LoadingError {
    let error = LoadingError.lateStream(
      index,
      epoch: plan.epoch,
      worker: lanes.turn,
      timeout: plan.loader.timeout ?? .zero
    )
    failure = error
    isLate = true
    end()
    return error
  }

  /// Takes the next batch out of its lane, in which there is room for another one then; nil while it is
  /// not there.
  ///
  /// The lock is held.
  private func deliver(_ index: Int) -> Delivery? {
    if let failure { return .failure(failure) }
    if isStopped { return .failure(.cancelled) }
    let ready = lanes.readyCount
    switch lanes.next() {
    case .waiting: return nil
    case .end:
      end()
      return .success(nil)
    case .made(let made, let worker):
      plan.loader.state.meter.add { counts in
        counts.requests += 1
        counts.queued += ready
        counts.workerWait += workerWait
      }
      workerWait = 0
      let delivery = plan.batch(made, index: index, worker: worker)
      if case .failure = delivery { end() } else { condition.broadcast() }
      return delivery
    }
  }
}

extension StreamLoader {
  /// The workers that stay from one iteration to the next.
  func persistentThreads() -> WorkerThreads { state.threads { threads(for: nil) } }

  /// Starts workers, for one job alone or for those to come.
  func threads(for job: (any WorkerJob)?) -> WorkerThreads {
    WorkerThreads(
      (0..<workers).map { WorkerInfo(id: $0, count: workers, seed: seed) },
      for: job,
      prepare: options.workerInit
    )
  }
}
