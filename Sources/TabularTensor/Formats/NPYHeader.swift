/// What stands before the elements of an npy file.
struct NPYHeader: Sendable {
  let dtype: DType
  let shape: Shape
  let isFortranOrder: Bool
  let isBigEndian: Bool
  /// Where the elements begin in the npy file.
  let dataStart: Int

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  static let dataAlignment = 64

  /// The header of our files: version 1, or 2 where that is too short; C order, little-endian.
  static func bytes(dtype: DType, shape: Shape) -> [UInt8] {
    // A tuple of one needs its comma in Python.
    let extents = shape.dimensions.map(String.init).joined(separator: ", ")
    let tuple = shape.rank == 1 ? "(\(extents),)" : "(\(extents))"
    var text = "{'descr': '\(dtype.numpyDescription)', 'fortran_order': False, 'shape': \(tuple), }"
    func pad(_ lengthBytes: Int) {
      let fixed = magic.count + 2 + lengthBytes + text.utf8.count + 1
      text += String(repeating: " ", count: -fixed & (dataAlignment - 1)) + "\n"
    }
    // 64 bytes of padding at most.
    let isLong = text.utf8.count + dataAlignment > Int(UInt16.max)
    pad(isLong ? 4 : 2)
    let length = text.utf8.count
    let lengthBytes = (0..<(isLong ? 4 : 2)).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
    return magic + [isLong ? 2 : 1, 0] + lengthBytes + Array(text.utf8)
  }
}
