internal import TabularCSV
internal import TabularTensor

extension Column {
  /// The column that holds the elements without loss.
  ///
  /// What is laid out as a column has it is shared: int64, float64, days, microseconds, bits, views,
  /// the bytes of long texts, Int32 codes. The rest is converted.
  ///
  /// - Throws: `FrameError` of kind `arrow` for a value that would change, or that lies nowhere.
  init(_ data: ArrowData) throws(FrameError) {
    let validity = data.validity
    let storage: Storage
    switch data.type {
    case .null: storage = .string(StringVector(views: .empties(data.count), heap: []))
    case .bool:
      let bits = (data.count > 0 ? data.buffers[1] : nil) ?? Buffer(zeroed: 0)
      let offset = data.count > 0 ? data.offset : 0
      storage = .bool(BitVector(buffer: bits, offset: offset, count: data.count))
    case .integer(let bits, let isSigned): storage = .int64(try data.integers(bits, isSigned))
    case .float(64): storage = .float64(data.fixed())
    case .float(let bits): storage = .float64(try data.floats(bits))
    case .date32: storage = .date(data.fixed())
    case .date64: storage = .date(try data.days())
    case .timestamp(.microseconds): storage = .datetime(data.fixed())
    case .timestamp(let unit): storage = .datetime(try data.microseconds(unit))
    case .text(.views):
      storage = .string(try data.views(validity))
    case .text(.offsets32): storage = .string(try data.texts(Int32.self))
    case .text(.offsets64): storage = .string(try data.texts(Int64.self))
    case .dictionary:
      self = try data.decoded(validity)
      return
    }
    self.init(storage: storage, validity: validity)
  }
}

extension FixedVector where Value == StringView {
  /// Views of empty texts.
  static func empties(_ count: Int) -> FixedVector {
    FixedVector(buffer: Buffer(zeroed: count * MemoryLayout<StringView>.stride), count: count)
  }
}

// Numbers.
extension ArrowData {
  fileprivate func integers(_ bits: Int, _ isSigned: Bool) throws(FrameError)
    -> FixedVector<Int64>
  {
    switch (bits, isSigned) {
    case (8, true): try widened(Int8.self)
    case (8, false): try widened(UInt8.self)
    case (16, true): try widened(Int16.self)
    case (16, false): try widened(UInt16.self)
    case (32, true): try widened(Int32.self)
    case (32, false): try widened(UInt32.self)
    case (_, true): fixed()
    case (_, false): try widened(UInt64.self)
    }
  }

  private func widened<Source: FixedWidthInteger & BitwiseCopyable & Sendable>(_: Source.Type)
    throws(FrameError) -> FixedVector<Int64>
  {
    try mapped(fixed(Source.self), null: 0, lost: "is above the largest int64") {
      Int64(exactly: $0)
    }
  }

  fileprivate func floats(_ bits: Int) throws(FrameError) -> FixedVector<Double> {
    if bits == 32 { return try mapped(fixed(Float.self), null: 0, lost: "") { Double($0) } }
    return try mapped(fixed(Float16.self), null: 0, lost: "") { Double($0) }
  }

  fileprivate func days() throws(FrameError) -> FixedVector<Int32> {
    try mapped(fixed(Int64.self), null: 0, lost: "milliseconds are no whole day of a date") {
      let (days, rest) = $0.quotientAndRemainder(dividingBy: 86_400_000)
      return rest == 0 ? Int32(exactly: days) : nil
    }
  }

  fileprivate func microseconds(_ unit: ArrowCType.TimeUnit) throws(FrameError)
    -> FixedVector<Int64>
  {
    guard unit != .nanoseconds else {
      return try mapped(
        fixed(Int64.self),
        null: 0,
        lost: "nanoseconds are no whole microsecond; cast to microseconds"
      ) {
        let (microseconds, rest) = $0.quotientAndRemainder(dividingBy: 1_000)
        return rest == 0 ? microseconds : nil
      }
    }
    let factor = 1_000_000 / unit.rawValue
    return try mapped(
      fixed(Int64.self),
      null: 0,
      lost: "\(unit) are too many microseconds for a datetime"
    ) {
      let (microseconds, overflow) = $0.multipliedReportingOverflow(by: factor)
      return overflow ? nil : microseconds
    }
  }
}
