import Foundation
import TabularFiles
import TabularPreprocessing
import TabularTraining

// The run as a page.
extension Train {
  func writeReport(
    to path: String,
    _ data: TrainingData,
    _ trainer: Trainer,
    _ scores: Scores
  ) throws {
    var page = RunReport(
      title: input == "-" ? "standard input" : URL(filePath: input).lastPathComponent,
      subtitle: data.recipe?.target.map { "learning \($0.column)" }
    )
    page.epochs = trainer.summaries.map { RunReport.Epoch($0) }
    page.comparison = scores.comparison
    if let confusion = (scores.valid ?? scores.test)?.classification?.confusion {
      page.confusion = RunReport.Confusion(confusion, classNames: data.train.classes ?? [])
    }
    page.featureNames = data.train.featureNames
    page.recipe = data.decisions
    page.settings = settings(data, trainer)
    page.weightsSHA256 = trainer.model.weightsSHA256
    try writeFile(Array(page.html.utf8), to: path)
    reading.console.note("the report is in \(path)")
  }

  private func settings(_ data: TrainingData, _ trainer: Trainer) -> [RunReport.Setting] {
    var rows = "\(data.train.rowCount) for training"
    if let valid = data.valid { rows += ", \(valid.rowCount) for validation" }
    if let test = data.test { rows += ", \(test.rowCount) for the test" }
    var settings: [(String, String)] = [
      ("rows", rows), ("hidden layers", model.hidden), ("activation", model.activation.rawValue),
      ("normalization", model.normalization.rawValue), ("dropout", "\(model.dropout)"),
      ("parameters", "\(trainer.model.layout.count)"), ("loss", "\(trainer.loss)"),
      ("optimizer", learning.optimizer.rawValue), ("learning rate", "\(learning.lr)"),
      ("weight decay", "\(learning.weightDecay)"), ("schedule", learning.schedule.rawValue),
      ("batch size", "\(learning.batchRows)"), ("devices", "\(spread.devices)"),
      ("workers", "\(spread.workers)"), ("seed", "\(spread.seed)"),
      ("processor", Checkpoint.thisProcessor),
    ]
    if let clip = learning.clipNorm { settings.append(("largest gradient norm", "\(clip)")) }
    if learning.accumulate > 1 {
      settings.append(("batches a step", "\(learning.accumulate)"))
    }
    if let best = trainer.bestEpoch { settings.append(("best epoch", "\(best)")) }
    return settings.map { RunReport.Setting($0.0, $0.1) }
  }
}

extension Scores {
  /// The headline of the model, and of what it is compared with.
  fileprivate var comparison: RunReport.Comparison? {
    func score(_ name: String, _ value: Double?, _ interval: Interval?) -> RunReport.Score? {
      value.map { RunReport.Score(name, $0, interval: interval.map { $0.low...$0.high }) }
    }
    func score(_ name: String, _ found: Evaluation?) -> RunReport.Score? {
      found.flatMap { score(name, $0.accuracy ?? $0.rmse, $0.interval) }
    }
    guard let found = valid ?? test else { return nil }
    let classifies = found.accuracy != nil
    guard let model = score(valid == nil ? "model, test rows" : "model", found) else { return nil }
    return RunReport.Comparison(
      metric: classifies ? "accuracy" : "rmse",
      higherIsBetter: classifies,
      model: model,
      baselines: [
        score(classifies ? "logistic regression" : "linear regression", regression),
        score(
          classifies ? "majority class" : "mean",
          baseline?.accuracy ?? baseline?.rmse,
          baseline?.interval
        ),
        valid == nil ? nil : score("model, test rows", test),
      ].compactMap { $0 }
    )
  }
}
