import TabularTuning
import Testing

/// Values of `scipy.stats.mannwhitneyu(..., alternative="greater", method="asymptotic")` 1.17.1.
struct MannWhitneyTests {
  @Test(
    arguments: [
      ([1, 2, 3, 4], [2, 3, 4, 5, 6], 4.5, 0.9316794975962585),
      ([0.5, 0.5, 0.5], [0.5, 0.2, 0.9, 0.1], 7.5, 0.34823324285588814),
      ((0..<20).map(Double.init), (-5..<15).map { Double($0) + 0.5 }, 280, 0.015758551037280785),
    ] as [([Double], [Double], Double, Double)]
  )
  func agreesWithSciPy(first: [Double], second: [Double], statistic: Double, greater: Double) {
    let test = MannWhitney(first, second)
    #expect(test.statistic == statistic)
    #expect(abs(test.greater - greater) < 1e-14)
  }

  @Test func equalValuesSayNothing() {
    #expect(MannWhitney([1, 1], [1, 1, 1]).greater == 1)
  }
}
