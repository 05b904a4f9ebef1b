#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif
internal import TabularCSV

// Functions of numbers, row by row, as numpy has them. Nulls stay null; outside a function's domain
// the result is NaN or infinite, as in IEEE 754.
extension Column {
  /// The magnitudes; int64 stays int64.
  ///
  /// - Throws: `FrameError` when the column holds no numbers, or the smallest int64.
  public func abs() throws(FrameError) -> Column {
    if case .int64(let vector) = storage {
      let pointer = vector.pointer
      if let row = (0..<count).first(where: { pointer[$0] == .min && !isNull($0) }) {
        throw FrameError(
          .value,
          "row \(row): the magnitude of \(Int64.min) is beyond int64; cast to float64 first"
        )
      }
      let magnitudes = FixedVector<Int64>(filling: count) {
        pointer[$0] < 0 ? 0 &- pointer[$0] : pointer[$0]
      }
      return Column(storage: .int64(magnitudes), validity: validity)
    }
    return try map("abs") { $0.magnitude }
  }

  /// The square roots, as float64.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers.
  public func sqrt() throws(FrameError) -> Column { try map("sqrt") { $0.squareRoot() } }

  /// e to the power of each row, as float64.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers.
  public func exp() throws(FrameError) -> Column { try map("exp") { libmExp($0) } }

  /// The natural logarithms, as float64.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers.
  public func log() throws(FrameError) -> Column { try map("log") { libmLog($0) } }

  /// The natural logarithm of 1 plus each row, exact for small numbers too, as float64.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers.
  public func log1p() throws(FrameError) -> Column { try map("log1p") { libmLog1p($0) } }

  /// e to the power of each row, less 1, as float64.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers.
  public func expm1() throws(FrameError) -> Column { try map("expm1") { libmExpm1($0) } }

  /// Each row to a power, as float64.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers.
  public func power(_ exponent: Double) throws(FrameError) -> Column {
    if exponent == 2 { return try map("power") { $0 * $0 } }
    return try map("power") { libmPow($0, exponent) }
  }

  /// Each row rounded to so many decimals, halves to even, as numpy's `round`; int64 stays as it is.
  ///
  /// - Parameter decimals: digits behind the point; negative ones before it.
  /// - Returns: the rounded numbers.
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers.
  public func rounded(decimals: Int = 0) throws(FrameError) -> Column {
    if type == .int64, decimals >= 0 { return self }
    guard decimals != 0 else { return try map("rounded") { $0.rounded(.toNearestOrEven) } }
    let scale = libmPow(10, Double(decimals.magnitude))
    // Numbers of that size have no such decimals.
    guard scale.isFinite else { return try map("rounded") { decimals < 0 ? $0 * 0 : $0 } }
    let rounded =
      decimals > 0
      ? try map("rounded") { x in
        let scaled = x * scale
        return scaled.isFinite ? scaled.rounded(.toNearestOrEven) / scale : x
      } : try map("rounded") { ($0 / scale).rounded(.toNearestOrEven) * scale }
    return type == .int64 ? try rounded.cast(to: .int64) : rounded
  }

  /// Each row rounded down to a whole number; int64 stays as it is.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers.
  public func floor() throws(FrameError) -> Column {
    type == .int64 ? self : try map("floor") { $0.rounded(.down) }
  }

  /// Each row rounded up to a whole number; int64 stays as it is.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers.
  public func ceil() throws(FrameError) -> Column {
    type == .int64 ? self : try map("ceil") { $0.rounded(.up) }
  }

  /// Each row, but no lower than `low` and no higher than `high`, as pandas' `clip`.
  ///
  /// An int64 column with whole limits stays int64. NaN stays NaN.
  ///
  /// - Throws: `FrameError` of kind `type` when the column holds no numbers, and of kind `value`
  ///   for limits that are not in order.
  public func clipped(low: Double = -.infinity, high: Double = .infinity) throws(FrameError)
    -> Column
  {
    guard low <= high else {
      throw FrameError(.value, "clipped to \(low) ... \(high); the lower limit comes first")
    }
    if case .int64(let vector) = storage, isWhole(low), isWhole(high) {
      let (l, h) = (Int64(clamping: low), Int64(clamping: high))
      let pointer = vector.pointer
      let clipped = FixedVector<Int64>(filling: count) { Swift.min(Swift.max(pointer[$0], l), h) }
      return Column(storage: .int64(clipped), validity: validity)
    }
    return try map("clipped") { $0 < low ? low : $0 > high ? high : $0 }
  }

  private func isWhole(_ limit: Double) -> Bool { limit.rounded() == limit }

  @inline(__always)
  private func map(_ verb: String, _ function: (Double) -> Double) throws(FrameError) -> Column {
    guard type == .float64 || type == .int64 || type == .bool else {
      throw FrameError(
        .type,
        "\(verb) of a column of type \(type), expected numbers; cast it with cast(to: .float64)"
      )
    }
    let floats = try cast(to: .float64)
    guard case .float64(let vector) = floats.storage else { return floats }
    let pointer = vector.pointer
    return withExtendedLifetime(vector) {
      Column(
        storage: .float64(FixedVector(filling: count) { function(pointer[$0]) }),
        validity: validity
      )
    }
  }
}

extension Int64 {
  /// The nearest integer to a whole double.
  fileprivate init(clamping value: Double) {
    self = value >= 0x1p63 ? .max : value < -0x1p63 ? .min : Int64(value)
  }
}

// The C library's functions, under names that the verbs above do not hide.
private func libmExp(_ x: Double) -> Double { exp(x) }
private func libmLog(_ x: Double) -> Double { log(x) }
private func libmLog1p(_ x: Double) -> Double { log1p(x) }
private func libmExpm1(_ x: Double) -> Double { expm1(x) }
private func libmPow(_ x: Double, _ y: Double) -> Double { pow(x, y) }
