internal import CZlib

/// A file within a zip archive, as its two headers describe it.
///
/// Source of the format: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16 and 4.5.3. All
/// numbers are little-endian. A size or an offset that needs more than 32 bits stands in a zip64
/// field.
package struct ZipEntry: Sendable, Equatable {
  /// How the bytes are packed: the two methods that NumPy writes.
  package enum Method: UInt16, Sendable {
    case stored = 0
    case deflated = 8
  }

  /// The name, such as `features.npy`.
  package var name: String
  package var method: Method
  /// The bytes unpacked, and as they stand in the archive.
  package var size: Int
  package var packedSize: Int
  /// The CRC-32 of the unpacked bytes.
  package var checksum: UInt32
  /// Where the local header begins; the data stand behind it.
  package var offset: Int

  package init(
    name: String,
    method: Method = .stored,
    size: Int,
    packedSize: Int,
    checksum: UInt32 = 0,
    offset: Int
  ) {
    self.name = name
    self.method = method
    self.size = size
    self.packedSize = packedSize
    self.checksum = checksum
    self.offset = offset
  }

  static let localSignature: UInt32 = 0x0403_4B50
  static let centralSignature: UInt32 = 0x0201_4B50
  static let endSignature: UInt32 = 0x0605_4B50
  static let end64Signature: UInt32 = 0x0606_4B50
  static let locator64Signature: UInt32 = 0x0706_4B50
  static let zip64Field: UInt16 = 1
  /// The field in which Android's zipalign pads: the alignment, then zeros.
  static let alignmentField: UInt16 = 0xD935
  static let dataAlignment = 64
  /// The largest name that a header can hold.
  package static let largestName = Int(UInt16.max)

  private var needsZip64: Bool { size >= UInt32.max || packedSize >= UInt32.max }
}

// Writing.
extension ZipEntry {
  /// The header before the data; its length does not depend on the checksum, nor on the sizes as
  /// long as they stay below 4 GiB.
  ///
  /// Stored data begin at a multiple of 64 bytes, so that they can be mapped.
  package func localHeader() -> [UInt8] {
    var fields: [UInt8] = []
    if needsZip64 {
      fields.add(Self.zip64Field)
      fields.add(UInt16(16))
      fields.add(UInt64(size))
      fields.add(UInt64(packedSize))
    }
    let nameBytes = Array(name.utf8)
    if method == .stored {
      let smallest = 6
      let unpadded = offset + 30 + nameBytes.count + fields.count + smallest
      let padding = -unpadded & (Self.dataAlignment - 1)
      fields.add(Self.alignmentField)
      fields.add(UInt16(smallest - 4 + padding))
      fields.add(UInt16(Self.dataAlignment))
      fields.append(contentsOf: repeatElement(0, count: padding))
    }
    var header: [UInt8] = []
    header.add(Self.localSignature)
    appendDescription(to: &header, zip64: needsZip64, isLocal: true)
    header.add(UInt16(nameBytes.count))
    header.add(UInt16(fields.count))
    return header + nameBytes + fields
  }

  /// The header in the directory at the end.
  package func centralHeader() -> [UInt8] {
    var fields: [UInt8] = []
    for value in [size, packedSize, offset] where value >= UInt32.max {
      fields.add(UInt64(value))
    }
    let zip64 = !fields.isEmpty
    if zip64 {
      var head: [UInt8] = []
      head.add(Self.zip64Field)
      head.add(UInt16(fields.count))
      fields = head + fields
    }
    let nameBytes = Array(name.utf8)
    var header: [UInt8] = []
    header.add(Self.centralSignature)
    // Made on Unix, whose file modes stand in the external attributes.
    header.add(UInt16(3 << 8 | (zip64 ? 45 : 20)))
    appendDescription(to: &header, zip64: zip64, isLocal: false)
    header.add(UInt16(nameBytes.count))
    header.add(UInt16(fields.count))
    header.add(UInt16(0))  // comment
    header.add(UInt16(0))  // disk
    header.add(UInt16(0))  // internal attributes
    header.add(UInt32(0o100644) << 16)
    header.add(UInt32(clamping: offset))
    return header + nameBytes + fields
  }

  /// What both headers say in the same words: version, flags, method, time, checksum and sizes.
  private func appendDescription(to header: inout [UInt8], zip64: Bool, isLocal: Bool) {
    let isASCII = name.utf8.allSatisfy { $0 < 0x80 }
    header.add(UInt16(zip64 ? 45 : 20))
    header.add(UInt16(isASCII ? 0 : 1 << 11))
    header.add(method.rawValue)
    // 1 January 1980, 0:00, the first that the format knows: equal content gives equal bytes.
    header.add(UInt16(0))
    header.add(UInt16(1 << 5 | 1))
    header.add(checksum)
    // A local header with a zip64 field has both sizes there.
    let isElsewhere = isLocal && zip64
    header.add(isElsewhere ? UInt32.max : UInt32(clamping: packedSize))
    header.add(isElsewhere ? UInt32.max : UInt32(clamping: size))
  }

  /// The directory and what follows it: the end of an archive.
  package static func directory(of entries: [ZipEntry], at offset: Int) -> [UInt8] {
    var bytes = entries.flatMap { $0.centralHeader() }
    let size = bytes.count
    if entries.count >= UInt16.max || offset >= UInt32.max || size >= UInt32.max {
      let end = offset + size
      bytes.add(end64Signature)
      bytes.add(UInt64(44))  // of what follows in this record
      bytes.add(UInt16(3 << 8 | 45))
      bytes.add(UInt16(45))
      bytes.add(UInt32(0))  // disk
      bytes.add(UInt32(0))  // disk of the directory
      bytes.add(UInt64(entries.count))
      bytes.add(UInt64(entries.count))
      bytes.add(UInt64(size))
      bytes.add(UInt64(offset))
      bytes.add(locator64Signature)
      bytes.add(UInt32(0))
      bytes.add(UInt64(end))
      bytes.add(UInt32(1))  // disks
    }
    bytes.add(endSignature)
    bytes.add(UInt16(0))
    bytes.add(UInt16(0))
    bytes.add(UInt16(clamping: entries.count))
    bytes.add(UInt16(clamping: entries.count))
    bytes.add(UInt32(clamping: size))
    bytes.add(UInt32(clamping: offset))
    bytes.add(UInt16(0))  // comment
    return bytes
  }
}

extension [UInt8] {
  /// Appends a number, little-endian.
  fileprivate mutating func add(_ value: some FixedWidthInteger & UnsignedInteger) {
    for byte in 0..<(value.bitWidth / 8) {
      append(UInt8(truncatingIfNeeded: value >> (byte * 8)))
    }
  }
}

/// The CRC-32 of zip and gzip, begun anew or carried on.
package func crc32(of bytes: UnsafeRawBufferPointer, after checksum: UInt32 = 0) -> UInt32 {
  guard let base = bytes.baseAddress else { return checksum }
  return UInt32(
    truncatingIfNeeded: crc32_z(
      UInt(checksum),
      base.assumingMemoryBound(to: UInt8.self),
      bytes.count
    )
  )
}
