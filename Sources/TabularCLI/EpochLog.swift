import Foundation
import TabularTraining

/// The lines of a training: a table, or JSON.
struct EpochLog {
  /// What the model is compared with.
  struct Comparison {
    let baseline: Baseline
    /// A regression without hidden layers, trained alike.
    let regression: Evaluation
  }

  let json: Bool
  let validates: Bool

  func begin() {
    guard !json else { return }
    Console.result(
      "epoch  train loss" + (validates ? "  valid loss  valid" : "") + "     rows/s  waited"
    )
  }

  func write(_ epoch: History.Epoch) {
    guard !json else {
      var line = JSONObject()
      line.set("epoch", epoch.epoch)
      line.set("train_loss", epoch.trainLoss)
      if let valid = epoch.validation {
        line.set("valid_loss", valid.loss)
        if let accuracy = valid.accuracy { line.set("valid_accuracy", accuracy) }
        if let rmse = valid.rmse { line.set("valid_rmse", rmse) }
      }
      line.set("samples_per_second", epoch.samplesPerSecond.rounded())
      line.set("loader_wait_fraction", epoch.loaderWaitFraction)
      Console.result(line.text)
      return
    }
    var text = String(format: "%5d  %10.4f", epoch.epoch, epoch.trainLoss)
    if let valid = epoch.validation {
      text += String(format: "  %10.4f  %5.3f", valid.loss, valid.accuracy ?? valid.rmse ?? .nan)
    }
    // The part of the time in which the devices waited for the loader.
    text += String(format: "  %9.0f", epoch.samplesPerSecond)
    Console.result(text + String(format: "  %5.0f%%", epoch.loaderWaitFraction * 100))
  }

  func end(_ trainer: Trainer, last: Evaluation?, comparison: Comparison?) {
    let hash = trainer.model.weightsSHA256
    guard !json else {
      var line = JSONObject()
      line.set("done", true)
      if let last { add(last, to: &line, prefix: "valid") }
      if let comparison {
        if let accuracy = comparison.baseline.accuracy { line.set("majority_accuracy", accuracy) }
        if let rmse = comparison.baseline.rmse { line.set("mean_rmse", rmse) }
        add(comparison.regression, to: &line, prefix: "regression")
      }
      line.set("weights_sha256", hash)
      Console.result(line.text)
      return
    }
    if let last, let comparison {
      let name = last.accuracy == nil ? "rmse" : "accuracy"
      let (simple, plain) =
        last.accuracy == nil
        ? ("mean", "linear regression")
        : ("majority", "logistic regression")
      Console.result(
        String(
          format: "validation %@ %.4f (%@ %.4f, %@ %.4f)",
          name,
          last.accuracy ?? last.rmse ?? .nan,
          simple,
          comparison.baseline.accuracy ?? comparison.baseline.rmse ?? .nan,
          plain,
          comparison.regression.accuracy ?? comparison.regression.rmse ?? .nan
        )
      )
    }
    Console.result("weights_sha256 \(hash)")
  }

  private func add(_ evaluation: Evaluation, to line: inout JSONObject, prefix: String) {
    line.set("\(prefix)_loss", evaluation.loss)
    if let accuracy = evaluation.accuracy { line.set("\(prefix)_accuracy", accuracy) }
    if let rmse = evaluation.rmse { line.set("\(prefix)_rmse", rmse) }
  }
}
