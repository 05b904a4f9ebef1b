internal import TabularFiles

/// The bytes of one input.
///
/// A regular file is read at any offset by any thread; bytes in memory too. Standard input and pipes
/// are kept in memory, since a column whose type proposal fails is read again.
final class CSVInput: Sendable {
  /// The name that errors use.
  let name: String
  /// The size in bytes; nil for a stream, which is read once, from its first byte on.
  let size: Int?
  /// What its first lines say.
  let head: CSVHead
  /// The offset behind the last byte that is read.
  let end: Int

  private enum Bytes: Sendable {
    case file(InputFile)
    case memory([UInt8])
  }
  private let bytes: Bytes

  /// The offset of the first byte behind the header.
  var dataOffset: Int { head.dataOffset }

  convenience init(path: String, options: CSVReadingOptions) throws(CSVError) {
    let name = path == "-" ? "standard input" : path
    let bytes: Bytes
    do throws(FileError) {
      let file = try InputFile(path: path)
      bytes = file.size == nil ? .memory(try file.readAll()) : .file(file)
    } catch {
      throw CSVError(error, file: name)
    }
    try self.init(bytes, name: name, options: options)
  }

  convenience init(memory: [UInt8], name: String, options: CSVReadingOptions) throws(CSVError) {
    try self.init(.memory(memory), name: name, options: options)
  }

  private init(_ bytes: Bytes, name: String, options: CSVReadingOptions) throws(CSVError) {
    self.name = name
    self.bytes = bytes
    let size =
      switch bytes {
      case .file(let file): file.size
      case .memory(let memory): memory.count
      }
    self.size = size
    end = size ?? .max
    head = try CSVHead(name: name, options: options) { count throws(CSVError) in
      try Self.read(bytes, name: name, count: min(count, size ?? count), at: 0)
    }
  }

  /// Reads up to `count` bytes at an offset; fewer at the end.
  func read(into space: UnsafeMutableRawBufferPointer, count: Int, at offset: Int) throws(CSVError)
    -> Int
  {
    try Self.read(
      bytes,
      name: name,
      into: UnsafeMutableRawBufferPointer(rebasing: space[..<count]),
      at: offset
    )
  }

  /// The bytes of a range, as far as they are there: for samples and messages.
  func bytes(_ range: Range<Int>) -> [UInt8] {
    let wanted = range.clamped(to: 0..<end)
    return (try? Self.read(bytes, name: name, count: wanted.count, at: wanted.lowerBound)) ?? []
  }

  /// That the file is shorter than it was.
  func shrunk(to size: Int) -> CSVError {
    CSVError(
      .file,
      file: name,
      byteOffset: size,
      expected: "\(end) bytes, as when it was opened",
      found: "the end of the file (it changes while it is read)"
    )
  }

  private static func read(_ bytes: Bytes, name: String, count: Int, at offset: Int)
    throws(CSVError) -> [UInt8]
  {
    var failure: CSVError?
    let found = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(CSVError) {
        filled = try Self.read(
          bytes,
          name: name,
          into: UnsafeMutableRawBufferPointer(buffer),
          at: offset
        )
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return found
  }

  private static func read(
    _ bytes: Bytes,
    name: String,
    into space: UnsafeMutableRawBufferPointer,
    at offset: Int
  ) throws(CSVError) -> Int {
    switch bytes {
    case .memory(let memory):
      let count = min(space.count, max(0, memory.count - offset))
      guard count > 0 else { return 0 }
      memory.withUnsafeBytes {
        space.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<(offset + count)]))
      }
      return count
    case .file(let file):
      var filled = 0
      do throws(FileError) {
        // A short read that is not the end is completed, so that chunks are whole.
        while filled < space.count {
          let rest = UnsafeMutableRawBufferPointer(rebasing: space[filled...])
          let read = try file.read(into: rest, at: offset + filled)
          if read == 0 { break }
          filled += read
        }
      } catch {
        throw CSVError(error, file: name)
      }
      return filled
    }
  }
}
