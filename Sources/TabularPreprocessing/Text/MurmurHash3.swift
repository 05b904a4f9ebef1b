/// MurmurHash3, 32 bits, of bytes.
///
/// Source: Austin Appleby, smhasher, `MurmurHash3_x86_32` (public domain), by its description.
func murmurHash3(_ bytes: UnsafeBufferPointer<UInt8>, seed: UInt32 = 0) -> UInt32 {
  let (c1, c2): (UInt32, UInt32) = (0xCC9E_2D51, 0x1B87_3593)
  func rotated(_ value: UInt32, _ bits: UInt32) -> UInt32 {
    value << bits | value >> (32 - bits)
  }
  var hash = seed
  let blocks = bytes.count / 4
  let raw = UnsafeRawBufferPointer(bytes)
  for block in 0..<blocks {
    var word = raw.loadUnaligned(fromByteOffset: 4 * block, as: UInt32.self).littleEndian
    word = rotated(word &* c1, 15) &* c2
    hash = rotated(hash ^ word, 13) &* 5 &+ 0xE654_6B64
  }
  var tail: UInt32 = 0
  for i in (4 * blocks..<bytes.count).reversed() { tail = tail << 8 | UInt32(bytes[i]) }
  hash ^= rotated(tail &* c1, 15) &* c2
  hash ^= UInt32(truncatingIfNeeded: bytes.count)
  hash = (hash ^ hash >> 16) &* 0x85EB_CA6B
  hash = (hash ^ hash >> 13) &* 0xC2B2_AE35
  return hash ^ hash >> 16
}

/// The column and the sign of a feature in a hashed space, as scikit-learn's `FeatureHasher`.
func hashedColumn(
  _ name: UnsafeBufferPointer<UInt8>,
  of count: Int,
  alternateSign: Bool
) -> (column: Int32, sign: Double) {
  let hash = Int32(bitPattern: murmurHash3(name))
  let column = Int(hash.magnitude) % count
  return (Int32(column), alternateSign && hash < 0 ? -1 : 1)
}
