internal import TabularCSV

/// A number a row, such that rows are in order when their numbers are.
struct RowRanks: Sendable {
  /// One for each row, below 2^width.
  let values: FixedVector<UInt64>
  let width: Int

  /// The order of rows by several ranks, the first one first; nil where every order is as good.
  static func order(_ ranks: [RowRanks]) -> RowIndices? {
    var order: RowIndices?
    // From the last to the first, each stable: then the first one decides.
    for rank in packed(ranks).reversed() where rank.width > 0 {
      let values = order.map { rank.values.taking($0) } ?? rank.values
      let places = RowIndices(values.ascendingPlaces())
      order = order.map { places.of($0) } ?? places
    }
    return order
  }

  /// The same order by fewer numbers: neighbours that fit 64 bits become one.
  private static func packed(_ ranks: [RowRanks]) -> [RowRanks] {
    var packed: [RowRanks] = []
    for rank in ranks {
      guard let last = packed.last, last.width + rank.width <= 64 else {
        packed.append(rank)
        continue
      }
      let (shift, both) = (UInt64(rank.width), FixedVector<UInt64>(room: rank.values.count))
      Workers.forEachBlock(of: both.count) { rows in
        let (left, right) = (last.values.pointer, rank.values.pointer)
        let target = both.mutablePointer
        // A shift by 64 is none, but then the left one has no bits.
        for row in rows { target[row] = left[row] &<< shift | right[row] }
      }
      packed[packed.count - 1] = RowRanks(values: both, width: last.width + rank.width)
    }
    return packed
  }
}

extension Column {
  /// Ranks of the rows by value: NaN behind every number, nulls last.
  ///
  /// - Returns: one, or two where a word does not hold all: nulls first, then the values.
  func ranks(_ isDescending: Bool) -> [RowRanks] {
    let (values, validity) = (values(isDescending), validity)
    // NaN's place was left free, and null's is behind it.
    let null = values.width == 64 && values.greatest == .max ? nil : values.greatest + 1
    guard let validity else { return [RowRanks(values: values.ranks, width: values.width)] }
    let ranks = FixedVector<UInt64>(room: count)
    Workers.forEachBlock(of: count) { rows in
      let (source, target, valid) = (
        values.ranks.pointer, ranks.mutablePointer, validity.bits.reader
      )
      for row in rows { target[row] = valid[row] ? source[row] : null ?? 0 }
    }
    if let null {
      return [RowRanks(values: ranks, width: UInt64.bitWidth - null.leadingZeroBitCount)]
    }
    let isNull = FixedVector<UInt64>(room: count)
    Workers.forEachBlock(of: count) { rows in
      let (target, valid) = (isNull.mutablePointer, validity.bits.reader)
      for row in rows { target[row] = valid[row] ? 0 : 1 }
    }
    return [RowRanks(values: isNull, width: 1), RowRanks(values: ranks, width: 64)]
  }

  /// Ranks, of which those of nulls do not count, and the greatest of the others.
  private struct ValueRanks: Sendable {
    let ranks: FixedVector<UInt64>
    let greatest: UInt64
    var width: Int { UInt64.bitWidth - greatest.leadingZeroBitCount }
  }

  private func values(_ isDescending: Bool) -> ValueRanks {
    switch storage {
    case .bool(let bits):
      wholeRanks(BoolKeys(bits: bits, validity: validity), isDescending)
    case .int64(let vector), .datetime(let vector):
      wholeRanks(IntegerKeys(vector: vector, validity: validity), isDescending)
    case .date(let vector):
      wholeRanks(IntegerKeys(vector: vector, validity: validity), isDescending)
    case .float64(let vector): floatRanks(vector, isDescending)
    case .string(let texts):
      textRanks(TextKeys(texts: texts, validity: validity), isDescending)
    case .category(let codes, let words):
      wholeRanks(
        WordKeys(
          codes: codes,
          firstCodes: TextKeys(texts: words, validity: nil).ranks,
          validity: validity
        ),
        isDescending
      )
    }
  }

  private func wholeRanks(_ source: some WholeKeySource, _ isDescending: Bool) -> ValueRanks {
    let (least, greatest, _) = source.range
    let ranks = FixedVector<UInt64>(room: count)
    Workers.forEachBlock(of: count) { rows in
      let target = ranks.mutablePointer
      for row in rows {
        let key = source.isNull(row) ? least : source.key(row)
        target[row] = UInt64(bitPattern: isDescending ? greatest &- key : key &- least)
      }
    }
    return ValueRanks(ranks: ranks, greatest: UInt64(bitPattern: greatest &- least))
  }

  private func floatRanks(_ vector: FixedVector<Double>, _ isDescending: Bool) -> ValueRanks {
    let ranks = FixedVector<UInt64>(room: count)
    Workers.forEachBlock(of: count) { rows in
      let (source, target) = (vector.pointer, ranks.mutablePointer)
      for row in rows {
        // -0 and 0 are one. Of negative numbers the bits run backwards.
        let bits = Int64(bitPattern: (source[row] + 0).bitPattern)
        let ascending = UInt64(bitPattern: bits ^ ((bits &>> 63) | .min))
        let rank = isDescending ? ~ascending : ascending
        // The bits of NaN are free at both ends, so that the greatest word is not taken.
        target[row] = source[row] != source[row] ? .max - 1 : rank
      }
    }
    return ValueRanks(ranks: ranks, greatest: .max - 1)
  }

  private func textRanks(_ source: TextKeys, _ isDescending: Bool) -> ValueRanks {
    let groups = KeyGroups(source, keepingNulls: false)
    let distinct = source.texts.taking(RowIndices(groups.firstRows, below: count))
    let rankOf = TextKeys(texts: distinct, validity: nil).ranks
    let ranks = FixedVector<UInt64>(room: count)
    let last = Int32(Swift.max(groups.firstRows.count - 1, 0))
    Workers.forEachBlock(of: count) { rows in
      let (ids, rankOf, target) = (groups.ids.pointer, rankOf.pointer, ranks.mutablePointer)
      for row in rows {
        let rank = ids[row] < 0 ? 0 : rankOf[Int(ids[row])]
        target[row] = UInt64(isDescending ? last &- rank : rank)
      }
    }
    return ValueRanks(ranks: ranks, greatest: UInt64(last))
  }
}

extension TextKeys {
  /// The rank of each text among the different ones, by bytes.
  var ranks: FixedVector<Int32> {
    let source = self
    let prefixes = FixedVector<UInt64>(room: count)
    Workers.forEachBlock(of: count) { rows in
      for row in rows { prefixes.mutablePointer[row] = source.key(row).prefix }
    }
    let places = prefixes.ascendingPlaces()
    let order = UnsafeMutableBufferPointer(start: places.mutablePointer, count: count)
    // Texts whose first eight bytes are equal.
    var start = 0
    while start < count {
      var end = start + 1
      while end < count, prefixes[Int(order[end])] == prefixes[Int(order[start])] { end += 1 }
      if end - start > 1 {
        order[start..<end].sort { TextKey.precedes(source.key(Int($0)), source.key(Int($1))) }
      }
      start = end
    }
    let ranks = FixedVector<Int32>(room: count)
    var rank: Int32 = 0
    for place in 0..<count {
      if place > 0, !(key(Int(order[place - 1])) == key(Int(order[place]))) { rank += 1 }
      ranks.mutablePointer[Int(order[place])] = rank
    }
    return withExtendedLifetime(places) { ranks }
  }
}

extension TextKey {
  /// The first eight bytes as a number whose order is theirs; zeros behind a shorter text.
  var prefix: UInt64 {
    withBytes { bytes in
      if bytes.count >= 8 { return UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)) }
      var prefix: UInt64 = 0
      for (place, byte) in bytes.enumerated() { prefix |= UInt64(byte) << UInt64(56 - 8 * place) }
      return prefix
    }
  }

  static func precedes(_ left: TextKey, _ right: TextKey) -> Bool {
    left.withBytes { l in right.withBytes { r in l.lexicographicallyPrecedes(r) } }
  }

  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    if let start { return body(UnsafeRawBufferPointer(start: start, count: Int(view.length))) }
    var copy = view
    return withUnsafeBytes(of: &copy) { bytes in
      body(UnsafeRawBufferPointer(rebasing: bytes[4..<4 + Int(view.length)]))
    }
  }
}
