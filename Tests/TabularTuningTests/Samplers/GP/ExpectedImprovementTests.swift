import Foundation
import TabularFrame
import Testing

@testable import TabularTuning

struct ExpectedImprovementTests {
  /// From mpmath 1.3.0 with 60 digits: log h, cumulative / h, density / h.
  @Test(arguments: [
    (3, 1.09873966532770777, 0.332840968451795236, 0.00147709464461429325),
    (0, -0.918938533204672742, 1.25331413731550025, 1.0),
    (-1, -2.48512102571264134, 1.90427123332969182, 2.90427123332969182),
    (-5, -16.7443011626609901, 5.36181624128808853, 27.8090812064404426),
    (-24.9, -317.358485742667344, 24.9799369594711377, 623.000430290831292),
    (-25.1, -322.374409872464066, 25.1793059973775425, 633.000580534176352),
    (-40, -808.29856835661996, 40.0499066576485182, 1602.99626630594073),
    (-300, -45012.3265368145542, 300.006666444461727, 90002.999933338518),
  ])
  func improvements(z: Double, value: Double, slope: Double, rest: Double) {
    let found = ExpectedImprovement.logImprovement(z)
    #expect(abs(found.value - value) < 1e-10)
    #expect(abs(found.slope / slope - 1) < 1e-9)
    #expect(abs(found.rest / rest - 1) < 1e-8)
  }

  /// Values of scipy 1.17.1: the logarithm of deviation (density(z) + z cumulative(z)).
  @Test func agreesWithSciPy() throws {
    var generator = SplitMix64(seed: 0)
    let improvement = ExpectedImprovement(try SmallProcess.make(), best: -1.2, &generator)
    let expected = [
      -9.074619828635806, -3.058264133506104, -2.7651115097134826, -2.3162048255991943,
    ]
    let found = improvement.values(at: SmallProcess.queries)
    for (found, expected) in zip(found, expected) { #expect(abs(found - expected) < 1e-9) }
    var slope = [0.0, 0, 0]
    for (query, expected) in zip(SmallProcess.queries, expected) {
      #expect(abs(improvement.value(at: query, slope: &slope) - expected) < 1e-9)
    }
  }

  /// One running trial: the mean over its value by quadrature (scipy 1.17.1) is known.
  @Test func fantasiesAreNearTheirMean() throws {
    for seed in 0..<10 as Range<UInt64> {
      var generator = SplitMix64(seed: seed)
      let improvement = ExpectedImprovement(
        try SmallProcess.make(),
        best: -1.2,
        running: [[0.5, 0.2, 1]],
        &generator
      )
      let found = improvement.values(at: [SmallProcess.queries[2]])[0]
      #expect(abs(found - -3.7461363822309055) < 0.25, "seed \(seed)")
    }
  }

  /// Along numbers, with and without running trials.
  @Test(arguments: [[], [[0.5, 0.2, 1], [0.25, .nan, 2]]] as [[[Double]]])
  func slopes(running: [[Double]]) throws {
    var generator = SplitMix64(seed: 1)
    let improvement = ExpectedImprovement(
      try SmallProcess.make(),
      best: -1.2,
      running: running,
      &generator
    )
    for query in SmallProcess.queries {
      var slope = [0.0, 0, 0]
      _ = improvement.value(at: query, slope: &slope)
      for axis in 0..<2 where !query[axis].isNaN {
        let values = improvement.values(
          at: [-1e-5, 1e-5].map { step in
            var moved = query
            moved[axis] += step
            return moved
          }
        )
        let expected = (values[1] - values[0]) / 2e-5
        #expect(abs(slope[axis] - expected) < 1e-5 * max(1, abs(expected)), "\(query)")
      }
      #expect(slope[2] == 0, "a choice has no slope")
    }
  }
}
