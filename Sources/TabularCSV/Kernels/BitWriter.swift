internal import Synchronization

/// Ors bits into a bitmap that several threads fill: each its own rows, so that only the first and
/// the last word of a block may be shared.
///
/// Invariant: the memory holds zeroed, aligned 64-bit words, enough for every row.
struct BitWriter {
  let words: UnsafeMutablePointer<UInt64>

  init(_ memory: ColumnMemory) {
    words = memory.pointer.assumingMemoryBound(to: UInt64.self)
  }

  /// Ors bits into a word that no other thread has rows in.
  @inline(__always)
  func store(_ bits: UInt64, word: Int, isShared: Bool) {
    guard bits != 0 else { return }
    if isShared { storeShared(bits, word: word) } else { words[word] |= bits }
  }

  @inline(never)
  private func storeShared(_ bits: UInt64, word: Int) {
    (UnsafeMutableRawPointer(words) + word * 8).assumingMemoryBound(to: Atomic<UInt64>.self)
      .pointee.bitwiseOr(bits, ordering: .relaxed)
  }

  /// Sets one bit, at any time.
  func set(_ row: Int) { storeShared(1 << UInt64(row & 63), word: row >> 6) }
}

/// What reading a column's cells in a block showed.
struct BlockResult {
  var nulls = 0
  /// The words that stood for a null, as bits over `TypeInference.nullWords`, and how often.
  var words: UInt8 = 0
  var wordCount = 0
  var sawValue = false
  /// Whether a number had a fraction or an exponent; whether one was an integer, and whether a float
  /// column would round one.
  var sawFraction = false
  var sawInteger = false
  var sawInexact = false
}

extension BlockResult {
  /// Takes which of up to 64 rows are null, the first one in the lowest bit, and marks them in the
  /// column's bitmap.
  ///
  /// - Parameters:
  ///   - nullBits: the nulls; bits from `count` on are 0.
  ///   - count: how many rows were read; a word of the bitmap holds them all.
  ///   - row: the row of the first one in the table.
  ///   - nulls: the bitmap.
  @inline(__always)
  mutating func take(nulls nullBits: UInt64, of count: Int, from row: Int, into nulls: BitWriter) {
    let found = nullBits.nonzeroBitCount
    self.nulls &+= found
    sawValue = sawValue || count > found
    nulls.store(nullBits &<< UInt64(row & 63), word: row &>> 6, isShared: count < 64)
  }
}
