/// Bytes that come one after the other; one thread at a time reads them.
package protocol ByteStream: AnyObject {
  /// Fills a buffer with the next bytes; 0 at the end, and only there.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int
}

extension ByteStream {
  /// Fills all of a buffer, unless the stream ends before.
  package func readFully(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = try read(into: rest)
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  /// Reads everything that is left.
  package func readAll() throws(FileError) -> [UInt8] {
    var bytes: [UInt8] = []
    let block = 1 << 20
    while true {
      var failure: FileError?
      let piece = [UInt8](unsafeUninitializedCapacity: block) { buffer, filled in
        do throws(FileError) {
          filled = try readFully(into: UnsafeMutableRawBufferPointer(buffer))
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
      bytes += piece
      if piece.count < block { return bytes }
    }
  }
}

/// Bytes that were read ahead, and then a file's.
package final class FileStream: ByteStream {
  private let file: InputFile
  private var ahead: ArraySlice<UInt8>

  package init(_ file: InputFile, ahead: [UInt8] = []) {
    self.file = file
    self.ahead = ahead[...]
  }

  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    guard !ahead.isEmpty else { return try file.read(into: buffer) }
    let count = min(buffer.count, ahead.count)
    buffer.copyBytes(from: ahead.prefix(count))
    ahead = ahead.dropFirst(count)
    return count
  }
}
