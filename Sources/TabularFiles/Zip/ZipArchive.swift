/// The directory of a zip archive, each claim of it checked before anything is unpacked.
///
/// Stored and deflated members, zip64 and comments are read; what the format allows beyond that
/// (encryption, other methods, several disks, bytes before the archive) is refused by name. Members
/// must not overlap, and their local headers must say what the directory says.
package struct ZipArchive: Sendable {
  /// A file within the archive.
  package struct Member: Sendable {
    package let entry: ZipEntry
    /// Where the packed bytes begin.
    package let dataOffset: Int
  }

  package let file: FileBytes
  /// The members in the order of the directory.
  package let members: [Member]

  /// Reads the directory, and the header of each member.
  ///
  /// - Throws: `FileError` that says what is wrong with the archive.
  package init(_ file: FileBytes) throws(FileError) {
    self.file = file
    let end = try ZipEnd(file)
    var directory = LittleEndianReader(
      try file.bytes(end.offset..<(end.offset + end.size)),
      path: file.path,
      what: "the zip directory"
    )
    var members: [Member] = []
    var names: Set<String> = []
    for _ in 0..<end.count {
      let header = try ZipHeader(central: &directory)
      guard names.insert(header.entry.name).inserted else {
        throw header.error("is there twice", file.path)
      }
      members.append(try Self.member(header, of: file, before: end.offset))
    }
    guard directory.isAtEnd else {
      throw FileError(
        path: file.path,
        malformed: "bytes behind the last entry of the zip directory"
      )
    }
    var next = 0
    for member in members.sorted(by: { $0.entry.offset < $1.entry.offset }) {
      guard member.entry.offset >= next else {
        throw FileError(
          path: file.path,
          malformed: "the zip member '\(member.entry.name)' overlaps another one"
        )
      }
      next = member.dataOffset + member.entry.packedSize
    }
    self.members = members
  }

  /// Compares a local header with what the directory says, and finds the data behind it.
  private static func member(
    _ header: ZipHeader,
    of file: FileBytes,
    before directory: Int
  ) throws(FileError) -> Member {
    let entry = header.entry
    let fixed = 30
    guard entry.offset <= directory - fixed else {
      throw header.error("begins at byte \(entry.offset), where no header can be", file.path)
    }
    var reader = LittleEndianReader(
      try file.bytes(entry.offset..<(entry.offset + fixed)),
      path: file.path,
      what: "a zip header"
    )
    let lengths = (Int(reader.peek(UInt16.self, at: 26)), Int(reader.peek(UInt16.self, at: 28)))
    let dataOffset = entry.offset + fixed + lengths.0 + lengths.1
    guard dataOffset <= directory, entry.packedSize <= directory - dataOffset else {
      throw header.error("is longer than the archive", file.path)
    }
    reader = LittleEndianReader(
      try file.bytes(entry.offset..<dataOffset),
      path: file.path,
      what: "a zip header"
    )
    let local = try ZipHeader(local: &reader)
    guard local.matches(header) else {
      throw header.error("has two headers that differ", file.path)
    }
    return Member(entry: entry, dataOffset: dataOffset)
  }
}

/// What stands at the end of an archive: where its directory is.
private struct ZipEnd {
  var offset: Int
  var size: Int
  var count: Int

  init(_ file: FileBytes) throws(FileError) {
    func refused(_ reason: String) -> FileError { FileError(path: file.path, malformed: reason) }
    // The record has 22 bytes, and a comment of up to 65,535 behind them.
    let fixed = 22
    let searched = min(file.count, fixed + Int(UInt16.max))
    let base = file.count - searched
    let bytes = try file.bytes(base..<file.count)
    let found = bytes.indices.dropLast(fixed - 1).last { i in
      LittleEndianReader.peek(UInt32.self, bytes, at: i) == ZipEntry.endSignature
        && Int(LittleEndianReader.peek(UInt16.self, bytes, at: i + 20)) == bytes.count - i - fixed
    }
    guard let found else {
      throw refused("it is no zip archive, or its end is missing: no directory was found")
    }
    var reader = LittleEndianReader(
      Array(bytes[(found + 4)..<(found + fixed)]),
      path: file.path,
      what: "the end of the zip archive"
    )
    var disks = [Int(try reader.next(UInt16.self)), Int(try reader.next(UInt16.self))]
    let countHere = Int(try reader.next(UInt16.self))
    count = Int(try reader.next(UInt16.self))
    size = Int(try reader.next(UInt32.self))
    offset = Int(try reader.next(UInt32.self))
    var end = base + found
    var countsDiffer = countHere != count
    if count == UInt16.max || size == UInt32.max || offset == UInt32.max {
      let locator = end - 20
      guard locator >= 0 else { throw refused("the zip64 record of its end is missing") }
      var reader = LittleEndianReader(
        try file.bytes(locator..<end),
        path: file.path,
        what: "the zip64 locator"
      )
      // An archive of exactly 65,535 members needs no zip64.
      if try reader.next(UInt32.self) == ZipEntry.locator64Signature {
        disks.append(Int(try reader.next(UInt32.self)))
        let recordOffset = try reader.next(UInt64.self)
        guard locator >= 56, recordOffset <= UInt64(locator - 56) else {
          throw refused("its zip64 record is said to be at byte \(recordOffset)")
        }
        end = Int(recordOffset)
        reader = LittleEndianReader(
          try file.bytes(end..<(end + 56)),
          path: file.path,
          what: "the zip64 record"
        )
        guard try reader.next(UInt32.self) == ZipEntry.end64Signature,
          try reader.next(UInt64.self) == UInt64(locator - end - 12)
        else { throw refused("its zip64 record is damaged") }
        reader.skip(4)
        disks.append(Int(try reader.next(UInt32.self)))
        disks.append(Int(try reader.next(UInt32.self)))
        let counts = (try reader.next(UInt64.self), try reader.next(UInt64.self))
        countsDiffer = counts.0 != counts.1
        let numbers = (counts.1, try reader.next(UInt64.self), try reader.next(UInt64.self))
        guard let count = Int(exactly: numbers.0), let size = Int(exactly: numbers.1),
          let offset = Int(exactly: numbers.2)
        else { throw refused("its zip64 record is damaged") }
        (self.count, self.size, self.offset) = (count, size, offset)
      }
    }
    guard disks.allSatisfy({ $0 == 0 }), !countsDiffer else {
      throw refused("the zip archive is spread over several disks")
    }
    guard size <= end, offset == end - size else {
      throw refused(
        "its zip directory of \(size) bytes at byte \(offset) does not end at byte \(end)"
      )
    }
    guard count <= size / ZipHeader.smallestCentral else {
      throw refused("\(count) members in a zip directory of \(size) bytes")
    }
  }
}
