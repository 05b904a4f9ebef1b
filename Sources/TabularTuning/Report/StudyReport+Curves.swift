internal import TabularTraining

// What trials reported while they ran.
extension StudyReport {
  private static let mostCurves = 200

  @MarkupBuilder func learningCurves(_ shown: ShownValues) -> Markup {
    let pruned = record.trials.filter { $0.state == .pruned && $0.intermediateValues.count > 1 }
    let complete = shown.ranked.filter { $0.intermediateValues.count > 1 }
    let drawn = Array(pruned.suffix(Self.mostCurves) + complete.suffix(Self.mostCurves))
    let steps = drawn.flatMap(\.intermediateValues.keys)
    if let first = steps.min(), let last = steps.max() {
      curves(
        drawn,
        ValueScale(drawn.flatMap(\.intermediateValues.values), record.direction),
        ChartScale(whole: first...last, count: 4),
        shown,
        left: pruned.count + complete.count - drawn.count
      )
    }
  }

  private func curves(
    _ trials: [Trial],
    _ scale: ValueScale,
    _ across: ChartScale,
    _ shown: ShownValues,
    left: Int
  ) -> Markup {
    Markup("figure", ["class": "card chart curves"]) {
      Markup("figcaption") {
        Markup("h3") { "\(metric) after each \(step)" }
        Markup("p") {
          "a line a trial" + (left > 0 ? ", \(left) worse or earlier ones left out" : "")
            + scale.note(trials.flatMap(\.intermediateValues.values))
        }
        Drawing.legend(
          [("shades", "worst to best"), ("line best", "the best")]
            + (trials.contains { $0.state == .pruned } ? [("line pruned", "pruned")] : [])
        )
      }
      Markup("div", ["class": "plot"]) {
        Drawing.stretched("\(metric) of \(trials.count) trials after each \(step)") {
          Drawing.gridlines(scale.axis)
          for trial in trials {
            Markup(
              "path",
              [
                "class": "trial \(trial.state == .pruned ? "pruned" : shown.color(of: trial))",
                "d": data(trial, scale, across),
              ]
            ) { Markup("title") { hint(trial) } }
          }
        }
        Drawing.labels(scale.axis)
        Drawing.labels(whole: across, name: Drawing.short(step, 8))
      }
    }
  }

  /// A line that is broken where a value is NaN.
  private func data(_ trial: Trial, _ scale: ValueScale, _ across: ChartScale) -> String {
    var (data, isDown) = ("", false)
    for (step, value) in trial.intermediateValues.sorted(by: { $0.key < $1.key }) {
      guard let x = across.place(Double(step)), let y = scale.place(value) else {
        isDown = false
        continue
      }
      data += "\(isDown ? "L" : "M")\(Drawing.across(x)) \(Drawing.down(y))"
      isDown = true
    }
    return data
  }
}
