import Foundation
import TabularFrame
import Testing

@testable import TabularTuning

/// Five known values over two numbers and a choice.
enum SmallProcess {
  static let places: [[Double]] = [
    [0.1, 0.2, 0], [0.9, 0.4, 1], [0.5, 0.8, 0], [0.3, 0.3, 2], [0.7, 0.95, 1],
  ]
  static let values = [1, -0.5, 0.3, -1.2, 0.4]
  static let isChoice = [false, false, true]
  static let settings = GaussianProcess.Settings(
    inverseSquaredLengths: [4, 1.5, 0.7],
    scale: 1.3,
    noise: 0.05
  )
  /// The last one has a branch that is closed.
  static let queries: [[Double]] = [
    [0.4, 0.4, 0], [0.3, 0.3, 2], [0.6, 0.1, 1], [0.2, .nan, 2],
  ]

  static func make() throws -> GaussianProcess {
    try #require(
      GaussianProcess(places: places, values: values, isChoice: isChoice, settings: settings)
    )
  }
}

/// Values of numpy 2.4.6 and scipy 1.17.1, from the formulas with an explicit inverse.
struct GaussianProcessTests {
  @Test func covariances() {
    let expected = [1, 0.9917592361711776, 0.5239941088318203, 0.027723421914625804]
    for (squared, value) in zip([0, 0.01, 1, 9], expected) {
      #expect(abs(Matern52.value(squared) - value) < 1e-15)
      let step = 1e-6
      guard squared > 0 else { continue }
      let slope = (Matern52.value(squared + step) - Matern52.value(squared - step)) / (2 * step)
      #expect(abs(Matern52.slope(squared) - slope) < 1e-7)
    }
    #expect(Matern52.slope(0) == -5.0 / 6)
  }

  @Test func posterior() throws {
    let process = try SmallProcess.make()
    let means = [
      0.3331398566002334, -1.104145388244876, -0.4655160059370363, -0.22748460478233443,
    ]
    let variances = [
      0.23897887303477905, 0.047106725178148734, 0.5502440479295857, 1.087664955936772,
    ]
    for (index, query) in SmallProcess.queries.enumerated() {
      let (mean, variance) = process.posterior(at: query)
      #expect(abs(mean - means[index]) < 1e-14, "\(query)")
      #expect(abs(variance - variances[index]) < 1e-14, "\(query)")
    }
  }

  static let logarithms =
    SmallProcess.settings.inverseSquaredLengths.map { log($0) }
    + [log(1.3), log(0.05 - 1e-6)]

  /// `multivariate_normal.logpdf` without its constant, and the densities of the prior.
  @Test func loss() {
    let likelihood = MarginalLikelihood(
      SmallProcess.places,
      SmallProcess.values,
      SmallProcess.isChoice
    )
    var slope = Array(repeating: 0.0, count: 5)
    let found = likelihood.loss(Self.logarithms, slope: &slope)
    #expect(abs(found - 6.074457930789585) < 1e-12)
    var unused = slope
    for index in 0..<5 {
      func loss(_ step: Double) -> Double {
        var moved = Self.logarithms
        moved[index] += step
        return likelihood.loss(moved, slope: &unused)
      }
      #expect(abs(slope[index] - (loss(1e-5) - loss(-1e-5)) / 2e-5) < 1e-8, "setting \(index)")
    }
  }

  /// No setting nearby is likelier, in each of some random sets of values.
  @Test(arguments: 0..<5 as Range<UInt64>) func fitsTheLikeliest(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let places = (0..<15).map { _ in [generator.unit(), generator.unit()] }
    let values = GPSampler.standardized(
      places.map { sin(6 * $0[0]) + 0.2 * $0[1] + 0.05 * generator.unit() }
    )
    let isChoice = [false, false]
    let process = GaussianProcess(fittedTo: places, values: values, isChoice: isChoice)
    let settings = process.settings
    let likelihood = MarginalLikelihood(places, values, isChoice)
    let found =
      settings.inverseSquaredLengths.map { log($0) }
      + [log(settings.scale), log(settings.noise - GaussianProcess.leastNoise)]
    var slope = Array(repeating: 0.0, count: 4)
    let least = likelihood.loss(found, slope: &slope)
    #expect(slope.allSatisfy { abs($0) < 0.01 }, "seed \(seed): \(slope)")
    for index in 0..<4 {
      for step in [-0.3, 0.3] {
        var moved = found
        moved[index] += step
        #expect(likelihood.loss(moved, slope: &slope) > least - 1e-3, "seed \(seed)")
      }
    }
    // The function depends on the first number, and hardly on the second.
    #expect(
      settings.inverseSquaredLengths[0] > 3 * settings.inverseSquaredLengths[1],
      "seed \(seed)"
    )
  }

  @Test func valuesThatAreAllTheSameAreFitted() {
    let places = (0..<12).map { [Double($0 % 2) / 4] }
    let process = GaussianProcess(
      fittedTo: places,
      values: Array(repeating: 0, count: 12),
      isChoice: [false]
    )
    #expect(process.posterior(at: [0.1]).mean == 0)
  }
}
