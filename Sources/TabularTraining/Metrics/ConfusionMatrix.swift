/// How often rows of each class were taken for each class, and what is reckoned from that.
///
/// scikit-learn's formulas (`sklearn.metrics`): a ratio with nothing to divide by is 0.
public struct ConfusionMatrix: Sendable, Equatable {
  /// The number of classes.
  public let classCount: Int
  // Row-major, [truth, prediction].
  private var counts: [WeightedCount]

  /// Begins with no rows; fewer than one class traps.
  public init(classCount: Int) {
    precondition(classCount > 0, "a confusion of \(classCount) classes")
    self.classCount = classCount
    counts = Array(repeating: WeightedCount(), count: classCount * classCount)
  }

  /// The weight of the rows of class `truth` that were taken for `prediction`; without weights their
  /// number.
  public subscript(truth truth: Int, prediction prediction: Int) -> Double {
    counts[place(truth, prediction)].value
  }

  /// Counts a row; a class that there is not traps.
  public mutating func add(truth: Int, prediction: Int, weight: Double = 1) {
    counts[place(truth, prediction)].add(weight)
  }

  /// Takes what another matrix has counted of other rows; another number of classes traps.
  public mutating func merge(_ other: ConfusionMatrix) {
    precondition(classCount == other.classCount, "\(classCount) and \(other.classCount) classes")
    for place in counts.indices { counts[place].merge(other.counts[place]) }
  }

  private func place(_ truth: Int, _ prediction: Int) -> Int {
    let classes = 0..<classCount
    precondition(
      classes.contains(truth) && classes.contains(prediction),
      "classes \(truth) and \(prediction) of \(classCount)"
    )
    return truth * classCount + prediction
  }

  /// Whether all counts are the same.
  public static func == (left: ConfusionMatrix, right: ConfusionMatrix) -> Bool {
    left.counts.map(\.value) == right.counts.map(\.value)
  }
}

/// A number of rows, or their weight.
private struct WeightedCount: Sendable {
  private var rows = 0
  private var weights: WeightedSum?

  mutating func add(_ weight: Double) {
    guard weight != 1 else {
      rows += 1
      return
    }
    var sum = weights ?? WeightedSum()
    sum.add(weight)
    weights = sum
  }

  mutating func merge(_ other: WeightedCount) {
    rows += other.rows
    guard let more = other.weights else { return }
    var sum = weights ?? WeightedSum()
    sum.merge(more)
    weights = sum
  }

  var value: Double { Double(rows) + (weights?.value ?? 0) }
}

// What is reckoned from it.
extension ConfusionMatrix {
  /// The weight of all rows.
  public var total: Double { sum(0..<classCount, 0..<classCount) }

  /// The weight of the rows of a class.
  public func support(of label: Int) -> Double { sum(label..<(label + 1), 0..<classCount) }

  /// The part of the rows that were taken for what they are.
  public var accuracy: Double {
    ratio((0..<classCount).reduce(0) { $0 + self[truth: $1, prediction: $1] }, total)
  }

  /// The part of the rows taken for a class that are of it.
  public func precision(of label: Int) -> Double {
    ratio(self[truth: label, prediction: label], sum(0..<classCount, label..<(label + 1)))
  }

  /// The part of the rows of a class that were taken for it.
  public func recall(of label: Int) -> Double {
    ratio(self[truth: label, prediction: label], support(of: label))
  }

  /// The harmonic mean of precision and recall of a class.
  public func f1(of label: Int) -> Double {
    let hits = self[truth: label, prediction: label]
    return ratio(2 * hits, support(of: label) + sum(0..<classCount, label..<(label + 1)))
  }

  /// The mean of the recalls of the classes that have rows.
  public var balancedAccuracy: Double {
    let present = (0..<classCount).filter { support(of: $0) > 0 }
    return ratio(present.reduce(0) { $0 + recall(of: $1) }, Double(present.count))
  }

  /// A figure over all classes: that of class 1 where there are two, the plain mean otherwise.
  public func average(_ figure: (Int) -> Double) -> Double {
    if classCount == 2 { return figure(1) }
    return (0..<classCount).reduce(0) { $0 + figure($1) } / Double(classCount)
  }

  private func sum(_ truths: Range<Int>, _ predictions: Range<Int>) -> Double {
    var sum = 0.0
    for truth in truths {
      for label in predictions { sum += self[truth: truth, prediction: label] }
    }
    return sum
  }

  private func ratio(_ part: Double, _ whole: Double) -> Double { whole > 0 ? part / whole : 0 }
}
