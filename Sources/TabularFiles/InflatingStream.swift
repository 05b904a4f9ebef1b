internal import CZlib

/// What a gzip stream unpacks to: all of its members, one after the other.
///
/// Source of the format: RFC 1952. zlib checks the length and the checksum of each member.
package final class InflatingStream: ByteStream {
  private let source: any ByteStream
  private let path: String
  private var state: UnsafeMutablePointer<z_stream>
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 64)
  /// How many packed bytes were taken from the source.
  private var taken = 0
  private var isInMember = false
  private var sourceEnded = false

  package init(_ source: any ByteStream, path: String) {
    self.source = source
    self.path = path
    state = .allocate(capacity: 1)
    state.initialize(to: z_stream())
    // 15 bits of window, and a gzip header.
    let code = inflateInit2_(state, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(code == Z_OK, "inflateInit2 answers \(code)")
  }

  deinit {
    inflateEnd(state)
    state.deallocate()
    input.deallocate()
  }

  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    guard let base = buffer.baseAddress, !buffer.isEmpty else { return 0 }
    let room = min(buffer.count, 1 << 30)
    state.pointee.next_out = base.assumingMemoryBound(to: UInt8.self)
    state.pointee.avail_out = UInt32(room)
    while state.pointee.avail_out == UInt32(room) {
      if state.pointee.avail_in == 0, !sourceEnded { try refill() }
      if state.pointee.avail_in == 0, !isInMember { return 0 }
      if !isInMember, try !beginsMember() { return 0 }
      let code = inflate(state, Z_NO_FLUSH)
      switch code {
      case Z_STREAM_END:
        isInMember = false
        inflateReset(state)
      case Z_OK: isInMember = true
      case Z_BUF_ERROR where sourceEnded && state.pointee.avail_in == 0:
        throw error("the gzip data ends in the middle; is the file complete?")
      case Z_BUF_ERROR: continue
      case Z_MEM_ERROR: throw error("there is no memory to unpack gzip data")
      default:
        let reason = state.pointee.msg.map { String(cString: $0) } ?? "error \(code)"
        throw error("the gzip data is damaged at packed byte \(position): \(reason)")
      }
    }
    return room - Int(state.pointee.avail_out)
  }

  private var position: Int { taken - Int(state.pointee.avail_in) }

  private func refill() throws(FileError) {
    let count = try source.read(into: input)
    sourceEnded = count == 0
    taken += count
    state.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    state.pointee.avail_in = UInt32(count)
  }

  /// Behind a member may stand another one, zeros (as tar pads), or nothing.
  private func beginsMember() throws(FileError) -> Bool {
    while true {
      if state.pointee.avail_in == 0 {
        if sourceEnded { return false }
        try refill()
        continue
      }
      guard let next = state.pointee.next_in, next.pointee == 0 else { break }
      state.pointee.next_in = next + 1
      state.pointee.avail_in -= 1
    }
    guard state.pointee.next_in?.pointee == 0x1F else {
      throw error("behind the gzip data, at packed byte \(position), stands something else")
    }
    isInMember = true
    return true
  }

  private func error(_ reason: String) -> FileError {
    FileError(path: path, operation: .read, reason: reason)
  }
}
