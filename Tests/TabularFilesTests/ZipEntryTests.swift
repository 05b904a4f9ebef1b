import Foundation
import Testing

@testable import TabularFiles

struct ZipEntryTests {
  /// An archive of the members alone, without their data: what a directory needs.
  private func members(_ entries: [ZipEntry], at offset: Int) throws -> [ZipEntry] {
    let directory = ZipEntry.directory(of: entries, at: offset)
    let folder = try TemporaryFolder()
    let path = folder.path("x.zip")
    // Gigabytes of holes, which no disk has to hold.
    let file = try AtomicFile(path: path)
    for entry in entries {
      try entry.localHeader().withUnsafeBytes { try file.write($0, at: entry.offset) }
    }
    try directory.withUnsafeBytes { try file.write($0, at: offset) }
    try file.commit()
    return try ZipArchive(FileBytes(path: path, mapped: false)).members.map(\.entry)
  }

  /// Sizes and offsets around the limit of 32 bits.
  @Test(arguments: [
    10, Int(UInt32.max) - 1, Int(UInt32.max), Int(UInt32.max) + 1, 5_000_000_000,
  ])
  func readsSizesThatNeedZip64(size: Int) throws {
    let first = ZipEntry(name: "a.npy", size: size, packedSize: size, checksum: 7, offset: 0)
    let next = first.localHeader().count + size
    let second = ZipEntry(name: "ä.npy", size: 3, packedSize: 3, offset: next)
    let end = next + second.localHeader().count + 3
    #expect(first.localHeader().count % 64 == 0 && (next + second.localHeader().count) % 64 == 0)
    #expect(try members([first, second], at: end) == [first, second])
    let packed = ZipEntry(
      name: "a.npy",
      method: .deflated,
      size: size,
      packedSize: size / 100 + 1,
      offset: 0
    )
    let packedEnd = packed.localHeader().count + packed.packedSize
    #expect(try members([packed], at: packedEnd) == [packed])
  }

  /// More members than 16 bits count.
  @Test func readsManyMembers() throws {
    var entries: [ZipEntry] = []
    var bytes: [UInt8] = []
    for number in 0..<65_535 {
      entries.append(
        ZipEntry(
          name: String(number),
          method: .deflated,
          size: 0,
          packedSize: 0,
          offset: bytes.count
        )
      )
      bytes += entries[number].localHeader()
    }
    bytes += ZipEntry.directory(of: entries, at: bytes.count)
    let read = try ZipArchive(FileBytes(bytes, path: "x.zip")).members
    #expect(read.count == 65_535 && read.last?.entry == entries.last)
  }

  @Test func refusesZip64ThatLies() throws {
    let size = 5_000_000_000
    let entry = ZipEntry(name: "a.npy", size: size, packedSize: size, offset: 0)
    let end = entry.localHeader().count + size
    let folder = try TemporaryFolder()
    let path = folder.path("x.zip")
    func reason(_ change: (inout [UInt8]) -> Void) throws -> String {
      var directory = ZipEntry.directory(of: [entry], at: end)
      change(&directory)
      let file = try AtomicFile(path: path)
      try entry.localHeader().withUnsafeBytes { try file.write($0, at: 0) }
      try directory.withUnsafeBytes { try file.write($0, at: end) }
      try file.commit()
      do throws(FileError) {
        _ = try ZipArchive(FileBytes(path: path, mapped: false))
        return "valid"
      } catch {
        return error.reason
      }
    }
    #expect(try reason { _ in } == "valid")
    // From the end: 22 bytes of the end, 20 of the locator, 56 of the record.
    #expect(try reason { $0[$0.count - 42] = 0 }.contains("does not end at byte"))
    #expect(try reason { $0[$0.count - 38] = 1 }.contains("over several disks"))
    #expect(try reason { $0[$0.count - 30] = 2 }.contains("zip64 record is said to be at byte"))
    #expect(try reason { $0[$0.count - 34] ^= 1 }.contains("zip64 record is damaged"))
    #expect(try reason { $0[$0.count - 98] = 0 }.contains("zip64 record is damaged"))
    #expect(try reason { $0[$0.count - 94] = 45 }.contains("zip64 record is damaged"))
    #expect(try reason { $0[$0.count - 82] = 1 }.contains("over several disks"))
    #expect(try reason { $0[$0.count - 74] = 2 }.contains("over several disks"))
    for offset in [58, 50] {
      // A size, or an offset, of 2^63 and more.
      #expect(try reason { $0[$0.count - offset + 7] = 0x80 }.contains("zip64 record is damaged"))
      #expect(try reason { $0[$0.count - offset + 6] = 0x80 }.contains("does not end at byte"))
    }
    #expect(
      try reason { directory in
        for i in 59..<75 { directory[directory.count - i] = 0xFF }
      }.contains("zip64 record is damaged")
    )
    // The field of the member: it is missing, shorter, or says more than there is.
    #expect(try reason { $0[51] = 9 }.contains("two headers that differ"))
    #expect(try reason { $0[53] = 8 }.contains("a zip64 field ends too early"))
    #expect(try reason { ($0[62], $0[70]) = (0x80, 0x80) }.contains("sizes that no file has"))
    #expect(try reason { ($0[61], $0[69]) = (1, 1) }.contains("longer than the archive"))
  }

  /// `python3 -c "import zlib; print(zlib.crc32(b'123456789'))"`, and the check value of CRC-32.
  @Test func sumsInPieces() {
    let bytes = Array("123456789".utf8)
    let whole = bytes.withUnsafeBytes { crc32(of: $0) }
    #expect(whole == 0xCBF4_3926)
    let first = bytes[..<4].withUnsafeBytes { crc32(of: $0) }
    #expect(bytes[4...].withUnsafeBytes { crc32(of: $0, after: first) } == whole)
    #expect(crc32(of: UnsafeRawBufferPointer(start: nil, count: 0), after: 5) == 5)
  }
}
