internal import CZlib

/// Deflates the concatenation of several blocks of bytes, without a header: RFC 1951.
///
/// - Parameter blocks: what is to be packed.
/// - Returns: the packed bytes, at zlib's default level, as NumPy's are.
package func deflated(_ blocks: [UnsafeRawBufferPointer]) -> [UInt8] {
  // zlib remembers the address of its state.
  let state = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  state.initialize(to: z_stream())
  defer { state.deallocate() }
  let code = deflateInit2_(
    state,
    Z_DEFAULT_COMPRESSION,
    Z_DEFLATED,
    -15,
    8,
    Z_DEFAULT_STRATEGY,
    ZLIB_VERSION,
    Int32(MemoryLayout<z_stream>.size)
  )
  precondition(code == Z_OK, "deflateInit2 answers \(code)")
  defer { deflateEnd(state) }
  var packed: [UInt8] = []
  let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 64)
  defer { output.deallocate() }
  func pack(_ flush: Int32) {
    repeat {
      state.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
      state.pointee.avail_out = UInt32(output.count)
      deflate(state, flush)
      packed.append(contentsOf: output[..<(output.count - Int(state.pointee.avail_out))])
    } while state.pointee.avail_out == 0
  }
  for block in blocks {
    // zlib counts in 32 bits.
    for start in stride(from: 0, to: block.count, by: 1 << 30) {
      let piece = block[start..<min(start + 1 << 30, block.count)]
      let bytes = UnsafeMutableRawBufferPointer(
        mutating: UnsafeRawBufferPointer(rebasing: piece)
      )
      state.pointee.next_in = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
      state.pointee.avail_in = UInt32(bytes.count)
      pack(Z_NO_FLUSH)
    }
  }
  pack(Z_FINISH)
  return packed
}
