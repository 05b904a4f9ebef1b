internal import TabularFiles
internal import TabularTensor

/// A file that messages are appended to; what is small is gathered before it is written.
struct ArrowOutput: ~Copyable {
  private let file: AtomicFile
  private var gathered: [UInt8] = []
  private var position = 0

  /// From this size on bytes are written from where they are.
  private static let large = 1 << 15

  init(_ path: String) throws(FileError) { file = try AtomicFile(path: path) }

  mutating func write(_ bytes: [UInt8]) throws(FileError) {
    gathered += bytes
    position += bytes.count
    if gathered.count >= 8 * Self.large { try flush() }
  }

  /// Appends a buffer, and zeros behind it.
  private mutating func write(_ buffer: Buffer) throws(FileError) {
    if buffer.byteCount < Self.large {
      gathered.append(contentsOf: buffer.bytes)
    } else {
      try flush()
      try file.write(buffer.bytes)
    }
    position += buffer.byteCount
    try write([UInt8](repeating: 0, count: ArrowBody.padding(buffer.byteCount)))
  }

  private mutating func flush() throws(FileError) {
    try file.write(gathered)
    gathered.removeAll(keepingCapacity: true)
  }

  /// Appends a message; returns where it is.
  mutating func write(_ message: ArrowMessage, _ body: ArrowBody? = nil) throws(FileError)
    -> ArrowBlock
  {
    let offset = position
    var metadata = message.bytes(bodySize: body?.size ?? 0)
    // The body begins at a multiple of its alignment, in a file as in a stream.
    let padding = ArrowBody.padding(offset + 8 + metadata.count)
    metadata += [UInt8](repeating: 0, count: padding)
    try write(
      [0xFF, 0xFF, 0xFF, 0xFF]
        + withUnsafeBytes(of: Int32(metadata.count).littleEndian) { Array($0) }
    )
    try write(metadata)
    for piece in body?.pieces ?? [] { try write(piece) }
    return ArrowBlock(
      offset: offset,
      metadataSize: 8 + metadata.count,
      bodySize: body?.size ?? 0
    )
  }

  consuming func commit() throws(FileError) {
    try flush()
    try file.commit()
  }
}
