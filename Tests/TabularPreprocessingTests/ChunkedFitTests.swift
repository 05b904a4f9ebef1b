import Foundation
import TabularCSV
import TabularFrame
import TabularTensor
import Testing

@testable import TabularPreprocessing

/// Numbers of many magnitudes, with nulls, NaN, ties and both zeros.
func wildNumbers(_ rows: Int, seed: UInt64) throws -> DataFrame {
  var random = SplitMix64(seed: seed)
  func column(_ make: (inout SplitMix64) -> Double?) -> Column {
    Column((0..<rows).map { _ in make(&random) })
  }
  return try DataFrame([
    (
      "spread",
      column { random in
        if random.chance(1, in: 9) { return nil }
        if random.chance(1, in: 11) { return .nan }
        let magnitude = Double(sign: .plus, exponent: random.below(80) - 40, significand: 1)
        return (random.unit() - 0.5) * magnitude
      }
    ),
    ("ties", column { random in random.chance(1, in: 5) ? -0.0 : Double(random.below(7)) / 4 }),
    (
      "whole",
      Column((0..<rows).map { _ in random.chance(1, in: 6) ? nil : random.below(1000) })
    ),
    (
      "flag",
      Column((0..<rows).map { _ in random.chance(1, in: 8) ? nil : random.chance(1, in: 3) })
    ),
    (
      "word",
      Column((0..<rows).map { _ in random.chance(1, in: 8) ? nil : "w\(random.below(9))" })
    ),
    (
      "when",
      Column((0..<rows).map { _ in Timestamp(microsecondsSinceEpoch: Int64(random.next() >> 14)) })
    ),
  ])
}

struct ChunkedFitTests {
  static let numeric = ["spread", "ties", "whole", "flag"]

  static let estimators: [(name: String, estimator: any Estimator)] = [
    ("mean", Imputer(columns: numeric, strategy: .mean, indicator: true)),
    ("median", Imputer(columns: numeric)),
    ("mostFrequent", Imputer(columns: numeric + ["word"], strategy: .mostFrequent)),
    ("constantText", Imputer(columns: ["word"], strategy: .constantText("none"))),
    ("standard", StandardScaler(columns: numeric)),
    ("minmax", MinMaxScaler(columns: numeric, range: -1...1)),
    ("maxabs", MaxAbsScaler(columns: numeric)),
    ("robust", RobustScaler(columns: numeric)),
    ("log1p", Log1pScaler(columns: ["ties", "whole", "flag"])),
    ("quantiles", QuantileTransformer(columns: numeric, quantileCount: 13)),
    ("power", PowerTransformer(columns: ["ties", "whole", "flag"])),
    ("bins", KBinsDiscretizer(columns: numeric, bins: 4, encoding: .onehot)),
    ("polynomial", PolynomialFeatures(columns: ["ties", "whole"], degree: 3)),
    ("dates", DateParts(columns: ["when"])),
  ]

  private func json(_ transformer: some Transformer) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(transformer), as: UTF8.self)
  }

  private func check(_ estimator: some Estimator, _ frame: DataFrame, seed: UInt64, name: String)
    throws
  {
    let whole = try json(estimator.fitted(to: frame))
    for count in [1, 3, 17] {
      let chunks = frame.chunks(count, seed: seed)
      #expect(
        try json(estimator.fitted(to: chunks)) == whole,
        "\(name), \(count) chunks, seed \(seed)"
      )
      // Merged from both ends, as threads or ranks might.
      var states = try chunks.map { chunk in
        var state = estimator.makeState()
        try state.observe(chunk)
        return state
      }
      var random = SplitMix64(seed: seed)
      while states.count > 1 {
        let taken = states.remove(at: random.below(states.count))
        states[random.below(states.count)].merge(taken)
      }
      #expect(try json(states[0].finish()) == whole, "\(name), \(count) merged, seed \(seed)")
    }
  }

  @Test(arguments: estimators.indices)
  func anyDivisionGivesTheSameBits(index: Int) throws {
    let (name, estimator) = Self.estimators[index]
    for _ in 0..<2 {
      let seed = UInt64.random(in: 0...UInt64.max)
      try check(estimator, wildNumbers(211, seed: seed), seed: seed, name: name)
    }
  }

  /// The plan's single pass against a pass a step.
  @Test func stagesGiveTheBitsOfSteps() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    let frame = try wildNumbers(300, seed: seed)
    let scalers: [any Estimator] = [
      StandardScaler(columns: ["spread", "whole"]), MinMaxScaler(columns: ["ties"]),
      QuantileTransformer(columns: ["flag"], quantileCount: 9, output: .normal),
    ]
    for strategy in [Imputer.Strategy.mean, .median, .mostFrequent, .constant(-3)] {
      let imputer = Imputer(columns: Self.numeric, strategy: strategy)
      let plan = RecipePlan(features: Self.numeric, steps: [imputer] + scalers)
      var report = TransformReport()
      let recipe = try plan.fitted(to: frame.chunks(5, seed: seed))
      let matrix = try recipe.applied(to: frame, as: Double.self, report: &report)

      var plain = try imputer.fitted(to: frame).applied(to: frame)
      for scaler in scalers { plain = try transformed(plain, by: scaler) }
      for (position, name) in Self.numeric.enumerated() {
        let expected = try plain.numbers(name)
        let found = (0..<frame.rowCount).map { matrix.features[$0, position] }
        #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "\(name), seed \(seed)")
      }
    }
  }

  private func transformed(_ frame: DataFrame, by step: some Estimator) throws -> DataFrame {
    try step.fitted(to: frame).applied(to: frame)
  }
}
