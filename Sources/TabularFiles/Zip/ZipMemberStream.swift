internal import CZlib

/// The unpacked bytes of an archive's member; size and checksum are verified at their end.
package final class ZipMemberStream: ByteStream {
  private let archive: ZipArchive
  private let member: ZipArchive.Member
  /// How many packed bytes were read, and how many unpacked ones were given.
  private var taken = 0
  private var given = 0
  private var checksum: UInt32 = 0
  private var inflater: Inflater?

  package init(_ member: ZipArchive.Member, of archive: ZipArchive) {
    self.member = member
    self.archive = archive
    if member.entry.method == .deflated { inflater = Inflater() }
  }

  /// Fills a buffer with the next bytes; 0 at the end, and only there.
  ///
  /// - Throws: `FileError` when the packed data are damaged, or the file cannot be read.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    let room = min(buffer.count, member.entry.size - given, 1 << 30)
    guard room > 0 else { return 0 }
    let target = UnsafeMutableRawBufferPointer(rebasing: buffer[..<room])
    var count = room
    if let inflater {
      count = try inflate(into: target, inflater)
      guard count > 0 else { throw error("ends after \(given) of \(member.entry.size) bytes") }
    } else {
      try archive.file.read(into: target, at: member.dataOffset + taken)
      taken += count
    }
    checksum = crc32(of: UnsafeRawBufferPointer(rebasing: target[..<count]), after: checksum)
    given += count
    return count
  }

  /// Verifies that all bytes were given, that nothing stands behind them, and their checksum.
  ///
  /// - Throws: `FileError` that says which of these is not so.
  package func finish() throws(FileError) {
    precondition(given == member.entry.size, "a member that is not read to its end")
    if let inflater {
      // The end of the packed data may still be ahead: it takes no room.
      var byte: UInt8 = 0
      var failure: FileError?
      let more = withUnsafeMutableBytes(of: &byte) { buffer in
        do throws(FileError) {
          return try inflate(into: buffer, inflater)
        } catch {
          failure = error
          return 0
        }
      }
      if let failure { throw failure }
      guard more == 0, inflater.hasEnded, inflater.unread == 0, taken == member.entry.packedSize
      else { throw error("does not end after \(given) bytes") }
    }
    guard checksum == member.entry.checksum else { throw wrongChecksum }
  }

  /// Verifies the checksum of a stored member of a mapped archive.
  ///
  /// - Throws: `FileError` when it is another one.
  package func verifyMemory() throws(FileError) {
    guard let memory = archive.file.memory, member.entry.method == .stored else {
      preconditionFailure("a member that is not in memory as it is")
    }
    let bytes = memory[member.dataOffset..<(member.dataOffset + member.entry.size)]
    guard crc32(of: UnsafeRawBufferPointer(rebasing: bytes)) == member.entry.checksum else {
      throw wrongChecksum
    }
  }

  private var wrongChecksum: FileError { error("has another checksum than its header says") }

  private func inflate(
    into buffer: UnsafeMutableRawBufferPointer,
    _ inflater: Inflater
  ) throws(FileError) -> Int {
    while !inflater.hasEnded {
      if inflater.unread == 0, taken < member.entry.packedSize {
        let count = min(inflater.input.count, member.entry.packedSize - taken)
        let input = UnsafeMutableRawBufferPointer(rebasing: inflater.input[..<count])
        try archive.file.read(into: input, at: member.dataOffset + taken)
        taken += count
        inflater.refill(count)
      }
      let wasEmpty = inflater.unread == 0
      guard let count = inflater.step(into: buffer) else {
        throw error("is damaged before packed byte \(taken - inflater.unread)")
      }
      if count > 0 { return count }
      if wasEmpty, !inflater.hasEnded { return 0 }
    }
    return 0
  }

  private func error(_ reason: String) -> FileError {
    FileError(
      path: archive.file.path,
      malformed: "the zip member \(member.entry.name.debugDescription) \(reason)"
    )
  }
}

/// zlib's state for deflated data without a header: RFC 1951.
private final class Inflater {
  let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 64)
  private(set) var hasEnded = false
  private let state: UnsafeMutablePointer<z_stream>

  init() {
    state = .allocate(capacity: 1)
    state.initialize(to: z_stream())
    let code = inflateInit2_(state, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(code == Z_OK, "inflateInit2 answers \(code)")
  }

  deinit {
    inflateEnd(state)
    state.deallocate()
    input.deallocate()
  }

  /// How many bytes of the input were not used yet.
  var unread: Int { Int(state.pointee.avail_in) }

  /// Says that the input holds new bytes.
  func refill(_ count: Int) {
    state.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    state.pointee.avail_in = UInt32(count)
  }

  /// Unpacks into a buffer of at most 1 GiB; nil when the data are damaged.
  func step(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    state.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    state.pointee.avail_out = UInt32(buffer.count)
    switch inflate(state, Z_NO_FLUSH) {
    case Z_STREAM_END: hasEnded = true
    case Z_OK, Z_BUF_ERROR: break
    default: return nil
    }
    return buffer.count - Int(state.pointee.avail_out)
  }
}
