internal import TabularCSV
internal import TabularFrame
internal import TabularTensor

// The features of a transformed frame as a tensor.
extension Recipe {
  /// The features of a transformed frame, row-major: a null is NaN, false and true are 0 and 1.
  func tensor<Scalar: FloatingTensorScalar>(
    from frame: DataFrame,
    as type: Scalar.Type,
    report: inout TransformReport
  ) throws(PreprocessingError) -> Tensor<Scalar> {
    var sources: [FeatureSource] = []
    for name in featureNames { sources.append(.column(try frame.column(name))) }
    guard let (tensor, counts) = sources.tensor(rows: frame.rowCount, as: type) else {
      preconditionFailure("a column of numbers refuses none")
    }
    for (name, met) in zip(featureNames, counts) where met.rounded > 0 {
      report.rounded[name, default: 0] += met.rounded
    }
    return tensor
  }
}

extension [FeatureSource] {
  /// The features, row-major, and what each of them met; nil where a value is refused.
  func tensor<Scalar: FloatingTensorScalar>(rows: Int, as type: Scalar.Type) -> (
    tensor: Tensor<Scalar>, counts: [FeatureCounts]
  )? {
    var counts: [FeatureCounts]?
    let tensor = Tensor<Scalar>(shape: [rows, count]) { scalars in
      guard let start = scalars.baseAddress else { return }
      // Concrete types, since a generic from another module is not specialised.
      let memory = UnsafeMutableRawPointer(start)
      counts =
        switch Scalar.dtype {
        case .float32: fill(memory, rows: rows, as: Float.self)
        case .float64: fill(memory, rows: rows, as: Double.self)
        case .float16: fill(memory, rows: rows, as: Float16.self)
        default: fill(memory, rows: rows, as: Scalar.self)
        }
    }
    return counts.map { (tensor, $0) }
  }
}

/// Four columns of 8 bytes a value and without nulls, written together: a quarter of the way
/// through the rows' memory that each alone takes.
enum FourColumns {
  case int64(InlineArray<4, UnsafePointer<Int64>>)
  case float64(InlineArray<4, UnsafePointer<Double>>)

  /// The first four; nil where they are not of one such type.
  init?(_ columns: ArraySlice<Column>) {
    guard columns.count >= 4 else { return nil }
    let first = columns.startIndex
    for column in columns.prefix(4) where column.validity != nil { return nil }
    switch columns[first].storage {
    case .int64:
      for column in columns.prefix(4) {
        guard case .int64 = column.storage else { return nil }
      }
      self = .int64(
        InlineArray { index in
          guard case .int64(let values) = columns[first + index].storage else {
            preconditionFailure("a column of integers")
          }
          return values.pointer
        }
      )
    case .float64:
      for column in columns.prefix(4) {
        guard case .float64 = column.storage else { return nil }
      }
      self = .float64(
        InlineArray { index in
          guard case .float64(let values) = columns[first + index].storage else {
            preconditionFailure("a column of doubles")
          }
          return values.pointer
        }
      )
    default: return nil
    }
  }

  /// Writes a run of rows at a distance of `stride` numbers.
  ///
  /// - Returns: for each column, the number of integers that lost digits.
  func write<Scalar: FloatingTensorScalar>(
    _ rows: Range<Int>,
    to target: UnsafeMutablePointer<Scalar>,
    stride: Int
  ) -> SIMD4<Int> {
    var rounded = SIMD4<Int>()
    var place = target
    switch self {
    case .float64(let columns):
      let (a, b, c, d) = (columns[0], columns[1], columns[2], columns[3])
      for row in rows {
        place[0] = Scalar(a[row])
        place[1] = Scalar(b[row])
        place[2] = Scalar(c[row])
        place[3] = Scalar(d[row])
        place += stride
      }
    case .int64(let columns):
      let (a, b, c, d) = (columns[0], columns[1], columns[2], columns[3])
      var all: UInt64 = 0
      for row in rows {
        place[0] = Scalar(a[row])
        place[1] = Scalar(b[row])
        place[2] = Scalar(c[row])
        place[3] = Scalar(d[row])
        all |= (a[row].magnitude | b[row].magnitude) | (c[row].magnitude | d[row].magnitude)
        place += stride
      }
      // Integers of so many bits are all there.
      guard all >> UInt64(Scalar.significandBitCount + 1) != 0 else { break }
      for i in 0..<4 {
        for row in rows where Scalar(exactly: columns[i][row]) == nil { rounded[i] += 1 }
      }
    }
    return rounded
  }
}

extension Column {
  /// Writes a run of rows at a distance of `stride` numbers.
  ///
  /// - Returns: the number of integers that lost digits.
  func write<Scalar: FloatingTensorScalar>(
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
