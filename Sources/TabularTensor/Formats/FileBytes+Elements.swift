internal import TabularFiles

extension FileBytes {
  /// The bytes of elements: borrowed from a mapping where they are aligned for their type, else
  /// read into memory of their own.
  func elements(at offset: Int, count: Int, alignedTo alignment: Int) throws(FileError) -> Buffer {
    if let memory, let base = memory.baseAddress, (Int(bitPattern: base) + offset) % alignment == 0
    {
      precondition(offset >= 0 && offset <= self.count && count <= self.count - offset)
      return Buffer(
        borrowing: UnsafeMutableRawPointer(mutating: base + offset),
        byteCount: count,
        owner: self
      )
    }
    let buffer = Buffer(uninitialized: count)
    try read(into: UnsafeMutableRawBufferPointer(start: buffer.pointer, count: count), at: offset)
    return buffer
  }
}

extension AnyTensor {
  /// Whether all bytes are 0 or 1, as those of bools must be.
  var holdsOnlyBools: Bool {
    let bytes = bytes
    var bits: UInt64 = 0
    let words = bytes.count / 8
    for word in 0..<words { bits |= bytes.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self) }
    for byte in bytes[(words * 8)...] { bits |= UInt64(byte) }
    return bits & 0xFEFE_FEFE_FEFE_FEFE == 0
  }
}

extension [Int] {
  /// The bytes that a tensor of these extents takes; nil where that does not fit an `Int`.
  ///
  /// As in NumPy, an extent of 0 does not excuse the others: strides are made of them.
  func byteCount(of dtype: DType) -> Int? {
    var size = dtype.byteCount
    for extent in self where extent != 0 {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard extent > 0, !overflow else { return nil }
      size = product
    }
    return contains(0) ? 0 : size
  }
}
