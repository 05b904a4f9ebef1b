import Foundation

@testable import TabularTraining

/// Reports to be looked at.
enum ReportSamples {
  /// Thirty epochs of a classification, with all that a report can show.
  static var usual: RunReport {
    var report = RunReport(
      title: "titanic-synthetic.csv, Survived",
      subtitle: "tabular train titanic-synthetic.csv --target Survived --devices 2"
    )
    for number in 0..<30 {
      let wave = 0.006 * sin(Double(number * number))
      let train = 0.36 + 0.33 * exp(-Double(number) / 5)
      report.epochs.append(
        RunReport.Epoch(
          number: number,
          trainLoss: train,
          validLoss: train + 0.02 + wave + 0.0016 * Double(max(0, number - 14)),
          metrics: [
            RunReport.Metric("accuracy", 0.83 - 0.22 * exp(-Double(number) / 4) + wave),
            RunReport.Metric("roc_auc", 0.88 - 0.3 * exp(-Double(number) / 4) + wave / 2),
          ],
          learningRate: 0.01 * (1 + cos(Double(number) / 30 * .pi)) / 2,
          rowsPerSecond: 1_250_000 + 60_000 * sin(Double(number * 3)),
          loaderWaitFraction: 0.031 + wave
        )
      )
    }
    report.comparison = RunReport.Comparison(
      metric: "accuracy",
      model: RunReport.Score("model", 0.827, interval: 0.771...0.872),
      baselines: [
        RunReport.Score("logistic regression", 0.793, interval: 0.733...0.842),
        RunReport.Score("majority", 0.615, interval: 0.545...0.68),
      ]
    )
    var matrix = ConfusionMatrix(classCount: 2)
    for (truth, prediction, count) in [(0, 0, 1_096), (0, 1, 14), (1, 0, 17), (1, 1, 52)] {
      for _ in 0..<count { matrix.add(truth: truth, prediction: prediction) }
    }
    report.confusion = RunReport.Confusion(matrix, classNames: ["Died", "Survived"])
    report.featureNames = [
      "Pclass", "Age", "SibSp", "Parch", "Fare", "Sex_female", "Sex_male", "Embarked_C",
      "Embarked_Q", "Embarked_S", "Embarked_null",
    ]
    report.recipe = [
      "PassengerId: left out, unique integers",
      "Age: median 28 for 177 nulls, standard scaling",
      "Sex: one-hot, 2 values",
    ]
    report.settings = [
      RunReport.Setting("model", "11-64-1, ReLU"), RunReport.Setting("optimizer", "adam, 0.01"),
      RunReport.Setting("schedule", "cosine"), RunReport.Setting("batch size", "32"),
      RunReport.Setting("devices", "2"), RunReport.Setting("seed", "7"),
    ]
    report.weightsSHA256 = String(repeating: "0123456789abcdef", count: 4)
    return report
  }

  /// Text that is markup, epochs whose loss is no number, classes with long names.
  static var difficult: RunReport {
    let text = "<script>alert(\"1\")</script> & 'quoted' \u{0}\u{1B}[31m ]]> --> \u{202E}"
    var report = RunReport(title: text, subtitle: text)
    let losses = [2e4, 900, 31, .nan, .infinity, 2.5, 0.8, -.infinity, 0.6]
    for (number, loss) in losses.enumerated() {
      report.epochs.append(
        RunReport.Epoch(
          number: number * 10,
          trainLoss: loss,
          validLoss: number % 2 == 0 ? loss * 1.5 : nil,
          metrics: [RunReport.Metric(text, number == 4 ? .nan : 0.5)],
          learningRate: 3e-5,
          rowsPerSecond: .infinity,
          loaderWaitFraction: .nan
        )
      )
    }
    report.comparison = RunReport.Comparison(
      metric: text,
      higherIsBetter: false,
      model: RunReport.Score(text, .nan),
      baselines: [RunReport.Score(text, 12, interval: -.infinity ... .infinity)]
    )
    var matrix = ConfusionMatrix(classCount: 12)
    for row in 0..<400 { matrix.add(truth: row % 11, prediction: row * row % 12, weight: 1.5) }
    report.confusion = RunReport.Confusion(
      matrix,
      classNames: (0..<11).map { "\(text) \($0)" }
    )
    report.featureNames = (0..<300).map { "\(text) \($0)" }
    report.recipe = [text]
    report.settings = [RunReport.Setting(text, text)]
    report.weightsSHA256 = text
    return report
  }

  /// A single epoch without validation.
  static var single: RunReport {
    var report = RunReport(title: "one epoch")
    report.epochs = [RunReport.Epoch(number: 0, trainLoss: 0, learningRate: 0, rowsPerSecond: 0)]
    return report
  }

  /// Nothing was trained.
  static var empty: RunReport { RunReport(title: "no epoch") }

  /// No loss is a number.
  static var hopeless: RunReport {
    var report = RunReport(title: "NaN from the first step on")
    report.epochs = (0..<3).map { RunReport.Epoch(number: $0, trainLoss: .nan, validLoss: .nan) }
    return report
  }

  static let all = [
    "usual": usual, "difficult": difficult, "single": single, "empty": empty, "hopeless": hopeless,
  ]
}
