internal import Foundation

// What is not a curve.
extension RunReport {
  /// The figures to be read first.
  @MarkupBuilder var tiles: Markup {
    if let last = epochs.last {
      ReportPage.tile("epochs", ReportNumber.count(Double(epochs.count)))
      let losses = epochs.map(\.validLoss)
      if let loss = last.validLoss {
        ReportPage.tile("validation loss", ReportNumber.text(loss), detail: lowest(losses))
      } else {
        ReportPage.tile("training loss", ReportNumber.text(last.trainLoss))
      }
      for metric in last.metrics.prefix(3) {
        ReportPage.tile(metric.name, ReportNumber.text(metric.value), detail: "validation")
      }
      if let speed = Self.median(epochs.compactMap(\.rowsPerSecond)) {
        ReportPage.tile("rows a second", ReportNumber.text(speed, digits: 3), detail: "median")
      }
    }
  }

  private func lowest(_ losses: [Double?]) -> String {
    guard let place = Self.best(losses, higherIsBetter: false), let loss = losses[place] else {
      return "never finite"
    }
    return place == losses.count - 1
      ? "the lowest" : "lowest \(ReportNumber.text(loss)) in epoch \(epochs[place].number)"
  }

  private static func median(_ values: [Double]) -> Double? {
    let sorted = values.filter(\.isFinite).sorted()
    guard !sorted.isEmpty else { return nil }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  /// The model's score beside the others', as dots over their intervals.
  func scores(_ comparison: Comparison) -> Markup {
    let all = [comparison.model] + comparison.baselines
    let scale = ChartScale(
      all.flatMap {
        [$0.value, $0.interval?.lowerBound ?? $0.value, $0.interval?.upperBound ?? $0.value]
      }
    )
    let better = comparison.higherIsBetter ? "higher" : "lower"
    return Markup("figure", ["class": "card"]) {
      Markup("figcaption") {
        Markup("h3") { "Beside simpler models" }
        Markup("p") {
          "\(comparison.metric), \(better) is better"
            + (all.contains { $0.interval != nil } ? " · bars are intervals" : "")
        }
      }
      Markup("div", ["class": "scores"]) {
        for (place, score) in all.enumerated() {
          row(score, scale, isModel: place == 0)
        }
        Markup("div", ["class": "score ticks"]) {
          Markup("span")
          Markup("div", ["class": "track"]) {
            for value in scale.ticks {
              if let x = scale.place(value) {
                Markup("span", ["style": "left:\(ReportPage.percent(x))"]) {
                  scale.label(value)
                }
              }
            }
          }
          Markup("span")
        }
      }
    }
  }

  private func row(_ score: Score, _ scale: ChartScale, isModel: Bool) -> Markup {
    Markup("div", ["class": isModel ? "score model" : "score"]) {
      Markup("span", ["class": "name"]) { score.name }
      Markup("div", ["class": "track"]) {
        for x in scale.ticks.compactMap(scale.place) {
          Markup("i", ["class": "rule", "style": "left:\(ReportPage.percent(x))"])
        }
        if let interval = score.interval, let low = scale.place(interval.lowerBound),
          let high = scale.place(interval.upperBound)
        {
          Markup(
            "i",
            [
              "class": "bar",
              "style": "left:\(ReportPage.percent(low));width:\(ReportPage.percent(high - low))",
            ]
          )
        }
        if let x = scale.place(score.value) {
          Markup("i", ["class": "dot", "style": "left:\(ReportPage.percent(x))"])
        }
      }
      Markup("span", ["class": "number"]) {
        Markup("b") { ReportNumber.text(score.value) }
        if let interval = score.interval {
          Markup("small") {
            ReportNumber.text(interval.lowerBound) + " to " + ReportNumber.text(interval.upperBound)
          }
        }
      }
    }
  }

  /// Which class was taken for which: rows are truths, and shaded by their parts.
  func confusionTable(_ confusion: Confusion) -> Markup {
    let (matrix, names) = (confusion.matrix, confusion.classNames)
    // More than a reader can look through.
    if names.count > 40 { return mostConfused(matrix, names) }
    return Markup("figure", ["class": "card"]) {
      Markup("figcaption") {
        Markup("h3") { "Confusion" }
        Markup("p") {
          "true classes by line, predicted ones by column; rows, and their share of the line"
        }
      }
      Markup("div", ["class": "scroll", "tabindex": "0"]) {
        Markup("table", ["class": "confusion"]) {
          Markup("thead") {
            Markup("tr") {
              Markup("th", ["scope": "col"]) { "true \\ predicted" }
              for name in names { Markup("th", ["scope": "col"]) { name } }
              Markup("th", ["scope": "col", "class": "side"]) { "recall" }
            }
          }
          Markup("tbody") {
            for truth in names.indices { line(matrix, names, truth) }
            Markup("tr", ["class": "side"]) {
              Markup("th", ["scope": "row"]) { "precision" }
              for label in names.indices {
                Markup("td") { ReportNumber.percent(matrix.precision(of: label)) }
              }
              Markup("td") { ReportNumber.percent(matrix.accuracy) + " in all" }
            }
          }
        }
      }
    }
  }

  /// The pairs of classes that are taken for one another most often.
  private func mostConfused(_ matrix: ConfusionMatrix, _ names: [String]) -> Markup {
    var pairs: [(truth: Int, label: Int, count: Double)] = []
    for truth in names.indices {
      for label in names.indices where label != truth {
        let count = matrix[truth: truth, prediction: label]
        if count > 0 { pairs.append((truth, label, count)) }
      }
    }
    pairs.sort { ($1.count, $0.truth, $0.label) < ($0.count, $1.truth, $1.label) }
    return Markup("figure", ["class": "card"]) {
      Markup("figcaption") {
        Markup("h3") { "Confusion" }
        Markup("p") {
          "\(names.count) classes, \(ReportNumber.percent(matrix.accuracy)) of the rows right; "
            + "taken for one another most often"
        }
      }
      Markup("table", ["class": "numbers"]) {
        Markup("thead") {
          Markup("tr") {
            for title in ["true", "predicted", "rows"] {
              Markup("th", ["scope": "col"]) { title }
            }
          }
        }
        Markup("tbody") {
          for pair in pairs.prefix(20) {
            Markup("tr") {
              Markup("td") { names[pair.truth] }
              Markup("td") { names[pair.label] }
              Markup("td") { ReportNumber.count(pair.count) }
            }
          }
        }
      }
    }
  }

  private func line(_ matrix: ConfusionMatrix, _ names: [String], _ truth: Int) -> Markup {
    let total = matrix.support(of: truth)
    return Markup("tr") {
      Markup("th", ["scope": "row"]) { names[truth] }
      for label in names.indices {
        let count = matrix[truth: truth, prediction: label]
        let part = total > 0 ? count / total : 0
        Markup(
          "td",
          [
            "class": truth == label ? "right" : "wrong",
            "style": String(format: "--part:%.3f", part),
          ]
        ) {
          Markup("b") { ReportNumber.count(count) }
          Markup("small") { ReportNumber.percent(part) }
        }
      }
      Markup("td", ["class": "side"]) { ReportNumber.percent(matrix.recall(of: truth)) }
    }
  }

  /// All numbers of the curves, for those who want to copy them.
  var epochTable: Markup {
    let names = metricNames
    let step = (epochs.count + 499) / 500
    let shown = epochs.indices.filter { $0 % max(step, 1) == 0 || $0 == epochs.count - 1 }
    let columns: [(String, (Epoch) -> Double?)] =
      [("train loss", { $0.trainLoss }), ("valid loss", { $0.validLoss })]
      + names.map { name in (name, { $0.metrics.first { $0.name == name }?.value }) }
      + [
        ("learning rate", { $0.learningRate }), ("rows a second", { $0.rowsPerSecond?.rounded() }),
      ]
    let present = columns.filter { column in epochs.contains { column.1($0) != nil } }
    return Markup("details", ["class": "card"]) {
      Markup("summary") { step > 1 ? "Numbers of one epoch in \(step)" : "Numbers of each epoch" }
      Markup("div", ["class": "scroll", "tabindex": "0"]) {
        Markup("table", ["class": "numbers"]) {
          Markup("thead") {
            Markup("tr") {
              Markup("th", ["scope": "col"]) { "epoch" }
              for column in present { Markup("th", ["scope": "col"]) { column.0 } }
              Markup("th", ["scope": "col"]) { "waiting" }
            }
          }
          Markup("tbody") {
            for place in shown {
              let epoch = epochs[place]
              Markup("tr") {
                Markup("th", ["scope": "row"]) { "\(epoch.number)" }
                for column in present {
                  Markup("td") { column.1(epoch).map { ReportNumber.text($0, digits: 6) } ?? "" }
                }
                Markup("td") { epoch.loaderWaitFraction.map(ReportNumber.percent) ?? "" }
              }
            }
          }
        }
      }
    }
  }
}
