import Foundation

@testable import TabularTuning

/// Studies to be looked at.
enum StudySamples {
  /// Forty trials with all that a page can show.
  static let usual: StudyReport = {
    var report = StudyReport(record(40), space: mixedSpace)
    report.title = "titanic-synthetic.csv"
    report.subtitle = "smallest valid_loss"
    report.metric = "valid_loss"
    report.step = "epoch"
    report.command = "tabular train titanic-synthetic.csv --target Survived --lr 0.01"
    report.settings = [("sampler", "tpe"), ("seed", "0")]
    return report
  }()

  /// Text that is markup, values of all sizes and none.
  static let difficult: StudyReport = {
    let text = "<script>alert(\"1\")</script> & 'quoted' \u{0}\u{1B}[31m ]]> --> \u{202E}"
    let values: [Double?] = [
      -1e300, 1e308, .infinity, -.infinity, 0.5, 0.25, nil, 0.3, 0.31, 0.32, 0.33, 0.34, 0.35, 0.36,
    ]
    let states: [Trial.State] = [
      .complete, .complete, .complete, .pruned, .failed, .running, .waiting,
    ]
    let searched = space([
      .init(text, .choice([.text(text), .text(""), .integer(2)])),
      .init("\(text) 2", .log(1e-300...1e300), when: text, is: .text(text)),
      .init("whole", .int(-(1 << 53)...1 << 53)), .init("one", .choice([.bool(true)])),
      .init("wide", .uniform(-8e307...8e307)),
    ])
    let trials = values.enumerated().map { number, value in
      var parameters: [String: ParameterValue] = [
        text: number % 3 == 0 ? .text(text) : .text(""),
        "whole": .integer((1 << 53) / (number + 1)),
        "one": .bool(true), "wide": .number(1e307 * Double(number % 7) - 3e307),
      ]
      if number % 3 == 0 { parameters["\(text) 2"] = .number(pow(10, Double(number * 20))) }
      // Of a study of another space.
      if number == 7 { parameters["wide"] = .text(text) }
      var trial = Trial(
        number: number,
        state: value?.isFinite == true && number > 7 ? .complete : states[number % states.count],
        parameters: parameters,
        value: value,
        intermediateValues: [1: .nan, 2: Double(number), 3: .infinity, 7: 1e300, 9: -.infinity]
      )
      if trial.state == .failed { trial.failure = text }
      return trial
    }
    var report = StudyReport(
      StudyRecord(
        name: text,
        direction: .maximize,
        trials: trials,
        parameterNames: searched.parameters.map(\.name)
      ),
      space: searched
    )
    report.subtitle = text
    (report.metric, report.step, report.command) = (text, text, text)
    report.settings = [(text, text)]
    return report
  }()

  /// One trial, which came to a value at once.
  static let single = StudyReport(record(1), space: mixedSpace)

  /// Nothing was begun.
  static let empty = StudyReport(record(0), space: mixedSpace)

  /// No trial came to a value.
  static let hopeless: StudyReport = {
    let trials = (0..<12).map { number in
      var trial = Trial(number: number, state: .failed, parameters: ["lr": .number(0.01)])
      trial.failure = "killed by signal 9: out of memory?"
      return trial
    }
    let record = StudyRecord(
      name: "hopeless",
      direction: .minimize,
      trials: trials,
      parameterNames: ["lr"]
    )
    return StudyReport(record, space: space([.init("lr", .log(1e-4...1e-1))]))
  }()

  static let all = [
    "usual": usual, "difficult": difficult, "single": single, "empty": empty, "hopeless": hopeless,
  ]

  static func space(_ parameters: [SearchSpace.Parameter]) -> SearchSpace {
    do { return try SearchSpace(parameters) } catch { preconditionFailure("\(error)") }
  }

  /// Trials as the random sampler suggests them; the fifth is pruned, and so is each seventh; each
  /// thirteenth fails.
  static func record(_ count: Int) -> StudyRecord {
    let trials = (0..<count).map { number in
      let parameters = suggestion(number, in: mixedSpace)
      let rate = log10(parameters["lr"]?.asNumber ?? 1)
      let size = parameters["batch_size"]?.asNumber ?? 1
      let momentum = parameters["momentum"]?.asNumber ?? 0.5
      let value = 0.42 + 0.05 * (rate + 2.2) * (rate + 2.2) + size / 4_000 + momentum / 30
      let isPruned = number == 4 || number % 7 == 6
      let steps = (1...(isPruned ? 4 : 20)).map { ($0, value + 0.3 * exp(-Double($0) / 5)) }
      var trial = Trial(
        number: number,
        state: isPruned ? .pruned : .complete,
        parameters: parameters,
        value: steps.last?.1,
        intermediateValues: Dictionary(uniqueKeysWithValues: steps)
      )
      if number % 13 == 12 {
        (trial.state, trial.value, trial.failure) = (.failed, nil, "ended with status 1: no memory")
      }
      return trial
    }
    return StudyRecord(
      name: "mixed",
      direction: .minimize,
      trials: trials,
      parameterNames: mixedSpace.parameters.map(\.name)
    )
  }

  /// The random sampler's parameters of a trial.
  static func suggestion(_ number: Int, in space: SearchSpace, seed: UInt64 = 1)
    -> [String: ParameterValue]
  {
    let context = SuggestionContext(
      space: space,
      direction: .minimize,
      seed: seed,
      number: number,
      trials: []
    )
    return RandomSampler().suggestion(for: context) ?? [:]
  }
}
