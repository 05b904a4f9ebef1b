public import TabularCSV
internal import TabularTensor

extension Column {
  /// The same values in another type; nulls stay null.
  ///
  /// - Numbers: bool is 0 and 1, and a number becomes false where it is 0; int64 becomes the
  ///   nearest float64; float64 becomes int64 where it is whole, and NaN then is null.
  /// - Texts are read: `12`, `-3.5e2`, `inf`, `true`, `2020-02-29`, `2020-02-29 12:30:00`, with
  ///   spaces around them or without.
  /// - Any type becomes text as a CSV has it; text becomes a category and back.
  /// - Dates: a datetime becomes its day in UTC, a date its midnight; as integers they count days
  ///   and microseconds since 1970.
  ///
  /// - Throws: `FrameError` of kind `value` that names the first row that does not fit, and of kind
  ///   `type` for a pair of types that makes no sense.
  public func cast(to type: ColumnType) throws(FrameError) -> Column {
    if type == self.type { return self }
    switch (storage, type) {
    case (.category(let codes, let words), _):
      return try castCategory(codes, words, to: type)
    case (_, .string): return texts()
    case (.string, .category): return asCategory()
    case (_, .category): return try cast(to: .string).asCategory()

    case (.bool(let bits), .int64):
      return filled(.int64(FixedVector(filling: count) { bits[$0] ? 1 : 0 }))
    case (.bool(let bits), .float64):
      return filled(.float64(FixedVector(filling: count) { bits[$0] ? 1 : 0 }))
    case (.int64(let vector), .float64):
      let pointer = vector.pointer
      return filled(.float64(FixedVector(filling: count) { Double(pointer[$0]) }))
    case (.int64(let vector), .bool):
      let pointer = vector.pointer
      return filled(.bool(BitVector(packing: count) { pointer[$0] != 0 }))
    case (.float64(let vector), .bool):
      let pointer = vector.pointer
      return withoutNaN(.bool(BitVector(packing: count) { pointer[$0] != 0 }), vector)
    case (.float64(let vector), .int64): return try integers(vector)

    case (.date(let vector), .int64):
      let pointer = vector.pointer
      return filled(.int64(FixedVector(filling: count) { Int64(pointer[$0]) }))
    case (.datetime(let vector), .int64): return filled(.int64(vector))
    case (.int64(let vector), .datetime): return filled(.datetime(vector))
    case (.int64(let vector), .date):
      return filled(
        .date(
          try converted(vector, "a day number of 32 bits") { Int32(exactly: $0) }
        )
      )
    case (.date(let vector), .datetime):
      return filled(
        .datetime(
          try converted(vector, "a date within the range of datetimes") {
            let (start, overflow) = Int64($0).multipliedReportingOverflow(by: 86_400_000_000)
            return overflow ? nil : start
          }
        )
      )
    case (.datetime(let vector), .date):
      let pointer = vector.pointer
      return filled(
        .date(
          FixedVector(filling: count) {
            let (day, rest) = pointer[$0].quotientAndRemainder(dividingBy: 86_400_000_000)
            return Int32(truncatingIfNeeded: rest < 0 ? day - 1 : day)
          }
        )
      )

    case (.string(let texts), .int64):
      return filled(.int64(try read(texts, "an int64", parseInteger)))
    case (.string(let texts), .float64):
      return filled(.float64(try read(texts, "a float64", parseNumber)))
    case (.string(let texts), .bool):
      let truths: FixedVector<UInt8> = try read(texts, "true or false") { text in
        ["true": 1, "false": 0][text.lowercased()]
      }
      return filled(.bool(BitVector(packing: count) { truths.pointer[$0] == 1 }))
    case (.string(let texts), .date):
      return filled(
        .date(try read(texts, "a date YYYY-MM-DD") { CalendarDate($0)?.daysSinceEpoch })
      )
    case (.string(let texts), .datetime):
      return filled(
        .datetime(
          try read(texts, "a datetime YYYY-MM-DD HH:MM:SS") { text in
            Timestamp(text)?.microsecondsSinceEpoch
              ?? CalendarDate(text).map { Int64($0.daysSinceEpoch) * 86_400_000_000 }
          }
        )
      )
    default:
      throw FrameError(
        .type,
        "a column of type \(self.type) cannot be cast to \(type); cast it to int64 or string first"
      )
    }
  }

  private func filled(_ storage: Storage) -> Column {
    Column(storage: storage, validity: validity)
  }

  private func withoutNaN(_ storage: Storage, _ vector: FixedVector<Double>) -> Column {
    let pointer = vector.pointer
    let numbers = Validity(BitVector(packing: count) { !pointer[$0].isNaN })
    return Column(storage: storage, validity: .both(validity, numbers))
  }

  private func integers(_ vector: FixedVector<Double>) throws(FrameError) -> Column {
    let pointer = vector.pointer
    let values = FixedVector<Int64>(filling: count) { row in
      let value = pointer[row]
      return value >= -0x1p63 && value < 0x1p63 ? Int64(value) : 0
    }
    for row in 0..<count where Double(values.pointer[row]) != pointer[row] {
      let value = pointer[row]
      guard !value.isNaN, !isNull(row) else { continue }
      let isWhole = value.rounded() == value
      throw FrameError(
        .value,
        "row \(row): \(value) is no int64; "
          + (isWhole ? "keep the column as float64" : "round it first with rounded()")
      )
    }
    return withoutNaN(.int64(values), vector)
  }

  /// Fixed values made of others; nil says that one does not fit.
  private func converted<From, To>(
    _ vector: FixedVector<From>,
    _ expected: String,
    _ convert: (From) -> To?
  ) throws(FrameError) -> FixedVector<To> where To: ExpressibleByIntegerLiteral {
    try FixedVector<To>(count: count) { (row) throws(FrameError) in
      guard !isNull(row) else { return 0 }
      guard let value = convert(vector.pointer[row]) else {
        throw FrameError(.value, "row \(row): \(vector.pointer[row]) is not \(expected)")
      }
      return value
    }
  }

  private func read<To>(
    _ texts: StringVector,
    _ expected: String,
    _ parse: (String) -> To?
  ) throws(FrameError) -> FixedVector<To> where To: ExpressibleByIntegerLiteral {
    let reader = TextReader(texts)
    return try FixedVector<To>(count: count) { (row) throws(FrameError) in
      guard !isNull(row) else { return 0 }
      let text = String(decoding: reader.bytes(row), as: UTF8.self)
      guard let value = parse(text.withoutOuterSpaces) else {
        throw FrameError(
          .value,
          "row \(row): \(Value.string(text).quoted) is not \(expected); "
            + "map such values first, or make them null"
        )
      }
      return value
    }
  }

  private func castCategory(
    _ codes: FixedVector<Int32>,
    _ words: StringVector,
    to type: ColumnType
  ) throws(FrameError) -> Column {
    if type == .string {
      let source = textSource
      var builder = TextBuilder(capacity: count)
      for row in 0..<count {
        if isNull(row) { builder.appendEmpty() } else { builder.append(source.bytes(row)) }
      }
      return filled(.string(builder.finish()))
    }
    // As text: the words that no row has must not be an error.
    return try cast(to: .string).cast(to: type)
  }

  private func texts() -> Column {
    var builder = TextBuilder(capacity: count)
    for row in 0..<count {
      if isNull(row) { builder.appendEmpty() } else { builder.append(self[row].description) }
    }
    return filled(.string(builder.finish()))
  }
}

/// A whole number in decimal digits, with a sign or without.
private func parseInteger(_ text: String) -> Int64? { Int64(text) }

/// A decimal number, an infinity or NaN; not the hexadecimal forms that Swift reads too.
private func parseNumber(_ text: String) -> Double? {
  text.utf8.contains { $0 | 0x20 == UInt8(ascii: "x") || $0 | 0x20 == UInt8(ascii: "p") }
    ? nil : Double(text)
}

extension String {
  fileprivate var withoutOuterSpaces: String {
    guard let first = utf8.first, let last = utf8.last, first <= 0x20 || last <= 0x20 else {
      return self
    }
    let start = utf8.firstIndex { $0 > 0x20 } ?? utf8.endIndex
    let end = utf8.lastIndex { $0 > 0x20 }.map { utf8.index(after: $0) } ?? start
    return start < end ? String(self[start..<end]) : ""
  }
}
