internal import TabularTraining

// Each trial as a line across its parameters.
extension StudyReport {
  private static let mostLines = 500

  func parallelCoordinates(_ shown: ShownValues) -> Markup {
    let complete = shown.ranked.suffix(Self.mostLines)
    let pruned = record.trials.filter { $0.state == .pruned }.suffix(Self.mostLines)
    let drawn = pruned + complete
    let axes = space.parameters.filter { !Axis($0.distribution).isConstant }.map { parameter in
      ParallelAxis(parameter, isMissing: drawn.contains { $0.parameters[parameter.name] == nil })
    }
    guard !axes.isEmpty, !drawn.isEmpty else { return Markup() }
    let left = shown.ranked.count - complete.count
    return Markup("figure", ["class": "card"]) {
      Markup("figcaption") {
        Markup("h3") { "Parameters and \(metric)" }
        Markup("p") {
          "a line a trial\(left > 0 ? " of the best \(complete.count)" : ""), "
            + "its colour by the rank of its value; trials that take one choice are spread by it"
        }
        Drawing.legend(
          (complete.isEmpty ? [] : [("shades", "worst to best"), ("line best", "the best")])
            + (pruned.isEmpty ? [] : [("line pruned", "pruned, without a final value")])
        )
      }
      Markup("div", ["class": "scroll across", "tabindex": "0"]) {
        Markup("div", ["class": "plot parallel", "style": "--axes:\(axes.count + 1)"]) {
          Drawing.stretched("\(drawn.count) trials across \(axes.count) parameters") {
            Drawing.path(
              "gridline",
              (0...axes.count).map { "M\(Self.across($0, axes)) 0V1000" }.joined()
            )
            for trial in drawn { line(trial, axes, shown) }
          }
          for (place, axis) in axes.enumerated() { labels(axis, Self.percent(place, axes)) }
          labels(shown.scale.axis, Self.percent(axes.count, axes))
        }
      }
    }
  }

  private static func across(_ place: Int, _ axes: [ParallelAxis]) -> Double {
    Drawing.across(Double(place) / Double(axes.count))
  }

  private static func percent(_ place: Int, _ axes: [ParallelAxis]) -> String {
    ReportPage.percent(Double(place) / Double(axes.count))
  }

  private func line(_ trial: Trial, _ axes: [ParallelAxis], _ shown: ShownValues) -> Markup {
    let rank = shown.rank(of: trial)
    var places = axes.map { $0.place(trial.parameters[$0.parameter.name], rank: rank ?? 0.5) }
    if rank != nil, let value = trial.value { places.append(shown.scale.place(value)) }
    var (data, isDown) = ("", false)
    for (index, place) in places.enumerated() {
      // A value that is none of the space's: of another study.
      guard let place else {
        isDown = false
        continue
      }
      data += "\(isDown ? "L" : "M")\(Self.across(index, axes)) \(Drawing.down(place))"
      isDown = true
    }
    let style = rank == nil ? "trial pruned" : "trial \(shown.color(of: trial))"
    return Markup("path", ["class": style, "d": data]) {
      Markup("title") { hint(trial) }
    }
  }

  @MarkupBuilder private func labels(_ axis: ParallelAxis, _ left: String) -> Markup {
    Markup("span", ["class": "name", "style": "left:\(left)"]) {
      Drawing.short(axis.parameter.name, 24)
    }
    for tick in axis.ticks {
      Markup(
        "span",
        ["class": "tick", "style": "left:\(left);top:\(ReportPage.percent(1 - tick.place))"]
      ) {
        Drawing.short(tick.text.isEmpty ? "(empty)" : tick.text, 16)
      }
    }
  }

  @MarkupBuilder private func labels(_ scale: ChartScale, _ left: String) -> Markup {
    Markup("span", ["class": "name", "style": "left:\(left)"]) { Drawing.short(metric, 24) }
    for value in scale.ticks {
      if let y = scale.place(value) {
        Markup("span", ["class": "tick", "style": "left:\(left);top:\(ReportPage.percent(1 - y))"])
        {
          scale.label(value)
        }
      }
    }
  }
}

/// A parameter as one of parallel axes: its bounds are the ends, and where some trials do not have it
/// there is a place for those below.
struct ParallelAxis {
  let parameter: SearchSpace.Parameter
  let ticks: [(place: Double, text: String)]
  private let axis: Axis
  private let ground: Double

  init(_ parameter: SearchSpace.Parameter, isMissing: Bool) {
    self.parameter = parameter
    let axis = Axis(parameter.distribution)
    let ground = isMissing ? 0.15 : 0
    (self.axis, self.ground) = (axis, ground)
    ticks =
      (isMissing ? [(0, "not used")] : [])
      + Self.ticks(parameter.distribution, axis).map { (ground + (1 - ground) * $0.part, $0.text) }
  }

  /// Where a value lies, 0 to 1, and trials of one choice spread by rank; nil when it is none of the
  /// parameter's.
  func place(_ value: ParameterValue?, rank: Double) -> Double? {
    guard let value else { return 0 }
    guard let position = axis.position(of: value) else { return nil }
    let part =
      axis.kind == .choice
      ? Self.part(ofChoice: position + 0.5 * (rank - 0.5), axis) : Self.part(position, axis)
    return ground + (1 - ground) * part
  }

  private static func part(ofChoice position: Double, _ axis: Axis) -> Double {
    // The first choice is at the top, as it stands in the space.
    1 - (position + 0.5) / axis.high
  }

  private static func part(_ position: Double, _ axis: Axis) -> Double {
    // Half a step of a whole number lies beyond its bounds.
    let low = axis.position(of: axis.value(at: axis.low)) ?? axis.low
    let high = axis.position(of: axis.value(at: axis.high)) ?? axis.high
    return high > low ? min(max((position - low) / (high - low), 0), 1) : 0.5
  }

  private static func ticks(_ distribution: Distribution, _ axis: Axis)
    -> [(part: Double, text: String)]
  {
    switch distribution {
    case .choice(let values):
      // More than have room are left out.
      let step = (values.count + 17) / 18
      return stride(from: 0, to: values.count, by: step).map {
        (part(ofChoice: Double($0), axis), values[$0].description)
      }
    case .uniform(let range), .log(let range):
      return ticks(range.lowerBound, range.upperBound) { axis.position(of: .number($0)) }
    case .int(let range, _):
      return ticks(Double(range.lowerBound), Double(range.upperBound)) { value in
        Int(exactly: value).flatMap { axis.position(of: .integer($0)) }
      }
    }

    func ticks(_ low: Double, _ high: Double, _ position: (Double) -> Double?) -> [(
      part: Double, text: String
    )] {
      let scale =
        axis.isLog && high / low >= 10
        ? ChartScale(logarithms: low, high) : ChartScale([low, high])
      var found = [low, high].compactMap { value in
        position(value).map { (part: part($0, axis), text: ReportNumber.text(value)) }
      }
      for value in scale.ticks where value > low && value < high {
        guard let place = position(value).map({ part($0, axis) }),
          found.allSatisfy({ abs($0.part - place) > 0.07 })
        else { continue }
        found.append((place, ReportNumber.text(value)))
      }
      return found
    }
  }
}

extension ChartScale {
  /// An axis of logarithms, whatever it spans.
  fileprivate init(logarithms low: Double, _ high: Double) {
    // Two powers of ten at least make one.
    self.init([low, max(high, low * 100)], mayBeLogarithmic: true)
  }
}
