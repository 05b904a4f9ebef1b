/// A header of a member, from the directory or from before the member's data.
///
/// Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.5.3.
struct ZipHeader {
  static let smallestCentral = 46
  private static let encrypted: UInt16 = 1
  private static let sizesFollow: UInt16 = 1 << 3
  private static let patched: UInt16 = 1 << 5
  private static let strongEncryption: UInt16 = 1 << 6
  private static let masked: UInt16 = 1 << 13

  private(set) var entry: ZipEntry
  private var flags: UInt16

  /// Reads the next header of a directory.
  init(central reader: inout LittleEndianReader) throws(FileError) {
    guard try reader.next(UInt32.self) == ZipEntry.centralSignature else {
      throw FileError(path: reader.path, malformed: "an entry of the zip directory is damaged")
    }
    reader.skip(2)
    try self.init(rest: &reader, isCentral: true)
  }

  /// Reads the header before the data.
  init(local reader: inout LittleEndianReader) throws(FileError) {
    guard try reader.next(UInt32.self) == ZipEntry.localSignature else {
      throw FileError(path: reader.path, malformed: "the header of a zip member is damaged")
    }
    try self.init(rest: &reader, isCentral: false)
  }

  private init(rest reader: inout LittleEndianReader, isCentral: Bool) throws(FileError) {
    reader.skip(2)
    flags = try reader.next(UInt16.self)
    let method = try reader.next(UInt16.self)
    reader.skip(4)
    let checksum = try reader.next(UInt32.self)
    var packedSize = UInt64(try reader.next(UInt32.self))
    var size = UInt64(try reader.next(UInt32.self))
    let nameLength = Int(try reader.next(UInt16.self))
    let fieldsLength = Int(try reader.next(UInt16.self))
    var commentLength = 0
    var offset: UInt64 = 0
    var disk: UInt16 = 0
    if isCentral {
      commentLength = Int(try reader.next(UInt16.self))
      disk = try reader.next(UInt16.self)
      reader.skip(6)
      offset = UInt64(try reader.next(UInt32.self))
    }
    let nameBytes = try reader.take(nameLength)
    var fields = LittleEndianReader(
      try reader.take(fieldsLength),
      path: reader.path,
      what: "a zip header's extra fields"
    )
    _ = try reader.take(commentLength)

    // Without the flag the name is in an old code page, which no npz file has.
    guard let name = String(validating: nameBytes, as: UTF8.self), !nameBytes.contains(0) else {
      let shown = String(decoding: nameBytes.prefix(60), as: UTF8.self).debugDescription
      throw FileError(path: reader.path, malformed: "the zip member's name \(shown) is no text")
    }
    entry = ZipEntry(name: name, size: 0, packedSize: 0, checksum: checksum, offset: 0)
    if size == UInt32.max || packedSize == UInt32.max || offset == UInt32.max {
      if var zip64 = try Self.zip64Field(&fields) {
        if size == UInt32.max { size = try zip64.next(UInt64.self) }
        if packedSize == UInt32.max { packedSize = try zip64.next(UInt64.self) }
        if offset == UInt32.max { offset = try zip64.next(UInt64.self) }
      }
    }
    guard flags & (Self.encrypted | Self.strongEncryption | Self.masked) == 0 else {
      throw error("is encrypted", reader.path)
    }
    guard flags & Self.patched == 0, disk == 0 || disk == UInt16.max else {
      throw error("is a part of another archive", reader.path)
    }
    guard let method = ZipEntry.Method(rawValue: method) else {
      throw error("is packed by method \(method); stored and deflated ones are read", reader.path)
    }
    guard let size = Int(exactly: size), let packedSize = Int(exactly: packedSize),
      let offset = Int(exactly: offset)
    else { throw error("has sizes that no file has", reader.path) }
    entry.method = method
    entry.size = size
    entry.packedSize = packedSize
    entry.offset = offset
    if isCentral { try checkSizes(reader.path) }
  }

  private static func zip64Field(_ fields: inout LittleEndianReader) throws(FileError)
    -> LittleEndianReader?
  {
    // What is left of fewer than four bytes is padding of careless writers.
    while fields.left >= 4 {
      let identifier = try fields.next(UInt16.self)
      let content = try fields.take(Int(try fields.next(UInt16.self)))
      if identifier == ZipEntry.zip64Field {
        return LittleEndianReader(content, path: fields.path, what: "a zip64 field")
      }
    }
    return nil
  }

  /// The most that a byte of deflated data can become: a match of 258 bytes takes two bits.
  private static let largestRatio = 1032

  private func checkSizes(_ path: String) throws(FileError) {
    switch entry.method {
    case .stored:
      guard entry.size == entry.packedSize else {
        throw error("is stored, but has two sizes: \(entry.packedSize) and \(entry.size)", path)
      }
    case .deflated:
      // So that nobody asks for memory that the data cannot fill.
      guard entry.size / Self.largestRatio <= entry.packedSize else {
        throw error("cannot unpack from \(entry.packedSize) to \(entry.size) bytes", path)
      }
    }
  }

  /// Whether a header before the data says what the directory says.
  func matches(_ central: ZipHeader) -> Bool {
    let other = central.entry
    guard entry.name == other.name, entry.method == other.method else { return false }
    // Of a member that was written to a pipe, sizes and checksum stand behind the data.
    if flags & Self.sizesFollow != 0 { return true }
    return entry.size == other.size && entry.packedSize == other.packedSize
      && entry.checksum == other.checksum
  }

  func error(_ reason: String, _ path: String) -> FileError {
    let name = entry.name.count > 60 ? "\(entry.name.prefix(60))..." : entry.name
    return FileError(path: path, malformed: "the zip member \(name.debugDescription) \(reason)")
  }
}
