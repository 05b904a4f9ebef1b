import Foundation
import TabularFrame
import Testing

@testable import TabularPreprocessing

/// Values of several shapes, none of them NaN or -0.
enum ManyValues: String, CaseIterable {
  case uniform, ascending, descending, zipf, few, sawtooth

  /// `TABULAR_LONG_TESTS=1`: as many as the promise is about.
  static let count =
    ProcessInfo.processInfo.environment["TABULAR_LONG_TESTS"] == "1" ? 1_000_000 : 60_000

  func values(_ count: Int, _ random: inout SplitMix64) -> [Double] {
    (0..<count).map { place in
      switch self {
      case .uniform: random.unit() * 1_000 - 500
      case .ascending: Double(place)
      case .descending: Double(count - place)
      case .zipf: (1 / (1 - random.unit())).rounded()
      case .few: Double(random.below(5)) - 2
      case .sawtooth: Double(place % 4_096)
      }
    }
  }
}

/// Gives the values in pieces of random lengths.
func inPieces(
  _ values: [Double],
  _ random: inout SplitMix64,
  _ body: (UnsafeBufferPointer<Double>) -> Void
) {
  var first = 0
  while first < values.count {
    let count = min(
      values.count - first,
      1 + random.below(random.chance(1, in: 3) ? 20_000 : 2_000)
    )
    values[first..<first + count].withUnsafeBufferPointer(body)
    first += count
  }
}

struct QuantileSketchTests {
  /// How far the fraction of the value that a sketch gives for one differs, at worst.
  private static func worstError(_ sketch: SortedValues, _ sorted: [Double]) -> Double {
    func position(of value: Double, isEnd: Bool) -> Int {
      var (low, high) = (0, sorted.count)
      while low < high {
        let middle = (low + high) / 2
        if sorted[middle] < value || isEnd && sorted[middle] == value {
          low = middle + 1
        } else {
          high = middle
        }
      }
      return low
    }
    var worst = 0.0
    for step in 0...500 {
      let rank = min(sorted.count - 1, sorted.count * step / 500)
      let value = sketch[rank]
      let first = position(of: value, isEnd: false)
      let last = position(of: value, isEnd: true) - 1
      // A value that the sketch gives is one of the values.
      if last < first { return 1 }
      let distance = max(0, first - rank, rank - last)
      worst = max(worst, Double(distance) / Double(sorted.count))
    }
    return worst
  }

  @Test(arguments: ManyValues.allCases)
  func isNearlyRightHoweverValuesCome(shape: ManyValues) throws {
    var random = SplitMix64(seed: testSeed)
    let values = shape.values(ManyValues.count, &random)
    var sketch = QuantileSketch()
    values.withUnsafeBufferPointer { sketch.add($0) }
    let found = sketch.sorted
    #expect(found.count == values.count)
    let error = Self.worstError(found, values.sorted())
    #expect(error < 0.002, "seed \(testSeed), \(shape): \(error)")
    #expect(sketch.byteCount < 400_000, "\(shape): \(sketch.byteCount) bytes")

    // The same sketch of the same values in any pieces.
    var pieces = QuantileSketch()
    inPieces(values, &random) { pieces.add($0) }
    var (runs, others) = ([[Double]](), [[Double]]())
    found.forEach { runs.append([$0, Double($1)]) }
    pieces.sorted.forEach { others.append([$0, Double($1)]) }
    #expect(runs == others, "seed \(testSeed), \(shape)")
  }

  @Test func mergesAndWeighs() throws {
    var random = SplitMix64(seed: testSeed)
    let values = ManyValues.uniform.values(ManyValues.count, &random)
    var merged = QuantileSketch()
    var first = 0
    while first < values.count {
      let count = min(values.count - first, 1 + random.below(9_000))
      var part = QuantileSketch()
      values[first..<first + count].withUnsafeBufferPointer { part.add($0) }
      merged.merge(part)
      first += count
    }
    #expect(merged.sorted.count == values.count)
    #expect(Self.worstError(merged.sorted, values.sorted()) < 0.004, "seed \(testSeed)")

    // A value that stands for many, as an imputer's.
    merged.add(1_000_000, times: 2 * values.count + 1)
    #expect(merged.sorted.count == 3 * values.count + 1)
    #expect(merged.sorted.median == 1_000_000)
  }

  @Test func losesNothingOfFewValues() {
    var random = SplitMix64(seed: testSeed)
    let values = ManyValues.uniform.values(4_000, &random)
    var sketch = QuantileSketch()
    inPieces(values, &random) { sketch.add($0) }
    let (found, sorted) = (sketch.sorted, values.sorted())
    #expect((0..<4_000).allSatisfy { found[$0] == sorted[$0] })
    #expect(QuantileSketch().sorted.count == 0)
  }

  /// Where a column is sketched for its quartiles and gathered for its most frequent value, the
  /// latter is exact, and so is what an imputer does to both.
  @Test func doesNotReplaceValuesThatAreThere() throws {
    var random = SplitMix64(seed: testSeed)
    // 3.5 is there 20 times, each other value once or twice.
    var values: [Double?] = (0..<30_000).map { _ in Double(random.below(1 << 40)) }
    values += [Double?](repeating: 3.5, count: 20)
    values += [Double?](repeating: nil, count: 100)
    random.shuffle(&values)
    let frame = try DataFrame([("x", Column(values))])
    let numbers = try NumberColumn("x", in: frame)
    var fold = NumberFold()
    try fold.observe(numbers, 0..<frame.rowCount, needs: [.sums, .values, .sketch])
    #expect(fold.sorted.mostFrequent == 3.5)
    #expect(fold.imputing(3.5).ranked.count == 30_120)
    #expect(fold.imputing(3.5).sorted.count == 30_120)
    #expect(fold.ranked.median == fold.sorted.median)
  }
}
