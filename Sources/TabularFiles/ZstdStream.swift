internal import CZstd

/// What a zstd stream unpacks to: all of its frames, one after the other.
///
/// Source of the format: RFC 8878.
package final class ZstdStream: ByteStream {
  private let source: any ByteStream
  private let path: String
  private let context: OpaquePointer
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 64)
  private var pending: ZSTD_inBuffer
  private var taken = 0
  /// What zstd wants to read on: 0 where a frame is complete.
  private var hint = 0
  private var sourceEnded = false

  package init(_ source: any ByteStream, path: String) {
    self.source = source
    self.path = path
    guard let context = ZSTD_createDStream() else { fatalError("no memory for a zstd stream") }
    self.context = context
    pending = ZSTD_inBuffer(src: input.baseAddress, size: 0, pos: 0)
  }

  deinit {
    ZSTD_freeDStream(context)
    input.deallocate()
  }

  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    guard let base = buffer.baseAddress, !buffer.isEmpty else { return 0 }
    var output = ZSTD_outBuffer(dst: base, size: buffer.count, pos: 0)
    while output.pos == 0 {
      if pending.pos == pending.size, !sourceEnded {
        let count = try source.read(into: input)
        sourceEnded = count == 0
        taken += count
        pending = ZSTD_inBuffer(src: input.baseAddress, size: count, pos: 0)
      }
      if sourceEnded, pending.pos == pending.size, hint == 0 { return 0 }
      let before = pending.pos
      let code = ZSTD_decompressStream(context, &output, &pending)
      if ZSTD_isError(code) != 0 {
        let reason = String(cString: ZSTD_getErrorName(code))
        let position = taken - pending.size + pending.pos
        throw error("the zstd data is damaged at packed byte \(position): \(reason)")
      }
      hint = code
      if sourceEnded, output.pos == 0, pending.pos == before, hint > 0 {
        throw error("the zstd data ends in the middle; is the file complete?")
      }
    }
    return output.pos
  }

  private func error(_ reason: String) -> FileError {
    FileError(path: path, operation: .read, reason: reason)
  }
}
