#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif
internal import TabularCSV

/// What two numbers are made into one by.
enum ArithmeticOperator: String {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case remainder = "%"
}

/// One side of an operation: a value a row, or one for all.
private enum Operand<Stored: BitwiseCopyable & Sendable> {
  case column(FixedVector<Stored>)
  case scalar(Stored)

  var scalar: Stored? { if case .scalar(let value) = self { value } else { nil } }
}

/// Applies an operation row by row: three plain loops, chosen once.
@inline(__always)
private func computed<Stored, Result>(
  _ count: Int,
  _ left: Operand<Stored>,
  _ right: Operand<Stored>,
  _ operation: (Stored, Stored) -> Result
) -> FixedVector<Result> {
  switch (left, right) {
  case (.column(let l), .column(let r)):
    let (l, r) = (l.pointer, r.pointer)
    return FixedVector(filling: count) { operation(l[$0], r[$0]) }
  case (.column(let l), .scalar(let r)):
    let l = l.pointer
    return FixedVector(filling: count) { operation(l[$0], r) }
  case (.scalar(let l), .column(let r)):
    let r = r.pointer
    return FixedVector(filling: count) { operation(l, r[$0]) }
  case (.scalar(let l), .scalar(let r)):
    return FixedVector(filling: count) { _ in operation(l, r) }
  }
}

extension Column {
  /// A column, or a value for all of its rows, as a side of an operation.
  enum Side {
    case column(Column)
    case value(Value)

    fileprivate var type: ColumnType? {
      switch self {
      case .column(let column): column.type
      case .value(.null): nil
      case .value(.bool): .bool
      case .value(.int64): .int64
      case .value(.float64): .float64
      case .value(.string): .string
      case .value(.date): .date
      case .value(.datetime): .datetime
      }
    }

    fileprivate var name: String {
      switch self {
      case .column(let column): "a column of type \(column.type)"
      case .value(let value): "\(value.quoted), a \(value.typeName)"
      }
    }

    fileprivate var validity: Validity? {
      if case .column(let column) = self { column.validity } else { nil }
    }

    fileprivate func ints() throws(FrameError) -> Operand<Int64> {
      switch self {
      case .column(let column):
        guard case .int64(let vector) = try column.cast(to: .int64).storage else { break }
        return .column(vector)
      case .value(.int64(let value)): return .scalar(value)
      case .value(.bool(let value)): return .scalar(value ? 1 : 0)
      default: break
      }
      throw FrameError(.type, "\(name) is no integer")
    }

    fileprivate func floats() throws(FrameError) -> Operand<Double> {
      switch self {
      case .column(let column):
        guard case .float64(let vector) = try column.cast(to: .float64).storage else { break }
        return .column(vector)
      case .value(.float64(let value)): return .scalar(value)
      case .value(.int64(let value)): return .scalar(Double(value))
      case .value(.bool(let value)): return .scalar(value ? 1 : 0)
      default: break
      }
      throw FrameError(.type, "\(name) is no number")
    }
  }

  /// Computes row by row; a null on either side gives null.
  static func computed(_ op: ArithmeticOperator, _ left: Side, _ right: Side)
    throws(FrameError) -> Column
  {
    let count: Int
    switch (left, right) {
    case (.column(let l), .column(let r)):
      guard l.count == r.count else {
        throw FrameError(.length, "\(op.rawValue) of columns of \(l.count) and of \(r.count) rows")
      }
      count = l.count
    case (.column(let column), _), (_, .column(let column)): count = column.count
    default: count = 1
    }
    guard let l = left.type, let r = right.type else {
      let isFloat = op == .divide || left.type == .float64 || right.type == .float64
      return .nulls(isFloat ? .float64 : .int64, count: count)
    }
    let validity = Validity.both(left.validity, right.validity)
    let numbers: Set<ColumnType> = [.bool, .int64, .float64]
    switch (l, r) {
    case (.string, _), (.category, _):
      guard op == .add, r == .string || r == .category else { break }
      return joined(left, right, count, validity)
    case _ where numbers.contains(l) && numbers.contains(r):
      if op == .divide || l == .float64 || r == .float64 {
        let floats = floats(op, count, try left.floats(), try right.floats())
        return Column(storage: .float64(floats), validity: validity)
      }
      return try ints(op, count, try left.ints(), try right.ints(), validity)
    case (.date, .date) where op == .subtract:
      return try computed(op, try left.asDays(), try right.asDays())
    case (.date, .int64) where op == .add || op == .subtract:
      return try computed(op, try left.asDays(), right).cast(to: .date)
    default: break
    }
    throw FrameError(
      .type,
      "no \(op.rawValue) of \(left.name) and \(right.name); cast one of the two with cast(to:)"
    )
  }

  private static func floats(
    _ op: ArithmeticOperator,
    _ count: Int,
    _ l: Operand<Double>,
    _ r: Operand<Double>
  ) -> FixedVector<Double> {
    switch op {
    case .add: TabularFrame.computed(count, l, r) { $0 + $1 }
    case .subtract: TabularFrame.computed(count, l, r) { $0 - $1 }
    case .multiply: TabularFrame.computed(count, l, r) { $0 * $1 }
    case .divide: TabularFrame.computed(count, l, r) { $0 / $1 }
    case .remainder: TabularFrame.computed(count, l, r) { flooredRemainder($0, $1) }
    }
  }

  private static func ints(
    _ op: ArithmeticOperator,
    _ count: Int,
    _ l: Operand<Int64>,
    _ r: Operand<Int64>,
    _ validity: Validity?
  ) throws(FrameError) -> Column {
    // Wrapping results, and a sign bit where one is wrong: a loop without a branch.
    var overflows: Int64 = 0
    let result: FixedVector<Int64>
    switch op {
    case .add:
      result = TabularFrame.computed(count, l, r) {
        let sum = $0 &+ $1
        overflows |= (sum ^ $0) & (sum ^ $1)
        return sum
      }
    case .subtract:
      result = TabularFrame.computed(count, l, r) {
        let difference = $0 &- $1
        overflows |= ($0 ^ $1) & (difference ^ $0)
        return difference
      }
    case .multiply, .divide:
      result = TabularFrame.computed(count, l, r) {
        let (product, overflow) = $0.multipliedReportingOverflow(by: $1)
        overflows |= overflow ? -1 : 0
        return product
      }
    case .remainder:
      var hasZero = false
      result = TabularFrame.computed(count, l, r) {
        hasZero = hasZero || $1 == 0
        return flooredRemainder($0, $1)
      }
      guard hasZero else { return Column(storage: .int64(result), validity: validity) }
      let divides = BitVector(packing: count) { (r.scalar ?? r[$0]) != 0 }
      return Column(storage: .int64(result), validity: .both(validity, Validity(divides)))
    }
    if overflows < 0 { try reportOverflow(op, count, l, r, validity) }
    return Column(storage: .int64(result), validity: validity)
  }

  /// Names the first row with a value that overflows; what null rows hold does not count.
  private static func reportOverflow(
    _ op: ArithmeticOperator,
    _ count: Int,
    _ left: Operand<Int64>,
    _ right: Operand<Int64>,
    _ validity: Validity?
  ) throws(FrameError) {
    for row in 0..<count where validity?.bits[row] ?? true {
      let (l, r) = (left[row], right[row])
      let overflow =
        switch op {
        case .add: l.addingReportingOverflow(r).overflow
        case .subtract: l.subtractingReportingOverflow(r).overflow
        default: l.multipliedReportingOverflow(by: r).overflow
        }
      guard overflow else { continue }
      throw FrameError(
        .value,
        "row \(row): \(l) \(op.rawValue) \(r) is beyond int64; cast to float64 first"
      )
    }
  }

  /// Texts one behind the other.
  private static func joined(_ left: Side, _ right: Side, _ count: Int, _ validity: Validity?)
    -> Column
  {
    func source(_ side: Side) -> (Column, TextSource) {
      switch side {
      case .column(let column): return (column, column.textSource)
      case .value(let value):
        // A category of one word: no text a row.
        let codes = FixedVector<Int32>(filling: count) { _ in 0 }
        let words = StringVector([value.string])
        let column = Column(storage: .category(codes, dictionary: words), validity: nil)
        return (column, column.textSource)
      }
    }
    let (l, r) = (source(left), source(right))
    var builder = TextBuilder(capacity: count)
    var bytes: [UInt8] = []
    withExtendedLifetime((l.0, r.0)) {
      for row in 0..<count {
        bytes.removeAll(keepingCapacity: true)
        if validity?.bits[row] ?? true {
          bytes.append(contentsOf: l.1.bytes(row))
          bytes.append(contentsOf: r.1.bytes(row))
        }
        bytes.withUnsafeBufferPointer { builder.append($0) }
      }
    }
    return Column(storage: .string(builder.finish()), validity: validity)
  }
}

extension Column.Side {
  /// Days since 1970-01-01 for dates.
  fileprivate func asDays() throws(FrameError) -> Column.Side {
    switch self {
    case .column(let column): .column(try column.cast(to: .int64))
    case .value(.date(let date)): .value(.int64(Int64(date.daysSinceEpoch)))
    case .value: self
    }
  }
}

extension Operand {
  fileprivate subscript(row: Int) -> Stored {
    switch self {
    case .column(let vector): vector[row]
    case .scalar(let value): value
    }
  }
}

/// What is left of a division towards minus infinity: it has the divisor's sign, as in Python.
///
/// Source: CPython's `float_rem`, which numpy's `npy_divmod` follows.
@inline(__always)
private func flooredRemainder(_ left: Double, _ right: Double) -> Double {
  let rest = fmod(left, right)
  if rest == 0 { return Double(signOf: right, magnitudeOf: 0) }
  return (right < 0) != (rest < 0) && !rest.isNaN ? rest + right : rest
}

/// As for doubles; 0 for a division by 0, which the caller makes null.
@inline(__always)
private func flooredRemainder(_ left: Int64, _ right: Int64) -> Int64 {
  guard right != 0, right != -1 else { return 0 }
  let rest = left % right
  return rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest
}
