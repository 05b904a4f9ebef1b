import Foundation
import TabularPreprocessing
import TabularTraining

/// The lines of a training: a table, or JSON.
struct EpochLog {
  let json: Bool
  /// The figures that the table shows of validation rows, and how it calls them.
  private let columns: [(name: String, title: String)]
  private let validates: Bool

  init(json: Bool, valid: Labels<Float>?, loss: Loss) {
    self.json = json
    validates = valid != nil
    columns =
      switch loss.kind {
      case .binaryCrossEntropyWithLogits, .crossEntropy:
        [("accuracy", "accuracy"), ("roc_auc", "roc auc")]
      default: [("rmse", "rmse"), ("r2", "r2")]
      }
  }

  func begin() {
    guard !json else { return }
    var line = "epoch  train loss"
    if validates {
      line += "  valid loss" + columns.map { padded($0.title, 10) }.joined()
    }
    Console.result(line + "     rows/s  waited")
  }

  /// A line of an epoch, with the epoch whose weights are kept so far, where that is looked for.
  func write(_ epoch: History.Epoch, best: Int?) {
    guard !json else {
      var line = JSONObject()
      line.set("epoch", epoch.epoch)
      line.set("train_loss", epoch.trainLoss)
      if let valid = epoch.validation { line.set(valid, prefix: "valid") }
      line.set("learning_rate", epoch.learningRate)
      line.set("samples_per_second", epoch.samplesPerSecond.rounded())
      line.set("loader_wait_fraction", epoch.loaderWaitFraction)
      if let best { line.set("best_epoch", best) }
      Console.result(line.text)
      return
    }
    var text = String(format: "%5d  %10.4f", epoch.epoch, epoch.trainLoss)
    if let valid = epoch.validation {
      text += String(format: "  %10.4f", valid.loss)
      let figures = valid.figures
      for (name, _) in columns {
        let value = figures.first { $0.name == name }?.value
        text += padded(value.map { String(format: "%.4f", $0) } ?? "-", 10)
      }
    }
    // The part of the time in which the devices waited for the loader.
    text += String(format: "  %9.0f", epoch.samplesPerSecond)
    Console.result(text + String(format: "  %5.0f%%", epoch.loaderWaitFraction * 100))
  }

  func end(_ trainer: Trainer, _ scores: Scores) {
    let hash = trainer.model.weightsSHA256
    guard !json else {
      var line = JSONObject()
      line.set("done", true)
      scores.add(to: &line)
      if let best = trainer.bestEpoch { line.set("best_epoch", best) }
      line.set("weights_sha256", hash)
      Console.result(line.text)
      return
    }
    for line in scores.lines { Console.result(line) }
    Console.result("weights_sha256 \(hash)")
  }
}

func padded(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(1, width - text.count)) + text
}

extension JSONObject {
  /// The loss and all figures of an evaluation: `valid_loss`, `valid_accuracy`, ...
  mutating func set(_ evaluation: Evaluation, prefix: String) {
    set("\(prefix)_loss", evaluation.loss)
    for (name, value) in evaluation.figures { set("\(prefix)_\(name)", value) }
  }

  /// The ends of an interval.
  mutating func set(_ key: String, _ interval: Interval?) {
    guard let interval else { return }
    set("\(key)_low", interval.low)
    set("\(key)_high", interval.high)
  }
}
