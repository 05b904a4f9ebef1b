import Foundation
import TabularFrame
import Testing

@testable import TabularTuning

/// Values of `_ParzenEstimator` of Optuna 5.0.0 (`optuna/samplers/_tpe/parzen_estimator.py`), with
/// the settings of its `TPESampler`.
struct ParzenEstimatorTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var distributions: [Distribution]
    /// Values of each parameter, from the oldest trial on.
    var observations: [[ParameterValue]]
    var deviations: [[Double]]
    var points: [[ParameterValue]]
    var logDensities: [Double]
  }

  static let letters = Distribution.choice([.text("a"), .text("b"), .text("c")])

  static func numbers(_ values: [Double]) -> [ParameterValue] { values.map { .number($0) } }
  static func integers(_ values: [Int]) -> [ParameterValue] { values.map { .integer($0) } }
  static func texts(_ values: [String]) -> [ParameterValue] { values.map { .text($0) } }

  static let cases = [
    Case(
      testDescription: "uniform",
      distributions: [.uniform(-5...10)],
      observations: [numbers([3, -4.5, 9, 3.1])],
      deviations: [[7.5, 7.5, 5.9, 5.9, 15]],
      points: [numbers([3.05, -5, 10])],
      logDensities: [-2.6050028902368814, -2.987502284895598, -2.8455211724660945]
    ),
    Case(
      testDescription: "log, one observation",
      distributions: [.log(1e-5...1)],
      observations: [numbers([1e-3])],
      deviations: [[6.907755278982137, 11.512925464970229]],
      points: [numbers([1e-3, 1e-5, 0.5])],
      logDensities: [-2.363834613820992, -2.5358240019239178, -2.6064929160670784]
    ),
    Case(
      testDescription: "int, the same value twice",
      distributions: [.int(1...12)],
      observations: [integers([7, 7, 2])],
      deviations: [[5, 2.4, 5, 12]],
      points: [integers([7, 1, 12])],
      logDensities: [-2.2104996448132406, -2.708290736063292, -3.1066728388535445]
    ),
    Case(
      testDescription: "int, log",
      distributions: [.int(1...300, log: true)],
      observations: [integers([16, 64, 200])],
      deviations: [
        [1.3862943611198904, 1.3862943611198904, 1.2797189869070416, 6.398594934535208]
      ],
      points: [integers([16, 1, 300])],
      logDensities: [-4.473836510179335, -2.96468466493521, -7.278786007799873]
    ),
    Case(
      testDescription: "choice",
      distributions: [letters],
      observations: [texts(["a", "c", "c"])],
      deviations: [[]],
      points: [texts(["a", "b", "c"])],
      logDensities: [-1.0986122886681098, -1.6582280766035324, -0.7419373447294772]
    ),
    Case(
      testDescription: "three axes",
      distributions: [.choice([.text("a"), .text("b")]), .uniform(0...1), .int(1...4)],
      observations: [texts(["a", "b", "b"]), numbers([0.2, 0.9, 0.8]), integers([1, 4, 3])],
      deviations: [[], [0.6, 0.2, 0.6, 1], [2, 1, 2, 4]],
      points: [texts(["b", "a"]), numbers([0.85, 0.5]), integers([4, 2])],
      logDensities: [-0.8611631098275643, -2.139461816522023]
    ),
    Case(
      testDescription: "nothing observed",
      distributions: [.uniform(0...1)],
      observations: [[]],
      deviations: [[1]],
      points: [numbers([0.25, 1])],
      logDensities: [0.009727800490949567, -0.08402219950905043]
    ),
  ]

  @Test(arguments: cases) func agreesWithOptuna(test: Case) throws {
    let axes = test.distributions.map(Axis.init)
    func positions(_ columns: [[ParameterValue]]) throws -> [[Double]] {
      try zip(axes, columns).map { axis, values in
        try values.map { try #require(axis.position(of: $0)) }
      }
    }
    let estimator = ParzenEstimator(axes: axes, observations: try positions(test.observations))
    for (kernels, expected) in zip(estimator.kernels, test.deviations) {
      guard case .normal(_, let deviations, _) = kernels else { continue }
      #expect(deviations.count == expected.count)
      #expect(zip(deviations, expected).allSatisfy { abs($0 - $1) < 1e-12 }, "\(deviations)")
    }
    let columns = try positions(test.points)
    for (row, expected) in test.logDensities.enumerated() {
      let found = estimator.logDensity(at: columns.map { $0[row] })
      #expect(abs(found - expected) < 1e-10, "point \(row)")
    }
  }

  @Test(
    arguments: [
      (0, []), (1, [1]), (25, Array(repeating: 1, count: 25)),
      (26, [0.038461538461538464] + Array(repeating: 1, count: 25)),
      (27, [0.037037037037037035, 1] + Array(repeating: 1, count: 25)),
      (
        30,
        [0.03333333333333333, 0.275, 0.5166666666666667, 0.7583333333333333, 1]
          + Array(repeating: 1, count: 25)
      ),
    ] as [(Int, [Double])]
  )
  func oldObservationsWeighLess(count: Int, expected: [Double]) {
    let found = ParzenEstimator.weights(count)
    #expect(found.count == expected.count)
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-15 }, "\(found)")
  }

  /// With 150 observations the narrowest kernel has a hundredth of the width, as Optuna's has.
  @Test func kernelsHaveAWidth() {
    var generator = SplitMix64(seed: 3)
    let axis = Axis(.uniform(0...1))
    let estimator = ParzenEstimator(
      axes: [axis],
      observations: [(0..<150).map { _ in generator.unit() }]
    )
    guard case .normal(_, let deviations, _) = estimator.kernels[0] else {
      Issue.record("a number has normal kernels")
      return
    }
    #expect(deviations.min() == 0.01)
  }

  @Test(arguments: 0..<9 as Range<UInt64>) func samplesFollowTheDensity(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    // Probabilities of all whole numbers or choices sum to 1; samples have them.
    let axis = Axis([.int(2...9), .int(1...40, log: true), Self.letters][Int(seed % 3)])
    let count = axis.count ?? 0
    let positions = (0..<generator.below(6)).map { _ in
      axis.snapped(axis.low + generator.unit() * axis.width)
    }
    let estimator = ParzenEstimator(axes: [axis], observations: [positions])
    let values = Set((0..<2000).map { axis.snapped(axis.low + Double($0) / 2000 * axis.width) })
    #expect(values.count == count, "seed \(seed)")
    let probabilities = Dictionary(
      uniqueKeysWithValues: values.map { ($0, exp(estimator.logDensity(at: [$0]))) }
    )
    #expect(abs(probabilities.values.reduce(0, +) - 1) < 1e-9, "seed \(seed)")
    var counts: [Double: Int] = [:]
    let draws = 3000
    for _ in 0..<draws { counts[estimator.sample(&generator)[0], default: 0] += 1 }
    for (value, probability) in probabilities {
      let share = Double(counts[value] ?? 0) / Double(draws)
      // Five deviations of a binomial share.
      let spread = (probability * (1 - probability) / Double(draws)).squareRoot()
      #expect(abs(share - probability) < 5 * spread + 1e-4, "seed \(seed), value \(value)")
    }
    #expect(counts.keys.allSatisfy(values.contains), "seed \(seed)")
  }
}
