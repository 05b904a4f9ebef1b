internal import TabularTraining

/// An axis of values on which none is lost.
struct ValueScale {
  let axis: ChartScale

  /// Spans the values but for those so bad that the others would lie in one line: beyond three times
  /// the middle half's width from the worse quartile, unless an axis of logarithms shows them.
  init(_ values: [Double], _ direction: Direction) {
    let finite = values.filter(\.isFinite)
    axis = ChartScale(Self.usual(finite, direction), mayBeLogarithmic: true)
  }

  private static func usual(_ values: [Double], _ direction: Direction) -> [Double] {
    let sorted = values.sorted()
    guard sorted.count >= 8, let low = sorted.first, let high = sorted.last,
      !(low > 0 && high / low >= 100)
    else { return values }
    let (first, third) = (sorted[sorted.count / 4], sorted[sorted.count * 3 / 4])
    // Halves, so that the widest range there is does not overflow.
    let width = 3 * (third / 2 - first / 2)
    guard width > 0 else { return values }
    return direction == .minimize
      ? values.filter { $0 / 2 <= third / 2 + width }
      : values.filter { $0 / 2 >= first / 2 - width }
  }

  /// Where a value lies, 0 to 1; one beyond the axis lies at its end, and so does an infinite one;
  /// nil for NaN.
  func place(_ value: Double) -> Double? {
    if value.isNaN { return nil }
    if value.isInfinite { return value > 0 ? 1 : 0 }
    if axis.isLogarithmic && value <= 0 { return 0 }
    return axis.place(value).map { min(max($0, 0), 1) }
  }

  /// What is to be said of the axis.
  func note(_ values: [Double]) -> String {
    let beyond = values.count { !$0.isNaN && !axis.range.contains($0) }
    return (axis.isLogarithmic ? " · logarithmic" : "")
      + (beyond > 0 ? " · \(beyond) beyond the axis, drawn at its end" : "")
  }
}

/// Where values of trials lie in drawings, and which are the better ones.
struct ShownValues {
  /// The axis of all values of trials, also of those that were pruned.
  let scale: ValueScale
  /// The trials that are complete with a finite value, the worst first; of equals the first is the
  /// better one.
  let ranked: [Trial]
  private let ranks: [Int: Int]

  init(_ record: StudyRecord) {
    let complete = record.trials.filter { $0.state == .complete && $0.value?.isFinite == true }
    let pruned = record.trials.filter { $0.state == .pruned }
    scale = ValueScale((complete + pruned).compactMap(\.value), record.direction)
    ranked = complete.sorted { first, second in
      let (a, b) = (first.value ?? .nan, second.value ?? .nan)
      return a == b ? first.number > second.number : record.direction.prefers(b, to: a)
    }
    ranks = Dictionary(uniqueKeysWithValues: ranked.enumerated().map { ($1.number, $0) })
  }

  /// How good a trial is, 0 for the worst and 1 for the best; nil where it has no value.
  func rank(of trial: Trial) -> Double? {
    ranks[trial.number].map { ranked.count > 1 ? Double($0) / Double(ranked.count - 1) : 1 }
  }

  /// The class of a trial's colour: five shades by its rank, one for the best.
  func color(of trial: Trial) -> String {
    guard let rank = rank(of: trial) else { return "none" }
    return trial.number == ranked.last?.number ? "best" : "shade\(min(4, Int(rank * 5)))"
  }
}

/// The places of drawings that are 1000 wide and 1000 high.
enum Drawing {
  /// A part of the width.
  static func across(_ part: Double) -> Double { (part * 10_000).rounded() / 10 }

  /// A part of the height, from below.
  static func down(_ part: Double) -> Double { across(1 - part) }

  static func path(_ style: String, _ data: String) -> Markup {
    data.isEmpty ? Markup() : Markup("path", ["class": style, "d": data])
  }

  /// A drawing that is stretched to the room there is.
  static func stretched(_ summary: String, @MarkupBuilder _ content: () -> Markup) -> Markup {
    Markup(
      "svg",
      [
        "viewBox": "0 0 1000 1000", "preserveAspectRatio": "none", "role": "img",
        "aria-label": summary,
      ],
      content
    )
  }

  /// The lines and labels of an axis of values.
  @MarkupBuilder static func labels(_ scale: ChartScale) -> Markup {
    for value in scale.ticks {
      if let y = scale.place(value) {
        Markup("span", ["class": "y", "style": "top:\(ReportPage.percent(1 - y))"]) {
          scale.label(value)
        }
      }
    }
  }

  static func gridlines(_ scale: ChartScale) -> Markup {
    path("gridline", scale.ticks.compactMap(scale.place).map { "M0 \(down($0))H1000" }.joined())
  }

  /// The labels of an axis of whole numbers.
  @MarkupBuilder static func labels(whole scale: ChartScale, name: String) -> Markup {
    for value in scale.ticks {
      if let x = scale.place(value) {
        Markup("span", ["class": "x", "style": "left:\(ReportPage.percent(x))"]) { "\(Int(value))" }
      }
    }
    Markup("span", ["class": "axis"]) { name }
  }

  /// Colours and what they stand for.
  static func legend(_ entries: [(style: String, text: String)]) -> Markup {
    Markup("p", ["class": "legend"]) {
      for entry in entries {
        Markup("span") {
          Markup("i", ["class": "key \(entry.style)"])
          entry.text
        }
      }
    }
  }

  /// No longer than a line of a hint.
  static func short(_ text: String, _ length: Int = 40) -> String {
    text.count > length ? text.prefix(length - 1) + "…" : text
  }
}
