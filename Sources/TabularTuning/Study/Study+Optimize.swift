extension Study {
  /// Runs trials in this process until there are so many.
  ///
  /// - Parameters:
  ///   - count: the trials that the study is to have, with those that it has.
  ///   - parallel: how many run at once, the lag at most.
  ///   - timeout: after this time no further trial is begun.
  ///   - objective: what a trial comes to. An error fails the trial; ``TuningError`` ends the study.
  /// - Throws: ``TuningError``, as `optimize(trials:parallel:timeout:with:onTrial:)` does.
  public func optimize(
    trials count: Int,
    parallel: Int = 1,
    timeout: Duration? = nil,
    _ objective: @escaping @Sendable (RunningTrial) async throws -> Double
  ) async throws(TuningError) {
    try await optimize(
      trials: count,
      parallel: parallel,
      timeout: timeout,
      with: ClosureExecutor(objective)
    )
  }

  /// Runs trials until there are so many, or the sampler has no more to try.
  ///
  /// A trial begins when all that it may know of have ended, so a slow one can make others wait. When
  /// the task is cancelled, trials that run are left as running, to be run again.
  ///
  /// - Parameters:
  ///   - count: the trials that the study is to have, with those that it has.
  ///   - parallel: how many run at once, the lag at most.
  ///   - timeout: after this time no further trial is begun.
  ///   - executor: who runs them.
  ///   - onTrial: called with each trial that ended, one at a time.
  /// - Throws: ``TuningError`` of kind `configuration` when more are to run at once than the lag
  ///   allows; of kind `value` when the sampler leaves the space; of kind `file` when the journal
  ///   cannot be written; of kind `trial` when the executor fails or the task is cancelled.
  public func optimize(
    trials count: Int,
    parallel: Int = 1,
    timeout: Duration? = nil,
    with executor: some TrialExecutor,
    onTrial: (Trial) -> Void = { _ in }
  ) async throws(TuningError) {
    guard parallel >= 1, parallel <= configuration.lag else {
      throw TuningError(
        .configuration,
        "\(parallel) trials at once: the study's lag allows 1 to \(configuration.lag)"
      )
    }
    try beginOptimizing()
    defer { endOptimizing() }
    let deadline = timeout.map { ContinuousClock.now + $0 }
    let failure = await withTaskGroup(of: Result<Trial, TuningError>.self) { group in
      var (queue, running, failure) = (TrialQueue(study: self, count: count), 0, TuningError?.none)
      while true {
        while failure == nil, running < parallel, !Task.isCancelled,
          deadline.map({ .now < $0 }) ?? true
        {
          switch queue.next() {
          case .success(let trial?):
            running += 1
            group.addTask { await self.run(trial, with: executor) }
            continue
          case .success(nil): break
          case .failure(let error): failure = error
          }
          break
        }
        guard running > 0, let ended = await group.next() else { break }
        running -= 1
        switch ended {
        case .success(let trial): onTrial(trial)
        case .failure(let error):
          failure = failure ?? error
          // Nothing more begins; what runs is left to be run again.
          group.cancelAll()
        }
      }
      return failure
    }
    if let failure { throw failure }
    if Task.isCancelled {
      throw TuningError(.trial, "the study was stopped", underlying: CancellationError())
    }
  }

  /// Runs one trial, and notes what came of it.
  private func run(
    _ trial: Trial,
    with executor: some TrialExecutor
  ) async -> Result<Trial, TuningError> {
    let finished = visible(for: trial.number)
    let running = RunningTrial(number: trial.number, parameters: trial.parameters) { value, step in
      // A journal that cannot be written any more says so when the trial ends.
      guard let now = try? self.note(value, step: step, of: trial.number) else { return true }
      return self.configuration.pruner?.prunes(
        PruningContext(
          study: self.configuration.name,
          direction: self.configuration.direction,
          trial: now,
          finished: finished
        )
      ) ?? false
    }
    do {
      let outcome = try await executor.run(running)
      if case .failed = outcome { try Task.checkCancellation() }
      return .success(try finish(trial.number, outcome))
    } catch let error as TuningError {
      return .failure(error)
    } catch let error as CancellationError {
      return .failure(
        TuningError(.trial, "trial \(trial.number) was stopped while it ran", underlying: error)
      )
    } catch {
      return .failure(
        TuningError(.trial, "trial \(trial.number) cannot be run: \(error)", underlying: error)
      )
    }
  }
}

/// The trials that are to run, in order.
private struct TrialQueue {
  private let study: Study
  /// How many trials the study is to have.
  private var count: Int
  private var number = 0

  init(study: Study, count: Int) { (self.study, self.count) = (study, count) }

  /// Begins the next trial; nil when there is none, or it may know of one that has not ended.
  mutating func next() -> Result<Trial?, TuningError> {
    while number < count {
      let trials = study.trials
      if number < trials.count, trials[number].state.isFinished {
        number += 1
        continue
      }
      let visible = study.visible(for: number)
      guard visible.allSatisfy(\.state.isFinished) else { return .success(nil) }
      do throws(TuningError) {
        guard let parameters = try study.parameters(of: number) else {
          count = number
          return .success(nil)
        }
        try study.begin(number, parameters)
        defer { number += 1 }
        return .success(study.trials[number])
      } catch {
        return .failure(error)
      }
    }
    return .success(nil)
  }
}
