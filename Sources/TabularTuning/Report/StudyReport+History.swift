internal import TabularTraining

// The best value against the trials.
extension StudyReport {
  func historyChart(_ shown: ShownValues) -> Markup {
    let trials = record.trials
    let across = ChartScale(whole: 0...max(trials.count - 1, 0))
    let scale = shown.scale.axis
    let better = record.direction == .minimize ? "smaller" : "larger"
    let values = trials.filter { $0.state == .complete || $0.state == .pruned }.compactMap(\.value)
    return Markup("figure", ["class": "card chart large history"]) {
      Markup("figcaption") {
        Markup("h3") { "Best \(metric) so far" }
        Markup("p") {
          "\(better) is better" + shown.scale.note(values)
        }
        Drawing.legend(historyLegend)
      }
      Markup("div", ["class": "plot"]) {
        Drawing.stretched(summary) {
          if !values.isEmpty { Drawing.gridlines(scale) }
          Drawing.path("line b", bestLine(shown, across))
          Drawing.path("failures", marks(.failed, across))
          Drawing.path("dots pruned", dots(.pruned, shown, across))
          Drawing.path("dots a", dots(.complete, shown, across))
          if let best = record.bestTrial, let x = across.place(Double(best.number)),
            let y = best.value.flatMap(shown.scale.place)
          {
            let dot = "M\(Drawing.across(x)) \(Drawing.down(y))h.01"
            Drawing.path("ring b", dot)
            Drawing.path("hole", dot)
          }
        }
        if !values.isEmpty { Drawing.labels(scale) }
        Drawing.labels(whole: across, name: "trial")
        if let best = record.bestTrial?.value, let y = shown.scale.place(best) {
          // Two lines, which would lie over the axis' own name.
          let top = ReportPage.percent(1 - max(y, 0.08))
          Markup("span", ["class": "end b", "style": "top:\(top)"]) {
            Markup("b") { "best" }
            " " + ReportNumber.text(best)
          }
        }
        hints(across)
      }
    }
  }

  private var historyLegend: [(style: String, text: String)] {
    let states = Set(record.trials.map(\.state))
    return [
      (Trial.State.complete, "a", "complete"), (.pruned, "pruned", "pruned, at its last value"),
      (.failed, "failed", "failed"),
    ].filter { states.contains($0.0) }.map { ($0.1, $0.2) }
      + (record.bestTrial == nil ? [] : [("line b", "best so far")])
  }

  /// Level but where a trial is better than all before it.
  private func bestLine(_ shown: ShownValues, _ across: ChartScale) -> String {
    var (data, best) = ("", Double?.none)
    for trial in record.trials where trial.state == .complete {
      guard let value = trial.value, let y = shown.scale.place(value),
        let x = across.place(Double(trial.number))
      else { continue }
      guard let known = best else {
        data = "M\(Drawing.across(x)) \(Drawing.down(y))"
        best = value
        continue
      }
      guard record.direction.prefers(value, to: known) else { continue }
      data += "H\(Drawing.across(x))V\(Drawing.down(y))"
      best = value
    }
    return data.isEmpty ? "" : data + "H1000"
  }

  private func dots(_ state: Trial.State, _ shown: ShownValues, _ across: ChartScale) -> String {
    record.trials.filter { $0.state == state }.compactMap { trial in
      guard let x = across.place(Double(trial.number)),
        let y = trial.value.flatMap(shown.scale.place)
      else { return nil }
      return "M\(Drawing.across(x)) \(Drawing.down(y))h.01"
    }.joined()
  }

  /// At the ground, since there is no value.
  private func marks(_ state: Trial.State, _ across: ChartScale) -> String {
    record.trials.filter { $0.state == state }.compactMap { trial in
      across.place(Double(trial.number)).map { "M\(Drawing.across($0)) 1000V955" }
    }.joined()
  }

  /// What is shown where the pointer is, a column a trial.
  @MarkupBuilder private func hints(_ across: ChartScale) -> Markup {
    let trials = record.trials
    let step = (trials.count + 239) / 240
    let width = Double(step) / Double(max(trials.count - 1, 1))
    for place in stride(from: 0, to: trials.count, by: max(step, 1)) {
      let x = across.place(Double(place)) ?? 0
      let (left, right) = (max(0, x - width / 2), min(1, x + width / 2))
      Markup(
        "i",
        [
          "class": x > 0.5 ? "at flip" : "at",
          "style": "left:\(ReportPage.percent(left));width:\(ReportPage.percent(right - left));"
            + "--x:\(ReportPage.percent((x - left) / (right - left)))",
          "data-tip": hint(trials[place]),
        ]
      )
    }
  }

  /// A trial in a few lines.
  func hint(_ trial: Trial) -> String {
    var lines = ["trial \(trial.number), \(trial.state.rawValue)"]
    if let value = trial.value { lines.append("\(metric) \(ReportNumber.text(value))") }
    if let failure = trial.failure { lines.append(failure) }
    for parameter in space.parameters.prefix(12) {
      if let value = trial.parameters[parameter.name] {
        lines.append("\(parameter.name) \(words(value))")
      }
    }
    return lines.map { Drawing.short($0) }.joined(separator: "\n")
  }

  /// A value as a reader wants it.
  func words(_ value: ParameterValue) -> String {
    if case .number(let number) = value { return ReportNumber.text(number) }
    return value.description
  }

  /// For those who hear the page.
  private var summary: String {
    let best = record.bestTrial
    return "Best \(metric) over \(record.trials.count) trials: "
      + (best.flatMap { trial in
        trial.value.map { "\(ReportNumber.text($0)) in trial \(trial.number)" }
      }
        ?? "none")
  }
}
