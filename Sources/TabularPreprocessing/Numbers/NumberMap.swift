internal import TabularCSV
internal import TabularFrame
internal import TabularTensor

/// What a kernel met.
struct KernelCounts: Sendable {
  var nulls = 0
  var outside = 0
  /// The position in the block of a value that the step cannot take, and why.
  var refused: (position: Int, reason: String)?
}

/// Transforms a block of numbers in place, a missing one being NaN.
typealias NumberKernel = @Sendable (UnsafeMutableBufferPointer<Double>, inout KernelCounts) -> Void

/// A step that makes one number of one number, so that several become one pass over the rows.
protocol NumberMap: Transformer {
  /// The kernel of each column; nil where the step does more than that.
  var kernels: [(column: String, kernel: NumberKernel)]? { get }
}

extension NumberMap {
  /// Transforms each column to float64; a missing value that the step does not replace stays null.
  public func applied(to frame: DataFrame, report: inout TransformReport)
    throws(PreprocessingError) -> DataFrame
  {
    try frame.applying(
      (kernels ?? []).map { (column: $0.column, kernels: [$0.kernel]) },
      report: &report
    )
  }
}

extension DataFrame {
  /// Replaces columns by what chains of kernels make of them: read once, written once.
  func applying(
    _ chains: [(column: String, kernels: [NumberKernel])],
    report: inout TransformReport
  ) throws(PreprocessingError) -> DataFrame {
    var outputs: [NumberOutput] = []
    for chain in chains {
      outputs.append(NumberOutput(try NumberColumn(chain.column, in: self), chain.kernels))
    }
    let slices = RowSlices(rowCount: rowCount)
    let taken = outputs
    let counts = try mapTasks(outputs.count * slices.count, cells: outputs.count * rowCount) {
      task throws(PreprocessingError) in
      try taken[task / slices.count].write(slices[task % slices.count])
    }
    var result = self
    for (index, output) in outputs.enumerated() {
      let parts = counts[index * slices.count..<(index + 1) * slices.count]
      let name = output.numbers.name
      report.nulls[name, default: 0] += parts.reduce(0) { $0 + $1.nulls }
      report.outOfRange[name, default: 0] += parts.reduce(0) { $0 + $1.outside }
      result[name] = output.column(nullCount: parts.reduce(0) { $0 + $1.left })
    }
    return result
  }
}

/// A column that is being written.
///
/// Invariant: tasks write disjoint slices, whose lengths are multiples of 64 rows.
private struct NumberOutput: Sendable {
  let numbers: NumberColumn
  let kernels: [NumberKernel]
  private let values: Buffer
  private let validity: Buffer

  struct Counts: Sendable {
    var nulls = 0
    var outside = 0
    /// Values that are missing still.
    var left = 0
  }

  init(_ numbers: NumberColumn, _ kernels: [NumberKernel]) {
    self.numbers = numbers
    self.kernels = kernels
    values = Buffer(uninitialized: numbers.count * MemoryLayout<Double>.stride)
    validity = Buffer(uninitialized: (numbers.count + 7) / 8)
  }

  func write(_ rows: Range<Int>) throws(PreprocessingError) -> Counts {
    let target = values.pointer.assumingMemoryBound(to: Double.self)
    let bits = validity.pointer.assumingMemoryBound(to: UInt8.self)
    var counts = KernelCounts()
    var left = 0
    var start = rows.lowerBound
    while start < rows.upperBound {
      let end = min(start + NumberColumn.blockSize, rows.upperBound)
      try numbers.read(start..<end, into: target + start)
      let block = UnsafeMutableBufferPointer(start: target + start, count: end - start)
      for kernel in kernels {
        kernel(block, &counts)
        if let refused = counts.refused {
          throw numbers.refusal(start + refused.position, because: refused.reason)
        }
      }
      left += Self.mark(block, bits + start / 8)
      start = end
    }
    return Counts(nulls: counts.nulls, outside: counts.outside, left: left)
  }

  /// Writes which values of a block are there; the number of those that are not.
  private static func mark(
    _ block: UnsafeMutableBufferPointer<Double>,
    _ bits: UnsafeMutablePointer<UInt8>
  ) -> Int {
    guard let values = block.baseAddress else { return 0 }
    var missing = 0
    for i in 0..<block.count { missing &+= values[i] != values[i] ? 1 : 0 }
    guard missing > 0 else {
      bits.update(repeating: .max, count: (block.count + 7) / 8)
      return 0
    }
    var i = 0
    while i < block.count {
      var byte: UInt8 = 0
      for bit in 0..<min(8, block.count - i) {
        byte |= (values[i + bit] == values[i + bit] ? 1 : 0) << UInt8(bit)
      }
      bits[i >> 3] = byte
      i += 8
    }
    return missing
  }

  func column(nullCount: Int) -> Column {
    Column(
      storage: .float64(FixedVector(buffer: values, count: numbers.count)),
      validity: nullCount == 0
        ? nil
        : Validity(bits: BitVector(buffer: validity, count: numbers.count), nullCount: nullCount)
    )
  }
}

extension Array where Element == any Transformer {
  /// Applies the steps in order; steps of one number each that follow one another are one pass.
  func applied(to frame: DataFrame, report: inout TransformReport) throws(PreprocessingError)
    -> DataFrame
  {
    var current = frame
    var chains: [(column: String, kernels: [NumberKernel])] = []
    func flush(_ current: inout DataFrame, _ report: inout TransformReport)
      throws(PreprocessingError)
    {
      if !chains.isEmpty { current = try current.applying(chains, report: &report) }
      chains = []
    }
    for step in self {
      if let map = step as? any NumberMap, let kernels = map.kernels {
        for (column, kernel) in kernels {
          if let position = chains.firstIndex(where: { $0.column == column }) {
            chains[position].kernels.append(kernel)
          } else {
            chains.append((column: column, kernels: [kernel]))
          }
        }
        continue
      }
      try flush(&current, &report)
      current = try step.applied(to: current, report: &report)
    }
    try flush(&current, &report)
    return current
  }
}
