// The curves of a run.
extension RunReport {
  /// Loss, over training and validation rows.
  var lossChart: Markup {
    let train = epochs.map { Optional($0.trainLoss) }
    let valid = epochs.map(\.validLoss)
    let hasValid = valid.contains { $0 != nil }
    var lines = [LineChart.Line(name: "train", values: train, color: "a")]
    if hasValid { lines.append(LineChart.Line(name: "valid", values: valid, color: "b")) }
    var chart = LineChart(
      title: "Loss",
      note: "mean a row",
      epochs: epochs.map(\.number),
      lines: lines,
      scale: ChartScale((train + valid).compactMap { $0 }, mayBeLogarithmic: true)
    )
    chart.isLarge = true
    if hasValid, epochs.count > 1, let place = Self.best(valid, higherIsBetter: false) {
      chart.best = (1, place)
    }
    return chart.markup
  }

  /// A chart for each metric.
  @MarkupBuilder var metricCharts: Markup {
    for name in metricNames {
      let found = epochs.map { epoch in epoch.metrics.first { $0.name == name } }
      let values = found.map { $0?.value }
      let higher = found.compactMap { $0 }.first?.higherIsBetter ?? true
      chart(
        name,
        values,
        higherIsBetter: higher,
        scale: ChartScale(values.compactMap { $0 })
      )
    }
  }

  /// Learning rate, throughput and waiting.
  @MarkupBuilder var workCharts: Markup {
    let rates = epochs.map(\.learningRate)
    if rates.contains(where: { $0 != nil }) {
      chart(
        "Learning rate",
        rates,
        note: "in each epoch's last step",
        scale: ChartScale(rates.compactMap { $0 }, includingZero: true)
      )
    }
    let speeds = epochs.map(\.rowsPerSecond)
    if speeds.contains(where: { $0 != nil }) {
      chart(
        "Rows a second",
        speeds,
        note: "while training",
        scale: ChartScale(speeds.compactMap { $0 }, includingZero: true)
      )
    }
    let waits = epochs.map(\.loaderWaitFraction)
    if waits.contains(where: { $0 != nil }) { waitChart(waits) }
  }

  private func waitChart(_ waits: [Double?]) -> Markup {
    var chart = LineChart(
      title: "Waiting for batches",
      note: "part of the training time",
      epochs: epochs.map(\.number),
      lines: [LineChart.Line(name: "waiting", values: waits, color: "a")],
      scale: ChartScale(waits.compactMap { $0 } + [0.02], includingZero: true)
    )
    chart.text = ReportNumber.percent
    chart.tick = ReportNumber.percent
    return chart.markup
  }

  private func chart(
    _ name: String,
    _ values: [Double?],
    note: String = "",
    higherIsBetter: Bool? = nil,
    scale: ChartScale
  ) -> Markup {
    var note = note
    var best: (Int, Int)?
    if let higherIsBetter, let place = Self.best(values, higherIsBetter: higherIsBetter),
      let value = values[place]
    {
      note = "validation · \(higherIsBetter ? "highest" : "lowest") "
      note += "\(ReportNumber.text(value)) in epoch \(epochs[place].number)"
      if epochs.count > 1 { best = (0, place) }
    }
    var chart = LineChart(
      title: name,
      note: note,
      epochs: epochs.map(\.number),
      lines: [
        LineChart.Line(name: name, values: values, color: higherIsBetter == nil ? "a" : "b")
      ],
      scale: scale
    )
    chart.best = best
    return chart.markup
  }

  /// The names of all metrics, in the order in which they come up.
  var metricNames: [String] {
    var names: [String] = []
    for metric in epochs.flatMap(\.metrics) where !names.contains(metric.name) {
      names.append(metric.name)
    }
    return names
  }

  /// The place of the best finite value, the first of equals; nil without one.
  static func best(_ values: [Double?], higherIsBetter: Bool) -> Int? {
    var best: (place: Int, value: Double)?
    for (place, value) in values.enumerated() {
      guard let value, value.isFinite else { continue }
      if let found = best, higherIsBetter ? value <= found.value : value >= found.value { continue }
      best = (place, value)
    }
    return best?.place
  }
}
