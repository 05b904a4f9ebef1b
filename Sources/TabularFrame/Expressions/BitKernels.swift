internal import TabularTensor

// Bits a word of 64 at a time: what masks and bitmaps of nulls are made of.
extension BitVector {
  /// The number of words that hold the bits.
  var wordCount: Int { (count + 63) / 64 }

  /// The bits from `64 * index` on, wherever the vector begins; those behind its end are 0.
  @inline(__always)
  func bits64(_ index: Int) -> UInt64 {
    let bit = offset &+ index &* 64
    let (byte, shift) = (bit &>> 3, UInt64(bit & 7))
    let left = count &- index &* 64
    var word: UInt64 = 0
    if byte &+ 9 <= buffer.byteCount {
      word = (buffer.pointer + byte).loadUnaligned(as: UInt64.self) &>> shift
      if shift > 0 {
        let next = UInt64((buffer.pointer + byte + 8).load(as: UInt8.self))
        word |= next &<< (64 &- shift)
      }
    } else {
      let end = min(byte &+ 9, buffer.byteCount)
      for i in byte..<end {
        let value = UInt64((buffer.pointer + i).load(as: UInt8.self))
        let place = (i &- byte) &* 8 &- Int(shift)
        word |= place >= 0 ? (place < 64 ? value &<< UInt64(place) : 0) : value &>> shift
      }
    }
    return left >= 64 ? word : word & ((1 &<< UInt64(max(left, 0))) &- 1)
  }

  /// The bits of which `word` gives 64 at a time; what it says behind the end does not count.
  @inline(__always)
  init(bits64 count: Int, _ word: (Int) -> UInt64) {
    let wordCount = (count + 63) / 64
    let buffer = Buffer.room(wordCount * 8)
    let words = buffer.pointer.bindMemory(to: UInt64.self, capacity: wordCount)
    for i in 0..<wordCount { words[i] = word(i) }
    if count % 64 > 0 { words[wordCount - 1] &= (1 &<< UInt64(count % 64)) &- 1 }
    self.init(buffer: buffer, count: count)
  }

  /// The bits that `bit` gives, without a branch a row.
  @inline(__always)
  init(packing count: Int, _ bit: (Int) -> Bool) {
    let wordCount = (count + 63) / 64
    let buffer = Buffer.room(wordCount * 8)
    let words = buffer.pointer.bindMemory(to: UInt64.self, capacity: wordCount)
    for i in 0..<(count / 64) {
      var word: UInt64 = 0
      for j in 0..<64 { word |= (bit(i &* 64 &+ j) ? 1 : 0) &<< UInt64(truncatingIfNeeded: j) }
      words[i] = word
    }
    if count % 64 > 0 {
      var word: UInt64 = 0
      for j in 0..<(count % 64) {
        word |= (bit((wordCount &- 1) &* 64 &+ j) ? 1 : 0) &<< UInt64(truncatingIfNeeded: j)
      }
      words[wordCount - 1] = word
    }
    self.init(buffer: buffer, count: count)
  }

  /// All bits alike.
  init(repeating bit: Bool, count: Int) { self.init(bits64: count) { _ in bit ? .max : 0 } }

  /// How many bits are 1.
  var trueCount: Int {
    var total = 0
    for i in 0..<wordCount { total += bits64(i).nonzeroBitCount }
    return total
  }
}

extension Validity {
  /// The rows whose bit is 1 have a value; nil where all have one.
  init?(_ bits: BitVector) {
    let nulls = bits.count - bits.trueCount
    guard nulls > 0 else { return nil }
    self.init(bits: bits, nullCount: nulls)
  }

  /// The rows that have a value in both columns.
  static func both(_ left: Validity?, _ right: Validity?) -> Validity? {
    guard let left, let right else { return left ?? right }
    return Validity(
      BitVector(bits64: left.bits.count) { left.bits.bits64($0) & right.bits.bits64($0) }
    )
  }
}

extension Column {
  /// A bool column.
  init(bits: BitVector, validity: Validity?) {
    self.init(storage: .bool(bits), validity: validity)
  }

  /// A column of one type without a value in any row.
  static func nulls(_ type: NullableType, count: Int) -> Column {
    let validity = Validity(BitVector(repeating: false, count: count))
    switch type {
    case .bool: return Column(bits: BitVector(repeating: false, count: count), validity: validity)
    case .int64:
      return Column(storage: .int64(FixedVector(count: count) { _ in 0 }), validity: validity)
    case .float64:
      return Column(storage: .float64(FixedVector(count: count) { _ in 0 }), validity: validity)
    }
  }

  /// The types that results without a value have.
  enum NullableType { case bool, int64, float64 }

  /// 64 rows' bits that say which have a value.
  @inline(__always)
  func valid64(_ index: Int) -> UInt64 { validity?.bits.bits64(index) ?? .max }
}

extension FixedVector {
  /// The values that `value` gives: a loop without checks, which the compiler turns into vectors.
  @inline(__always)
  init(filling count: Int, _ value: (Int) -> Value) {
    let buffer = Buffer.room(count * MemoryLayout<Value>.stride)
    let pointer = buffer.pointer.bindMemory(to: Value.self, capacity: count)
    for i in 0..<count { pointer[i] = value(i) }
    self.init(buffer: buffer, count: count)
  }
}
