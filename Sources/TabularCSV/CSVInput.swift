internal import TabularFiles

/// The bytes of one input, unpacked and in UTF-8.
///
/// A regular file is read at any offset by any thread; bytes in memory too. What must be unpacked or
/// transcoded is a stream, opened again for each reading. Standard input and pipes are kept in
/// memory, since a column whose type proposal fails is read again.
final class CSVInput: Sendable {
  /// The name that errors use.
  let name: String
  /// The size in bytes; nil for a stream, which ends where it ends.
  let size: Int?
  /// What its first lines say.
  let head: CSVHead
  /// The offset behind the last byte that is read.
  let end: Int

  private enum Bytes: Sendable {
    case file(InputFile)
    case memory([UInt8])
    case stream(ByteSource, Locked<OpenStream?>)
  }

  /// A stream and the offset of its next byte.
  private struct OpenStream {
    var stream: any ByteStream
    /// The offset of the next byte that the stream gives.
    var position = 0
    /// Bytes before it that may be asked for again; nil where they are not kept.
    var kept: [UInt8]?

    /// Fills a buffer from an offset that is kept or next.
    mutating func read(into space: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError)
      -> Int
    {
      var filled = 0
      if let kept, offset < position {
        let first = kept.count - (position - offset)
        filled = min(space.count, kept.count - first)
        kept.withUnsafeBytes {
          space.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[first..<(first + filled)]))
        }
      }
      let rest = UnsafeMutableRawBufferPointer(rebasing: space[filled...])
      let count = try stream.readFully(into: rest)
      position += count
      kept?.append(contentsOf: rest[..<count])
      return filled + count
    }

    func holds(_ offset: Int) -> Bool {
      offset <= position && offset >= position - (kept?.count ?? 0)
    }
  }
  private let bytes: Bytes

  /// The offset of the first byte behind the header.
  var dataOffset: Int { head.dataOffset }

  /// About how many bytes there are; nil where nothing is known.
  let estimatedSize: Int?

  /// Opens a path.
  ///
  /// What can be read only once is taken into memory, unless `inParts`: then only what is kept of it
  /// can be read again.
  convenience init(path: String, options: CSVReadingOptions, inParts: Bool = false)
    throws(CSVError)
  {
    let name = path == "-" ? "standard input" : path
    let bytes: Bytes
    var estimate: Int?
    do throws(FileError) {
      let source = try ByteSource(path: path, encoding: options.encoding.textEncoding)
      if let file = source.plainFile {
        bytes = .file(file)
      } else if source.isRereadable {
        bytes = .stream(source, Locked(nil))
        // Text packs to a quarter, more or less.
        estimate = source.fileSize.map { source.coding == .plain ? $0 : 4 * $0 }
      } else if inParts {
        bytes = .stream(source, Locked(OpenStream(stream: try source.open(), kept: [])))
      } else {
        bytes = .memory(try source.open().readAll())
      }
    } catch {
      throw CSVError(error, file: name)
    }
    try self.init(bytes, name: name, estimate: estimate, options: options)
  }

  convenience init(memory: [UInt8], name: String, options: CSVReadingOptions) throws(CSVError) {
    try self.init(.memory(memory), name: name, estimate: nil, options: options)
  }

  private init(_ bytes: Bytes, name: String, estimate: Int?, options: CSVReadingOptions)
    throws(CSVError)
  {
    self.name = name
    self.bytes = bytes
    let size: Int? =
      switch bytes {
      case .file(let file): file.size
      case .memory(let memory): memory.count
      case .stream: nil
      }
    self.size = size
    estimatedSize = size ?? estimate
    head = try CSVHead(name: name, options: options) { count throws(CSVError) in
      try Self.read(bytes, name: name, count: min(count, size ?? count), at: 0)
    }
    guard options.skipFooterLines > 0 else {
      end = size ?? .max
      return
    }
    guard let size else {
      throw CSVError(
        .file,
        file: name,
        expected: "a file that is neither packed nor transcoded, to leave out lines at its end",
        found: "a stream"
      )
    }
    end = try Self.footerStart(
      of: bytes,
      size,
      lines: options.skipFooterLines,
      name: name,
      from: head.dataOffset
    )
  }

  /// Where the last physical lines begin; lines within quotes count as any other.
  private static func footerStart(
    of bytes: Bytes,
    _ size: Int,
    lines: Int,
    name: String,
    from dataOffset: Int
  ) throws(CSVError) -> Int {
    var left = lines
    var end = size
    var next: UInt8 = 0
    while end > dataOffset {
      let start = max(dataOffset, end - 64 * 1024)
      let block = try read(bytes, name: name, count: end - start, at: start)
      for index in block.indices.reversed() {
        let byte = block[index]
        let isEnd = byte == 10 || (byte == 13 && next != 10)
        // The line end at the very end ends the last line, and begins none.
        if isEnd, start + index + 1 < size, !(byte == 13 && start + index + 2 == size && next == 10)
        {
          left -= 1
          if left == 0 { return start + index + 1 }
        }
        next = byte
      }
      end = start
    }
    return dataOffset
  }

  /// The same bytes, read with other options.
  func again(_ options: CSVReadingOptions) throws(CSVError) -> CSVInput {
    try CSVInput(bytes, name: name, estimate: estimatedSize, options: options)
  }

  /// Puts the dialect that the first records show into the options; returns it in words.
  func detectDialect(_ options: inout CSVReadingOptions) -> String {
    let size = 64 * 1024
    let first = bytes(0..<size)
    let isWhole = first.count < size
    let start = CSVHead.start(of: first, isLast: isWhole, options)?.offset ?? 0
    let found = DialectDetector(first[start...], isWhole: isWhole, options: options)
    options.dialect.delimiter = found.delimiter
    options.hasHeader = options.hasHeader && found.hasHeader
    return found.notice
  }

  /// Reads up to `count` bytes at an offset; fewer at the end.
  ///
  /// Of a stream, offsets come in order, from one thread at a time.
  func read(into space: UnsafeMutableRawBufferPointer, count: Int, at offset: Int) throws(CSVError)
    -> Int
  {
    let space = UnsafeMutableRawBufferPointer(rebasing: space[..<count])
    guard case .stream(let source, let open) = bytes else {
      return try Self.read(bytes, name: name, into: space, at: offset)
    }
    do throws(FileError) {
      return try Self.read(source, open, into: space, at: offset)
    } catch {
      throw CSVError(error, file: name)
    }
  }

  private static func read(
    _ source: ByteSource,
    _ open: Locked<OpenStream?>,
    into space: UnsafeMutableRawBufferPointer,
    at offset: Int
  ) throws(FileError) -> Int {
    try open.withLock { state throws(FileError) -> Int in
      if state?.holds(offset) != true {
        let isKept = state?.kept != nil
        state = try opened(source, at: offset)
        if isKept { state?.kept = [] }
      }
      // In place: what is kept is not to be copied.
      return try state?.read(into: space, at: offset) ?? 0
    }
  }

  /// Of a stream, keeps what is read from an offset on, so that it can be read again.
  func keep(from offset: Int) {
    guard case .stream(_, let open) = bytes else { return }
    open.withLock { state in
      guard let current = state else { return }
      let count = current.kept?.count ?? 0
      let unneeded = min(count, offset - (current.position - count))
      if state?.kept == nil { state?.kept = [] }
      if unneeded > 0 { state?.kept?.removeFirst(unneeded) }
    }
  }

  /// Whether it can be read more than once.
  var isRereadable: Bool {
    guard case .stream(let source, _) = bytes else { return true }
    return source.isRereadable
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

  private static func opened(_ source: ByteSource, at offset: Int) throws(FileError) -> OpenStream {
    var opened = OpenStream(stream: try source.open())
    var left = offset
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 64)
    defer { block.deallocate() }
    while left > 0 {
      let piece = UnsafeMutableRawBufferPointer(rebasing: block[..<min(left, block.count)])
      let count = try opened.stream.readFully(into: piece)
      if count == 0 { break }
      left -= count
    }
    opened.position = offset
    return opened
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
    do throws(FileError) {
      switch bytes {
      case .memory(let memory):
        let count = min(space.count, max(0, memory.count - offset))
        guard count > 0 else { return 0 }
        memory.withUnsafeBytes {
          space.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<(offset + count)]))
        }
        return count
      case .stream(let source, let open):
        // A sample is read by an opening of its own, where there can be one.
        guard source.isRereadable else { return try read(source, open, into: space, at: offset) }
        return try opened(source, at: offset).stream.readFully(into: space)
      case .file(let file):
        var filled = 0
        // A short read that is not the end is completed, so that chunks are whole.
        while filled < space.count {
          let rest = UnsafeMutableRawBufferPointer(rebasing: space[filled...])
          let read = try file.read(into: rest, at: offset + filled)
          if read == 0 { break }
          filled += read
        }
        return filled
      }
    } catch {
      throw CSVError(error, file: name)
    }
  }
}
