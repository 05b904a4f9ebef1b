import TabularCSV

@testable import TabularFrame

/// Runs on 1, 2 and 3 threads, with the smallest blocks; all must give the same.
func onEachThreadCount(_ body: () throws -> Void) rethrows {
  for threads in [1, 2, 3] { try Workers.$forced.withValue(threads) { try body() } }
}

/// Frames full of what goes wrong: nulls, NaN, both zeros, empty and long texts, repeated words.
struct RandomFrames {
  var random: SplitMix64

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  private mutating func values<Element>(_ count: Int, _ pool: [Element]) -> [Element?] {
    (0..<count).map { _ in random.chance(1, in: 7) ? nil : random.pick(pool) }
  }

  static let texts = [
    "", "a", "b", "ab", "abcdefgh", "abcdefgi", "twelve bytes", "twelve bytes+", "twelve bytes-",
    "a text of more than twelve bytes", "a text of more than twelve bytez", "é", "e\u{301}",
    "with\u{0}", "with",
  ]

  /// A column of each type, `rows` long.
  mutating func frame(rows: Int) throws -> DataFrame {
    let floats: [Double] = [
      0, -0.0, .nan, -.nan, 1, -1, 1e300, -.infinity, .infinity, 0.1, .leastNonzeroMagnitude,
    ]
    let wholes: [Int64] = [0, -1, 1, 2, 3, .max, .min, 1 << 40]
    return try DataFrame([
      ("bool", Column(values(rows, [true, false]))),
      ("small", Column(values(rows, [Int64](-2...5)))),
      ("int64", Column(values(rows, wholes))),
      ("float64", Column(values(rows, floats))),
      ("date", Column(values(rows, (-3...3).map { CalendarDate(daysSinceEpoch: $0) }))),
      (
        "datetime",
        Column(values(rows, (0...9).map { Timestamp(microsecondsSinceEpoch: $0 << 33) }))
      ),
      ("string", Column(values(rows, Self.texts))),
      ("category", Column(values(rows, Self.texts)).asCategory()),
      ("row", Column((0..<rows).map { $0 as Int? })),
    ])
  }
}

/// A value as a key: NaN is one, -0 is 0, texts by their bytes.
struct PlainKey: Hashable {
  let text: [UInt8]

  init(_ value: Value) {
    switch value {
    case .float64(let float) where float.isNaN: text = Array("nan".utf8)
    case .float64(let float): text = Array("\(float + 0)".utf8)
    case .string(let string): text = [0] + Array(string.utf8)
    case .null: text = Array("null".utf8)
    default: text = Array("\(value)".utf8)
    }
  }
}

extension DataFrame {
  func plainKey(_ names: [String], _ row: Int) throws -> [PlainKey] {
    try names.map { PlainKey(try self[$0][row]) }
  }

  func hasNull(_ names: [String], _ row: Int) throws -> Bool {
    try names.contains { try self[$0].isNull(row) }
  }
}
