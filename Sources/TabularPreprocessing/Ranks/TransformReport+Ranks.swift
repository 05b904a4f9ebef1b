package import TabularCollectives

extension TransformReport: SharedState {
  private var counts: [[String: Int]] { [nulls, unseen, outOfRange, rounded] }

  func put(into bytes: inout StateBytes) {
    for counts in counts {
      bytes.put(counts.count)
      for (column, count) in counts {
        bytes.put(column)
        bytes.put(count)
      }
    }
  }

  mutating func take(from bytes: inout StateBytes) {
    func counts() -> [String: Int] {
      let pairs = (0..<bytes.take(Int.self)).map { _ in (bytes.takeText(), bytes.take(Int.self)) }
      return Dictionary(uniqueKeysWithValues: pairs)
    }
    nulls = counts()
    unseen = counts()
    outOfRange = counts()
    rounded = counts()
  }

  package mutating func merge(_ other: TransformReport) {
    nulls.merge(other.nulls, uniquingKeysWith: +)
    unseen.merge(other.unseen, uniquingKeysWith: +)
    outOfRange.merge(other.outOfRange, uniquingKeysWith: +)
    rounded.merge(other.rounded, uniquingKeysWith: +)
  }

  /// Becomes what the steps met in all processes.
  package mutating func sum(over ranks: (any Communicator)?) throws(PreprocessingError) {
    try join(ranks)
  }
}
