package import TabularTensor

/// Bits, least significant first, from any bit of an aligned buffer on.
package struct BitVector: Sendable {
  package let buffer: Buffer
  package let offset: Int
  package let count: Int

  package init(buffer: Buffer, offset: Int = 0, count: Int) {
    precondition(offset + count <= buffer.byteCount * 8)
    self.buffer = buffer
    self.offset = offset
    self.count = count
  }

  package init<E: Error>(count: Int, _ bit: (Int) throws(E) -> Bool) throws(E) {
    let zeros = Buffer(zeroed: (count + 7) / 8)
    let bytes = zeros.pointer.assumingMemoryBound(to: UInt8.self)
    for i in 0..<count where try bit(i) { bytes[i >> 3] |= 1 << UInt8(i & 7) }
    buffer = zeros
    offset = 0
    self.count = count
  }

  /// Creates bits of words of 64, of which `word` gives that from a row on, for at most 64 rows.
  ///
  /// Bits behind the last row do not count.
  package init(
    words count: Int,
    _ word: @escaping @Sendable (_ row: Int, _ rows: Int) -> UInt64
  ) {
    let room = Buffer.room((count + 63) / 64 * 8)
    Workers.forEachBlock(of: count) { block in
      let words = room.pointer.assumingMemoryBound(to: UInt64.self)
      for row in stride(from: block.lowerBound, to: block.upperBound, by: 64) {
        let rows = min(64, block.upperBound - row)
        words[row >> 6] = word(row, rows).littleEndian & BitReader.mask(rows)
      }
    }
    self.init(buffer: room, count: count)
  }

  package subscript(index: Int) -> Bool {
    precondition(index >= 0 && index < count, "index \(index) of \(count)")
    let bit = offset + index
    return buffer.pointer.load(fromByteOffset: bit >> 3, as: UInt8.self) >> UInt8(bit & 7) & 1 == 1
  }

  package func slice(_ range: Range<Int>) -> BitVector {
    BitVector(buffer: buffer, offset: offset + range.lowerBound, count: range.count)
  }

  /// The bits at these places; where there is none, false.
  package func taking(_ rows: RowIndices) -> BitVector {
    let bits = self
    return BitVector(words: rows.count) { row, count in
      let (source, places) = (bits.reader, rows.pointer + row)
      var word: UInt64 = 0
      for bit in 0..<count {
        let place = Int(places[bit])
        if place >= 0 { word |= (source[place] ? 1 : 0) << UInt64(bit) }
      }
      return word
    }
  }

  /// How many bits are set.
  package var population: Int {
    let source = reader
    var sum = 0
    for row in stride(from: 0, to: count, by: 64) {
      sum &+= source.word(at: row, count: min(64, count - row)).nonzeroBitCount
    }
    return sum
  }

  /// Gives `body` the places of the bits that are set, ascending.
  package func forEachTrue(_ body: (Int) -> Void) {
    let source = reader
    for row in stride(from: 0, to: count, by: 64) {
      var word = source.word(at: row, count: min(64, count - row))
      while word != 0 {
        body(row + word.trailingZeroBitCount)
        word &= word - 1
      }
    }
  }

  /// The bits for a hot loop; valid while the vector is held.
  package var reader: BitReader { BitReader(self) }
}

/// The bits of a vector without its bounds checks.
///
/// - Precondition: the vector outlives it.
package struct BitReader {
  private let bytes: UnsafePointer<UInt8>
  private let offset: Int
  private let byteCount: Int

  fileprivate init(_ bits: BitVector) {
    bytes = UnsafePointer(bits.buffer.pointer.assumingMemoryBound(to: UInt8.self))
    offset = bits.offset
    byteCount = bits.buffer.byteCount
  }

  @inline(__always)
  package subscript(index: Int) -> Bool {
    let bit = offset &+ index
    return bytes[bit &>> 3] &>> UInt8(truncatingIfNeeded: bit & 7) & 1 == 1
  }

  /// The lowest bits set.
  @inline(__always)
  static func mask(_ count: Int) -> UInt64 {
    count >= 64 ? .max : (1 &<< UInt64(count)) &- 1
  }

  /// The bits from an index on, at most 64, in the lowest ones of a word.
  @inline(__always)
  package func word(at index: Int, count: Int) -> UInt64 {
    let bit = offset &+ index
    let (byte, shift) = (bit &>> 3, UInt64(bit & 7))
    if byte &+ 9 <= byteCount {
      let low = UnsafeRawPointer(bytes + byte).loadUnaligned(as: UInt64.self).littleEndian
      // Shifted twice, because a shift by 64 is none.
      let high = (UInt64(bytes[byte &+ 8]) &<< 1) &<< (63 &- shift)
      return (low &>> shift | high) & Self.mask(count)
    }
    var word: UInt64 = 0
    for i in 0..<count where self[index &+ i] { word |= 1 &<< UInt64(i) }
    return word
  }
}

/// Which rows have a value; absent from a column without nulls.
package struct Validity: Sendable {
  package let bits: BitVector
  package let nullCount: Int

  package init(bits: BitVector, nullCount: Int) {
    self.bits = bits
    self.nullCount = nullCount
  }

  /// The validity that bits tell, or nil when none is null.
  package init?(bits: BitVector) {
    let nulls = bits.count - bits.population
    guard nulls > 0 else { return nil }
    self.init(bits: bits, nullCount: nulls)
  }

  /// The validity of rows of which `isValid` tells, or nil when none is null.
  package init?(count: Int, _ isValid: (Int) -> Bool) {
    self.init(bits: BitVector(count: count, isValid))
  }

  /// A run of rows, sharing the bits.
  package func slice(_ range: Range<Int>) -> Validity? { Validity(bits: bits.slice(range)) }

  package func taking(_ rows: RowIndices) -> Validity? { Validity(bits: bits.taking(rows)) }
}
