internal import TabularTensor

// Numbers, dates and times: shared where a frame holds the same, converted without loss otherwise.
extension ArrowColumnReader {
  mutating func integers(
    _ rows: Int,
    bits: Int,
    isSigned: Bool,
    _ validity: Validity?
  ) throws(ArrowFault) -> FixedVector<Int64> {
    switch (bits, isSigned) {
    case (64, true): return try fixed(rows)
    case (8, true): return try widened(rows, Int8.self)
    case (16, true): return try widened(rows, Int16.self)
    case (32, true): return try widened(rows, Int32.self)
    case (8, false): return try widened(rows, UInt8.self)
    case (16, false): return try widened(rows, UInt16.self)
    case (32, false): return try widened(rows, UInt32.self)
    default:
      let values: FixedVector<UInt64> = try fixed(rows)
      try forEachBlock(of: rows) { block in
        let source = values.pointer
        var all: UInt64 = 0
        for row in block { all |= source[row] }
        guard all > UInt64(Int64.max) else { return nil }
        for row in block where source[row] > UInt64(Int64.max) && validity.hasValue(row) {
          return .refused(
            "row \(row): \(source[row]) does not fit into int64; cast the column to float64 or text"
          )
        }
        return nil
      }
      return FixedVector(buffer: values.buffer, count: rows)
    }
  }

  private mutating func widened<Value: FixedWidthInteger & BitwiseCopyable & Sendable>(
    _ rows: Int,
    _ type: Value.Type
  ) throws(ArrowFault) -> FixedVector<Int64> {
    let values: FixedVector<Value> = try fixed(rows)
    let wide = FixedVector<Int64>(room: rows)
    try forEachBlock(of: rows) { block in
      let (source, target) = (values.pointer, wide.mutablePointer)
      for row in block { target[row] = Int64(truncatingIfNeeded: source[row]) }
      return nil
    }
    return wide
  }

  mutating func floats(_ rows: Int, bits: Int) throws(ArrowFault) -> FixedVector<Double> {
    switch bits {
    case 64: try fixed(rows)
    case 32: try widened(rows, Float.self)
    default: try widened(rows, Float16.self)
    }
  }

  private mutating func widened<Value: BinaryFloatingPoint & BitwiseCopyable & Sendable>(
    _ rows: Int,
    _ type: Value.Type
  ) throws(ArrowFault) -> FixedVector<Double> {
    let values: FixedVector<Value> = try fixed(rows)
    let wide = FixedVector<Double>(room: rows)
    try forEachBlock(of: rows) { block in
      let (source, target) = (values.pointer, wide.mutablePointer)
      for row in block { target[row] = Double(source[row]) }
      return nil
    }
    return wide
  }

  /// Milliseconds as days.
  mutating func days(_ rows: Int, _ validity: Validity?) throws(ArrowFault) -> FixedVector<Int32> {
    let values: FixedVector<Int64> = try fixed(rows)
    let days = FixedVector<Int32>(room: rows)
    try forEachBlock(of: rows) { block in
      let (source, target) = (values.pointer, days.mutablePointer)
      for row in block {
        let (day, rest) = source[row].quotientAndRemainder(dividingBy: 86_400_000)
        target[row] = Int32(truncatingIfNeeded: day)
        if rest != 0 || Int64(target[row]) != day, validity.hasValue(row) {
          return .refused(
            "row \(row): \(source[row]) ms is no whole day; cast the column to timestamp[ms]"
          )
        }
      }
      return nil
    }
    return days
  }

  mutating func microseconds(
    _ rows: Int,
    _ unit: ArrowTimeUnit,
    _ validity: Validity?
  ) throws(ArrowFault) -> FixedVector<Int64> {
    let values: FixedVector<Int64> = try fixed(rows)
    guard unit != .microsecond else { return values }
    let micros = FixedVector<Int64>(room: rows)
    try forEachBlock(of: rows) { block in
      let (source, target) = (values.pointer, micros.mutablePointer)
      if unit == .nanosecond {
        for row in block {
          let (quotient, rest) = source[row].quotientAndRemainder(dividingBy: 1_000)
          target[row] = quotient
          if rest != 0, validity.hasValue(row) {
            return .refused(
              "row \(row): \(source[row]) ns is no whole microsecond; cast the column to "
                + "timestamp[us]"
            )
          }
        }
        return nil
      }
      let factor: Int64 = unit == .second ? 1_000_000 : 1_000
      for row in block {
        let (product, overflow) = source[row].multipliedReportingOverflow(by: factor)
        target[row] = product
        if overflow, validity.hasValue(row) {
          return .refused(
            "row \(row): \(source[row]) \(unit == .second ? "s" : "ms") is beyond the years that "
              + "64 bits of microseconds hold"
          )
        }
      }
      return nil
    }
    return micros
  }
}

extension Optional<Validity> {
  /// Whether a row has a value.
  @inline(__always)
  func hasValue(_ row: Int) -> Bool {
    guard let validity = self else { return true }
    return validity.bits.reader[row]
  }
}
