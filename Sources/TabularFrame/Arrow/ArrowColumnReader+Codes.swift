internal import TabularTensor

// Dictionaries: texts become a category, other values are taken by their codes.
extension ArrowColumnReader {
  mutating func coded(
    _ type: ArrowType,
    _ dictionary: ArrowField.Dictionary,
    _ words: ArrowWords?
  ) throws(ArrowFault) -> Column {
    let rows = try nextNode()
    let validity = try nextValidity(rows)
    let count = words?.values.count ?? 0
    let codes =
      switch (dictionary.indexBits, dictionary.isSigned) {
      case (8, true): try codes(rows, Int8.self, below: count, validity)
      case (16, true): try codes(rows, Int16.self, below: count, validity)
      case (32, true): try codes(rows, Int32.self, below: count, validity)
      case (64, true): try codes(rows, Int64.self, below: count, validity)
      case (8, false): try codes(rows, UInt8.self, below: count, validity)
      case (16, false): try codes(rows, UInt16.self, below: count, validity)
      case (32, false): try codes(rows, UInt32.self, below: count, validity)
      default: try codes(rows, UInt64.self, below: count, validity)
      }
    guard let words else {
      guard type.isText || type == .null else { throw .damaged("its dictionary is missing") }
      // No dictionary came, so that no row has a value.
      let none = StringVector([])
      return Column(storage: .category(codes, dictionary: none), validity: validity)
    }
    guard let texts = words.words else { return words.values.taking(codes, validity) }
    guard let replaced = words.codes else {
      return Column(storage: .category(codes, dictionary: texts), validity: validity)
    }
    let known = FixedVector<Int32>(room: rows)
    for row in 0..<rows {
      known.mutablePointer[row] =
        validity.hasValue(row) ? replaced.pointer[Int(codes.pointer[row])] : -1
    }
    let valid = Validity(
      bits: BitVector(words: rows) { row, count in
        var word: UInt64 = 0
        for bit in 0..<count where known.pointer[row + bit] >= 0 { word |= 1 &<< UInt64(bit) }
        return word
      }
    )
    for row in 0..<rows where known.pointer[row] < 0 { known.mutablePointer[row] = 0 }
    return Column(storage: .category(known, dictionary: texts), validity: valid)
  }

  /// The codes, each below a count; 0 in null rows where another would not be.
  private mutating func codes<Code: FixedWidthInteger & BitwiseCopyable & Sendable>(
    _ rows: Int,
    _ type: Code.Type,
    below count: Int,
    _ validity: Validity?
  ) throws(ArrowFault) -> FixedVector<Int32> {
    let source: FixedVector<Code> = try fixed(rows)
    if Code.self == Int32.self {
      let codes = FixedVector<Int32>(buffer: source.buffer, count: rows)
      if areBelow(UInt32(count), codes) { return codes }
    }
    let codes = FixedVector<Int32>(room: rows)
    try forEachBlock(of: rows) { block in
      let (pointer, target) = (source.pointer, codes.mutablePointer)
      for row in block {
        // As an unsigned number, a negative code is too large as well.
        let code = UInt64(truncatingIfNeeded: pointer[row])
        let isBelow = code < UInt64(count)
        target[row] = isBelow ? Int32(truncatingIfNeeded: code) : 0
        if !isBelow, validity.hasValue(row) {
          return .damaged("row \(row) has code \(pointer[row]) of \(count) words")
        }
      }
      return nil
    }
    return codes
  }

  /// Whether all codes, as unsigned numbers, are below a limit.
  private func areBelow(_ limit: UInt32, _ codes: FixedVector<Int32>) -> Bool {
    do throws(ArrowFault) {
      try forEachBlock(of: codes.count) { block in
        let pointer = codes.pointer
        var outside: UInt32 = 0
        for row in block { outside |= UInt32(bitPattern: pointer[row]) < limit ? 0 : 1 }
        return outside == 0 ? nil : .damaged("")
      }
      return true
    } catch {
      return false
    }
  }
}

extension Column {
  /// The values at codes; null where the validity says so.
  fileprivate func taking(_ codes: FixedVector<Int32>, _ validity: Validity?) -> Column {
    let rows = FixedVector<Int32>(count: codes.count) { row in
      validity.hasValue(row) ? codes.pointer[row] : -1
    }
    return taking(RowIndices(rows, hasGaps: validity != nil))
  }
}
