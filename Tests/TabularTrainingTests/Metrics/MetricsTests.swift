import Foundation
import TabularFrame
import TabularTensor
import Testing

@testable import TabularTraining

/// Expected values are scikit-learn 1.9.1's (`sklearn.metrics`, on float32 probabilities).
struct MetricsTests {
  private static let truth: [Int64] = [0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0]
  private static let chances: [Float] = [
    0.1, 0.9, 0.5, 0.5, 0.75, 0.75, 0.25, 0.25, 0.625, 0, 1, 0.375,
  ]
  private static let weights: [Float] = [1, 2, 0.5, 1, 1, 3, 1, 0.25, 1, 1, 2, 0.1]

  private func isNear(_ found: Double?, _ expected: Double, _ tolerance: Double = 1e-12) -> Bool {
    found.map { abs($0 - expected) <= tolerance * max(1, abs(expected)) } ?? false
  }

  private func binary(_ rows: [Int], weighted: Bool, threshold: Double = 0.5) throws
    -> ClassificationMetrics
  {
    var metrics = ClassificationMetrics(classCount: 2, threshold: threshold)
    try metrics.add(
      probabilities: Tensor(
        shape: [rows.count, 2],
        rows.flatMap { [1 - Self.chances[$0], Self.chances[$0]] }
      ),
      classes: Tensor(rows.map { Self.truth[$0] }),
      weights: weighted ? Tensor(rows.map { Self.weights[$0] }) : nil
    )
    return metrics
  }

  @Test func twoClasses() throws {
    let metrics = try binary(Array(0..<12), weighted: false)
    #expect(metrics.count == 12 && metrics.accuracy == 0.75)
    #expect(isNear(metrics.precision, 0.8) && isNear(metrics.recall, 0.6666666666666666))
    #expect(isNear(metrics.f1, 0.7272727272727273))
    #expect(isNear(metrics.rocAUC, 0.8194444444444445))
    #expect(isNear(metrics.averagePrecision, 0.8107142857142856))
    #expect(isNear(metrics.brierScore, 0.17093749344348907, 1e-7))
    #expect(isNear(metrics.logLoss, 0.4904146194458008, 1e-6))
    #expect(isNear(metrics.confusion.balancedAccuracy, 0.75))
    let counts = [0, 1].map { t in [0, 1].map { metrics.confusion[truth: t, prediction: $0] } }
    #expect(counts == [[5, 1], [2, 4]])
  }

  @Test func weightsOfRows() throws {
    let metrics = try binary(Array(0..<12), weighted: true)
    #expect(isNear(metrics.accuracy, 0.7292418772854484))
    #expect(isNear(metrics.precision, 0.6666666666666666))
    #expect(isNear(metrics.recall, 0.8888888888888888))
    #expect(isNear(metrics.f1, 0.7619047619047619))
    #expect(isNear(metrics.rocAUC, 0.8455920709688168))
    #expect(isNear(metrics.averagePrecision, 0.8509030428835123))
    #expect(isNear(metrics.brierScore, 0.18143048882484436, 1e-7))
    #expect(isNear(metrics.logLoss, 0.502066969871521, 1e-6))
    #expect(isNear(metrics.confusion[truth: 0, prediction: 0], 4.100000001490116))
  }

  @Test func threeClasses() throws {
    let chances: [[Float]] = [
      [0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.25, 0.25, 0.5], [0.5, 0.125, 0.375],
      [0.375, 0.375, 0.25], [0.25, 0.5, 0.25], [0.125, 0.125, 0.75], [0, 1, 0],
    ]
    var metrics = ClassificationMetrics(classCount: 3)
    try metrics.add(
      probabilities: Tensor(chances),
      classes: Tensor([0, 1, 2, 2, 1, 0, 2, 1])
    )
    #expect(metrics.accuracy == 0.625 && isNear(metrics.precision, 0.6666666666666666))
    #expect(isNear(metrics.recall, 0.611111111111111) && isNear(metrics.f1, 0.6222222222222222))
    #expect(isNear(metrics.rocAUC, 0.8944444444444445))
    #expect(isNear(metrics.averagePrecision, 0.7888888888888888))
    #expect(isNear(metrics.brierScore, 0.3828125, 1e-7))
    #expect(isNear(metrics.logLoss, 0.6637014150619507, 1e-6))
  }

  @Test func valuesToRegress() {
    let values = [3.0, -0.5, 2, 7, 1e8]
    let predicted = [2.5, 0, 2, 8, 1e8 + 3]
    let weights = [1.0, 2, 0.5, 1, 0.25]
    func metrics(_ rows: Range<Int>, weighted: Bool) -> RegressionMetrics {
      var metrics = RegressionMetrics()
      for row in rows {
        let weight = weighted ? weights[row] : 1
        metrics.add(value: values[row], predicted: predicted[row], weight: weight)
      }
      return metrics
    }
    let plain = metrics(0..<5, weighted: false)
    #expect(isNear(plain.meanSquaredError, 2.1) && isNear(plain.meanAbsoluteError, 1))
    #expect(isNear(plain.rootMeanSquaredError, 2.1.squareRoot()))
    #expect(isNear(plain.r2, 0.9999999999999987, 1e-15))
    #expect(isNear(metrics(0..<4, weighted: false).r2, 0.9486081370449679))
    let weighted = metrics(0..<5, weighted: true)
    #expect(isNear(weighted.meanSquaredError, 0.8421052631578947))
    #expect(isNear(weighted.meanAbsoluteError, 0.6842105263157895))
    #expect(isNear(metrics(0..<4, weighted: true).r2, 0.9542815674891146))
  }

  /// A spread of 2 about a mean of 10^15: the squares of the values have no digit left for it.
  @Test func keepsASmallSpreadAboutALargeMean() {
    var metrics = RegressionMetrics()
    for value in [1e15 - 1, 1e15, 1e15 + 1] { metrics.add(value: value, predicted: 1e15) }
    #expect(metrics.r2 == 0)
  }

  /// Any parts of the rows in any order, as ranks with ragged ends have them: the same bits.
  @Test func partsDoNotMatter() throws {
    let seed = UInt64.random(in: 0..<1_000_000)
    var random = SplitMix64(seed: seed)
    for _ in 0..<50 {
      let rows = Array(0..<12).shuffled(using: &random)
      let cuts = [0] + (0..<2).map { _ in Int(random.next() % 13) }.sorted() + [12]
      var sum = ClassificationMetrics(classCount: 2)
      var regression = RegressionMetrics()
      for (start, end) in zip(cuts, cuts.dropFirst()) {
        sum.merge(try binary(Array(rows[start..<end]), weighted: true))
        var part = RegressionMetrics()
        for row in rows[start..<end] {
          let (value, weight) = (Double(Self.chances[row]), Double(Self.weights[row]))
          part.add(value: value / 3, predicted: 0.1, weight: weight)
        }
        regression.merge(part)
      }
      let whole = try binary(Array(0..<12), weighted: true)
      #expect(sum.confusion == whole.confusion, "seed \(seed)")
      for figure in [\ClassificationMetrics.logLoss, \.brierScore, \.accuracy, \.f1] {
        #expect(sum[keyPath: figure] == whole[keyPath: figure], "seed \(seed)")
      }
      #expect(sum.rocAUC == whole.rocAUC && sum.averagePrecision == whole.averagePrecision)
      var all = RegressionMetrics()
      for row in 0..<12 {
        let (value, weight) = (Double(Self.chances[row]), Double(Self.weights[row]))
        all.add(value: value / 3, predicted: 0.1, weight: weight)
      }
      #expect(regression.r2 == all.r2 && regression.meanSquaredError == all.meanSquaredError)
      #expect(regression.meanAbsoluteError == all.meanAbsoluteError)
    }
  }

  @Test func thresholdsMoveTheClassesAlone() throws {
    let metrics = try binary(Array(0..<12), weighted: false, threshold: 0.7)
    #expect(metrics.confusion[truth: 1, prediction: 1] == 3)
    #expect(metrics.rocAUC == (try binary(Array(0..<12), weighted: false).rocAUC))
  }

  @Test func nothingToDivideBy() throws {
    let none = ClassificationMetrics(classCount: 2)
    #expect(none.accuracy == 0 && none.f1 == 0 && none.rocAUC == nil && none.logLoss.isNaN)
    let ones = try binary([1, 2, 4], weighted: false)
    #expect(ones.rocAUC == nil && ones.averagePrecision == 1)
    #expect(RegressionMetrics().r2 == nil && RegressionMetrics().meanSquaredError.isNaN)
  }

  @Test func refusesWhatDoesNotGoTogether() throws {
    var metrics = ClassificationMetrics(classCount: 2)
    let two = Tensor<Float>([[0.5, 0.5], [0.25, 0.75]])
    func kind(_ body: () throws -> Void) -> TrainingError.Kind? {
      do { try body() } catch { return (error as? TrainingError)?.kind }
      return nil
    }
    #expect(kind { try metrics.add(probabilities: two, classes: Tensor([0])) } == .shape)
    #expect(kind { try metrics.add(probabilities: two, classes: Tensor([0, 2])) } == .labels)
    let odd = Tensor<Float>([[0.5, 0.5], [.nan, 0.75]])
    #expect(kind { try metrics.add(probabilities: odd, classes: Tensor([0, 1])) } == .notFinite)
    let below = Tensor<Float>([1, -1])
    #expect(
      kind { try metrics.add(probabilities: two, classes: Tensor([0, 1]), weights: below) } == .data
    )
    #expect(metrics.count == 0)
  }
}
