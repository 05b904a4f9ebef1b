import ArgumentParser
import TabularFiles
import TabularLoading
import TabularPreprocessing
import TabularTensor
import TabularTraining

/// Trains a model on a table, or on what `convert` made of one.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a model: the same bits for any number of devices.",
    discussion: """
      The recipe is fitted on the training rows alone. The validation rows are drawn by the seed, of \
      each class alike, unless --group or --time decides; so are the rows of --test, which are scored \
      once, at the end, and the parts of --folds. Each epoch is a line; the end compares the model with \
      the most frequent class (or the mean) and with a regression without hidden layers, each with \
      the interval that holds it with a confidence of 95 %.
      """
  )

  @Argument(help: "A CSV file, - for standard input, or a .safetensors file that convert wrote.")
  var input: String

  @Option(help: ArgumentHelp("Save the model, with its recipe.", valueName: "file.safetensors"))
  var save: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Write the N validation rows of the highest loss, with file and line.",
      valueName: "n file.csv"
    )
  )
  var worst: [String] = []

  @Option(help: ArgumentHelp("Write the run as a page for a browser.", valueName: "file.html"))
  var report: String?

  @Flag(help: "Print each epoch, and the end, as a line of JSON.")
  var json = false

  @OptionGroup(title: "Rows to compare with") var division: DivisionOptions
  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Learning") var learning: OptimizerOptions
  @OptionGroup(title: "Devices") var spread: DeviceOptions
  @OptionGroup(title: "Checkpoints") var checkpoints: CheckpointOptions
  @OptionGroup(title: "Features") var features: FeatureOptions
  @OptionGroup(title: "Reading") var reading: ReadingOptions

  /// Whether something is left that keeps a record of the run.
  var isRecorded: Bool { save != nil || checkpoints.checkpoint != nil }

  func validate() throws {
    let hasValid = division.valid > 0 || division.validInput != nil
    if learning.earlyStop != nil, !hasValid {
      throw ValidationError("--early-stop looks at validation rows, of which --valid 0 has none")
    }
    if !worst.isEmpty {
      _ = try worstRows()
      guard hasValid else {
        throw ValidationError("--worst writes validation rows, of which --valid 0 has none")
      }
    }
    guard division.folds != nil else { return }
    let others: [(Bool, String)] = [
      (save != nil, "--save"), (checkpoints.checkpoint != nil, "--checkpoint"),
      (!worst.isEmpty, "--worst"), (learning.earlyStop != nil, "--early-stop"),
      (features.saveRecipe != nil, "--save-recipe"), (report != nil, "--report"),
      (learning.batchSize.rows == nil, "--batch-size auto"),
    ]
    if let (_, option) = others.first(where: { $0.0 }) {
      throw ValidationError(
        "--folds scores what the options train, and leaves no model: \(option) does not go with it"
      )
    }
  }

  func run() throws { try onEachRank { try train() } }

  private func train() throws {
    try checkOutputs([save, report, worst.last, features.saveRecipe])
    if division.folds != nil { return try crossValidate() }
    guard let data = try data() else { return }
    try compareRanks(data)
    guard learning.batchSize.rows == nil else { return try train(data) }
    var sized = self
    sized.learning.batchSize = BatchSize(rows: try largestBatch(for: data))
    try sized.train(data)
  }

  private func train(_ data: TrainingData) throws {
    let loss = try model.loss(for: data.train)
    try model.checkThreshold(for: data.train)
    let trainer = try trainer(for: data, hidden: try model.hiddenWidths(), loss: loss)
    let loader = try loader(data.train)
    say(data, trainer)
    let metadata = try SavedModel.metadata(recipe: data.recipe, classes: data.train.classes)
    let run = isRecorded ? try record(of: data, trainer) : RunRecord()
    let folder = checkpoints.folder(metadata: try SavedModel.metadata(metadata, adding: run))
    try checkpoints.begin(trainer, in: folder, reading.console)
    let log = EpochLog(json: json, valid: data.valid?.labels, loss: loss)
    log.begin()
    do {
      try fit(trainer, data, loader, folder, log)
    } catch let error as TrainingError where error.kind == .stopped {
      Interruption.end(saying: "\(error)")
    }
    try finish(data, trainer, log, run, metadata: metadata)
  }

  private func fit(
    _ trainer: Trainer,
    _ data: TrainingData,
    _ loader: DataLoader<Tensor<Float>, Labels<Float>?>,
    _ folder: CheckpointFolder?,
    _ log: EpochLog
  ) throws {
    let progress = ProgressLine(
      epochs: learning.epochs,
      rows: data.train.rowCount,
      before: trainer.epochCount,
      quiet: reading.quiet || json || !isFirstRank
    )
    if let progress { trainer.onStep = progress.show }
    defer {
      progress?.clear()
      trainer.onStep = nil
    }
    let stop = StopRequest()
    if folder != nil { Interruption.letTrainingEnd(stop) }
    _ = try trainer.fit(
      loader,
      epochs: max(0, learning.epochs - trainer.epochCount),
      validation: data.valid,
      threshold: model.threshold,
      earlyStopping: learning.earlyStop.map { EarlyStopping(patience: $0) },
      checkpoints: folder,
      stop: stop
    ) { epoch in
      progress?.clear()
      log.write(epoch, best: trainer.bestEpoch)
    }
  }

  private func finish(
    _ data: TrainingData,
    _ trainer: Trainer,
    _ log: EpochLog,
    _ record: RunRecord,
    metadata: [String: String]
  ) throws {
    if learning.earlyStop != nil, let best = trainer.bestEpoch {
      reading.console.note(
        "\(trainer.epochCount) epochs; the lowest validation loss was that of epoch \(best), whose "
          + "weights are kept"
      )
    }
    if let save, isFirstRank {
      var run = record
      (run.steps, run.weights) = (trainer.steps, trainer.model.weightsSHA256)
      try trainer.save(to: save, metadata: SavedModel.metadata(metadata, adding: run))
    }
    let scores = try scores(data, trainer)
    log.end(trainer, scores)
    if let report, isFirstRank { try writeReport(to: report, data, trainer, scores) }
    if !worst.isEmpty, isFirstRank { try writeWorst(data, trainer) }
    if let save, !json, data.recipe != nil {
      let rows = input.hasSuffix(".csv") ? input : "FILE.csv"
      reading.console.note(
        "Predict with: tabular predict \(shellQuoted(rows)) --model \(shellQuoted(save)) "
          + "-o predictions.csv"
      )
    }
  }

  func say(_ data: TrainingData, _ trainer: Trainer) {
    reading.console.note(
      "\(data.train.rowCount) training rows, \(data.valid?.rowCount ?? 0) validation rows, "
        + (data.test.map { "\($0.rowCount) test rows, " } ?? "")
        + "\(data.train.featureNames.count) features, \(trainer.model.layout.count) parameters, "
        + "\(spread.devices) devices, seed \(spread.seed)"
    )
  }
}

// What is trained, and what it is compared with.
extension Train {
  func trainer(for data: TrainingData, hidden: [Int], loss: Loss) throws -> Trainer {
    let trainer = Trainer(
      model: try model.sequential(hidden, for: data, loss: loss),
      loss: loss,
      optimizer: learning.configuration,
      schedule: learning.schedule(
        batches: (data.train.rowCount + learning.batchRows - 1) / learning.batchRows
      ),
      clipping: learning.clipNorm.map { .norm($0) },
      accumulation: learning.accumulate,
      devices: .cpu(count: spread.devices, memoryLimit: spread.deviceMemory?.limit),
      strategy: spread.strategy.strategy,
      seed: spread.seed,
      shards: spread.shards
    )
    trainer.rowWeights = data.weights
    trainer.onNotice = reading.console.note
    return trainer
  }

  func loader(_ matrix: FeatureMatrix<Float>) throws -> DataLoader<Tensor<Float>, Labels<Float>?> {
    try DataLoader(
      matrix,
      batchSize: learning.batchRows,
      shuffle: true,
      seed: spread.seed,
      workers: spread.workers,
      prefetchFactor: spread.prefetch,
      rank: share.rank,
      worldSize: share.size,
      shards: spread.shards ?? Trainer.shardCount(batchSize: learning.batchRows)
    )
  }

  /// The model, the baselines on the same rows, and the model on the test rows.
  func scores(_ data: TrainingData, _ trainer: Trainer) throws -> Scores {
    var scores = Scores()
    func score(_ trainer: Trainer, _ rows: FeatureMatrix<Float>) throws -> Evaluation {
      try trainer.model.evaluate(rows, loss: trainer.loss, threshold: model.threshold)
    }
    if let valid = data.valid {
      scores.valid = try score(trainer, valid)
      scores.baseline = try Baseline(train: data.train, valid: valid)
      if try !model.hiddenWidths().isEmpty {
        let regression = try self.trainer(for: data, hidden: [], loss: trainer.loss)
        // What there is to say of devices was said of the model.
        regression.onNotice = nil
        _ = try regression.fit(try loader(data.train), epochs: learning.epochs)
        scores.regression = try score(regression, valid)
      }
    }
    if let test = data.test { scores.test = try score(trainer, test) }
    return scores
  }
}
