package import TabularTensor

/// Values of fixed width: a run of an aligned buffer, so that a slice copies nothing.
package struct FixedVector<Value: BitwiseCopyable & Sendable>: Sendable {
  package let buffer: Buffer
  /// The first value, counted in values.
  package let offset: Int
  package let count: Int

  package init(buffer: Buffer, offset: Int = 0, count: Int) {
    precondition((offset + count) * MemoryLayout<Value>.stride <= buffer.byteCount)
    self.buffer = buffer
    self.offset = offset
    self.count = count
  }

  /// Creates a vector of `count` values that `value` gives one by one.
  package init<E: Error>(count: Int, _ value: (Int) throws(E) -> Value) throws(E) {
    buffer = Buffer(uninitialized: count * MemoryLayout<Value>.stride)
    let pointer = buffer.pointer.bindMemory(to: Value.self, capacity: count)
    for i in 0..<count { pointer[i] = try value(i) }
    offset = 0
    self.count = count
  }

  /// The first value's address; valid while the buffer is held.
  package var pointer: UnsafePointer<Value> {
    UnsafePointer(buffer.pointer.assumingMemoryBound(to: Value.self)) + offset
  }

  package subscript(index: Int) -> Value {
    precondition(index >= 0 && index < count, "index \(index) of \(count)")
    return pointer[index]
  }

  package func slice(_ range: Range<Int>) -> FixedVector {
    FixedVector(buffer: buffer, offset: offset + range.lowerBound, count: range.count)
  }

  package func taking(_ rows: [Int]) -> FixedVector {
    FixedVector(count: rows.count) { self[rows[$0]] }
  }
}

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

  package subscript(index: Int) -> Bool {
    precondition(index >= 0 && index < count, "index \(index) of \(count)")
    let bit = offset + index
    return buffer.pointer.load(fromByteOffset: bit >> 3, as: UInt8.self) >> UInt8(bit & 7) & 1 == 1
  }

  package func slice(_ range: Range<Int>) -> BitVector {
    BitVector(buffer: buffer, offset: offset + range.lowerBound, count: range.count)
  }

  package func taking(_ rows: [Int]) -> BitVector {
    BitVector(count: rows.count) { self[rows[$0]] }
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

  /// The validity of rows of which `isValid` tells, or nil when none is null.
  package init?(count: Int, _ isValid: (Int) -> Bool) {
    var nulls = 0
    for i in 0..<count where !isValid(i) { nulls += 1 }
    guard nulls > 0 else { return nil }
    self.init(bits: BitVector(count: count, isValid), nullCount: nulls)
  }

  package func slice(_ range: Range<Int>) -> Validity? {
    Validity(count: range.count) { bits[range.lowerBound + $0] }
  }

  package func taking(_ rows: [Int]) -> Validity? {
    Validity(count: rows.count) { bits[rows[$0]] }
  }
}
