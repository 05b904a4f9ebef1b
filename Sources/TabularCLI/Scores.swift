import Foundation
import TabularTraining

/// How a model did, beside what is simpler.
struct Scores {
  var valid: Evaluation?
  var baseline: Baseline?
  /// A regression without hidden layers, trained alike.
  var regression: Evaluation?
  var test: Evaluation?

  init() {}

  /// Whether the target is classes.
  private var classifies: Bool { (valid ?? test)?.accuracy != nil }

  /// A table: a row for the model and for each of what it is compared with.
  var lines: [String] {
    guard let first = valid ?? test else { return [] }
    let figures = first.figures.map(\.name).filter {
      ["accuracy", "roc_auc", "log_loss", "f1", "rmse", "mae", "r2"].contains($0)
    }
    guard let headline = figures.first else { return [] }
    var rows: [[String]] = [
      ["", "rows", headline, "95 % interval"] + figures.dropFirst()
    ]
    func add(_ name: String, _ evaluation: Evaluation?) {
      guard let evaluation else { return }
      rows.append(
        [name, "\(evaluation.rows)", number(evaluation.figures.first?.value)]
          + [words(evaluation.interval)]
          + figures.dropFirst().map { name in
            number(evaluation.figures.first { $0.name == name }?.value)
          }
      )
    }
    add("validation", valid)
    if let baseline {
      let name = classifies ? "majority class" : "mean"
      rows.append(
        [name, "", number(baseline.accuracy ?? baseline.rmse), words(baseline.interval)]
          + figures.dropFirst().map { _ in "" }
      )
    }
    add(classifies ? "logistic regression" : "linear regression", regression)
    add("test", test)
    return aligned(rows)
  }

  private func number(_ value: Double?) -> String {
    value.map { String(format: "%.4f", $0) } ?? ""
  }

  private func words(_ interval: Interval?) -> String {
    interval.map { "\(number($0.low)) to \(number($0.high))" } ?? ""
  }

  func add(to line: inout JSONObject) {
    if let valid {
      line.set(valid, prefix: "valid")
      line.set(classifies ? "valid_accuracy" : "valid_rmse", valid.interval)
    }
    if let baseline {
      let key = classifies ? "majority_accuracy" : "mean_rmse"
      line.set(key, baseline.accuracy ?? baseline.rmse ?? .nan)
      line.set(key, baseline.interval)
    }
    if let regression {
      line.set(regression, prefix: "regression")
      line.set(classifies ? "regression_accuracy" : "regression_rmse", regression.interval)
    }
    if let test {
      line.set(test, prefix: "test")
      line.set(classifies ? "test_accuracy" : "test_rmse", test.interval)
    }
  }
}

/// Rows of cells as lines: the first column to the left, the others to the right.
func aligned(_ rows: [[String]]) -> [String] {
  let widths = (rows.first ?? []).indices.map { column in
    rows.map { $0[column].count }.max() ?? 0
  }
  return rows.map { row in
    let cells = row.enumerated().map { column, cell in
      let fill = String(repeating: " ", count: widths[column] - cell.count)
      return column == 0 ? cell + fill : fill + cell
    }
    var line = cells.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line
  }
}
