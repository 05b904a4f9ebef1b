/// Lines over the epochs.
///
/// Lines are a drawing that is stretched to the room there is; labels are text beside it, placed by
/// percents, and so as large on a telephone as on a wide screen.
struct LineChart {
  /// Values of the epochs; nil where an epoch has none, a gap where it is not finite.
  struct Line {
    let name: String
    let values: [Double?]
    /// The class of its colour.
    let color: String
  }

  let title: String
  /// What the values are, below the title.
  let note: String
  let epochs: [Int]
  let lines: [Line]
  let scale: ChartScale
  /// How a value is written.
  var text: (Double) -> String = { ReportNumber.text($0) }
  /// How a tick is written; nil as its neighbours demand.
  var tick: ((Double) -> String)?
  /// The line and the epoch's place that a ring shows.
  var best: (line: Int, place: Int)?
  var isLarge = false
  private let epochScale: ChartScale
  /// Whether lines need their names.
  private var names: Bool { lines.count > 1 }

  init(
    title: String,
    note: String,
    epochs: [Int],
    lines: [Line],
    scale: ChartScale
  ) {
    self.title = title
    self.note = note
    self.epochs = epochs
    self.lines = lines
    self.scale = scale
    epochScale = ChartScale(whole: (epochs.min() ?? 0)...(epochs.max() ?? 0))
  }
}

extension LineChart {
  var markup: Markup {
    Markup("figure", ["class": isLarge ? "card chart large" : "card chart"]) {
      Markup("figcaption") {
        Markup("h3") { title }
        Markup("p") { note + (scale.isLogarithmic ? " · logarithmic" : "") }
      }
      Markup("div", ["class": "plot"]) {
        drawing
        axes
        ends
        faults
        columns
      }
    }
  }

  private var drawing: Markup {
    Markup(
      "svg",
      [
        "viewBox": "0 0 1000 1000", "preserveAspectRatio": "none", "role": "img",
        "aria-label": summary,
      ]
    ) {
      path(
        "gridline",
        scale.ticks.compactMap(scale.place).map { "M0 \(Self.down($0))H1000" }.joined()
      )
      for place in epochs.indices where isFault(place) {
        path("fault", "M\(across(place)) 0V1000")
      }
      for line in lines {
        path("line \(line.color)", stroke(line))
        path("dots \(line.color)", dots(line))
      }
      if let best, let value = lines[best.line].values[best.place], let y = scale.place(value) {
        let dot = "M\(across(best.place)) \(Self.down(y))h.01"
        path("ring \(lines[best.line].color)", dot)
        path("hole", dot)
      }
    }
  }

  private func path(_ style: String, _ data: String) -> Markup {
    data.isEmpty ? Markup() : Markup("path", ["class": style, "d": data])
  }

  /// The line, broken where a value is missing.
  private func stroke(_ line: Line) -> String {
    var data = ""
    var isDown = false
    for (place, value) in line.values.enumerated() {
      guard let y = value.flatMap(scale.place) else {
        isDown = false
        continue
      }
      data += "\(isDown ? "L" : "M")\(across(place)) \(Self.down(y))"
      isDown = true
    }
    return data
  }

  /// A dot for each value of a short line, and for values with none beside them.
  private func dots(_ line: Line) -> String {
    let shown = line.values.map { $0.flatMap(scale.place) }
    return shown.indices.compactMap { place in
      guard let y = shown[place] else { return nil }
      let isAlone =
        (place == 0 || shown[place - 1] == nil)
        && (place == shown.count - 1 || shown[place + 1] == nil)
      guard isAlone || shown.count <= 30 else { return nil }
      return "M\(across(place)) \(Self.down(y))h.01"
    }.joined()
  }

  @MarkupBuilder private var axes: Markup {
    for value in scale.ticks {
      if let y = scale.place(value) {
        Markup("span", ["class": "y", "style": "top:\(ReportPage.percent(1 - y))"]) {
          tick?(value) ?? scale.label(value)
        }
      }
    }
    for value in epochScale.ticks {
      if let x = epochScale.place(value) {
        Markup("span", ["class": "x", "style": "left:\(ReportPage.percent(x))"]) { "\(Int(value))" }
      }
    }
    Markup("span", ["class": "axis"]) { "epoch" }
  }

  /// The last values, at the lines' ends and not over one another.
  @MarkupBuilder private var ends: Markup {
    for (line, y) in zip(lines, endPlaces) {
      Markup("span", ["class": "end \(line.color)", "style": "top:\(ReportPage.percent(1 - y))"]) {
        if names {
          Markup("b") { line.name }
          " "
        }
        line.values.last.flatMap { $0 }.map(text) ?? ""
      }
    }
  }

  private var endPlaces: [Double] {
    let wanted = lines.map { line in
      line.values.last { $0?.isFinite ?? false }?.flatMap(scale.place) ?? 0.5
    }
    // Two lines at most lie close; both make room.
    guard wanted.count == 2 else { return wanted }
    let gap = (isLarge ? 0.15 : 0.19) - abs(wanted[0] - wanted[1])
    guard gap > 0 else { return wanted }
    let sign = wanted[0] < wanted[1] ? 1.0 : -1.0
    let middle = min(max((wanted[0] + wanted[1]) / 2, 0.1), 0.9)
    let half = (isLarge ? 0.15 : 0.19) / 2
    return [middle - sign * half, middle + sign * half]
  }

  /// Where values are NaN or infinite: said once for a run of such epochs, and three times at most.
  @MarkupBuilder private var faults: Markup {
    let first = epochs.indices.filter { isFault($0) && ($0 == 0 || !isFault($0 - 1)) }
    for place in first.prefix(3) {
      let words = Set(lines.compactMap { $0.values[place] }.filter { !$0.isFinite }.map(text))
      let flips = across(place) > 500 ? " flip" : ""
      Markup(
        "span",
        ["class": "fault\(flips)", "style": "left:\(ReportPage.percent(across(place) / 1000))"]
      ) { words.sorted().joined(separator: ", ") }
    }
  }

  /// What is shown where the pointer is, a column an epoch.
  @MarkupBuilder private var columns: Markup {
    let step = (epochs.count + 239) / 240
    let width = 1000 * Double(step) / Double(max(epochs.count - 1, 1))
    for place in stride(from: 0, to: epochs.count, by: step) {
      let x = across(place)
      let (left, right) = (max(0, x - width / 2), min(1000, x + width / 2))
      let values = lines.compactMap { line in
        line.values[place].map { (names ? line.name + " " : "") + text($0) }
      }
      Markup(
        "i",
        [
          "class": x > 500 ? "at flip" : "at",
          "style":
            "left:\(ReportPage.percent(left / 1000));width:\(ReportPage.percent((right - left) / 1000));"
            + "--x:\(ReportPage.percent((x - left) / (right - left)))",
          "data-tip": "epoch \(epochs[place])\n" + values.joined(separator: "\n"),
        ]
      )
    }
  }

  private func isFault(_ place: Int) -> Bool {
    lines.contains { line in line.values[place].map { !$0.isFinite } ?? false }
  }

  /// For those who hear the page.
  private var summary: String {
    let parts = lines.map { line in
      let values = line.values.compactMap { $0 }
      return "\(line.name) from \(values.first.map(text) ?? "none") to "
        + (values.last.map(text) ?? "none")
    }
    return "\(title) over \(epochs.count) epochs: " + parts.joined(separator: ", ")
  }

  /// Where an epoch lies, 0 to 1000.
  private func across(_ place: Int) -> Double {
    ((epochScale.place(Double(epochs[place])) ?? 0) * 10_000).rounded() / 10
  }

  private static func down(_ place: Double) -> Double { ((1 - place) * 10_000).rounded() / 10 }
}
