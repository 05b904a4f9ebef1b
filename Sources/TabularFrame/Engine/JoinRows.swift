/// The pairs of rows that a join makes.
struct JoinRows {
  let left: RowIndices
  let right: RowIndices

  /// The most rows that a join may make.
  static let limit = RowIndices.limit

  /// Each left row with its matches, in the order of the right rows.
  ///
  /// With `keepingUnmatched` a left row without a match stays, with a gap on the right.
  ///
  /// - Throws: `FrameError` of kind `length` when there are too many.
  init(_ keys: JoinKeys, keepingUnmatched: Bool) throws(FrameError) {
    if let rowOf = keys.onlyRows {
      self.init(keys.left, rowOf, keepingUnmatched: keepingUnmatched)
      return
    }
    let matches = GroupedRows(keys.right, groupCount: keys.groupCount)
    let (ids, starts, rows) = (keys.left, matches.starts, matches.rows)
    // How many pairs each block of rows makes, then each block at its place.
    let size = Workers.forced == nil ? 1 << 16 : 64
    let blocks = (ids.count + size - 1) / size
    let threads = Workers.count(for: ids.count)
    let counts = PerThread(blocks) { _ in 0 }
    let unmatched = keepingUnmatched ? 1 : 0
    Workers.forEach(blocks, threads: threads) { block in
      let (ids, starts) = (ids.pointer, starts.pointer)
      var sum = 0
      for row in block * size..<min((block + 1) * size, keys.left.count) {
        let id = Int(ids[row])
        sum &+= id < 0 ? unmatched : starts[id &+ 1] &- starts[id]
      }
      counts[block] = sum
    }
    var sum = 0
    for block in 0..<blocks {
      let count = counts[block]
      counts[block] = sum
      sum += count
    }
    try Self.check(sum)
    let (left, right) = (FixedVector<Int32>(room: sum), FixedVector<Int32>(room: sum))
    Workers.forEach(blocks, threads: threads) { block in
      let (ids, starts, rows) = (ids.pointer, starts.pointer, rows.pointer)
      var (left, right) = (
        left.mutablePointer + counts[block], right.mutablePointer + counts[block]
      )
      for row in block * size..<min((block + 1) * size, keys.left.count) {
        let id = Int(ids[row])
        if id < 0 {
          guard keepingUnmatched else { continue }
          left.pointee = Int32(truncatingIfNeeded: row)
          right.pointee = -1
          left += 1
          right += 1
          continue
        }
        for place in starts[id]..<starts[id &+ 1] {
          left.pointee = Int32(truncatingIfNeeded: row)
          right.pointee = rows[place]
          left += 1
          right += 1
        }
      }
    }
    self.init(
      left: RowIndices(left),
      right: RowIndices(right, hasGaps: keepingUnmatched)
    )
  }

  private init(left: RowIndices, right: RowIndices) {
    self.left = left
    self.right = right
  }

  /// Where a left row has one match at most.
  private init(_ ids: FixedVector<Int32>, _ rowOf: FixedVector<Int32>, keepingUnmatched: Bool) {
    if keepingUnmatched {
      let (left, right) = (FixedVector<Int32>(room: ids.count), FixedVector<Int32>(room: ids.count))
      Workers.forEachBlock(of: ids.count) { rows in
        let (ids, rowOf) = (ids.pointer, rowOf.pointer)
        let (left, right) = (left.mutablePointer, right.mutablePointer)
        for row in rows {
          left[row] = Int32(truncatingIfNeeded: row)
          right[row] = ids[row] < 0 ? -1 : rowOf[Int(ids[row])]
        }
      }
      self.init(left: RowIndices(left), right: RowIndices(right, hasGaps: true))
      return
    }
    let mask = RowMask(
      BitVector(words: ids.count) { row, count in
        let ids = ids.pointer + row
        var word: UInt64 = 0
        for bit in 0..<count { word |= (ids[bit] >= 0 ? 1 : 0) &<< UInt64(bit) }
        return word
      }
    )
    let left = mask.indices
    let right = FixedVector<Int32>(room: left.count)
    Workers.forEachBlock(of: left.count) { places in
      let (ids, rowOf, rows) = (ids.pointer, rowOf.pointer, left.pointer)
      let target = right.mutablePointer
      for place in places { target[place] = rowOf[Int(ids[Int(rows[place])])] }
    }
    self.init(left: left, right: RowIndices(right))
  }

  static func check(_ count: Int) throws(FrameError) {
    guard count <= limit else {
      throw FrameError(
        .length,
        "the join would have \(count) rows, at most \(limit) are possible; "
          + "are keys repeated on both sides?"
      )
    }
  }
}
