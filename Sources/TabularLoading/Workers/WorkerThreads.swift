internal import Foundation

/// What the workers of a loader do together: make the batches of one iteration.
protocol WorkerJob: AnyObject, Sendable {
  /// Whether there is nothing left to begin.
  var isTaken: Bool { get }

  /// Makes batches as long as there are any, as one of the workers; none where there is a failure,
  /// which kept the worker from starting.
  func work(_ worker: Int, failure: (any Error)?)
}

/// The threads of a loader, which do one job after the other.
///
/// They end when they are closed and have done the last job that they were given.
final class WorkerThreads: @unchecked Sendable {
  // The threads must not hold this object, whose end closes them.
  private let desk: Desk
  private let closes: Bool

  /// Starts threads, each of which begins with `prepare`; those for one job alone end after it.
  init(
    _ workers: [WorkerInfo],
    for job: (any WorkerJob)? = nil,
    prepare: (@Sendable (WorkerInfo) throws -> Void)?
  ) {
    desk = Desk(job: job, count: workers.count)
    closes = job == nil
    desk.start(workers, prepare)
  }

  deinit { if closes { desk.close() } }

  /// Gives the threads a job; false while another one has batches that are not begun.
  func take(_ job: any WorkerJob) -> Bool { desk.take(job) }

  /// Forgets a job that is over.
  func drop(_ job: any WorkerJob) { desk.drop(job) }

  /// Waits until the threads have ended.
  func join() { desk.join() }
}

/// Where the threads get their jobs.
private final class Desk: @unchecked Sendable {
  // Everything below is read and written with `condition` locked.
  private let condition = NSCondition()
  private var job: (any WorkerJob)?
  /// How many jobs there have been: a thread does each one once.
  private var number: Int
  private var isClosed: Bool
  private var running: Int

  init(job: (any WorkerJob)?, count: Int) {
    self.job = job
    number = job == nil ? 0 : 1
    isClosed = job != nil
    running = count
  }

  func start(_ workers: [WorkerInfo], _ prepare: (@Sendable (WorkerInfo) throws -> Void)?) {
    locked {
      for worker in workers {
        Thread { [self] in
          // Foundation loses a name that is set before `start()` has returned; the lock waits.
          locked { Thread.current.name = "loader-\(worker.id)" }
          run(worker, prepare)
        }
        .start()
      }
    }
  }

  private func run(_ worker: WorkerInfo, _ prepare: (@Sendable (WorkerInfo) throws -> Void)?) {
    worker.begin()
    var failure: (any Error)?
    do { try prepare?(worker) } catch { failure = error }
    var last = 0
    while let (job, number) = next(after: last) {
      last = number
      job?.work(worker.id, failure: failure)
    }
    // The job is let go outside of the lock: what it holds may be the last of the loader.
    _ = locked { () -> (any WorkerJob)? in
      running -= 1
      condition.broadcast()
      guard running == 0 else { return nil }
      defer { job = nil }
      return job
    }
  }

  /// The job that a thread has not done yet; nil when there will be none.
  private func next(after last: Int) -> (job: (any WorkerJob)?, number: Int)? {
    locked {
      while number == last, !isClosed { condition.wait() }
      return number == last ? nil : (job, number)
    }
  }

  func take(_ next: any WorkerJob) -> Bool {
    locked {
      if let job, !job.isTaken { return false }
      job = next
      number += 1
      condition.broadcast()
      return true
    }
  }

  // The caller holds the job, so that it does not end in here.
  func drop(_ done: any WorkerJob) {
    locked { if job === done { job = nil } }
  }

  func close() {
    locked {
      isClosed = true
      condition.broadcast()
    }
  }

  func join() {
    locked {
      while running > 0 { condition.wait() }
    }
  }

  private func locked<Value>(_ body: () -> Value) -> Value {
    condition.lock()
    defer { condition.unlock() }
    return body()
  }
}
