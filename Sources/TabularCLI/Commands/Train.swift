import ArgumentParser
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
      each class alike, unless --group or --time decides. Each epoch is a line; the end compares the \
      model with the most frequent class (or the mean) and with a regression without hidden layers.
      """
  )

  @Argument(help: "A CSV file, - for standard input, or a .safetensors file that convert wrote.")
  var input: String

  @Option(help: ArgumentHelp("The part of the rows to validate with; 0 for none.", valueName: "x"))
  var valid = 0.2

  @Option(help: ArgumentHelp("Validate with the rows of another file.", valueName: "file"))
  var validInput: String?

  @Option(
    help: ArgumentHelp(
      "Equal values of the column stay together in training or validation.",
      valueName: "col"
    )
  )
  var group: String?

  @Option(
    help: ArgumentHelp("Validate with the last rows in time by this column.", valueName: "col")
  )
  var time: String?

  @Option(help: ArgumentHelp("Save the model, with its recipe.", valueName: "file.safetensors"))
  var save: String?

  @Flag(help: "Print each epoch, and the end, as a line of JSON.")
  var json = false

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Features") var features: FeatureOptions
  @OptionGroup(title: "Reading") var reading: ReadingOptions

  func validate() throws {
    guard valid >= 0, valid < 1 else {
      throw ValidationError("--valid takes 0 or a part below 1, found \(valid)")
    }
    if let option = group.map({ _ in "--group" }) ?? time.map({ _ in "--time" }) {
      guard group == nil || time == nil else {
        throw ValidationError("--group and --time exclude each other: one decides the split")
      }
      guard valid > 0, validInput == nil else {
        throw ValidationError(
          "\(option) splits off the validation rows, of which --valid 0 and --valid-input have none"
        )
      }
    }
    if model.prefetch != nil, model.workers == 0 {
      throw ValidationError("--prefetch needs --workers")
    }
  }

  func run() throws {
    guard let data = try data() else { return }
    let loss = Loss(for: data.train)
    let outputs = loss.outputCount(for: data.train)
    let inputs = data.train.featureNames.count
    let trainer = model.trainer(
      hidden: try model.hiddenWidths(),
      inputs: inputs,
      outputs: outputs,
      loss: loss
    )
    let loader = try loader(data.train)
    reading.console.note(
      "\(data.train.rowCount) training rows, \(data.valid?.rowCount ?? 0) validation rows, "
        + "\(inputs) features, \(trainer.model.layout.count) parameters, "
        + "\(model.devices) devices, seed \(model.seed)"
    )
    let log = EpochLog(json: json, validates: data.valid != nil)
    log.begin()
    _ = try trainer.fit(loader, epochs: model.epochs, validation: data.valid) { log.write($0) }
    if let save {
      try trainer.save(
        to: save,
        metadata: SavedModel.metadata(recipe: data.recipe, classes: data.train.classes)
      )
    }
    log.end(
      trainer,
      last: try data.valid.map { try trainer.evaluate($0) },
      comparison: try comparison(data, loss: loss, outputs: outputs)
    )
    if let save, !json, data.recipe != nil {
      reading.console.note(
        "Predict with: tabular predict \(shellQuoted(input.hasSuffix(".csv") ? input : "FILE.csv")) "
          + "--model \(shellQuoted(save)) -o predictions.csv"
      )
    }
  }

  private func loader(_ matrix: FeatureMatrix<Float>) throws -> DataLoader<
    Tensor<Float>, Labels<Float>?
  > {
    try DataLoader(
      matrix,
      batchSize: model.batchSize,
      shuffle: true,
      seed: model.seed,
      workers: model.workers,
      prefetchFactor: model.prefetch
    )
  }

  /// The baselines, trained and validated on the same rows.
  private func comparison(_ data: TrainingData, loss: Loss, outputs: Int) throws -> EpochLog
    .Comparison?
  {
    guard let valid = data.valid else { return nil }
    let regression = model.trainer(
      hidden: [],
      inputs: data.train.featureNames.count,
      outputs: outputs,
      loss: loss
    )
    _ = try regression.fit(try loader(data.train), epochs: model.epochs)
    return EpochLog.Comparison(
      baseline: try Baseline(train: data.train, valid: valid),
      regression: try regression.evaluate(valid)
    )
  }
}
