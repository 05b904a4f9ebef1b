import Foundation
import TabularTuning

/// A function whose minimum a search looks for: those of Optuna's users' benchmarks.
struct TuneFunction {
  let name: String
  let space: SearchSpace
  /// The smallest value there is.
  let minimum: Double
  let value: ([String: ParameterValue]) -> Double

  static let names = ["branin", "sphere6", "mixed"]

  init(_ name: String) throws(TuningError) {
    self.name = name
    switch name {
    case "branin":
      space = try SearchSpace([.init("x", .uniform(-5...10)), .init("y", .uniform(0...15))])
      minimum = 0.397887
      value = { Self.branin(Self.number($0, "x"), Self.number($0, "y")) }
    case "sphere6":
      let names = (0..<6).map { "x\($0)" }
      space = try SearchSpace(names.map { .init($0, .uniform(-5...5)) })
      minimum = 0
      value = { values in
        names.reduce(0) { sum, name in
          let distance = Self.number(values, name) - 1
          return sum + distance * distance
        }
      }
    default:
      let kinds = ["a": 1.0, "b": 0.5, "c": 0.0]
      space = try SearchSpace([
        .init("kind", .choice(kinds.keys.sorted().map { .text($0) })),
        .init("rate", .log(1e-5...1)), .init("depth", .int(1...12)),
      ])
      minimum = 0
      value = { values in
        let kind = values["kind"].flatMap { kinds[$0.description] } ?? .nan
        let (rate, depth) = (
          log10(Self.number(values, "rate")) + 3, Self.number(values, "depth") - 7
        )
        return kind + rate * rate + depth * depth / 36
      }
    }
  }

  /// Branin's function.
  ///
  /// Source: F. H. Branin, "Widely convergent method for finding multiple solutions of simultaneous
  /// nonlinear equations", 1972; three minima of equal value.
  private static func branin(_ x: Double, _ y: Double) -> Double {
    let bowl = y - 5.1 / (4 * Double.pi * Double.pi) * x * x + 5 / Double.pi * x - 6
    return bowl * bowl + 10 * (1 - 1 / (8 * Double.pi)) * cos(x) + 10
  }

  private static func number(_ values: [String: ParameterValue], _ name: String) -> Double {
    values[name]?.asNumber ?? .nan
  }
}
