import Foundation
import TabularCSV
import TabularFrame
import Testing

@testable import TabularPreprocessing

/// The seed of random tests: `TABULAR_SEED`, or one for every day.
let testSeed = ProcessInfo.processInfo.environment["TABULAR_SEED"].flatMap { UInt64($0) } ?? 20_260

/// A fitted step as JSON text, equal where every bit is.
func json(_ fitted: some Transformer) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = .sortedKeys
  return String(decoding: try encoder.encode(fitted), as: UTF8.self)
}

/// Fits 1, 3 and 17 chunks, each by a state of its own, merged in any order: the same state for all,
/// which survives JSON.
func checkFolds<Step: Estimator>(
  _ step: Step,
  _ frame: DataFrame,
  seed: UInt64,
  location: SourceLocation = #_sourceLocation
) throws {
  let whole = try step.fitted(to: frame)
  let text = try json(whole)
  var random = SplitMix64(seed: seed)
  for count in [1, 3, 17] {
    var states: [Step.State] = []
    for chunk in frame.chunks(count, seed: seed &+ UInt64(count)) {
      var state = step.makeState()
      try state.observe(chunk)
      states.append(state)
    }
    random.shuffle(&states)
    var merged = step.makeState()
    for state in states { merged.merge(state) }
    let found = try json(merged.finish())
    #expect(found == text, "seed \(seed), \(count) chunks", sourceLocation: location)
  }
  // A copy of a state does not change with it.
  var state = step.makeState()
  try state.observe(frame)
  let copy = state
  try state.observe(frame)
  #expect(try json(copy.finish()) == text, sourceLocation: location)

  let read = try JSONDecoder().decode(Step.State.Fitted.self, from: Data(text.utf8))
  #expect(try json(read) == text, sourceLocation: location)
  #expect(try read.applied(to: frame) == whole.applied(to: frame), sourceLocation: location)
  // Applied to any part it answers as to the whole.
  if frame.rowCount > 4 {
    let part = try whole.applied(to: frame.iloc[1..<4])
    #expect(try part == whole.applied(to: frame).iloc[1..<4], sourceLocation: location)
  }
  // A recipe's JSON knows the step.
  let target = (step as? any CrossFittingEstimator)?.target
  let recipe = try RecipePlan(features: step.columns, steps: [step], target: target)
    .fitted(to: frame)
  #expect(try Recipe(json: recipe.json()).json() == recipe.json(), sourceLocation: location)
}

/// A table of random categories: short, long and Unicode texts, integers, bools and a word column,
/// with nulls, and targets of each kind.
func randomCategories(rows: Int, seed: UInt64) throws -> DataFrame {
  var random = SplitMix64(seed: seed)
  let words =
    ["", "a", "b", "\0", "a\0", "twelve bytes", "thirteen byte", "thirteen bytf", "é", "e\u{301}"]
    + (0..<30).map { "a word of more than twelve bytes, number \($0)" }
  func optional<Value>(_ value: Value) -> Value? { random.chance(1, in: 10) ? nil : value }
  func column<Value>(_ make: () -> Value) -> [Value?] { (0..<rows).map { _ in optional(make()) } }
  let texts = column { random.pick(words) }
  return try DataFrame([
    ("text", Column(texts)),
    // Without texts that Swift, and so the names of columns, take for equal.
    ("plain", Column(texts.map { $0 == "é" ? nil : $0 })),
    ("word", Column(column { random.pick(words) }).asCategory()),
    ("number", Column(column { Int64(random.below(25)) - 12 })),
    ("flag", Column(column { random.chance(1, in: 2) })),
    ("complete", Column((0..<rows).map { _ in Optional(random.pick(["x", "y", "z"])) })),
    ("binary", Column((0..<rows).map { _ in Optional(Int64(random.below(2))) })),
    ("class", Column((0..<rows).map { _ in Optional(random.pick(["lo", "mid", "hi"])) })),
    ("many", Column((0..<rows).map { _ in Optional(Int64(random.below(60)) - 30) })),
    (
      "value",
      Column(
        (0..<rows).map { _ in
          let power = Double(sign: .plus, exponent: random.below(120) - 60, significand: 1)
          return Optional((random.unit() - 0.5) * power)
        }
      )
    ),
  ])
}
