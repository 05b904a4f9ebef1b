import Foundation
import TabularTraining
import TestPages
import Testing

@testable import TabularTuning

struct StudyReportTests {
  private func html(_ name: String) throws -> String { try #require(StudySamples.all[name]).html }

  @Test(arguments: StudySamples.all.keys.sorted())
  func isWellFormed(_ name: String) throws {
    let html = try html(name)
    #expect(html.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
    #expect(fault(of: html) == nil)
  }

  @Test(arguments: StudySamples.all.keys.sorted())
  func loadsAndRunsNothing(_ name: String) throws {
    let html = try html(name)
    for word in ["<script", "<link", "<img", "<iframe", "@import", "url(", "http:", "https:"] {
      #expect(!html.contains(word), "\(word)")
    }
    #expect(
      html.contains("content=\"default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;\"")
    )
  }

  @Test func escapesAllText() throws {
    let html = try html("difficult")
    #expect(
      html.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;quoted&#39;")
    )
    #expect(html.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" })
  }

  /// No coordinate, and no place of a label, is anything but a number.
  @Test(arguments: StudySamples.all.keys.sorted())
  func drawsNumbersOnly(_ name: String) throws {
    let html = try html(name)
    for drawn in html.matches(of: /\sd="([^"]*)"/) {
      #expect(drawn.1.wholeMatch(of: /(?:[MLHVh ]|-?[0-9]*\.?[0-9]+)+/) != nil, "\(drawn.1)")
    }
    for style in html.matches(of: /style="([^"]*)"/) {
      let pattern = /(?:(?:left|top|width|--x):-?[0-9]+\.[0-9]+%;?)+|--axes:[0-9]+/
      #expect(style.1.wholeMatch(of: pattern) != nil, "\(style.1)")
    }
  }

  @Test func theTableHasAllTrials() throws {
    let report = StudySamples.usual
    let html = report.html
    let rows = html.matches(of: /<tr class="([a-z]+)"><th scope="row">([0-9]+)<\/th>(.*?)<\/tr>/)
    #expect(rows.map { Int($0.2) } == Array(0..<40))
    for (row, trial) in zip(rows, report.record.trials) {
      let cells = row.3.matches(of: /<td[^>]*>([^<]*)<\/td>/).map(\.1)
      try #require(cells.count == 3 + mixedSpace.parameters.count + 1)
      let isBest = trial.number == report.record.bestTrial?.number
      #expect(cells[0] == trial.state.rawValue + (isBest ? ", best" : ""))
      #expect(row.1 == (isBest ? "best" : trial.state.rawValue))
      #expect(Double(cells[1]).map { abs($0 - (trial.value ?? 0)) < 1e-5 } ?? (trial.value == nil))
      #expect(cells[2] == "\(trial.intermediateValues.count)")
      for (cell, parameter) in zip(cells[3...], mixedSpace.parameters) {
        #expect(cell.isEmpty == (trial.parameters[parameter.name] == nil))
      }
      #expect(cells.last == (trial.failure ?? "")[...])
    }
  }

  @Test func showsAllThatIsThere() throws {
    let report = StudySamples.usual
    let html = report.html
    let best = try #require(report.record.bestTrial)
    for text in [
      "Best valid_loss so far", "Parameters and valid_loss", "Importance of parameters",
      "valid_loss after each epoch", "All trials", "trial \(best.number)", "Hutter", "not used",
      "pruned, at its last value", "smaller is better", "tabular train titanic-synthetic.csv",
      "ended with status 1: no memory", "batch_size", "sgd", "0.0001", "prefers-color-scheme: dark",
    ] {
      #expect(html.contains(text), "\(text)")
    }
    // A line a trial across the parameters, and one over the steps.
    let drawn = report.record.trials.count { $0.state == .complete || $0.state == .pruned }
    #expect(html.matches(of: /<path class="trial[ ]/).count == 2 * drawn)
    #expect(html.matches(of: /<path class="trial best"/).count == 2)
  }

  /// The line goes down where a trial is better, and is level between.
  @Test func theLineOfTheBest() throws {
    let values: [(Trial.State, Double?)] = [
      (.pruned, 0), (.complete, 3), (.complete, 4), (.failed, nil), (.complete, 1), (.complete, 2),
    ]
    func line(_ direction: Direction) throws -> Substring {
      let trials = values.enumerated().map {
        Trial(number: $0, state: $1.0, parameters: ["a": .number(0.5)], value: $1.1)
      }
      let record = StudyRecord(
        name: "line",
        direction: direction,
        trials: trials,
        parameterNames: ["a"]
      )
      let html = StudyReport(record, space: StudySamples.space([.init("a", .uniform(0...1))])).html
      return try #require(html.firstMatch(of: /class="line b" d="([^"]*)"/)).1
    }
    // Trials 0 ... 5 are 200 apart, values 0 ... 4, also that of a pruned trial, 250.
    #expect(try line(.minimize) == "M200.0 250.0H800.0V750.0H1000")
    #expect(try line(.maximize) == "M200.0 250.0H400.0V0.0H1000")
  }

  /// One value that is far worse does not press the others into one line.
  @Test func farValuesLieAtTheEnd() {
    var trials = (0..<20).map {
      Trial(number: $0, state: .complete, parameters: [:], value: 0.5 + 0.01 * Double($0))
    }
    trials[7].value = -1e6
    let shown = ShownValues(
      StudyRecord(name: "far", direction: .maximize, trials: trials, parameterNames: [])
    )
    #expect(shown.scale.axis.range.lowerBound > 0.4)
    #expect(shown.scale.place(-1e6) == 0 && shown.scale.place(-.infinity) == 0)
    #expect(shown.scale.place(.infinity) == 1 && shown.scale.place(.nan) == nil)
    #expect(
      shown.scale.note(trials.compactMap(\.value)) == " · 1 beyond the axis, drawn at its end"
    )
    #expect(shown.ranked.first?.number == 7 && shown.ranked.last?.number == 19)
    #expect(shown.color(of: trials[7]) == "shade0" && shown.color(of: trials[19]) == "best")
  }

  @Test func axesOfParameters() throws {
    func axis(_ distribution: Distribution, isMissing: Bool = false) -> ParallelAxis {
      ParallelAxis(SearchSpace.Parameter("a", distribution), isMissing: isMissing)
    }
    let rate = axis(.log(1e-4...1e-1))
    #expect(rate.ticks.map(\.text) == ["0.0001", "0.1", "0.001", "0.01"])
    #expect(abs(try #require(rate.place(.number(1e-3), rank: 0)) - 1 / 3.0) < 1e-12)
    let size = axis(.int(16...256, log: true))
    #expect(size.ticks.map(\.text) == ["16", "256", "100"])
    #expect(abs(try #require(size.place(.integer(64), rank: 0)) - 0.5) < 1e-12)
    let kind = axis(.choice([.text("x"), .text("y")]), isMissing: true)
    #expect(kind.ticks.map(\.text) == ["not used", "x", "y"])
    #expect(kind.place(nil, rank: 1) == 0)
    // Above the place of those that have none, and spread within the choice.
    let places = [0, 0.5, 1].map { kind.place(.text("y"), rank: $0) ?? .nan }
    #expect(places[0] > places[1] && places[1] > places[2] && places[2] > 0.15)
    #expect(kind.place(.text("z"), rank: 0.5) == nil)
  }

  @Test func theSameStudyGivesTheSamePage() async throws {
    var pages: [String] = []
    for parallel in [1, 2] {
      let study = try Study(mixedStudy())
      try await study.optimize(trials: 20, parallel: parallel) { try mixedObjective($0) }
      pages.append(StudyReport(study).html)
    }
    #expect(pages[0] == pages[1])
    #expect(pages[0].contains("broken on purpose") && pages[0].contains("its value is NaN"))
    #expect(pages[0].contains("<dt>command</dt><dd>f(x)</dd>"))
  }

  @Test func fewTrialsAreSaid() throws {
    #expect(try html("single").contains("Too few trials: 1 complete"))
    #expect(try html("empty").contains("No trial was begun."))
    let hopeless = try html("hopeless")
    #expect(hopeless.contains("no trial is complete") && hopeless.contains("out of memory?"))
    #expect(!hopeless.contains("class=\"line b\" d="))
  }
}
