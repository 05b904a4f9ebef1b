internal import TabularFrame

/// A sketch of a column's values for quantiles in bounded memory, about 100 KB for any number of rows.
///
/// A value of level h stands for 2^h values. A level that is full is sorted, and every other value
/// moves up. The quantile of a fraction is the value of a fraction that differs by less than 0.002
/// (measured, see `QuantileSketchTests`); up to some thousand values nothing is lost.
///
/// The same values in the same order give the same sketch.
///
/// Source: Karnin, Lang and Liberty, Optimal Quantile Approximation in Streams (2016).
struct QuantileSketch: Sendable {
  private var levels: [[Double]] = [[]]
  /// How often each level was halved, which decides whether odd or even places move up.
  private var halvings: [Int] = [0]
  private var size = 0

  /// The values of the highest level.
  private static let largestLevel = 4096
  private static let least = 8

  /// About how many bytes it takes, the same for the same values.
  var byteCount: Int { 8 * levels.reduce(0) { $0 + grownCapacity($1.count) } }

  /// Takes values, none of them NaN or -0.
  mutating func add(_ values: UnsafeBufferPointer<Double>) {
    var first = 0
    while first < values.count {
      // In pieces of a fixed length from the first value on, however they come.
      let room = max(1, Self.largestLevel - levels[0].count)
      let piece = min(room, values.count - first)
      levels[0].append(contentsOf: values[first..<first + piece])
      size += piece
      first += piece
      if levels[0].count >= Self.largestLevel { compress() }
    }
  }

  /// Takes a value many times.
  mutating func add(_ value: Double, times count: Int) {
    for level in 0..<(Int.bitWidth - count.leadingZeroBitCount) where count >> level & 1 == 1 {
      grow(to: level)
      levels[level].append(value)
      size += 1
    }
    compress()
  }

  /// Takes what another sketch has seen.
  mutating func merge(_ other: QuantileSketch) {
    grow(to: other.levels.count - 1)
    for (level, values) in other.levels.enumerated() {
      levels[level] += values
      size += values.count
    }
    compress()
  }

  private mutating func grow(to level: Int) {
    while levels.count <= level {
      levels.append([])
      halvings.append(0)
    }
  }

  /// The values that a level may hold: fewer, the further it is below the highest.
  private func capacity(_ level: Int) -> Int {
    var capacity = Double(Self.largestLevel)
    for _ in level..<(levels.count - 1) { capacity *= 2.0 / 3 }
    return max(Self.least, Int(capacity.rounded(.up)))
  }

  private mutating func compress() {
    while size > levels.indices.reduce(0, { $0 + capacity($1) }) {
      guard let full = levels.indices.first(where: { levels[$0].count >= capacity($0) }) else {
        return
      }
      halve(full)
    }
  }

  private mutating func halve(_ level: Int) {
    grow(to: level + 1)
    var values = levels[level].sorted()
    // The value left over keeps its weight: the weights sum to the number of values.
    let rest = values.count % 2 == 1 ? [values.removeLast()] : []
    let coin = SplitMix64.mix(UInt64(level) << 32 | UInt64(halvings[level])) & 1
    halvings[level] += 1
    for place in stride(from: Int(coin), to: values.count, by: 2) {
      levels[level + 1].append(values[place])
    }
    size -= values.count / 2
    levels[level] = rest
  }

  /// The values in ascending order, each as often as it stands for.
  var sorted: SortedValues {
    SortedValues(
      weighted: levels.enumerated().flatMap { level, values in
        values.map { (value: $0, times: 1 << level) }
      }
    )
  }
}
