// Selection of rows.
extension Column {
  /// A run of rows, without a copy.
  package func slice(_ range: Range<Int>) -> Column {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count,
      "rows \(range) of \(count)"
    )
    guard range != 0..<count else { return self }
    let storage: Storage =
      switch storage {
      case .bool(let bits): .bool(bits.slice(range))
      case .int64(let vector): .int64(vector.slice(range))
      case .float64(let vector): .float64(vector.slice(range))
      case .date(let vector): .date(vector.slice(range))
      case .datetime(let vector): .datetime(vector.slice(range))
      case .string(let texts): .string(texts.slice(range))
      case .category(let codes, let words): .category(codes.slice(range), dictionary: words)
      }
    return Column(storage: storage, validity: validity?.slice(range))
  }

  /// The rows at these positions, in this order.
  package func taking(_ rows: [Int]) -> Column { taking(RowIndices(rows, below: count)) }

  /// The rows at these positions, in this order; null where there is none.
  package func taking(_ rows: RowIndices) -> Column {
    let storage: Storage =
      switch storage {
      case .bool(let bits): .bool(bits.taking(rows))
      case .int64(let vector): .int64(vector.taking(rows))
      case .float64(let vector): .float64(vector.taking(rows))
      case .date(let vector): .date(vector.taking(rows))
      case .datetime(let vector): .datetime(vector.taking(rows))
      case .string(let texts): .string(texts.taking(rows))
      case .category(let codes, let words): .category(codes.taking(rows), dictionary: words)
      }
    return Column(storage: storage, validity: validity(taking: rows))
  }

  private func validity(taking rows: RowIndices) -> Validity? {
    if let validity { return validity.taking(rows) }
    guard rows.hasGaps else { return nil }
    return Validity(
      bits: BitVector(words: rows.count) { row, count in
        let places = rows.pointer + row
        var word: UInt64 = 0
        for bit in 0..<count where places[bit] >= 0 { word |= 1 << UInt64(bit) }
        return word
      }
    )
  }

  /// The column of the rows that a mask keeps, and what fills it a chunk at a time; nil for a
  /// column with bits, which are taken by position.
  func room(for mask: RowMask) -> (column: Column, fill: MaskFill)? {
    func made<Value>(_ vector: FixedVector<Value>, _ storage: (FixedVector<Value>) -> Storage) -> (
      column: Column, fill: MaskFill
    ) {
      let (room, fill) = vector.room(for: mask)
      return (Column(storage: storage(room), validity: nil), fill)
    }
    guard validity == nil else { return nil }
    return switch storage {
    case .bool: nil
    case .int64(let vector): made(vector) { .int64($0) }
    case .float64(let vector): made(vector) { .float64($0) }
    case .date(let vector): made(vector) { .date($0) }
    case .datetime(let vector): made(vector) { .datetime($0) }
    case .string(let texts):
      made(texts.views) { .string(StringVector(views: $0, heap: texts.heap)) }
    case .category(let codes, let words): made(codes) { .category($0, dictionary: words) }
    }
  }

  /// The rows of a bool column that are true; a null counts as false.
  ///
  /// - Throws: `FrameError` of kind `type` when the column is no bool.
  package var trueRows: RowMask {
    get throws(FrameError) {
      guard case .bool(let bits) = storage else {
        throw FrameError(.type, "a column of type \(type) cannot be read as Bool")
      }
      guard let valid = validity?.bits else { return RowMask(bits) }
      return RowMask(
        BitVector(words: count) { row, count in
          bits.reader.word(at: row, count: count) & valid.reader.word(at: row, count: count)
        }
      )
    }
  }
}
