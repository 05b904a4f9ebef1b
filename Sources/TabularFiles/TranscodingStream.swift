/// A text in another encoding, as UTF-8.
package final class TranscodingStream: ByteStream {
  private static let blockSize = 64 * 1024

  private let source: any ByteStream
  private let encoding: TextEncoding
  private let path: String
  private var isBigEndian = false
  private var isFirst = true
  private var ended = false
  /// A block of the source, of which the first `held` bytes make no whole character yet.
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: blockSize, alignment: 64)
  private var held = 0
  /// The offset of the block's first byte.
  private var offset = 0
  /// The block as UTF-8, up to `made`; what stands before `given` was handed out.
  ///
  /// A byte becomes at most three, and the writers store whole words.
  private let output = UnsafeMutableRawBufferPointer.allocate(
    byteCount: 3 * blockSize + 64,
    alignment: 64
  )
  private var made = 0
  private var given = 0

  package init(_ source: any ByteStream, from encoding: TextEncoding, path: String) {
    self.source = source
    self.encoding = encoding
    self.path = path
  }

  deinit {
    input.deallocate()
    output.deallocate()
  }

  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    while given == made {
      if ended { return 0 }
      try transcodeNext()
    }
    let count = min(buffer.count, made - given)
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: output[given..<(given + count)]))
    given += count
    return count
  }

  private func transcodeNext() throws(FileError) {
    let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: input[held...]))
    ended = count == 0
    let block = UnsafeRawBufferPointer(rebasing: input[..<(held + count)])
    var writer = UTF8Writer(output)
    let taken: Int
    switch encoding {
    case .utf8:
      writer.append(block)
      taken = block.count
    case .latin1:
      writer.append(latin1: block)
      taken = block.count
    case .utf16: taken = try takeUTF16(block, &writer)
    case .utf8Replacing: taken = writer.append(repairing: block, isLast: ended)
    }
    (given, made) = (0, writer.count)
    held = block.count - taken
    input.copyMemory(from: UnsafeRawBufferPointer(rebasing: block[taken...]))
    offset += taken
  }

  private func takeUTF16(_ block: UnsafeRawBufferPointer, _ writer: inout UTF8Writer)
    throws(FileError) -> Int
  {
    var position = 0
    if isFirst, block.count >= 2 || ended {
      isFirst = false
      // Without a byte order mark: little endian, as Windows writes it.
      if block.starts(with: [0xFE, 0xFF]) {
        (isBigEndian, position) = (true, 2)
      } else if block.starts(with: [0xFF, 0xFE]) {
        position = 2
      }
    }
    let swaps = isBigEndian
    func unit(_ position: Int) -> UInt32 {
      let unit = UInt16(
        littleEndian: block.loadUnaligned(fromByteOffset: position, as: UInt16.self)
      )
      return UInt32(swaps ? unit.byteSwapped : unit)
    }
    while position + 2 <= block.count {
      var code = unit(position)
      var length = 2
      if code & 0xFC00 == 0xD800 {
        guard position + 4 <= block.count else {
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
      writer.append(code)
      position += length
    }
    if ended, position < block.count { throw damaged("half a character", at: position) }
    return position
  }

  private func damaged(_ what: String, at position: Int) -> FileError {
    FileError(
      path: path,
      operation: .read,
      reason: "it is not UTF-16: \(what) at byte \(offset + position)"
    )
  }
}
