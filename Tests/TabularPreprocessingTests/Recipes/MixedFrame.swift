import TabularCSV
import TabularFrame
import TabularTensor

/// A frame of random columns of the kinds that recipes take, each with a name.
enum MixedFrame {
  static let numbers = ["whole", "fraction", "full", "flag", "nothing", "large", "zero"]
  static let categories = ["word", "complete", "many", "text", "code", "yes", "empty"]
  /// The words of the column of many.
  static let manyWords = (0..<5000).map { "word \($0) of many" }

  /// A frame; one for a fit has no column without a value, and some words, numbers and nulls are
  /// kept for other frames.
  static func make(rows: Int, isForFit: Bool, _ random: inout SplitMix64) throws -> DataFrame {
    let words = isForFit ? 7 : 11
    let hasNulls = random.chance(1, in: 2)
    return try DataFrame([
      ("whole", numbers(rows, &random) { Int64($0.below(isForFit ? 90 : 100)) - 40 }),
      ("fraction", numbers(rows, &random) { $0.chance(1, in: 9) ? .nan : 20 * $0.unit() - 5 }),
      ("full", Column((0..<rows).map { _ in Optional(random.unit()) })),
      ("flag", numbers(rows, &random) { $0.chance(1, in: 2) }),
      (
        "nothing",
        isForFit
          ? numbers(rows, &random) { Double($0.below(7)) }
          : Column([String?](repeating: nil, count: rows))
      ),
      ("large", numbers(rows, &random) { Int64(1) << 60 + Int64($0.below(9)) }),
      ("zero", numbers(rows, &random) { $0.pick([-0.0, 0, -1, .nan]) }),
      ("word", category(rows, fewWords.prefix(words), nulls: !isForFit || hasNulls, &random)),
      ("complete", category(rows, fewWords.prefix(words), nulls: false, &random)),
      ("many", category(rows, manyWords[..<(isForFit ? 4000 : 5000)], nulls: true, &random)),
      ("text", numbers(rows, &random) { $0.pick(Array(fewWords.prefix(words))) }),
      ("code", numbers(rows, &random) { Int64($0.below(words)) }),
      ("yes", numbers(rows, &random) { $0.chance(2, in: 3) }),
      (
        "empty",
        isForFit
          ? category(rows, fewWords[...], nulls: true, &random)
          : Column(
            storage: .category(FixedVector(count: rows) { _ in 0 }, dictionary: StringVector([])),
            validity: Validity(count: rows) { _ in false }
          )
      ),
      (
        "day",
        numbers(rows, &random) { CalendarDate(daysSinceEpoch: Int32(19_000 + $0.below(800))) }
      ),
    ])
  }

  private static let fewWords =
    ["a", "b", "", "é", "a long word of many bytes"]
    + (5..<11).map { "w\($0)" }

  /// Values, one in eight of them null.
  private static func numbers<Value: ColumnElement>(
    _ rows: Int,
    _ random: inout SplitMix64,
    _ value: (inout SplitMix64) -> Value
  ) -> Column {
    Column((0..<rows).map { _ in random.chance(1, in: 8) ? nil : value(&random) })
  }

  /// Words of a dictionary; the code of a null is any number.
  private static func category(
    _ rows: Int,
    _ words: ArraySlice<String>,
    nulls hasNulls: Bool,
    _ random: inout SplitMix64
  ) -> Column {
    let isValid = (0..<rows).map { _ in !hasNulls || random.chance(6, in: 7) }
    let codes = FixedVector<Int32>(count: rows) { row in
      isValid[row] ? Int32(random.below(words.count)) : random.pick([-7, 0, 1 << 30])
    }
    return Column(
      storage: .category(codes, dictionary: StringVector(Array(words))),
      validity: Validity(count: rows) { isValid[$0] }
    )
  }
}
