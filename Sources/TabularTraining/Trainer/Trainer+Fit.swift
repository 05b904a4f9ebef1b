internal import TabularCollectives
internal import TabularFrame
internal import TabularLoading
public import TabularPreprocessing
public import TabularTensor

extension Trainer {
  /// Trains for some epochs, and compares with `validation` after each.
  ///
  /// - Parameters:
  ///   - batches: the rows to learn from.
  ///   - epochs: the number of epochs; one that a checkpoint is in the middle of counts.
  ///   - validation: the rows to compare with.
  ///   - threshold: of two classes, a row is taken for the second where its probability is above.
  ///   - earlyStopping: when to end before; it looks at `validation`, without which it traps.
  ///   - checkpoints: where to write checkpoints: after each epoch, and as the folder says.
  ///   - stop: what ends the training after a step, with a checkpoint where there is a folder.
  ///   - onEpoch: gets each epoch as it ends; what it throws ends the training.
  /// - Returns: what the epochs came to.
  /// - Throws: `TrainingError` of kind `shape` or `labels` when rows do not fit the model or the
  ///   loss, of kind `notFinite` with step, row ids and largest gradient when the loss is NaN or
  ///   infinite, of kind `data` when the batches fail, of kind `callback` when `onEpoch` does, of kind
  ///   `configuration` when `shards` is no power of two, of kind `name` when a parameter group does
  ///   not fit the model, of kind `file` when a checkpoint cannot be written, of kind `stopped` when
  ///   `stop` says so, of kind `ranks` when the processes of `distributed` differ in what decides the
  ///   weights, or cannot reach each other. Steps taken before stay.
  public func fit(
    _ batches: some BatchSource,
    epochs: Int,
    validation: FeatureMatrix<Float>? = nil,
    threshold: Double = 0.5,
    earlyStopping: EarlyStopping? = nil,
    checkpoints: CheckpointFolder? = nil,
    stop: StopRequest? = nil,
    onEpoch: ((History.Epoch) throws -> Void)? = nil
  ) throws(TrainingError) -> History {
    precondition(epochs >= 0, "\(epochs) epochs")
    precondition(
      earlyStopping == nil || validation != nil,
      "early stopping without validation rows"
    )
    try optimizer.configuration.check(for: model)
    let ranks = try ranks(for: batches, epochs: epochs)
    let step = try TrainingStep(
      model: model,
      loss: loss,
      devices: devices,
      sharding: shards.map { (count) throws(TrainingError) in try Sharding(count: count) }
        ?? Sharding(batchSize: batches.batchSize),
      strategy: strategy,
      stages: stages,
      rowWeights: rowWeights,
      ranks: ranks,
      buckets: buckets
    )
    // All ranks go on from checkpoints, and one writes them.
    let checkpoints = ranks?.rank ?? 0 == 0 ? checkpoints : nil
    let keeper = StepKeeper(checkpoints: checkpoints, stop: stop)
    var history = History()
    for _ in 0..<epochs {
      if let earlyStopping, best.isOver(earlyStopping) { break }
      let meter = try train(batches, step, keeper)
      let epoch = meter.epoch(
        epochCount,
        validation: try validation.map { (rows) throws(TrainingError) in
          try model.evaluate(rows, loss: loss, threshold: threshold)
        },
        learningRate: optimizer.learningRate
      )
      if let earlyStopping, let loss = epoch.validation?.loss {
        best.take(model, epoch: epochCount, loss: loss, earlyStopping)
      }
      epochCount += 1
      partial = nil
      if let ranks { try checkWeights(among: ranks) }
      history.epochs.append(epoch)
      summaries.append(History.Summary(epoch))
      if let checkpoints { try checkpoints.write(checkpoint(metadata: checkpoints.metadata)) }
      try report(epoch, to: onEpoch)
      if stop?.isRequested ?? false, history.epochs.count < epochs { throw stopped(checkpoints) }
    }
    if earlyStopping != nil, best.numbers != nil {
      (model.parameters, model.buffers) = (best.parameters, best.buffers)
    }
    return history
  }

  private func report(
    _ epoch: History.Epoch,
    to onEpoch: ((History.Epoch) throws -> Void)?
  ) throws(TrainingError) {
    do {
      try onEpoch?(epoch)
    } catch let error as TrainingError {
      throw error
    } catch {
      throw TrainingError(.callback, "\(error)", underlying: error)
    }
  }

  private func train(
    _ batches: some BatchSource,
    _ step: TrainingStep,
    _ keeper: StepKeeper
  ) throws(TrainingError) -> EpochMeter {
    var meter = EpochMeter(partial?.meter ?? EpochMeter.Sums())
    // The batches and rows of the step to come.
    var (pending, rows) = (0, 0)
    func take(_ batch: Batch<Tensor<Float>, some LabelsConvertible>) throws {
      meter.stepBegins()
      let (features, labels, ids) = (batch.features, batch.target.labels, batch.rowIDs)
      let random = RowRandomness(seed: seed, step: optimizer.stepCount, firstRow: rows)
      let place = step.place(of: batch)
      step.note(ids, at: place, from: rows)
      pending += 1
      rows += place.total
      let isLast = pending == accumulation
      let value =
        isLast
        ? try step.run(model, features, labels, rowIDs: ids, place: place, randomness: random)
        : try step.accumulate(
          model,
          features,
          labels,
          rowIDs: ids,
          place: place,
          randomness: random
        )
      steps.take(step.wholeOrder)
      guard value.isFinite else {
        throw notFinite(value, try step.rowIDs(of: batch), meter, step.gradient)
      }
      if meter.steps == 0, pending == 1 { tell(of: step) }
      guard isLast else { return meter.batchEnds() }
      update(step, loss: value)
      meter.stepEnds(loss: value, rows: rows)
      (pending, rows) = (0, 0)
      onStep?(StepProgress(epoch: epochCount, step: meter.steps - 1, loss: value, rows: meter.rows))
      guard keeper.isDue(after: optimizer.stepCount), let cursor = batch.cursor else { return }
      partial = PartialEpoch(cursor: cursor, meter: meter.sums)
      try keep(keeper)
      meter.batchEnds()
    }
    do {
      try GatheringCrew.$current.withValue(step.spread.crew) {
        if let partial {
          try batches.forEachBatch(after: partial.cursor) { try take($0) }
        } else {
          try batches.forEachBatch(epoch: epochCount) { try take($0) }
        }
      }
    } catch let error as TrainingError {
      throw error
    } catch {
      throw TrainingError(.data, "\(error)", underlying: error)
    }
    if let value = step.finish() {
      update(step, loss: value)
      meter.stepEnds(loss: value, rows: rows)
    }
    guard meter.rows > 0 else { throw TrainingError(.data, "an epoch without rows") }
    meter.finish()
    return meter
  }

  /// Says once how the batches are spread, where there is something to say.
  private func tell(of step: TrainingStep) {
    guard !hasTold else { return }
    let notices = step.spread.notices
    hasTold = !notices.isEmpty
    for notice in notices { onNotice?(notice) }
  }

  /// Takes the step of a gradient.
  private func update(_ step: TrainingStep, loss: Double) {
    if let clipping { step.gradient.clip(clipping) }
    optimizer.follow(schedule, epoch: epochCount)
    optimizer.step(&model, step.gradient)
    steps.stepEnds(loss: loss)
  }

  /// Writes a checkpoint after a step, and ends where that was asked for.
  private func keep(_ keeper: StepKeeper) throws(TrainingError) {
    if let folder = keeper.checkpoints {
      try folder.write(checkpoint(metadata: folder.metadata))
    }
    if keeper.stop?.isRequested ?? false { throw stopped(keeper.checkpoints) }
  }

  private func stopped(_ checkpoints: CheckpointFolder?) -> TrainingError {
    TrainingError(
      .stopped,
      "stopped after step \(optimizer.stepCount) of epoch \(epochCount)"
        + (checkpoints.map { "; '\($0.path)' holds a checkpoint to go on from" } ?? "")
    )
  }

  private func notFinite(
    _ loss: Double,
    _ rowIDs: [RowID],
    _ meter: EpochMeter,
    _ gradient: Gradient
  ) -> TrainingError {
    let rows = rowIDs.prefix(8).map(\.description).joined(separator: ", ")
    return TrainingError(
      .notFinite,
      "the loss is \(loss) in epoch \(epochCount), step \(meter.steps), over rows "
        + rows + (rowIDs.count > 8 ? ", ... (\(rowIDs.count) rows)" : "")
        + (gradient.largest.map { "; the largest gradient is \($0.value), of \($0.name)" } ?? "")
    )
  }

  /// Takes over what a checkpoint holds.
  func restore(
    model parameters: Tensor<Float>,
    _ buffers: Tensor<Float>,
    _ optimizer: Optimizer,
    _ state: TrainingState
  ) {
    (model.parameters, model.buffers) = (parameters, buffers)
    model.ownsParameters = true
    self.optimizer = optimizer
    (epochCount, partial) = (state.epochCount, state.partial)
    (summaries, steps) = (state.epochs, state.steps)
  }
}

/// After which steps something is written, or looked at.
private struct StepKeeper {
  let checkpoints: CheckpointFolder?
  let stop: StopRequest?

  func isDue(after step: Int) -> Bool {
    if let every = checkpoints?.everySteps, step.isMultiple(of: every) { return true }
    return stop?.isRequested ?? false
  }
}
