import Testing

@testable import TabularTraining

struct ChartScaleTests {
  @Test(arguments: [
    ([0.31, 0.69], [0.3, 0.4, 0.5, 0.6, 0.7]),
    ([0.0, 1.0], [0, 0.25, 0.5, 0.75, 1]),
    ([-3.0, 17.0], [-5, 0, 5, 10, 15, 20]),
    ([1_200_000, 1_310_000.0, .nan], [1_200_000, 1_250_000, 1_300_000, 1_350_000]),
    // One value lies in the middle, zero on zero, and nothing is drawn from 0 to 1.
    ([5.0, 5.0], [4.5, 4.75, 5, 5.25, 5.5]),
    ([0.0], [-1, -0.5, 0, 0.5, 1]),
    ([.infinity], [0, 0.25, 0.5, 0.75, 1]),
  ])
  func hasRoundTicks(_ values: [Double], _ ticks: [Double]) {
    let scale = ChartScale(values)
    #expect(zip(scale.ticks, ticks).allSatisfy { abs($0 - $1) <= 1e-9 * max(1, abs($1)) })
    #expect(scale.ticks.count == ticks.count)
    for value in values where value.isFinite {
      #expect(scale.place(value).map { (-1e-9...1 + 1e-9).contains($0) } ?? false)
    }
  }

  @Test(arguments: [
    [1e-300, 2e-300], [-1e308, 1e308], [1, 1 + 1e-15], [.leastNonzeroMagnitude, 0],
    [-.infinity, .nan], [],
    [1e15, 1e15 + 1], [.leastNonzeroMagnitude, 1], [1, .greatestFiniteMagnitude],
  ])
  func survivesAnyValues(_ values: [Double]) {
    for scale in [ChartScale(values), ChartScale(values, mayBeLogarithmic: true)] {
      #expect((1...50).contains(scale.ticks.count))
      for value in values + scale.ticks where value.isFinite {
        #expect(scale.place(value).map { (-1e-9...1 + 1e-9).contains($0) } ?? false, "\(value)")
        #expect(!scale.label(value).isEmpty)
      }
    }
  }

  @Test func isLogarithmicWhereValuesSpanPowers() throws {
    let scale = ChartScale([0.5, 2e4], mayBeLogarithmic: true)
    #expect(scale.isLogarithmic)
    #expect(scale.range == 0.1...100_000)
    #expect(scale.ticks.map(scale.label) == ["0.1", "10", "1k", "100k"])
    #expect(abs(try #require(scale.place(100)) - 0.5) < 1e-12)
    #expect(!ChartScale([0, 2e4], mayBeLogarithmic: true).isLogarithmic)
    #expect(!ChartScale([1, 99], mayBeLogarithmic: true).isLogarithmic)
  }

  @Test func countsEpochsInWholeNumbers() {
    #expect(ChartScale(whole: 0...29).ticks == [0, 5, 10, 15, 20, 25])
    #expect(ChartScale(whole: 3...5).ticks == [3, 4, 5])
    #expect(ChartScale(whole: 7...7).ticks == [7])
    #expect(ChartScale(whole: 7...7).place(7) == 0.5)
    #expect(ChartScale(whole: 0...999).ticks == [0, 200, 400, 600, 800])
  }

  @Test(arguments: [
    (0, "0"), (0.31271, "0.3127"), (12.5, "12.5"), (1_234_567, "1.23M"), (12_345, "12345"),
    (3e-5, "3e-5"), (1.0, "1"), (.nan, "NaN"), (.infinity, "∞"), (-.infinity, "-∞"),
    (99.99999, "100"), (0.012346, "0.01235"), (-0.5, "-0.5"), (2.5e20, "2.5e20"),
  ])
  func writesShortNumbers(_ value: Double, _ text: String) {
    #expect(ReportNumber.text(value) == text)
  }

  @Test func writesPercentsAndCounts() {
    #expect(
      [0, 0.031, 0.0996, 0.5, 1, .nan].map(ReportNumber.percent)
        == ["0%", "3.1%", "10%", "50%", "100%", "NaN"]
    )
    #expect(
      [0, 999, 1_000, 1_234_567, 2.5].map(ReportNumber.count)
        == ["0", "999", "1,000", "1,234,567", "2.5"]
    )
  }
}
