internal import TabularFrame
internal import TabularTensor

/// What a feature is made of while the tensor is written.
enum FeatureSource: Sendable {
  /// A column of numbers or bools as it is.
  case column(Column)
  /// Words, of which each has a number.
  case coded(CodedColumn)
  /// Numbers that go through kernels.
  case chain(NumberChain)
}

/// What was met while a feature was written.
struct FeatureCounts: Equatable {
  /// Integers that lost digits.
  var rounded = 0
  /// Categories that the fit did not see.
  var unseen = 0
  /// What kernels counted.
  var nulls = 0
  var outside = 0
}

extension [FeatureSource] {
  /// The bytes of a block of rows, which stay in the second cache.
  private static var blockBytes: Int { 1 << 17 }
  /// Rows of a task, about: so many that tasks are few, so few that threads end together.
  private static var taskRows: Int { 1 << 12 }

  /// Writes all features to row-major memory: a block of rows is written a few columns at a time
  /// while it is in the cache, blocks on all processors.
  ///
  /// - Returns: what each feature met; nil where a kernel or a column of numbers refused a value,
  ///   and what was written is of no use.
  func fill<Scalar: FloatingTensorScalar>(
    _ memory: UnsafeMutableRawPointer,
    rows: Int,
    as type: Scalar.Type
  ) -> [FeatureCounts]? {
    guard !isEmpty else { return [] }
    nonisolated(unsafe) let target = memory.assumingMemoryBound(to: Scalar.self)
    nonisolated(unsafe) let writers = FeatureWriter<Scalar>.writers(of: self)
    let width = count
    let length = Swift.max(16, Self.blockBytes / (width * MemoryLayout<Scalar>.stride) & ~15)
    let taskLength = length * Swift.max(1, Self.taskRows / length)
    let tasks = (rows + taskLength - 1) / taskLength
    let counts = SharedCounts(4 * width)
    let refusals = SharedCounts(1)
    forEachTask(tasks, cells: rows * width) { task in
      var counted = [FeatureCounts](repeating: FeatureCounts(), count: width)
      let end = Swift.min(rows, (task + 1) * taskLength)
      let isWritten = withUnsafeTemporaryAllocation(
        of: Double.self,
        capacity: 4 * NumberChain.blockSize
      ) { room in
        guard let scratch = room.baseAddress else { return false }
        var start = task * taskLength
        while start < end {
          let block = start..<Swift.min(end, start + length)
          let place = target + block.lowerBound * width
          for (position, writer) in writers {
            let isWritten = writer.write(
              block,
              to: place + position,
              stride: width,
              scratch: scratch,
              counts: &counted,
              position
            )
            guard isWritten else { return false }
          }
          start = block.upperBound
        }
        return true
      }
      guard isWritten else { return refusals.add([1]) }
      counts.add(counted.flatMap { [$0.rounded, $0.unseen, $0.nulls, $0.outside] })
    }
    // The writers point into the columns.
    withExtendedLifetime(self) {}
    guard refusals.values == [0] else { return nil }
    let sums = counts.values
    return indices.map { index in
      FeatureCounts(
        rounded: sums[4 * index],
        unseen: sums[4 * index + 1],
        nulls: sums[4 * index + 2],
        outside: sums[4 * index + 3]
      )
    }
  }
}

/// Writes one feature, or several side by side.
private enum FeatureWriter<Scalar: FloatingTensorScalar> {
  case column(Column)
  case fourColumns(FourColumns)
  case coded(CodedCells<Scalar>)
  case fourCoded(InlineArray<4, CodedCells<Scalar>>)
  /// At most four.
  case chains([NumberChain])

  /// The writers of features, and of each the first feature that it writes.
  static func writers(of sources: [FeatureSource]) -> [(position: Int, writer: Self)] {
    var writers: [(position: Int, writer: Self)] = []
    var position = 0
    while position < sources.count {
      let (writer, count) = first(of: sources[position...])
      writers.append((position, writer))
      position += count
    }
    return writers
  }

  /// Four together where there are four of a kind.
  private static func first(of sources: ArraySlice<FeatureSource>) -> (Self, count: Int) {
    guard let first = sources.first else { preconditionFailure("no feature to write") }
    switch first {
    case .column(let column):
      let columns = sources.prefix(4).compactMap { source -> Column? in
        if case .column(let column) = source { column } else { nil }
      }
      if let four = FourColumns(columns[...]) { return (.fourColumns(four), 4) }
      return (.column(column), 1)
    case .coded(let column):
      let columns = sources.prefix(4).compactMap { source -> CodedCells<Scalar>? in
        if case .coded(let column) = source { CodedCells(column) } else { nil }
      }
      if columns.count == 4 { return (.fourCoded(InlineArray { columns[$0] }), 4) }
      return (.coded(CodedCells(column)), 1)
    case .chain:
      var chains: [NumberChain] = []
      for source in sources.prefix(4) {
        guard case .chain(let chain) = source else { break }
        chains.append(chain)
      }
      return (.chains(chains), chains.count)
    }
  }

  /// Writes a block of rows.
  ///
  /// - Returns: false where a value was refused.
  func write(
    _ rows: Range<Int>,
    to target: UnsafeMutablePointer<Scalar>,
    stride: Int,
    scratch: UnsafeMutablePointer<Double>,
    counts: inout [FeatureCounts],
    _ position: Int
  ) -> Bool {
    switch self {
    case .column(let column):
      counts[position].rounded += column.write(rows, to: target, stride: stride)
    case .fourColumns(let columns):
      let rounded = columns.write(rows, to: target, stride: stride)
      for i in 0..<4 { counts[position + i].rounded += rounded[i] }
    case .coded(let cells):
      counts[position].unseen += cells.write(rows, to: target, stride: stride)
    case .fourCoded(let cells):
      let unseen = CodedCells.write(cells, rows, to: target, stride: stride)
      for i in 0..<4 { counts[position + i].unseen += unseen[i] }
    case .chains(let chains):
      var met = InlineArray<4, KernelCounts>(repeating: KernelCounts())
      guard chains.write(rows, to: target, stride: stride, scratch: scratch, counts: &met)
      else { return false }
      for i in chains.indices {
        counts[position + i].nulls += met[i].nulls
        counts[position + i].outside += met[i].outside
      }
    }
    return true
  }
}
