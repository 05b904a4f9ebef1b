internal import Foundation

/// What a target encoder gathers of the target, a group a category: rows of each class, or exact
/// sums of numbers and of their squares.
struct TargetMoments: Sendable {
  /// What the target is.
  enum Kind: Sendable {
    /// Classes, by the codes of a table.
    case classes
    /// Numbers.
    case numbers
  }

  private(set) var kind: Kind
  /// The rows of each group; where there are classes, of each class of it: group x `stride` + class.
  private var rows: [Int] = []
  /// The room for classes, a power of two; 1 for numbers.
  private var stride = 1
  private(set) var groups = 0
  /// The number of classes that there is room for.
  var classCapacity: Int { stride }
  private var sums = GroupSums()
  private var squares = GroupSums()

  init(_ kind: Kind, groups: Int = 0, classes: Int = 1) {
    self.kind = kind
    reserve(groups: groups, classes: classes)
  }

  /// Makes room for so many groups, and so many classes.
  mutating func reserve(groups: Int, classes: Int) {
    if kind == .classes, classes > stride {
      var wider = stride
      while wider < classes { wider *= 2 }
      var counts = [Int](repeating: 0, count: self.groups * wider)
      for group in 0..<self.groups {
        for i in 0..<stride { counts[group * wider + i] = rows[group * stride + i] }
      }
      (rows, stride) = (counts, wider)
    }
    guard groups > self.groups else { return }
    self.groups = groups
    rows.append(contentsOf: repeatElement(0, count: groups * stride - rows.count))
    if kind == .numbers {
      sums.reserve(groups: groups)
      squares.reserve(groups: groups)
    }
  }

  /// Adds rows by their groups and classes, for all of which there is room.
  mutating func add(
    _ groups: UnsafePointer<Int32>,
    classes: UnsafePointer<Int32>,
    count: Int
  ) {
    let stride = stride
    rows.withUnsafeMutableBufferPointer { rows in
      for i in 0..<count { rows[Int(groups[i]) &* stride &+ Int(classes[i])] &+= 1 }
    }
  }

  /// Adds rows by their groups and finite values.
  mutating func add(_ groups: UnsafePointer<Int32>, values: UnsafePointer<Double>, count: Int) {
    for i in 0..<count { add(values[i], to: Int(groups[i])) }
  }

  private mutating func add(_ value: Double, times: Int = 1, to group: Int) {
    rows[group] += times
    sums.add(value, times: times, to: group)
    squares.addSquare(value, times: times, to: group)
  }

  /// Adds other moments of the same kind: `group` and `classOf` give groups and classes their
  /// numbers here, for all of which there is room.
  mutating func merge(
    _ other: TargetMoments,
    group: (Int) -> Int = { $0 },
    classOf: (Int) -> Int = { $0 }
  ) {
    precondition(kind == other.kind, "moments of \(kind) and \(other.kind)")
    for index in 0..<other.groups {
      let mine = group(index) * stride
      for i in 0..<other.stride {
        let count = other.rows[index * other.stride + i]
        if count > 0 { rows[mine + classOf(i)] += count }
      }
    }
    guard kind == .numbers else { return }
    sums.merge(other.sums, into: group)
    squares.merge(other.squares, into: group)
  }

  /// The same moments of classes that are numbers.
  func asNumbers(_ values: [Double]) -> TargetMoments {
    var numbers = TargetMoments(.numbers, groups: groups)
    for group in 0..<groups {
      for (i, value) in values.enumerated() {
        let count = rows[group * stride + i]
        if count > 0 { numbers.add(value, times: count, to: group) }
      }
    }
    return numbers
  }
}

// What comes of it.
extension TargetMoments {
  /// Number, mean and mean squared deviation of a group's values; of a class they are 1 for its
  /// rows and 0 for the others.
  struct Summary {
    var count: Int
    var sum: Double
    var mean: Double
    var variance: Double
  }

  func summary(of group: Int, classCode: Int?) -> Summary {
    let base = group * stride
    guard let classCode else {
      let count = rows[base]
      guard count > 0 else { return Summary(count: 0, sum: 0, mean: .nan, variance: .nan) }
      let (sum, square) = (sums.sum(of: group), squares.sum(of: group))
      return Summary(
        count: count,
        sum: sum.rounded,
        mean: sum.divided(by: count),
        variance: ExactSum.variance(count: count, sum: sum, sumOfSquares: square)
      )
    }
    var count = 0
    for i in 0..<stride { count += rows[base + i] }
    let (n, ones) = (Double(count), Double(rows[base + classCode]))
    let mean = ones / n
    let deviations = ones * (1 - mean) * (1 - mean) + (n - ones) * mean * mean
    return Summary(count: count, sum: ones, mean: mean, variance: deviations / n)
  }

  /// The encoding of each group, given the summary of all rows, as scikit-learn's `TargetEncoder`.
  ///
  /// Source: Micci-Barreca, "A preprocessing scheme for high-cardinality categorical attributes in
  /// classification and prediction problems", 2001, equations 3 to 6.
  func encodings(
    of groups: Range<Int>,
    classCode: Int?,
    all: Summary,
    smoothing: TargetEncoder.Smoothing
  )
    -> [Double]
  {
    groups.map { group in
      let part = summary(of: group, classCode: classCode)
      guard part.count > 0 else { return all.mean }
      let count = Double(part.count)
      switch smoothing {
      case .given(let smooth):
        let encoding = (smooth * all.mean + part.sum) / (smooth + count)
        guard !encoding.isFinite else { return encoding }
        // Where the sum overflows, the mean does not.
        let weight = count / (smooth + count)
        return weight * part.mean + (1 - weight) * all.mean
      case .automatic:
        let weight = all.variance * count / (all.variance * count + part.variance)
        return weight.isNaN ? all.mean : weight * part.mean + (1 - weight) * all.mean
      }
    }
  }
}

extension TargetMoments: SharedState {
  func put(into bytes: inout StateBytes) {
    bytes.put(kind == .numbers)
    bytes.put(all: rows)
    bytes.put(stride)
    bytes.put(groups)
    sums.put(into: &bytes)
    squares.put(into: &bytes)
  }

  mutating func take(from bytes: inout StateBytes) {
    kind = bytes.take() ? .numbers : .classes
    rows = bytes.takeAll()
    stride = bytes.take()
    groups = bytes.take()
    sums.take(from: &bytes)
    squares.take(from: &bytes)
  }

  /// Those of the same groups and classes.
  mutating func merge(_ other: TargetMoments) {
    merge(other, group: { $0 }, classOf: { $0 })
  }
}
