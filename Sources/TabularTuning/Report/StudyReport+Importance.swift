internal import TabularTraining

// How much each parameter matters.
extension StudyReport {
  var importanceCard: Markup {
    switch ParameterImportance.measure(record.trials, in: space) {
    case .none(let reason):
      ReportPage.card("Importance of parameters") {
        Markup("p", ["class": "empty"]) { reason }
      }
    case .measured(let found):
      ReportPage.card(
        "Importance of parameters",
        note: "part of the variance over the space that goes back to each alone"
      ) {
        Markup("div", ["class": "parts"]) {
          for part in found.parts { row(part.name, part.part, "bar") }
          row("together, and chance", found.together, "bar rest")
        }
        Markup("p", ["class": "method"]) { Self.method(found) }
      }
    }
  }

  @MarkupBuilder private func row(_ name: String, _ part: Double, _ style: String) -> Markup {
    Markup("span", ["class": "name"]) { name }
    Markup("div", ["class": "track"]) {
      Markup("i", ["class": style, "style": "width:\(ReportPage.percent(part))"])
    }
    Markup("b") { ReportNumber.percent(part) }
  }

  private static func method(_ found: ParameterImportance) -> String {
    let fit = ReportNumber.percent(max(0, found.fit))
    return
      "Functional ANOVA over 64 regression trees (Hutter, Hoos and Leyton-Brown, 2014), learned from "
      + "the \(found.trials) complete trials; a parameter of a branch counts within it. The trees "
      + "explain \(fit) of the variance of trials that they have not seen"
      + (found.fit < 0.3 ? ": take the bars as a hint." : ".")
  }
}
