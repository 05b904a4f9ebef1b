import Foundation
import TabularTuning

/// The lines of a search: one a trial, and the end.
struct TrialLog {
  let json: Bool
  let metric: String
  /// The parameters in the order of their space.
  let names: [String]
  let console: Console

  /// A trial that ended.
  func write(_ trial: Trial, of count: Int, best: Trial?) {
    if json { Console.result(object(trial).text) }
    let width = "\(count - 1)".count
    var line = "trial " + String(repeating: " ", count: max(0, width - "\(trial.number)".count))
    line +=
      "\(trial.number)  \(trial.state.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0))"
    line += "  \(trial.value.map { String(format: "%10.5f", $0) } ?? "         -")"
    line += String(format: "  %4d steps", trial.intermediateValues.count)
    line += "  " + words(trial)
    if let failure = trial.failure { line += "  \(failure)" }
    if trial.number == best?.number { line += "  best" }
    console.note(line)
  }

  /// Parameters as `name=value`, numbers to four digits.
  private func words(_ trial: Trial) -> String {
    names.compactMap { name in
      guard let value = trial.parameters[name] else { return nil }
      if case .number(let number) = value { return "\(name)=\(String(format: "%.4g", number))" }
      return "\(name)=\(value)"
    }.joined(separator: " ")
  }

  func end(_ study: Study, _ best: Trial, _ command: String) {
    let trials = study.trials
    let steps = trials.reduce(0) { $0 + $1.intermediateValues.count }
    guard !json else {
      var line = JSONObject()
      line.set("done", true)
      line.set("trials", trials.count)
      line.set("steps", steps)
      for state in [Trial.State.complete, .pruned, .failed] {
        line.set(state.rawValue, trials.count { $0.state == state })
      }
      line.set("best_trial", best.number)
      line.set("metric", metric)
      line.set("value", best.value ?? .nan)
      line.set("parameters", raw: parameters(best).text)
      line.set("command", command)
      return Console.result(line.text)
    }
    let states = [Trial.State.complete, .pruned, .failed].map { state in
      "\(trials.count { $0.state == state }) \(state.rawValue)"
    }
    console.note(
      "\(trials.count) trials (\(states.joined(separator: ", "))), \(steps) steps in all"
    )
    Console.result("best trial \(best.number): \(metric) \(best.value ?? .nan)")
    let rows = names.compactMap { name in best.parameters[name].map { ["  " + name, "\($0)"] } }
    for line in aligned(rows) { Console.result(line) }
    Console.result(command)
  }

  private func object(_ trial: Trial) -> JSONObject {
    var line = JSONObject()
    line.set("trial", trial.number)
    line.set("state", trial.state.rawValue)
    line.set("value", trial.value ?? .nan)
    line.set("steps", trial.intermediateValues.count)
    line.set("parameters", raw: parameters(trial).text)
    if let failure = trial.failure { line.set("failure", failure) }
    return line
  }

  private func parameters(_ trial: Trial) -> JSONObject {
    var line = JSONObject()
    for name in names {
      if let value = trial.parameters[name] { line.set(name, raw: value.json) }
    }
    return line
  }
}
