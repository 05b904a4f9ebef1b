internal import TabularTraining

/// What a study came to, as one page for a browser.
///
/// The page of `html` stands alone: styles and drawings are in it, nothing is loaded, and no script
/// runs. It follows the reader's choice of light or dark, and fits a telephone. It shows the best
/// value against the trials, the trials as lines across their parameters, how much of the variance
/// each parameter explains, what trials reported step by step, and all trials in a table.
///
/// ```swift
/// try StudyReport(study).html.write(toFile: "study.html", atomically: true, encoding: .utf8)
/// ```
public struct StudyReport: Sendable {
  /// The page's heading.
  public var title: String
  /// One line below the heading; nil for none.
  public var subtitle: String?
  /// What the values of trials are, such as `valid_loss`.
  public var metric = "value"
  /// What a step is, such as `epoch`.
  public var step = "step"
  /// What runs the best trial again; nil for none.
  public var command: String?
  /// The settings of the search, in the order to be shown.
  public var settings: [(name: String, value: String)] = []
  /// The trials.
  public let record: StudyRecord
  /// What was searched.
  public let space: SearchSpace

  /// Takes what a study knows now.
  public init(_ study: Study) {
    let configuration = study.configuration
    self.init(study.record, space: configuration.space)
    settings = [
      ("sampler", "\(configuration.sampler)"),
      ("pruner", configuration.pruner.map { "\($0)" } ?? "none"),
      ("seed", "\(configuration.seed)"), ("lag", "\(configuration.lag)"),
    ]
    settings += configuration.attributes.map { ($0.key, $0.value) }
  }

  /// Takes a record, such as that of a journal, whose trials searched a space.
  public init(_ record: StudyRecord, space: SearchSpace) {
    title = record.name
    self.record = record
    self.space = space
  }
}

extension StudyReport {
  /// One HTML page that stands alone: nothing is loaded, and no script runs.
  ///
  /// All text is escaped, whatever it holds. The same study gives the same page.
  public var html: String {
    ReportPage.html(title: title, subtitle: subtitle, style: Self.style) { content }
  }

  @MarkupBuilder private var content: Markup {
    let shown = ShownValues(record)
    Markup("section", ["class": "tiles"]) { tiles }
    if record.trials.isEmpty {
      Markup("p", ["class": "card"]) { "No trial was begun." }
    } else {
      historyChart(shown)
      bestCard
      parallelCoordinates(shown)
      Markup("section", ["class": "grid"]) {
        importanceCard
        learningCurves(shown)
      }
      trialTable
    }
    if !settings.isEmpty {
      ReportPage.card("Settings") {
        Markup("dl") {
          for setting in settings {
            Markup("dt") { setting.name }
            Markup("dd") { setting.value }
          }
        }
      }
    }
  }

  @MarkupBuilder private var tiles: Markup {
    let best = record.bestTrial
    ReportPage.tile(
      "best \(metric)",
      best?.value.map { ReportNumber.text($0) } ?? "none",
      detail: best.map { "trial \($0.number)" } ?? "no trial is complete"
    )
    ReportPage.tile(
      "trials",
      ReportNumber.count(Double(record.trials.count)),
      detail: [Trial.State.complete, .pruned, .failed, .running, .waiting].compactMap { state in
        let count = record.trials.count { $0.state == state }
        return count > 0 ? "\(count) \(state.rawValue)" : nil
      }.joined(separator: ", ")
    )
    let steps = record.trials.reduce(0) { $0 + $1.intermediateValues.count }
    if steps > 0 {
      ReportPage.tile("\(step)s", ReportNumber.count(Double(steps)), detail: "of all trials")
    }
    ReportPage.tile("parameters", "\(space.parameters.count)", detail: "searched")
  }

  @MarkupBuilder private var bestCard: Markup {
    if let best = record.bestTrial {
      ReportPage.card(
        "The best trial",
        note: "trial \(best.number), \(metric) \(best.value.map { "\($0)" } ?? "none")"
      ) {
        Markup("ul", ["class": "chips"]) {
          for parameter in space.parameters {
            if let value = best.parameters[parameter.name] {
              Markup("li") {
                parameter.name + " "
                Markup("b") { value.description }
              }
            }
          }
        }
        if let command {
          Markup("pre", ["class": "scroll command", "tabindex": "0"]) {
            Markup("code") { command }
          }
        }
      }
    }
  }
}
