/// How the bytes of a file are packed, by its first bytes.
package enum ContentCoding: Sendable {
  case plain, gzip, zstd

  /// Looks at up to four bytes.
  ///
  /// Sources: RFC 1952 section 2.3.1; RFC 8878 sections 3.1.1 and 3.1.2.
  package init(firstBytes bytes: some Collection<UInt8>) {
    let first = Array(bytes.prefix(4))
    if first.starts(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if first == [0x28, 0xB5, 0x2F, 0xFD]
      || (first.count == 4 && first[0] & 0xF0 == 0x50 && first.dropFirst() == [0x2A, 0x4D, 0x18])
    {
      self = .zstd
    } else {
      self = .plain
    }
  }
}

/// How text is written as bytes.
package enum TextEncoding: String, Sendable, CaseIterable {
  case utf8, latin1, utf16
  /// UTF-8 in which invalid bytes become U+FFFD.
  case utf8Replacing = "utf8-replace"
}

/// A file that can be opened for its text: unpacked, and in UTF-8.
package struct ByteSource: Sendable {
  package let path: String
  package let coding: ContentCoding
  package let encoding: TextEncoding
  private let file: InputFile
  /// What was read to know the coding of a pipe.
  private let ahead: [UInt8]

  /// Opens a path; `-` is standard input.
  package init(path: String, encoding: TextEncoding = .utf8) throws(FileError) {
    self.path = path
    self.encoding = encoding
    let file = try InputFile(path: path)
    // What looks like an empty file may be one that the kernel makes up, as in /proc.
    let isRegular = file.size ?? 0 > 0
    var first: [UInt8] = []
    while first.count < 4 {
      var byte: UInt8 = 0
      var failure: FileError?
      let count = withUnsafeMutableBytes(of: &byte) { buffer in
        do throws(FileError) {
          return isRegular
            ? try file.read(into: buffer, at: first.count) : try file.read(into: buffer)
        } catch {
          failure = error
          return 0
        }
      }
      if let failure { throw failure }
      if count == 0 { break }
      first.append(byte)
    }
    self.file = file
    ahead = isRegular ? [] : first
    coding = ContentCoding(firstBytes: first)
  }

  /// The file, where its bytes are the text: it can be read at any offset.
  package var plainFile: InputFile? {
    let isEmpty = file.size == 0 && ahead.isEmpty
    return coding == .plain && encoding == .utf8 && (isRereadable || isEmpty) ? file : nil
  }

  /// The size in bytes of a regular file, packed as it is.
  package var fileSize: Int? { file.size }

  /// Whether `open` may be called again.
  package var isRereadable: Bool { file.size ?? 0 > 0 }

  /// The text from its first byte on.
  package func open() throws(FileError) -> any ByteStream {
    // Each opening reads from a position of its own.
    let file = isRereadable ? try InputFile(path: path) : file
    let (path, ahead) = (path, ahead)
    let plain: any ByteStream =
      switch coding {
      case .plain: FileStream(file, ahead: ahead)
      case .gzip: ThreadedStream { InflatingStream(FileStream(file, ahead: ahead), path: path) }
      case .zstd: ThreadedStream { ZstdStream(FileStream(file, ahead: ahead), path: path) }
      }
    return switch encoding {
    case .utf8: plain
    case .latin1, .utf16, .utf8Replacing: TranscodingStream(plain, from: encoding, path: path)
    }
  }
}
