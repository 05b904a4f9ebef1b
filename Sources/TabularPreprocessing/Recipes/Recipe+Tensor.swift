internal import TabularCSV
internal import TabularFrame
internal import TabularTensor

// The features of a transformed frame as a tensor.
extension Recipe {
  /// The features of a transformed frame, row-major: a null is NaN, false and true are 0 and 1.
  ///
  /// A block of rows is written a column at a time while it is in the cache, blocks on all
  /// processors.
  func tensor<Scalar: FloatingTensorScalar>(
    from frame: DataFrame,
    as type: Scalar.Type,
    report: inout TransformReport
  ) throws(PreprocessingError) -> Tensor<Scalar> {
    var columns: [Column] = []
    for name in featureNames { columns.append(try frame.column(name)) }
    var rounded: [Int] = []
    let tensor = Tensor<Scalar>(shape: [frame.rowCount, columns.count]) { scalars in
      guard let start = scalars.baseAddress else { return }
      // Concrete types, since a generic from another module is not specialised.
      let memory = UnsafeMutableRawPointer(start)
      preferHugePages(memory, byteCount: scalars.count * MemoryLayout<Scalar>.stride)
      switch Scalar.dtype {
      case .float32: rounded = columns.fill(memory, rows: frame.rowCount, as: Float.self)
      case .float64: rounded = columns.fill(memory, rows: frame.rowCount, as: Double.self)
      case .float16: rounded = columns.fill(memory, rows: frame.rowCount, as: Float16.self)
      default: rounded = columns.fill(memory, rows: frame.rowCount, as: Scalar.self)
      }
    }
    for (name, count) in zip(featureNames, rounded) where count > 0 {
      report.rounded[name, default: 0] += count
    }
    return tensor
  }
}

extension Array where Element == Column {
  /// The bytes of a block of rows, which stay in the second cache.
  private static var blockBytes: Int { 1 << 17 }

  /// Writes all columns to row-major memory.
  ///
  /// - Returns: for each column, the number of integers that lost digits.
  fileprivate func fill<Scalar: FloatingTensorScalar>(
    _ memory: UnsafeMutableRawPointer,
    rows: Int,
    as type: Scalar.Type
  ) -> [Int] {
    guard !isEmpty else { return [] }
    nonisolated(unsafe) let target = memory.assumingMemoryBound(to: Scalar.self)
    let columns = self
    let rowBytes = count * MemoryLayout<Scalar>.stride
    let length = Swift.max(16, Self.blockBytes / rowBytes & ~15)
    // Enough blocks a task that tasks are few.
    let taskLength = length * Swift.max(1, (1 << 14) / length)
    let tasks = (rows + taskLength - 1) / taskLength
    let counts = SharedCounts(count)
    forEachTask(tasks, cells: rows * count) { task in
      let end = Swift.min(rows, (task + 1) * taskLength)
      var start = task * taskLength
      var rounded = [Int](repeating: 0, count: columns.count)
      while start < end {
        let block = start..<Swift.min(end, start + length)
        for (position, column) in columns.enumerated() {
          let place = target + block.lowerBound * columns.count + position
          rounded[position] += column.write(block, to: place, stride: columns.count)
        }
        start = block.upperBound
      }
      counts.add(rounded)
    }
    return counts.values
  }
}

extension Column {
  /// Writes a run of rows at a distance of `stride` numbers.
  ///
  /// - Returns: the number of integers that lost digits.
  fileprivate func write<Scalar: FloatingTensorScalar>(
    _ rows: Range<Int>,
    to target: UnsafeMutablePointer<Scalar>,
    stride: Int
  ) -> Int {
    var rounded = 0
    var place = target
    switch storage {
    case .float64(let values):
      for value in UnsafeBufferPointer(start: values.pointer + rows.lowerBound, count: rows.count) {
        place.pointee = Scalar(value)
        place += stride
      }
    case .int64(let values):
      // Integers of so many bits are all there.
      let limit = Int64(1) << Int64(Scalar.significandBitCount + 1)
      for value in UnsafeBufferPointer(start: values.pointer + rows.lowerBound, count: rows.count) {
        place.pointee = Scalar(value)
        if value > limit || value < -limit, Scalar(exactly: value) == nil { rounded += 1 }
        place += stride
      }
    case .bool(let bits):
      let bytes = bits.buffer.pointer.assumingMemoryBound(to: UInt8.self)
      for bit in bits.offset + rows.lowerBound..<bits.offset + rows.upperBound {
        let isTrue = bytes[bit >> 3] >> UInt8(truncatingIfNeeded: bit & 7) & 1 == 1
        place.pointee = isTrue ? 1 : 0
        place += stride
      }
    default:
      for _ in rows {
        place.pointee = .nan
        place += stride
      }
    }
    guard let validity else { return rounded }
    place = target
    for row in rows {
      if !validity.bits[row] {
        if case .int64(let values) = storage, Scalar(exactly: values[row]) == nil { rounded -= 1 }
        place.pointee = .nan
      }
      place += stride
    }
    return rounded
  }
}
