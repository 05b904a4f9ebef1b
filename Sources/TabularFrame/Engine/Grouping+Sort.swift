extension KeySource where Key == Int64 {
  /// Whether most keys of a sample are different, and rows are many.
  var hasManyKeys: Bool {
    let (sample, least) = (1 << 12, Workers.forced == nil ? 1 << 18 : 1 << 13)
    guard count >= least else { return false }
    var table = WordTable(expected: sample)
    for number in 0..<sample {
      let row = count / sample * number
      if !isNull(row) { _ = table.insert(key(row)) }
    }
    return table.count > sample / 2
  }
}

extension KeyGroups {
  /// Finds equal keys by sorting them.
  ///
  /// The sort is stable, so that of equal keys the first row stands first; numbers are then given in
  /// row order.
  init<Source: KeySource>(sorting source: Source, keepingNulls: Bool) where Source.Key == Int64 {
    let valid = RowMask(
      BitVector(words: source.count) { row, count in
        var word: UInt64 = 0
        for bit in 0..<count where !source.isNull(row &+ bit) { word |= 1 &<< UInt64(bit) }
        return word
      }
    ).indices
    let keys = FixedVector<UInt64>(room: valid.count)
    Workers.forEachBlock(of: valid.count) { places in
      let (rows, target) = (valid.pointer, keys.mutablePointer)
      for place in places {
        target[place] = UInt64(bitPattern: source.key(Int(rows[place]))) ^ 1 << 63
      }
    }
    let order = RowIndices(keys.ascendingPlaces())
    // The first row with the key of each row; for a null the first null, or none.
    let ids = FixedVector<Int32>(room: source.count)
    if valid.count < source.count {
      let firstNull = (0..<source.count).first { source.isNull($0) } ?? 0
      let id = keepingNulls ? Int32(firstNull) : -1
      ids.mutablePointer.update(repeating: id, count: source.count)
    }
    let (places, rows, words, target) = (
      order.pointer, valid.pointer, keys.pointer, ids.mutablePointer
    )
    var first: Int32 = 0
    for place in 0..<valid.count {
      let row = rows[Int(places[place])]
      if place == 0 || words[Int(places[place])] != words[Int(places[place &- 1])] { first = row }
      target[Int(row)] = first
    }
    var firstRows: [Int] = []
    for row in 0..<source.count {
      let first = Int(target[row])
      if first == row {
        target[row] = Int32(truncatingIfNeeded: firstRows.count)
        firstRows.append(row)
      } else if first >= 0 {
        target[row] = target[first]
      }
    }
    withExtendedLifetime((order, valid, keys)) {}
    self.init(ids: ids, firstRows: firstRows)
  }
}
