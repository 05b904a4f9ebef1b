// The figures by name: what lines of a log, pages and searches show.
extension Evaluation {
  /// A figure and its name.
  public typealias Figure = (name: String, value: Double)

  /// All figures but the loss, the first one the headline: `accuracy`, `roc_auc`, `pr_auc`,
  /// `log_loss`, `brier`, `precision`, `recall`, `f1` of classes, `rmse`, `mae`, `r2`, `mse` of
  /// values.
  ///
  /// Figures that the rows do not have, such as an area under a curve of one class, are left out.
  public var figures: [Figure] {
    var figures: [Figure] = []
    func add(_ name: String, _ value: Double?) {
      if let value, value.isFinite { figures.append((name: name, value: value)) }
    }
    if let classification {
      add("accuracy", classification.accuracy)
      add("roc_auc", classification.rocAUC)
      add("pr_auc", classification.averagePrecision)
      add("log_loss", classification.logLoss)
      add("brier", classification.brierScore)
      add("precision", classification.precision)
      add("recall", classification.recall)
      add("f1", classification.f1)
    }
    if let regression {
      add("rmse", regression.rootMeanSquaredError)
      add("mae", regression.meanAbsoluteError)
      add("r2", regression.r2)
      add("mse", regression.meanSquaredError)
    }
    return figures
  }

  /// Where the headline is with a confidence of 95 %, if other rows like these were drawn: Wilson's
  /// interval of an accuracy, the normal one of squared errors; nil for too few rows.
  public var interval: Interval? {
    if let accuracy { return .wilson(part: accuracy, rows: rows) }
    return regression?.rootMeanSquaredErrorInterval
  }
}
