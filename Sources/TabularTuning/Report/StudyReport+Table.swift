internal import TabularTraining

// All trials.
extension StudyReport {
  var trialTable: Markup {
    let names = record.parameterNames
    let best = record.bestTrial?.number
    let hasFailures = record.trials.contains { $0.failure != nil }
    let titles =
      ["trial", "state", metric, "\(step)s"] + names + (hasFailures ? ["failure"] : [])
    return ReportPage.card("All trials", note: "\(record.trials.count), in their order") {
      Markup("div", ["class": "scroll", "tabindex": "0"]) {
        Markup("table", ["class": "numbers trials"]) {
          Markup("thead") {
            Markup("tr") {
              for (place, title) in titles.enumerated() {
                let isWord = place == 1 || hasFailures && place == titles.count - 1
                Markup("th", isWord ? ["scope": "col", "class": "word"] : ["scope": "col"]) {
                  title
                }
              }
            }
          }
          Markup("tbody") {
            for trial in record.trials {
              Markup("tr", ["class": trial.number == best ? "best" : "\(trial.state.rawValue)"]) {
                Markup("th", ["scope": "row"]) { "\(trial.number)" }
                Markup("td", ["class": "word"]) {
                  trial.state.rawValue + (trial.number == best ? ", best" : "")
                }
                Markup("td") { trial.value.map { ReportNumber.text($0, digits: 6) } ?? "" }
                Markup("td") { "\(trial.intermediateValues.count)" }
                for name in names {
                  Markup("td") { trial.parameters[name].map(words) ?? "" }
                }
                if hasFailures { Markup("td", ["class": "word"]) { trial.failure ?? "" } }
              }
            }
          }
        }
      }
    }
  }
}
