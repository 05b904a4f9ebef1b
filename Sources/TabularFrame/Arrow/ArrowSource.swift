internal import TabularCSV
internal import TabularFiles
internal import TabularTensor

/// The bytes of Arrow data: a mapped file, one that is read at offsets, or what comes through a pipe.
final class ArrowSource {
  private enum Origin {
    case memory(Buffer)
    case file(InputFile)
    case pipe(any ByteStream)
  }

  private let origin: Origin
  /// All bytes; nil for a pipe.
  let size: Int?
  /// The next byte of a pipe.
  private var position = 0

  private init(_ origin: Origin, size: Int?) { (self.origin, self.size) = (origin, size) }

  /// Bytes in memory.
  convenience init(_ bytes: Buffer) { self.init(.memory(bytes), size: bytes.byteCount) }

  /// Opens a path, mapped where that is wanted and can be; `-` is standard input.
  ///
  /// What cannot be read at an offset is taken into memory when it is a file that needs that.
  static func open(_ path: String, isMapped: Bool) throws(ArrowFault) -> ArrowSource {
    do throws(FileError) {
      let file = try InputFile(path: path)
      if isMapped, let mapping = MappedFile(file), let start = mapping.bytes.baseAddress {
        // Columns are never written in place.
        let pointer = UnsafeMutableRawPointer(mutating: start)
        let count = mapping.bytes.count
        return ArrowSource(Buffer(borrowing: pointer, byteCount: count, owner: mapping))
      }
      if let size = file.size { return ArrowSource(.file(file), size: size) }
      return try pipe(FileStream(file))
    } catch {
      throw .file(error)
    }
  }

  /// A stream, or the bytes of a file that comes through a pipe.
  static func pipe(_ stream: any ByteStream) throws(FileError) -> ArrowSource {
    var magic = [UInt8](repeating: 0, count: ArrowSource.magic.count)
    var failure: FileError?
    let count = magic.withUnsafeMutableBytes { room in
      do throws(FileError) {
        return try stream.readFully(into: room)
      } catch {
        failure = error
        return 0
      }
    }
    if let failure { throw failure }
    let begun = PrefixedStream(Array(magic.prefix(count)), stream)
    guard magic == ArrowSource.magic else { return ArrowSource(.pipe(begun), size: nil) }
    let bytes = try begun.readAll()
    let buffer = Buffer(uninitialized: bytes.count)
    bytes.withUnsafeBytes { content in
      UnsafeMutableRawBufferPointer(start: buffer.pointer, count: bytes.count).copyMemory(
        from: content
      )
    }
    return ArrowSource(buffer)
  }

  /// What a file begins and ends with.
  static let magic = Array("ARROW1".utf8)

  /// The bytes at an offset, which is the next one of a pipe; nil where all have been read.
  func buffer(at offset: Int, count: Int) throws(ArrowFault) -> Buffer? {
    if let size {
      guard offset < size || count == 0 else { return nil }
      guard count <= size - offset else { throw Self.endsEarly(at: size) }
    }
    switch origin {
    case .memory(let bytes): return bytes.slice(offset, count)
    case .file(let file):
      return try Self.filled(count) { room, filled throws(FileError) in
        try file.read(into: room, at: offset + filled)
      }
    case .pipe(let stream):
      precondition(offset == position, "byte \(offset) of a pipe at \(position)")
      let buffer = try Self.filled(count) { room, _ throws(FileError) in
        try stream.read(into: room)
      }
      position += count
      return buffer
    }
  }

  private static func endsEarly(at offset: Int) -> ArrowFault {
    .damaged("it ends in the middle of a batch, after \(offset) bytes; is it complete?")
  }

  /// Memory that reads fill; nil where the first of them finds the end.
  ///
  /// Much memory is address space, which costs nothing until bytes come: the count may lie.
  private static func filled(
    _ count: Int,
    _ read: (UnsafeMutableRawBufferPointer, Int) throws(FileError) -> Int
  ) throws(ArrowFault) -> Buffer? {
    let buffer = try Buffer.checkedRoom(count)
    var filled = 0
    while filled < count {
      let room = UnsafeMutableRawBufferPointer(
        start: buffer.pointer + filled,
        count: count - filled
      )
      let more: Int
      do throws(FileError) {
        more = try read(room, filled)
      } catch {
        throw .file(error)
      }
      if more == 0 {
        if filled == 0 { return nil }
        throw .damaged("it ends in the middle of a batch; is it complete?")
      }
      filled += more
    }
    return buffer
  }
}

extension Buffer {
  /// A part of it, which keeps all of it.
  func slice(_ offset: Int, _ count: Int) -> Buffer {
    precondition(offset >= 0 && count >= 0 && offset <= byteCount && count <= byteCount - offset)
    return Buffer(borrowing: pointer + offset, byteCount: count, owner: self)
  }

  /// Memory of a size that somebody else claims.
  static func checkedRoom(_ count: Int) throws(ArrowFault) -> Buffer {
    guard count >= 1 << 20 else { return Buffer(uninitialized: count) }
    guard count < 1 << 46, let memory = try? ColumnMemory(capacity: count, expected: count) else {
      throw .damaged("\(count) bytes that no memory holds")
    }
    memory.use(count)
    return Buffer(borrowing: memory.pointer, byteCount: count, owner: memory)
  }
}

/// Bytes that were read already, and then a stream's.
private final class PrefixedStream: ByteStream {
  private var ahead: ArraySlice<UInt8>
  private let rest: any ByteStream

  init(_ ahead: [UInt8], _ rest: any ByteStream) { (self.ahead, self.rest) = (ahead[...], rest) }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    guard !ahead.isEmpty else { return try rest.read(into: buffer) }
    let count = min(buffer.count, ahead.count)
    buffer.copyBytes(from: ahead.prefix(count))
    ahead = ahead.dropFirst(count)
    return count
  }
}
