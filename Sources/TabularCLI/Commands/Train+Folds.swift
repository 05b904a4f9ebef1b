import Foundation
import TabularFrame
import TabularPreprocessing
import TabularTraining

// Cross-validation: each part of the rows is scored once, by a model that never saw it.
extension Train {
  func crossValidate() throws {
    let recipe = try features.fittedRecipe()
    guard try !isConverted(input) else {
      throw Failure(
        "'\(input)' is converted already, with a recipe that saw all rows: --folds needs the table"
      )
    }
    let (frame, weights) = try weighted(try table(input, recipe))
    let (rows, stratify) = try labelled(frame, recipe: recipe)
    let folds = try division.folds(
      rows,
      division.folds ?? 5,
      stratify: stratify,
      seed: spread.seed
    )
    var summary = FoldSummary(json: json)
    for (number, fold) in folds.enumerated() {
      let isFirst = number == 0
      guard
        var data = try fit(train: fold.train, valid: fold.test, recipe: recipe, says: isFirst)
      else { return }
      data.weights = weights
      let loss = try model.loss(for: data.train)
      try model.checkThreshold(for: data.train)
      let trainer = try trainer(for: data, hidden: try model.hiddenWidths(), loss: loss)
      if isFirst { say(data, trainer) }
      _ = try trainer.fit(try loader(data.train), epochs: learning.epochs)
      summary.add(try scores(data, trainer), fold: number)
    }
    summary.end()
  }
}

/// The figures of the folds, and their means.
private struct FoldSummary {
  let json: Bool
  private var scores: [Scores] = []
  private var rows: [[String]] = []

  init(json: Bool) { self.json = json }

  mutating func add(_ scores: Scores, fold: Int) {
    self.scores.append(scores)
    guard json else {
      let line = cells(scores.valid, "fold \(fold)")
      if rows.isEmpty {
        rows.append(["", "rows"] + (scores.valid.map(names) ?? []))
      }
      rows.append(line)
      return
    }
    var line = JSONObject()
    line.set("fold", fold)
    scores.add(to: &line)
    Console.result(line.text)
  }

  private func names(_ evaluation: Evaluation) -> [String] {
    ["loss"] + evaluation.figures.map(\.name).filter { $0 != "precision" && $0 != "recall" }
  }

  private func value(_ name: String, _ evaluation: Evaluation) -> Double? {
    name == "loss" ? evaluation.loss : evaluation.figures.first { $0.name == name }?.value
  }

  private func cells(_ evaluation: Evaluation?, _ title: String) -> [String] {
    guard let evaluation else { return [title, ""] }
    let columns = rows.first.map { Array($0.dropFirst(2)) } ?? names(evaluation)
    return [title, "\(evaluation.rows)"]
      + columns.map { name in
        value(name, evaluation).map { String(format: "%.4f", $0) } ?? "-"
      }
  }

  func end() {
    let (models, simple) = (scores.compactMap(\.valid), scores.compactMap(\.regression))
    guard let first = models.first else { return }
    guard json else {
      var rows = rows
      let columns = Array(rows[0].dropFirst(2))
      func add(_ title: String, _ evaluations: [Evaluation], _ pick: ([Double]) -> Double?) {
        guard !evaluations.isEmpty else { return }
        rows.append(
          [title, ""]
            + columns.map { name in
              pick(evaluations.compactMap { value(name, $0) }).map { String(format: "%.4f", $0) }
                ?? "-"
            }
        )
      }
      add("mean", models, mean)
      add("deviation", models, deviation)
      add(first.accuracy == nil ? "linear regression" : "logistic regression", simple, mean)
      let baselines = scores.compactMap { $0.baseline?.accuracy ?? $0.baseline?.rmse }
      if let middle = mean(baselines) {
        let name = first.accuracy == nil ? "mean of the target" : "majority class"
        let headline = first.accuracy == nil ? "rmse" : "accuracy"
        rows.append(
          [name, ""] + columns.map { $0 == headline ? String(format: "%.4f", middle) : "" }
        )
      }
      for line in aligned(rows) { Console.result(line) }
      return
    }
    var line = JSONObject()
    line.set("done", true)
    line.set("folds", models.count)
    for (prefix, evaluations) in [("valid", models), ("regression", simple)] {
      for name in ["loss"] + first.figures.map(\.name) {
        let values = evaluations.compactMap { value(name, $0) }
        if let mean = mean(values) { line.set("\(prefix)_\(name)", mean) }
        if let deviation = deviation(values) { line.set("\(prefix)_\(name)_deviation", deviation) }
      }
    }
    Console.result(line.text)
  }

  private func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  /// The deviation of the folds around their mean, with one degree of freedom less.
  private func deviation(_ values: [Double]) -> Double? {
    guard values.count > 1, let mean = mean(values) else { return nil }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(values.count - 1)).squareRoot()
  }
}
