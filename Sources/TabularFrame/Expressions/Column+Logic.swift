internal import TabularCSV

// Logic of bool columns in three values, as SQL and pandas' nullable booleans have it (Kleene):
// null is a truth that is not known, so `false && null` is false and `true || null` is true.
extension Column {
  /// Whether both are true, row by row.
  ///
  /// - Throws: `FrameError` when a side is no bool column, or the lengths differ.
  public static func && (left: Column, right: Column) throws(FrameError) -> Column {
    let (l, r) = try truths(left, right, "&&")
    let bits = BitVector(bits64: left.count) { l.bits64($0) & r.bits64($0) }
    guard left.validity != nil || right.validity != nil else {
      return Column(bits: bits, validity: nil)
    }
    // Known where both are, or where one is known to be false.
    let known = BitVector(bits64: left.count) {
      let (lv, rv) = (left.valid64($0), right.valid64($0))
      return (lv & rv) | (lv & ~l.bits64($0)) | (rv & ~r.bits64($0))
    }
    return Column(bits: bits, validity: Validity(known))
  }

  /// Whether one of the two is true, row by row.
  ///
  /// - Throws: `FrameError` when a side is no bool column, or the lengths differ.
  public static func || (left: Column, right: Column) throws(FrameError) -> Column {
    let (l, r) = try truths(left, right, "||")
    guard left.validity != nil || right.validity != nil else {
      return Column(
        bits: BitVector(bits64: left.count) { l.bits64($0) | r.bits64($0) },
        validity: nil
      )
    }
    let bits = BitVector(bits64: left.count) {
      (left.valid64($0) & l.bits64($0)) | (right.valid64($0) & r.bits64($0))
    }
    // Known where both are, or where one is known to be true.
    let known = BitVector(bits64: left.count) {
      (left.valid64($0) & right.valid64($0)) | bits.bits64($0)
    }
    return Column(bits: bits, validity: Validity(known))
  }

  /// The other truth, row by row; a null stays null.
  ///
  /// - Throws: `FrameError` of kind `type` when the column is no bool.
  public static prefix func ! (column: Column) throws(FrameError) -> Column {
    let bits = try column.truth("!")
    return Column(
      bits: BitVector(bits64: column.count) { ~bits.bits64($0) },
      validity: column.validity
    )
  }

  private static func truths(_ left: Column, _ right: Column, _ name: String)
    throws(FrameError) -> (BitVector, BitVector)
  {
    let (l, r) = (try left.truth(name), try right.truth(name))
    guard l.count == r.count else {
      throw FrameError(.length, "\(name) of columns of \(l.count) and of \(r.count) rows")
    }
    return (l, r)
  }

  private func truth(_ name: String) throws(FrameError) -> BitVector {
    guard case .bool(let bits) = storage else {
      throw FrameError(
        .type,
        "\(name) of a column of type \(type), expected a bool; compare it with something first"
      )
    }
    return bits
  }

  /// The rows of which a mask says true; a null counts as false.
  func trueRows(_ what: String = "a mask") throws(FrameError) -> [Int] {
    guard case .bool(let bits) = storage else {
      throw FrameError(.type, "\(what) of type \(type), expected a bool")
    }
    var rows: [Int] = []
    for index in 0..<bits.wordCount {
      var word = bits.bits64(index) & valid64(index)
      while word != 0 {
        rows.append(index &* 64 &+ word.trailingZeroBitCount)
        word &= word &- 1
      }
    }
    return rows
  }
}

extension Column {
  /// The rows that have no value, as a bool column.
  public var isNull: Column {
    Column(bits: BitVector(bits64: count) { ~valid64($0) }, validity: nil)
  }

  /// The rows that have a value, as a bool column.
  public var isNotNull: Column {
    Column(bits: BitVector(bits64: count) { valid64($0) }, validity: nil)
  }

  /// Whether each row lies between two values, both included.
  ///
  /// - Throws: `FrameError` of kind `type` when they cannot be compared.
  public func between(_ low: some ValueConvertible, _ high: some ValueConvertible)
    throws(FrameError) -> Column
  {
    try self >= low && self <= high
  }

  /// Whether each row is one of these values; a null row gives null.
  ///
  /// - Throws: `FrameError` of kind `type` when a value cannot be compared with the column.
  public func isIn<Element: ValueConvertible>(_ values: [Element]) throws(FrameError) -> Column {
    let values = values.map(\.cellValue).filter { $0 != .null }
    // Any value that does not compare is an error, also among many.
    if values.count > 4, let found = try isIn(many: values) { return found }
    var found = BitVector(repeating: false, count: count)
    for value in values {
      guard case .bool(let bits) = try compared(.equal, to: value).storage else { continue }
      let others = found
      found = BitVector(bits64: count) { others.bits64($0) | bits.bits64($0) }
    }
    return Column(bits: found, validity: validity)
  }

  /// Many values, in a set; nil where they are not simply of the column's type.
  private func isIn(many values: [Value]) throws(FrameError) -> Column? {
    switch storage {
    case .int64(let vector):
      let set = Set(values.compactMap { $0.int.map { Int64($0) } })
      guard values.allSatisfy({ if case .int64 = $0 { true } else { false } }) else { return nil }
      let pointer = vector.pointer
      return Column(
        bits: BitVector(packing: count) { set.contains(pointer[$0]) },
        validity: validity
      )
    case .string, .category:
      let texts = values.compactMap { $0.string.map { Array($0.utf8) } }
      guard texts.count == values.count else { return nil }
      let sorted = texts.sorted { $0.lexicographicallyPrecedes($1) }
      return try textTest("isIn") { text in
        var (low, high) = (0, sorted.count)
        while low < high {
          let middle = (low + high) / 2
          let order = sorted[middle].withUnsafeBufferPointer { byteOrder($0, text) }
          if order == 0 { return true }
          if order < 0 { low = middle + 1 } else { high = middle }
        }
        return false
      }
    default: return nil
    }
  }
}
