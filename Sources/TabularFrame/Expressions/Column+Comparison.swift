internal import TabularCSV

/// How two values are compared.
enum Comparator: CaseIterable {
  case equal, notEqual, below, atMost, above, atLeast

  /// The same comparison with the sides exchanged.
  var flipped: Comparator {
    switch self {
    case .equal, .notEqual: self
    case .below: .above
    case .atMost: .atLeast
    case .above: .below
    case .atLeast: .atMost
    }
  }

  /// Whether it holds where the left side is below (-1), equal to (0) or above (1) the right one.
  @inline(__always)
  func holds(_ order: Int) -> Bool {
    switch self {
    case .equal: order == 0
    case .notEqual: order != 0
    case .below: order < 0
    case .atMost: order <= 0
    case .above: order > 0
    case .atLeast: order >= 0
    }
  }
}

/// Compares row by row: six plain loops, chosen once.
@inline(__always)
private func compared<Value: Comparable>(
  _ count: Int,
  _ comparator: Comparator,
  _ left: (Int) -> Value,
  _ right: (Int) -> Value
) -> BitVector {
  switch comparator {
  case .equal: BitVector(packing: count) { left($0) == right($0) }
  case .notEqual: BitVector(packing: count) { left($0) != right($0) }
  case .below: BitVector(packing: count) { left($0) < right($0) }
  case .atMost: BitVector(packing: count) { left($0) <= right($0) }
  case .above: BitVector(packing: count) { left($0) > right($0) }
  case .atLeast: BitVector(packing: count) { left($0) >= right($0) }
  }
}

/// What the comparison of a column with a value comes to.
private enum Test<Value> {
  case never, always
  case against(Comparator, Value)

  static func constant(_ holds: Bool) -> Test { holds ? .always : .never }
}

/// Integers against a double, without rounding an integer.
private func integerTest(_ comparator: Comparator, _ value: Double) -> Test<Int64> {
  if value.isNaN { return .constant(comparator == .notEqual) }
  if value >= 0x1p63 { return .constant(comparator.holds(-1)) }
  if value < -0x1p63 { return .constant(comparator.holds(1)) }
  let floor = Int64(value.rounded(.down))
  if Double(floor) == value { return .against(comparator, floor) }
  return strictlyAbove(floor, comparator)
}

/// Integers against something above `floor` and below the next one.
private func strictlyAbove(_ floor: Int64, _ comparator: Comparator) -> Test<Int64> {
  switch comparator {
  case .equal: .never
  case .notEqual: .always
  case .below, .atMost: .against(.atMost, floor)
  case .above, .atLeast: .against(.above, floor)
  }
}

/// Doubles against an integer that may lie between two doubles.
private func floatTest(_ comparator: Comparator, _ value: Int64) -> Test<Double> {
  let rounded = Double(value)
  let order = exactOrder(value, rounded)
  if order == 0 { return .against(comparator, rounded) }
  switch comparator {
  case .equal: return .never
  case .notEqual: return .always
  case .below, .atMost: return .against(order < 0 ? .below : .atMost, rounded)
  case .above, .atLeast: return .against(order < 0 ? .atLeast : .above, rounded)
  }
}

/// The order of an integer and a double that is no NaN.
@inline(__always)
private func exactOrder(_ integer: Int64, _ value: Double) -> Int {
  let rounded = Double(integer)
  // Rounding keeps the order, so it decides unless both come to the same.
  if rounded != value { return rounded < value ? -1 : 1 }
  guard value < 0x1p63 else { return -1 }
  let exact = Int64(value)
  return integer == exact ? 0 : integer < exact ? -1 : 1
}

private let microsecondsOfDay: Int64 = 86_400_000_000

/// The day of an instant, and whether the instant is later than its midnight.
@inline(__always)
private func dayAndRest(_ microseconds: Int64) -> (day: Int64, hasRest: Bool) {
  let (quotient, rest) = microseconds.quotientAndRemainder(dividingBy: microsecondsOfDay)
  return (rest < 0 ? quotient - 1 : quotient, rest != 0)
}

extension Column {
  /// Compares each row with a value; a null row gives null, and so does a null value.
  ///
  /// Integers and floats compare exactly. A date or datetime column also takes a text that is one.
  func compared(_ comparator: Comparator, to value: Value) throws(FrameError) -> Column {
    guard value != .null else { return .nulls(.bool, count: count) }
    return Column(bits: try bits(comparator, value), validity: validity)
  }

  private func bits(_ comparator: Comparator, _ value: Value) throws(FrameError) -> BitVector {
    switch (storage, value) {
    case (.bool(let bits), .bool(let value)):
      let truths = (comparator.holds(value ? 0 : 1), comparator.holds(value ? -1 : 0))
      return BitVector(bits64: count) {
        let word = bits.bits64($0)
        return (truths.0 ? word : 0) | (truths.1 ? ~word : 0)
      }
    case (.int64(let vector), .int64(let value)):
      return test(.against(comparator, value), vector)
    case (.int64(let vector), .float64(let value)):
      return test(integerTest(comparator, value), vector)
    case (.float64(let vector), .float64(let value)):
      return test(.against(comparator, value), vector)
    case (.float64(let vector), .int64(let value)):
      return test(floatTest(comparator, value), vector)
    case (.date(let vector), .date(let value)):
      return test(.against(comparator, value.daysSinceEpoch), vector)
    case (.date(let vector), .datetime(let value)):
      let (day, hasRest) = dayAndRest(value.microsecondsSinceEpoch)
      let test: Test = hasRest ? strictlyAbove(day, comparator) : .against(comparator, day)
      return self.test(test) { Int64(vector.pointer[$0]) }
    case (.datetime(let vector), .datetime(let value)):
      return test(.against(comparator, value.microsecondsSinceEpoch), vector)
    case (.datetime(let vector), .date(let value)):
      let (start, overflow) = Int64(value.daysSinceEpoch)
        .multipliedReportingOverflow(by: microsecondsOfDay)
      // No instant is so far away: any larger number stands for the day.
      let far = value.daysSinceEpoch < 0 ? -Double.infinity : .infinity
      return test(overflow ? integerTest(comparator, far) : .against(comparator, start), vector)
    case (.date, .string(let text)):
      if let day = CalendarDate(text) { return try bits(comparator, .date(day)) }
      if let instant = Timestamp(text) { return try bits(comparator, .datetime(instant)) }
      throw .notComparable(type, value, "a date is YYYY-MM-DD")
    case (.datetime, .string(let text)):
      if let instant = Timestamp(text) { return try bits(comparator, .datetime(instant)) }
      if let day = CalendarDate(text) { return try bits(comparator, .date(day)) }
      throw .notComparable(type, value, "a datetime is YYYY-MM-DD HH:MM:SS")
    case (.string(let texts), .string(var text)):
      return text.withUTF8 { textBits(comparator, TextReader(texts), count, $0) }
    case (.category(let codes, let words), .string(var text)):
      let holds = text.withUTF8 { textBits(comparator, TextReader(words), words.count, $0) }
      return byCode(codes, holds)
    default:
      throw .notComparable(type, value, Self.hint(for: type))
    }
  }

  private func test<Stored: Comparable>(_ test: Test<Stored>, _ vector: FixedVector<Stored>)
    -> BitVector
  {
    let pointer = vector.pointer
    return self.test(test) { pointer[$0] }
  }

  @inline(__always)
  private func test<Stored: Comparable>(_ test: Test<Stored>, _ stored: (Int) -> Stored)
    -> BitVector
  {
    switch test {
    case .never: BitVector(repeating: false, count: count)
    case .always: BitVector(repeating: true, count: count)
    case .against(let comparator, let value):
      TabularFrame.compared(count, comparator, stored) { _ in value }
    }
  }

  /// Compares each row with the same row of another column; a null on either side gives null.
  func compared(_ comparator: Comparator, to other: Column) throws(FrameError) -> Column {
    guard count == other.count else {
      throw FrameError(.length, "columns of \(count) and of \(other.count) rows are compared")
    }
    let bits: BitVector
    switch (storage, other.storage) {
    case (.bool(let l), .bool(let r)):
      let (below, equal, above) = (comparator.holds(-1), comparator.holds(0), comparator.holds(1))
      bits = BitVector(bits64: count) {
        let (l, r) = (l.bits64($0), r.bits64($0))
        return (below ? ~l & r : 0) | (equal ? ~(l ^ r) : 0) | (above ? l & ~r : 0)
      }
    case (.int64(let l), .int64(let r)), (.datetime(let l), .datetime(let r)):
      bits = pairs(comparator, l, r)
    case (.float64(let l), .float64(let r)): bits = pairs(comparator, l, r)
    case (.date(let l), .date(let r)): bits = pairs(comparator, l, r)
    case (.int64(let l), .float64(let r)):
      let (l, r) = (l.pointer, r.pointer)
      bits = BitVector(packing: count) {
        r[$0].isNaN ? comparator == .notEqual : comparator.holds(exactOrder(l[$0], r[$0]))
      }
    case (.date(let l), .datetime(let r)):
      let (l, r) = (l.pointer, r.pointer)
      bits = BitVector(packing: count) {
        let (day, hasRest) = dayAndRest(r[$0])
        let left = Int64(l[$0])
        return comparator.holds(left != day ? (left < day ? -1 : 1) : hasRest ? -1 : 0)
      }
    case (.float64, .int64), (.datetime, .date):
      return try other.compared(comparator.flipped, to: self)
    case (.string, .string), (.string, .category), (.category, .string), (.category, .category):
      let (l, r) = (textSource, other.textSource)
      bits = BitVector(packing: count) { comparator.holds(byteOrder(l.bytes($0), r.bytes($0))) }
    default:
      throw FrameError(
        .type,
        "a column of type \(type) cannot be compared with one of type \(other.type); "
          + "cast one of the two with cast(to:)"
      )
    }
    return Column(bits: bits, validity: .both(validity, other.validity))
  }

  private func pairs<Stored: Comparable>(
    _ comparator: Comparator,
    _ left: FixedVector<Stored>,
    _ right: FixedVector<Stored>
  ) -> BitVector {
    let (l, r) = (left.pointer, right.pointer)
    return TabularFrame.compared(count, comparator, { l[$0] }, { r[$0] })
  }

  private static func hint(for type: ColumnType) -> String {
    switch type {
    case .int64, .float64: "compare it with a number, or cast it with cast(to:)"
    case .string, .category: "compare it with a text, or cast it with cast(to:)"
    case .bool: "compare it with true or false, or cast it with cast(to:)"
    case .date, .datetime: "compare it with a date or a datetime, or cast it with cast(to:)"
    }
  }
}

extension FrameError {
  fileprivate static func notComparable(_ type: ColumnType, _ value: Value, _ hint: String)
    -> FrameError
  {
    FrameError(
      .type,
      "a column of type \(type) cannot be compared with \(value.quoted), a \(value.typeName); "
        + hint
    )
  }
}

// Texts.

/// Texts against one text.
///
/// A short one is compared for equality as two numbers.
private func textBits(
  _ comparator: Comparator,
  _ texts: TextReader,
  _ count: Int,
  _ text: UnsafeBufferPointer<UInt8>
) -> BitVector {
  guard comparator == .equal || comparator == .notEqual else {
    return BitVector(packing: count) { comparator.holds(byteOrder(texts.bytes($0), text)) }
  }
  let isEqual = comparator == .equal
  if text.count <= StringView.inlineCapacity {
    let view = StringView(short: text)
    let (first, second) = withUnsafeBytes(of: view) {
      ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }
    return BitVector(packing: count) {
      let words = texts.words($0)
      return ((words.0 ^ first) | (words.1 ^ second) == 0) == isEqual
    }
  }
  // Length and prefix differ for almost every other text.
  let view = StringView(text, buffer: 0, offset: 0)
  let head = withUnsafeBytes(of: view) { $0.loadUnaligned(as: UInt64.self) }
  return BitVector(packing: count) {
    (texts.words($0).0 == head && byteOrder(texts.bytes($0), text) == 0) == isEqual
  }
}

extension Column {
  /// The texts of a string or category column by row.
  struct TextSource {
    let texts: TextReader
    let codes: UnsafePointer<Int32>?
    let wordCount: Int

    @inline(__always)
    func bytes(_ row: Int) -> UnsafeBufferPointer<UInt8> {
      guard let codes else { return texts.bytes(row) }
      // A null row's code means nothing, and the dictionary may be empty.
      let code = Int(codes[row])
      return code >= 0 && code < wordCount
        ? texts.bytes(code) : UnsafeBufferPointer(start: nil, count: 0)
    }
  }

  /// Reads texts; the column must be one of them, and be held.
  var textSource: TextSource {
    switch storage {
    case .string(let texts): TextSource(texts: TextReader(texts), codes: nil, wordCount: 0)
    case .category(let codes, let words):
      TextSource(texts: TextReader(words), codes: codes.pointer, wordCount: words.count)
    default: preconditionFailure("a column of type \(type) has no texts")
    }
  }

  /// What a dictionary's words answer, by row.
  func byCode(_ codes: FixedVector<Int32>, _ holds: BitVector) -> BitVector {
    guard holds.count > 0 else { return BitVector(repeating: false, count: count) }
    // A byte a word, so that a row is one load.
    let table = (0..<holds.count).map { holds[$0] }
    let pointer = codes.pointer
    return table.withUnsafeBufferPointer { table in
      BitVector(packing: count) {
        let code = Int(pointer[$0])
        return code >= 0 && code < table.count && table[code]
      }
    }
  }
}
