internal import CLZ4
internal import TabularTensor

/// Unpacks an LZ4 frame into memory of a size that is known.
enum LZ4Frame {
  /// Whether a frame unpacks to all of a room, and nothing is behind it.
  static func unpack(_ packed: Buffer, into room: Buffer) -> Bool {
    var context: OpaquePointer?
    guard LZ4F_isError(LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))) == 0 else {
      return false
    }
    defer { LZ4F_freeDecompressionContext(context) }
    var (read, written) = (0, 0)
    while true {
      var source = packed.byteCount - read
      var target = room.byteCount - written
      let left = LZ4F_decompress(
        context,
        room.pointer + written,
        &target,
        packed.pointer + read,
        &source,
        nil
      )
      guard LZ4F_isError(left) == 0 else { return false }
      read += source
      written += target
      if left == 0 { return read == packed.byteCount && written == room.byteCount }
      // Neither side moves: the frame is cut short, or holds more than it may.
      if source == 0, target == 0 { return false }
    }
  }
}
