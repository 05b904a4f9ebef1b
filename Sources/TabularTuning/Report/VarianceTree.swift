internal import TabularFrame

/// A regression tree, as the boxes of its leaves, and what varies over them.
struct VarianceTree {
  /// A part of the space: an interval of 0 to 1, or some of the choices, on each axis.
  private struct Box {
    var low: [Double]
    var high: [Double]
    /// For each axis whether a choice is in; empty for numbers.
    var choices: [[Bool]]
    var value = 0.0

    /// Which part of an axis is in the box.
    func share(_ axis: Int) -> Double {
      choices[axis].isEmpty
        ? high[axis] - low[axis]
        : Double(choices[axis].count { $0 }) / Double(choices[axis].count)
    }
  }

  /// Where rows go: below a threshold or not, or by whether they have a choice.
  private struct Split {
    let axis: Int
    let threshold: Double
    let isChoice: Bool

    func isFirst(_ place: [Double]) -> Bool {
      isChoice ? place[axis] == threshold : place[axis] < threshold
    }
  }

  private let encoding: SpaceEncoding
  private let places: [[Double]]
  private let values: [Double]
  private var leaves: [Box] = []

  private static let mostRows = 2_000
  private static let mostLevels = 64

  /// Grows a tree on a sample with replacement, of 2,000 trials at most.
  init(
    _ encoding: SpaceEncoding,
    _ places: [[Double]],
    _ values: [Double],
    _ unseen: inout UnseenTrials,
    using generator: inout SplitMix64
  ) {
    (self.encoding, self.places, self.values) = (encoding, places, values)
    var isSeen = [Bool](repeating: false, count: values.count)
    let rows = (0..<min(values.count, Self.mostRows)).map { _ in
      let row = generator.below(values.count)
      isSeen[row] = true
      return row
    }
    let space = Box(
      low: encoding.items.map { _ in 0 },
      high: encoding.items.map { _ in 1 },
      choices: encoding.items.map {
        $0.axis.kind == .choice ? [Bool](repeating: true, count: $0.axis.count ?? 0) : []
      }
    )
    let others = values.indices.filter { !isSeen[$0] }
    grow(rows, others, space, levels: Self.mostLevels, &unseen, using: &generator)
  }

  private mutating func grow(
    _ rows: [Int],
    _ others: [Int],
    _ box: Box,
    levels: Int,
    _ unseen: inout UnseenTrials,
    using generator: inout SplitMix64
  ) {
    guard levels > 0, let split = bestSplit(rows, box, using: &generator) else {
      var leaf = box
      leaf.value = rows.reduce(0) { $0 + values[$1] } / Double(rows.count)
      for row in others { unseen.add(leaf.value, for: row) }
      leaves.append(leaf)
      return
    }
    for isFirst in [true, false] {
      var part = box
      if split.isChoice {
        for choice in part.choices[split.axis].indices
        where (Double(choice) == split.threshold) != isFirst {
          part.choices[split.axis][choice] = false
        }
      } else if isFirst {
        part.high[split.axis] = split.threshold
      } else {
        part.low[split.axis] = split.threshold
      }
      grow(
        rows.filter { split.isFirst(places[$0]) == isFirst },
        others.filter { split.isFirst(places[$0]) == isFirst },
        part,
        levels: levels - 1,
        &unseen,
        using: &generator
      )
    }
  }

  /// The split after which values differ least from their means; nil where none separates any.
  private func bestSplit(
    _ rows: [Int],
    _ box: Box,
    using generator: inout SplitMix64
  ) -> Split? {
    guard let first = rows.first, rows.contains(where: { values[$0] != values[first] }) else {
      return nil
    }
    var best: (split: Split, gain: Double)?
    // Any axis separates two rows: the first one must not have them all.
    var axes = Array(encoding.items.indices)
    generator.shuffle(&axes)
    for axis in axes where isOpen(axis, in: box) {
      let candidate =
        box.choices[axis].isEmpty ? threshold(rows, axis) : choice(rows, axis, box.choices[axis])
      // Equal but for rounding is equal.
      if let candidate, candidate.gain > (best?.gain ?? -1) + 1e-10 { best = candidate }
    }
    return best?.split
  }

  /// Whether a parameter exists everywhere in the box.
  private func isOpen(_ axis: Int, in box: Box) -> Bool {
    guard let (parent, value) = encoding.items[axis].condition else { return true }
    let choices = box.choices[parent]
    return choices.indices.allSatisfy { choices[$0] == (Double($0) == value) }
      && isOpen(parent, in: box)
  }

  private func threshold(_ rows: [Int], _ axis: Int) -> (split: Split, gain: Double)? {
    let sorted = rows.map { (place: places[$0][axis], value: values[$0]) }
      .sorted { ($0.place, $0.value) < ($1.place, $1.value) }
    let total = sorted.reduce(0) { $0 + $1.value }
    var (sum, best) = (0.0, (split: Split, gain: Double)?.none)
    for index in 1..<sorted.count {
      sum += sorted[index - 1].value
      let (low, high) = (sorted[index - 1].place, sorted[index].place)
      let middle = low + (high - low) / 2
      guard low < middle else { continue }
      let gain = Self.gain(sum, index, total, sorted.count)
      if gain > (best?.gain ?? -1) {
        best = (Split(axis: axis, threshold: middle, isChoice: false), gain)
      }
    }
    return best
  }

  private func choice(_ rows: [Int], _ axis: Int, _ choices: [Bool]) -> (
    split: Split, gain: Double
  )? {
    var (sums, counts) = (choices.map { _ in 0.0 }, choices.map { _ in 0 })
    for row in rows {
      sums[Int(places[row][axis])] += values[row]
      counts[Int(places[row][axis])] += 1
    }
    let total = sums.reduce(0, +)
    var best: (split: Split, gain: Double)?
    for value in choices.indices where counts[value] > 0 && counts[value] < rows.count {
      let gain = Self.gain(sums[value], counts[value], total, rows.count)
      if gain > (best?.gain ?? -1) {
        best = (Split(axis: axis, threshold: Double(value), isChoice: true), gain)
      }
    }
    return best
  }

  /// What the squares of differences lose by a split, but for a constant.
  private static func gain(_ sum: Double, _ count: Int, _ total: Double, _ all: Int) -> Double {
    let rest = total - sum
    return sum * sum / Double(count) + rest * rest / Double(all - count)
  }
}

// What varies.
extension VarianceTree {
  /// The part of the variance over the space that is each axis' own; nil where nothing varies.
  var parts: [Double]? {
    let axes = encoding.items.indices
    let weights = leaves.map { leaf in axes.reduce(1) { $0 * leaf.share($1) } }
    let mean = zip(leaves, weights).reduce(0) { $0 + $1.0.value * $1.1 }
    let variance = zip(leaves, weights).reduce(0) {
      $0 + ($1.0.value - mean) * ($1.0.value - mean) * $1.1
    }
    guard variance > 1e-300 else { return nil }
    return axes.map { min(1, ownVariance(of: $0) / variance) }
  }

  /// The variance of an axis' averages where it exists, times the share of that branch.
  private func ownVariance(of axis: Int) -> Double {
    var (branch, share) = ([axis], 1.0)
    var inside = leaves
    var item = encoding.items[axis]
    while let (parent, value) = item.condition {
      inside = inside.filter { $0.choices[parent][Int(value)] }
      share /= Double(encoding.items[parent].axis.count ?? 1)
      branch.append(parent)
      item = encoding.items[parent]
    }
    let others = encoding.items.indices.filter { !branch.contains($0) }
    // What a box adds to the average over the others, wherever it reaches on the axis.
    let parts = inside.map { leaf in others.reduce(leaf.value) { $0 * leaf.share($1) } }
    return share
      * (encoding.items[axis].axis.kind == .choice
        ? Self.varianceOfChoices(axis, inside, parts) : Self.varianceOfNumbers(axis, inside, parts))
  }

  private static func varianceOfChoices(_ axis: Int, _ leaves: [Box], _ parts: [Double]) -> Double {
    let count = leaves.first?.choices[axis].count ?? 0
    let averages = (0..<count).map { choice in
      zip(leaves, parts).reduce(0) { $1.0.choices[axis][choice] ? $0 + $1.1 : $0 }
    }
    return variance(averages, averages.map { _ in 1 / Double(count) })
  }

  private static func varianceOfNumbers(_ axis: Int, _ leaves: [Box], _ parts: [Double]) -> Double {
    // Where averages may change, and by how much.
    let changes =
      (zip(leaves, parts).map { (at: $0.low[axis], by: $1) }
      + zip(leaves, parts).map { (at: $0.high[axis], by: -$1) }).sorted { $0.at < $1.at }
    var (averages, lengths, average) = ([Double](), [Double](), 0.0)
    for (change, next) in zip(changes, changes.dropFirst()) {
      average += change.by
      averages.append(average)
      lengths.append(next.at - change.at)
    }
    return variance(averages, lengths)
  }

  private static func variance(_ values: [Double], _ weights: [Double]) -> Double {
    let mean = zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 }
    return zip(values, weights).reduce(0) { $0 + ($1.0 - mean) * ($1.0 - mean) * $1.1 }
  }
}
