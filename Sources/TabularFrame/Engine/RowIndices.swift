/// Rows by position, in any order and number, 4 bytes each.
package struct RowIndices: Sendable {
  package let vector: FixedVector<Int32>
  /// Whether some are -1: no row, whose values are null.
  package let hasGaps: Bool

  /// The most rows that a frame may have for a verb that takes rows by position.
  package static let limit = Int(Int32.max)

  /// Invariant: each is a row of the frame from which is taken, or -1 where there may be gaps.
  package init(_ vector: FixedVector<Int32>, hasGaps: Bool = false) {
    self.vector = vector
    self.hasGaps = hasGaps
  }

  /// Positions below `rowCount`; another one traps.
  package init(_ rows: [Int], below rowCount: Int) {
    precondition(rowCount <= Self.limit, "rows of a frame of more than \(Self.limit)")
    vector = FixedVector(count: rows.count) { index in
      let row = rows[index]
      precondition(row >= 0 && row < rowCount, "row \(row) of \(rowCount)")
      return Int32(truncatingIfNeeded: row)
    }
    hasGaps = false
  }

  package var count: Int { vector.count }
  package var pointer: UnsafePointer<Int32> { vector.pointer }

  /// These rows of those.
  func of(_ others: RowIndices) -> RowIndices {
    guard hasGaps else { return RowIndices(others.vector.taking(self), hasGaps: others.hasGaps) }
    let (inner, outer) = (self, others)
    let composed = FixedVector<Int32>(room: count)
    Workers.forEachBlock(of: count) { block in
      for i in block {
        let row = inner.pointer[i]
        composed.mutablePointer[i] = row < 0 ? -1 : outer.pointer[Int(row)]
      }
    }
    return RowIndices(composed, hasGaps: true)
  }
}

/// Rows that bits keep, in order.
package struct RowMask: Sendable {
  /// A bit for each row, set where it is kept.
  let bits: BitVector
  /// The rows kept.
  package let count: Int
  /// The rows kept before each chunk.
  private let starts: [Int]

  private static let chunk = 1 << 14

  package init(_ bits: BitVector) {
    let chunks = (bits.count + Self.chunk - 1) / Self.chunk
    let counts = PerThread(chunks) { _ in 0 }
    Workers.forEach(chunks, threads: Workers.count(for: bits.count, each: 1 << 20)) { chunk in
      counts[chunk] = bits.slice(Self.rows(of: chunk, bits.count)).population
    }
    var (starts, sum) = ([Int](), 0)
    starts.reserveCapacity(chunks)
    for chunk in 0..<chunks {
      starts.append(sum)
      sum += counts[chunk]
    }
    self.bits = bits
    self.starts = starts
    count = sum
  }

  private static func rows(of chunk: Int, _ count: Int) -> Range<Int> {
    chunk * Self.chunk..<min((chunk + 1) * Self.chunk, count)
  }

  /// Runs `body` on chunks of rows, with the place of the first row kept among those kept.
  func forEachChunk(_ body: @escaping @Sendable (Range<Int>, Int) -> Void) {
    let (starts, rows) = (starts, bits.count)
    Workers.forEach(starts.count, threads: Workers.count(for: rows)) { chunk in
      body(Self.rows(of: chunk, rows), starts[chunk])
    }
  }

  /// The rows kept, by position.
  package var indices: RowIndices {
    precondition(bits.count <= RowIndices.limit, "rows of a frame of more than \(RowIndices.limit)")
    let places = FixedVector<Int32>(room: count)
    let bits = bits
    forEachChunk { rows, start in
      let reader = bits.reader
      var target = places.mutablePointer + start
      for row in stride(from: rows.lowerBound, to: rows.upperBound, by: 64) {
        var word = reader.word(at: row, count: min(64, rows.upperBound - row))
        while word != 0 {
          target.pointee = Int32(truncatingIfNeeded: row &+ word.trailingZeroBitCount)
          target += 1
          word &= word &- 1
        }
      }
    }
    return RowIndices(places)
  }

  /// The row that is kept at a place among those kept.
  func row(at place: Int) -> Int {
    // The last chunk that begins at or before the place.
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= place { low = middle } else { high = middle }
    }
    let (reader, rows) = (bits.reader, Self.rows(of: low, bits.count))
    var left = place - starts[low]
    var row = rows.lowerBound
    while true {
      var word = reader.word(at: row, count: min(64, rows.upperBound - row))
      let found = word.nonzeroBitCount
      if left < found {
        for _ in 0..<left { word &= word &- 1 }
        return row + word.trailingZeroBitCount
      }
      left -= found
      row += 64
    }
  }
}
