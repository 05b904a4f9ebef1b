internal import TabularFiles

/// Where the bytes of a CSV come from; it can be read more than once.
///
/// A file that is no regular file (standard input, a pipe) is kept in memory once it was read,
/// since a column whose type proposal fails is read again.
final class CSVSource {
  /// The name that errors use.
  let name: String
  private let file: InputFile?
  private let memory: [UInt8]
  private var offset = 0

  /// Bytes a chunk; the result never depends on it.
  private let chunkSize: Int

  init(path: String, chunkSize: Int) throws(CSVError) {
    self.chunkSize = chunkSize
    name = path == "-" ? "standard input" : path
    do throws(FileError) {
      let file = try InputFile(path: path)
      if file.size == nil {
        (self.file, memory) = (nil, try file.readAll())
      } else {
        (self.file, memory) = (file, [])
      }
    } catch {
      throw CSVError(error, file: name)
    }
  }

  init(bytes: [UInt8], name: String, chunkSize: Int) {
    self.chunkSize = chunkSize
    self.name = name
    file = nil
    memory = bytes
  }

  func rewind() { offset = 0 }

  /// The next chunk; empty at the end.
  func next() throws(CSVError) -> ArraySlice<UInt8> {
    let chunk = try bytes(at: offset, count: chunkSize)
    offset += chunk.count
    return chunk
  }

  /// Up to `count` bytes at an offset; fewer at the end.
  func bytes(at offset: Int, count: Int) throws(CSVError) -> ArraySlice<UInt8> {
    guard let file else { return memory[min(offset, memory.count)...].prefix(count) }
    var failure: FileError?
    let chunk = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(FileError) {
        // A short read that is not the end is completed, so that chunks are whole.
        while filled < count {
          let rest = UnsafeMutableRawBufferPointer(
            rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...]
          )
          let read = try file.read(into: rest, at: offset + filled)
          if read == 0 { break }
          filled += read
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw CSVError(failure, file: name) }
    return chunk[...]
  }
}
