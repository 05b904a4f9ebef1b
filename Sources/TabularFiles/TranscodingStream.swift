/// A text in another encoding, as UTF-8.
package final class TranscodingStream: ByteStream {
  private let source: any ByteStream
  private let encoding: TextEncoding
  private let path: String
  private var isBigEndian = false
  private var isFirst = true
  /// Bytes that were read and make no whole character yet; the offset of the first.
  private var pending: [UInt8] = []
  private var offset = 0
  private var output: [UInt8] = []
  private var given = 0
  private var ended = false
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 64)

  package init(_ source: any ByteStream, from encoding: TextEncoding, path: String) {
    self.source = source
    self.encoding = encoding
    self.path = path
  }

  deinit { input.deallocate() }

  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    while given == output.count {
      if ended { return 0 }
      output.removeAll(keepingCapacity: true)
      given = 0
      try transcodeNext()
    }
    let count = min(buffer.count, output.count - given)
    output[given..<(given + count)].withUnsafeBytes { buffer.copyMemory(from: $0) }
    given += count
    return count
  }

  private func transcodeNext() throws(FileError) {
    let count = try source.read(into: input)
    pending.append(contentsOf: input[..<count])
    ended = count == 0
    let taken =
      switch encoding {
      case .utf8: pending.count
      case .latin1: takeLatin1()
      case .utf16: try takeUTF16()
      case .utf8Replacing: takeUTF8()
      }
    if encoding == .utf8 { output += pending }
    pending.removeFirst(taken)
    offset += taken
  }

  /// ISO 8859-1: a byte is its code point.
  private func takeLatin1() -> Int {
    output.reserveCapacity(pending.count + pending.count / 8)
    for byte in pending {
      if byte < 0x80 {
        output.append(byte)
      } else {
        output.append(0xC0 | byte >> 6)
        output.append(0x80 | byte & 0x3F)
      }
    }
    return pending.count
  }

  private func takeUTF16() throws(FileError) -> Int {
    var position = 0
    if isFirst, pending.count >= 2 || ended {
      isFirst = false
      // Without a byte order mark: little endian, as Windows writes it.
      if pending.starts(with: [0xFE, 0xFF]) {
        (isBigEndian, position) = (true, 2)
      } else if pending.starts(with: [0xFF, 0xFE]) {
        position = 2
      }
    }
    func unit(_ position: Int) -> UInt32 {
      let (first, second) = (UInt32(pending[position]), UInt32(pending[position + 1]))
      return isBigEndian ? first << 8 | second : second << 8 | first
    }
    output.reserveCapacity(pending.count)
    while position + 2 <= pending.count {
      var code = unit(position)
      var length = 2
      if code & 0xFC00 == 0xD800 {
        guard position + 4 <= pending.count else {
          if ended { throw damaged("half a surrogate pair", at: position) }
          break
        }
        let low = unit(position + 2)
        guard low & 0xFC00 == 0xDC00 else { throw damaged("half a surrogate pair", at: position) }
        code = 0x10000 + (code & 0x3FF) << 10 + (low & 0x3FF)
        length = 4
      } else if code & 0xFC00 == 0xDC00 {
        throw damaged("half a surrogate pair", at: position)
      }
      append(code)
      position += length
    }
    if ended, position < pending.count { throw damaged("half a character", at: position) }
    return position
  }

  private func append(_ code: UInt32) {
    switch code {
    case ..<0x80: output.append(UInt8(code))
    case ..<0x800:
      output.append(UInt8(0xC0 | code >> 6))
      output.append(UInt8(0x80 | code & 0x3F))
    case ..<0x10000:
      output.append(UInt8(0xE0 | code >> 12))
      output.append(UInt8(0x80 | code >> 6 & 0x3F))
      output.append(UInt8(0x80 | code & 0x3F))
    default:
      output.append(UInt8(0xF0 | code >> 18))
      output.append(UInt8(0x80 | code >> 12 & 0x3F))
      output.append(UInt8(0x80 | code >> 6 & 0x3F))
      output.append(UInt8(0x80 | code & 0x3F))
    }
  }

  private func damaged(_ what: String, at position: Int) -> FileError {
    FileError(
      path: path,
      operation: .read,
      reason: "it is not UTF-16: \(what) at byte \(offset + position)"
    )
  }

  /// Valid UTF-8 as it is, U+FFFD for the rest.
  ///
  /// A maximal part of a sequence becomes one: Unicode 16, section 3.9.6, as most decoders do.
  private func takeUTF8() -> Int {
    var end = pending.count
    if !ended {
      // What may be the beginning of a character waits for the rest.
      for back in 1...min(3, max(1, end)) where back <= end {
        let byte = pending[end - back]
        if byte & 0xC0 == 0x80 { continue }
        let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
        if length > back { end -= back }
        break
      }
    }
    output += Array(String(decoding: pending[..<end], as: UTF8.self).utf8)
    return end
  }
}
