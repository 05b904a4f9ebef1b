import TabularPreprocessing
import TabularTensor
import Testing

@testable import TabularTraining

struct IntervalTests {
  /// The formula, computed with 30 digits by Python's decimal module.
  @Test(arguments: [
    (81, 100, 0.7222115, 0.8748525), (0, 10, 0, 0.2775328), (10, 10, 0.7224672, 1),
    (1, 1, 0.2065493, 1),
  ])
  func isWilsons(_ hits: Int, _ rows: Int, _ low: Double, _ high: Double) throws {
    let interval = try #require(Interval.wilson(part: Double(hits) / Double(rows), rows: rows))
    #expect(abs(interval.low - low) < 1e-6 && abs(interval.high - high) < 1e-6, "\(interval)")
    #expect(Interval.wilson(part: 0.5, rows: 0) == nil)
  }

  /// Of normal errors with deviation 2, about 95 of 100 intervals hold 2.
  @Test func holdsTheErrorOfAsManyDraws() throws {
    var random = SeededGenerator(seed: 11)
    var held = 0
    for _ in 0..<400 {
      var metrics = RegressionMetrics()
      for _ in 0..<300 {
        // Twelve uniform numbers sum to one of variance 1, nearly normal.
        let sum = (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0...1, using: &random) }
        metrics.add(value: 2 * sum, predicted: 0)
      }
      let interval = try #require(metrics.rootMeanSquaredErrorInterval)
      held += interval.low <= 2 && 2 <= interval.high ? 1 : 0
    }
    print("held \(held) of 400")
    #expect((365...395).contains(held))
  }

  @Test func evaluationsNameTheirFigures() throws {
    var generator = SeededGenerator(seed: 4)
    let matrix = generator.matrix(rows: 50, columns: 3, loss: .crossEntropy)
    let model = Sequential.regression(inputs: 3, outputs: 3, seed: 1)
    let classes = try model.evaluate(matrix, loss: .crossEntropy)
    #expect(
      classes.figures.map(\.name) == [
        "accuracy", "roc_auc", "pr_auc", "log_loss", "brier", "precision", "recall", "f1",
      ]
    )
    #expect(classes.figures[0].value == classes.accuracy)
    // The metric clips; nothing is near the ends here.
    #expect(abs(classes.figures[3].value - classes.loss) < 1e-6)
    let values = generator.matrix(rows: 50, columns: 3, loss: .meanSquaredError)
    let line = Sequential.regression(inputs: 3, seed: 1)
    let found = try line.evaluate(values, loss: .meanSquaredError)
    #expect(found.figures.map(\.name) == ["rmse", "mae", "r2", "mse"])
    let interval = try #require(found.interval)
    #expect(interval.low < found.figures[0].value && found.figures[0].value < interval.high)
    var broken = line
    broken.parameters = Tensor([.nan, 0, 0, 0])
    let error = #expect(throws: TrainingError.self) {
      try broken.evaluate(values, loss: .huber)
    }
    #expect(error?.kind == .notFinite && error?.message == "row 0: the model's answer is nan")
  }
}
