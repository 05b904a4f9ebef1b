import Foundation
import TabularTensor
import TestPages
import Testing

@testable import TabularTraining

struct RunReportTests {
  @Test(arguments: ReportSamples.all.keys.sorted())
  func isWellFormed(_ name: String) throws {
    let html = try #require(ReportSamples.all[name]).html
    #expect(html.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
    #expect(fault(of: html) == nil)
  }

  /// The check finds what it should.
  @Test(arguments: [
    "<p>a & b</p>", "<p><b>x</p></b>", "<p>x", "<p a=1>x</p>", "<p a=\"<\">x</p>", "x</p>",
    "<p>1 < 2</p>",
  ])
  func findsWhatIsNotWellFormed(_ html: String) {
    #expect(fault(of: html) != nil)
  }

  @Test func escapesAllText() {
    let html = ReportSamples.difficult.html
    #expect(!html.contains("<script"))
    #expect(
      html.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;quoted&#39;")
    )
    // Control characters are no part of a page.
    #expect(html.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" })
    #expect(html.contains("\u{FFFD}[31m"))
  }

  @Test(arguments: ReportSamples.all.keys.sorted())
  func loadsAndRunsNothing(_ name: String) throws {
    let html = try #require(ReportSamples.all[name]).html
    for word in ["<script", "<link", "<img", "<iframe", "@import", "url(", "http:", "https:"] {
      #expect(!html.contains(word), "\(word)")
    }
    #expect(
      html.contains("content=\"default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;\"")
    )
  }

  @Test func showsAllThatIsThere() {
    let html = ReportSamples.usual.html
    for text in [
      "titanic-synthetic.csv, Survived", "Loss", "accuracy", "roc_auc", "Learning rate",
      "Rows a second", "Waiting for batches", "logistic regression", "0.771 to 0.872", "Confusion",
      "Died", "1,096", "99%", "Sex_female", "Age: median 28 for 177 nulls, standard scaling",
      "batch size", String(repeating: "0123456789abcdef", count: 4), "prefers-color-scheme: dark",
    ] {
      #expect(html.contains(text), "\(text)")
    }
  }

  /// No coordinate, and no place of a label, is anything but a number.
  @Test(arguments: ReportSamples.all.keys.sorted())
  func drawsNumbersOnly(_ name: String) throws {
    let html = try #require(ReportSamples.all[name]).html
    for drawn in html.matches(of: /\sd="([^"]*)"/) {
      #expect(drawn.1.wholeMatch(of: /(?:[MLHVh ]|-?[0-9]*\.?[0-9]+)+/) != nil, "\(drawn.1)")
    }
    for style in html.matches(of: /style="([^"]*)"/) {
      let pattern = /(?:(?:left|top|width|--x):-?[0-9]+\.[0-9]+%;?)+|--part:[0-9.]+/
      #expect(style.1.wholeMatch(of: pattern) != nil, "\(style.1)")
    }
  }

  @Test func breaksItsLinesWhereThereIsNoNumber() throws {
    let html = ReportSamples.difficult.html
    let line = try #require(html.firstMatch(of: /class="line a" d="([^"]*)"/)).1
    // 2e4, 900, 31, then a gap, two values, a gap, one.
    #expect(line.count { $0 == "M" } == 3)
    #expect(line.count { $0 == "L" } == 3)
    #expect(html.contains(">NaN</span>") && html.contains(">-∞</span>"))
    #expect(html.contains("logarithmic"))
    let hopeless = ReportSamples.hopeless.html
    #expect(!hopeless.contains("class=\"line"))
    #expect(hopeless.contains("never finite"))
  }

  @Test func marksTheBestEpoch() throws {
    var report = RunReport(title: "best")
    report.epochs = [0.5, 0.3, 0.3, .nan, 0.4].enumerated().map {
      RunReport.Epoch(
        number: $0,
        trainLoss: 1,
        validLoss: $1,
        metrics: [
          RunReport.Metric("f1", 1 - $1), RunReport.Metric("rmse", $1, higherIsBetter: false),
        ]
      )
    }
    let html = report.html
    #expect(html.contains("lowest 0.3 in epoch 1"))
    #expect(html.contains("validation · highest 0.7 in epoch 1"))
    #expect(html.contains("validation · lowest 0.3 in epoch 1"))
    // 0.3 ... 1 is drawn as 0.2 ... 1: a quarter of the way, a seventh of its height above the ground.
    let ring = try #require(html.firstMatch(of: /class="ring b" d="M([0-9.]+) ([0-9.]+)h/))
    #expect(ring.1 == "250.0" && ring.2 == "875.0")
  }

  /// Thousands of epochs are one line each way, and no more rows than a reader looks through.
  @Test func shortensLongRuns() {
    var report = RunReport(title: "long")
    report.epochs = (0..<2_000).map {
      RunReport.Epoch(number: $0, trainLoss: 1 / Double($0 + 1), rowsPerSecond: 1e6)
    }
    let html = report.html
    #expect(html.utf8.count < 300_000)
    #expect(html.matches(of: /<th scope="row">/).count == 501)
    #expect(html.contains("Numbers of one epoch in 4") && html.contains(">1999</th>"))
    #expect(html.matches(of: /<i class="at/).count <= 480)
    #expect(fault(of: html) == nil)
  }

  @Test func namesTheMostConfusedOfManyClasses() {
    var matrix = ConfusionMatrix(classCount: 50)
    for label in 0..<50 {
      matrix.add(truth: label, prediction: label, weight: 96)
      matrix.add(truth: label, prediction: (label + 1) % 50, weight: label == 7 ? 9 : 4)
    }
    var report = RunReport(title: "many")
    report.confusion = RunReport.Confusion(matrix, classNames: (0..<50).map { "class \($0)" })
    let html = report.html
    #expect(html.contains("50 classes, 96% of the rows right"))
    let rows = html.matches(of: /<tr><td>([^<]*)<\/td><td>([^<]*)<\/td><td>([^<]*)<\/td><\/tr>/)
    #expect(rows.count == 20)
    #expect(rows[0].1 == "class 7" && rows[0].2 == "class 8" && rows[0].3 == "9")
    #expect(rows[1].1 == "class 0" && rows[1].3 == "4")
  }

  @Test func takesEpochsOfAHistory() throws {
    var metrics = ClassificationMetrics(classCount: 2)
    try metrics.add(
      probabilities: Tensor([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.6, 0.4]]),
      classes: Tensor([0, 1, 0, 0])
    )
    let evaluation = Evaluation(rows: 4, loss: 0.5, classification: metrics, regression: nil)
    let epoch = History.Epoch(
      epoch: 3,
      trainLoss: 0.25,
      stepLosses: [0.25],
      validation: evaluation,
      learningRate: 0.01,
      rows: 100,
      samplesPerSecond: 1000,
      loaderWaitFraction: 0.125
    )
    let taken = RunReport.Epoch(epoch)
    #expect(taken.number == 3 && taken.trainLoss == 0.25 && taken.validLoss == 0.5)
    #expect(taken.metrics.map(\.name) == ["accuracy", "roc_auc", "f1"])
    #expect(taken.metrics[0].value == 0.75 && taken.learningRate == 0.01)
    #expect(taken.rowsPerSecond == 1000 && taken.loaderWaitFraction == 0.125)
  }
}
