import Foundation
import TabularCSV
import TabularFrame
import Testing

@testable import TabularPreprocessing

/// What a look in chunks says of columns, against plain counting.
struct TableLookTests {
  private struct Expected: Equatable {
    var present = 0
    var isConstant = false
    var isUnique = false
  }

  private static func expected<Value: Hashable>(_ values: [Value?], asksUnique: Bool) -> Expected {
    let present = values.compactMap(\.self)
    let distinct = Set(present).count
    return Expected(
      present: present.count,
      isConstant: distinct == 1,
      // Of columns without a value nobody asks.
      isUnique: asksUnique && distinct == present.count
    )
  }

  /// Integers that ascend for a while, fill a range or not, cease to, and repeat one or not.
  private static func integers(_ count: Int, _ random: inout SplitMix64) -> [Int64?] {
    let isDense = random.chance(1, in: 2)
    let start = random.pick([0, -5, Int64.min, Int64.max - Int64(8 * count) - 8])
    var values: [Int64] = []
    var next = start
    for _ in 0..<count {
      values.append(next)
      next += isDense ? 1 : 1 + Int64(random.below(4))
    }
    switch random.below(7) {
    case 0: random.shuffle(&values)
    case 1: values.swapAt(random.below(count), random.below(count))
    case 2: values[random.below(count)] = values[random.below(count)]
    case 3: values[count - 1] = values[0]
    case 4: values[count - 1] = start == .min ? .max : .min
    case 5: values = [Int64](repeating: values[0], count: count)
    default: break
    }
    return values.map { random.chance(1, in: 10) ? nil : $0 }
  }

  @Test func factsAreThoseOfAllRows() throws {
    for run in 0..<300 {
      let seed = testSeed &+ UInt64(run)
      var random = SplitMix64(seed: seed)
      let count = 1 + random.below(random.chance(1, in: 4) ? 200 : 12)
      let integers = Self.integers(count, &random)
      let words = (0..<count).map {
        random.chance(1, in: 9) ? nil : "w\($0 % (1 + random.below(9)))"
      }
      let zeros = (0..<count).map { _ in random.chance(1, in: 2) ? 0.0 : -0.0 }
      let flags = (0..<count).map { _ in random.pick([nil, true, random.chance(1, in: 9)]) }
      let frame = try DataFrame([
        ("integer", Column(integers)), ("word", Column(words)), ("zero", Column(zeros)),
        ("flag", Column(flags)),
      ])
      let look = try TableLook.look(
        at: RowsInMemory(frame.chunks(1 + random.below(5), seed: seed)),
        target: nil,
        options: AutomaticRecipeOptions()
      )
      #expect(look.rowCount == count)
      for (name, expected) in [
        ("integer", Self.expected(integers, asksUnique: true)),
        ("word", Self.expected(words, asksUnique: true)),
        ("zero", Self.expected(zeros, asksUnique: false)),
        ("flag", Self.expected(flags, asksUnique: false)),
      ] {
        let facts = try #require(look.facts(of: name))
        let found = Expected(
          present: facts.present,
          isConstant: facts.isConstant,
          isUnique: facts.isUnique
        )
        #expect(found == expected, "TABULAR_SEED=\(seed), \(name): \(frame)")
      }
      #expect(look.facts(of: "word")?.distinct == Set(words.compactMap(\.self)).count)
    }
  }

  /// The second look is limited as the first is; what is not asked for takes nothing.
  @Test func stopsWhereIntegersOutgrowTheLimit() throws {
    var random = SplitMix64(seed: testSeed)
    var ids = (0..<40_000).map { Int64($0) * 3 }
    random.shuffle(&ids)
    // So that they are seen not to ascend in a row before the last, when some are seen already.
    ids.insert(contentsOf: [-10, -4], at: 0)
    let frame = try DataFrame([("id", Column(ids.map { Optional($0) }))])
    let source = RowsInMemory(frame.chunks(4, seed: testSeed))
    func look(_ change: (inout AutomaticRecipeOptions) -> Void = { _ in }) throws -> TableLook {
      var options = AutomaticRecipeOptions()
      change(&options)
      let limits = FitLimits(bytes: 200_000)
      return try TableLook.look(at: source, target: nil, options: options, limits: limits)
    }
    let refusal = message { try look() }
    #expect(refusal.hasPrefix("column 'id': its different integers do not fit into the memory"))
    #expect(
      refusal.hasSuffix(
        "leave it out (--drop id) or take it as a number (--keep id), or give more"
      )
    )
    #expect(try look { $0.keep = ["id"] }.rowCount == 40_002)
    #expect(try look { $0.drop = ["id"] }.rowCount == 40_002)
    #expect(try look { $0.encodings = ["id": .hash(8)] }.rowCount == 40_002)
  }

  @Test func takesItsOwnAdvice() throws {
    let words = (0..<20_000).map { Optional("a rather long word \($0 / 2)") }
    let source = RowsInMemory([try DataFrame([("word", Column(words))])])
    var options = AutomaticRecipeOptions()
    let limits = FitLimits(bytes: 100_000)
    let refusal = message {
      try TableLook.look(at: source, target: nil, options: options, limits: limits)
    }
    #expect(refusal.hasPrefix("column 'word': its different categories do not fit into the memory"))
    #expect(refusal.contains("encode it by a hash (--encode word=hash=64)"))
    options.encodings = ["word": .hash(64)]
    let look = try TableLook.look(at: source, target: nil, options: options, limits: limits)
    let plan = try Recipe.automatic(for: look, target: nil, options: options)
    #expect(plan.decisions == ["word: categories hashed to 64 columns"])
    var fit = try RecipeFit(plan, source, look: look, limits: limits)
    #expect(try fit.run().featureNames.count == 64)
  }
}
