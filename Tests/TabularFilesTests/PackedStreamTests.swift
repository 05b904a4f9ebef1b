import CZlib
import CZstd
import Foundation
import Synchronization
import Testing

@testable import TabularFiles

/// A stream over bytes that gives at most `piece` at a time.
private final class Bytes: ByteStream {
  private var left: ArraySlice<UInt8>
  private let piece: Int

  init(_ bytes: [UInt8], piece: Int = .max) {
    left = bytes[...]
    self.piece = piece
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(buffer.count, left.count, piece)
    buffer.copyBytes(from: left.prefix(count))
    left = left.dropFirst(count)
    return count
  }
}

/// A gzip member, packed by zlib itself.
func gzipped(_ bytes: [UInt8]) -> [UInt8] {
  var state = z_stream()
  let size = Int32(MemoryLayout<z_stream>.size)
  deflateInit2_(&state, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
  defer { deflateEnd(&state) }
  var input = bytes
  return [UInt8](unsafeUninitializedCapacity: bytes.count * 2 + 100) { output, count in
    input.withUnsafeMutableBufferPointer { input in
      state.next_in = input.baseAddress
      state.avail_in = UInt32(input.count)
      state.next_out = output.baseAddress
      state.avail_out = UInt32(output.count)
      deflate(&state, Z_FINISH)
    }
    count = output.count - Int(state.avail_out)
  }
}

/// A zstd frame, packed by libzstd itself.
func zstandard(_ bytes: [UInt8]) -> [UInt8] {
  [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { output, count in
    count = ZSTD_compress(output.baseAddress, output.count, bytes, bytes.count, 3)
  }
}

struct PackedStreamTests {
  static let text = Array((0..<2_000).map { "row \($0), \($0 * 7)\n" }.joined().utf8)

  private static func unpacked(_ bytes: [UInt8], _ coding: ContentCoding, piece: Int)
    throws(FileError)
    -> [UInt8]
  {
    switch coding {
    case .plain: try Bytes(bytes, piece: piece).readAll()
    case .gzip: try InflatingStream(Bytes(bytes, piece: piece), path: "f").readAll()
    case .zstd: try ZstdStream(Bytes(bytes, piece: piece), path: "f").readAll()
    }
  }

  private static func packed(_ coding: ContentCoding, _ text: [UInt8]) -> [UInt8] {
    coding == .gzip ? gzipped(text) : zstandard(text)
  }

  @Test(arguments: [ContentCoding.gzip, .zstd], [1, 7, 4096, .max])
  func unpacksMembersAndFrames(coding: ContentCoding, piece: Int) throws {
    let one = Self.packed(coding, Self.text)
    #expect(ContentCoding(firstBytes: one) == coding)
    #expect(try Self.unpacked(one, coding, piece: piece) == Self.text)
    let other = Self.packed(coding, [])
    let third = Self.packed(coding, Array("end".utf8))
    let several = one + other + third
    let expected = Self.text + Array("end".utf8)
    #expect(try Self.unpacked(several, coding, piece: piece) == expected)
  }

  @Test func gzipMayBePaddedWithZeros() throws {
    let padded = gzipped(Self.text) + [UInt8](repeating: 0, count: 700)
    #expect(try Self.unpacked(padded, .gzip, piece: 100) == Self.text)
    let error = #expect(throws: FileError.self) {
      try Self.unpacked(gzipped(Self.text) + [1, 2], .gzip, piece: 100)
    }
    #expect(error?.reason.hasPrefix("behind the gzip data, at packed byte ") == true)
  }

  @Test(arguments: [ContentCoding.gzip, .zstd])
  func everyCutIsAnError(coding: ContentCoding) {
    let whole = Self.packed(coding, Array(Self.text.prefix(500)))
    for count in 1..<whole.count {
      let error = #expect(throws: FileError.self, "\(count)") {
        try Self.unpacked(Array(whole.prefix(count)), coding, piece: 64)
      }
      #expect(error?.reason.hasSuffix("ends in the middle; is the file complete?") == true)
    }
  }

  /// A flipped bit is an error, or (where the format does not check it) gives other bytes, and
  /// never a crash.
  @Test(arguments: [ContentCoding.gzip, .zstd])
  func damageIsNoCrash(coding: ContentCoding) {
    let whole = Self.packed(coding, Array(Self.text.prefix(3_000)))
    var errors = 0
    for byte in 0..<whole.count {
      var damaged = whole
      damaged[byte] ^= 0x10
      do {
        _ = try Self.unpacked(damaged, coding, piece: 64)
      } catch {
        errors += 1
        #expect(!error.reason.contains("\n"))
      }
    }
    // Frames of ZSTD_compress carry no checksum.
    #expect(errors > (coding == .gzip ? whole.count / 2 : 0))
  }

  /// The thread alone holds the stream that it reads: when that goes, the thread has left its loop.
  @Test func aThreadedStreamGivesTheSameBytesAndEndsItsThread() throws {
    let large = (0..<200).flatMap { _ in Self.text }
    let packed = gzipped(large)
    let gone = Gone()
    for _ in 0..<5 {
      let stream = ThreadedStream {
        Watched(InflatingStream(Bytes(packed), path: "f"), gone)
      }
      #expect(try stream.readAll() == large)
      // One that is not read to its end.
      let other = ThreadedStream { Watched(InflatingStream(Bytes(packed), path: "f"), gone) }
      var byte: UInt8 = 0
      _ = try withUnsafeMutableBytes(of: &byte) { try other.read(into: $0) }
    }
    // Seconds, should the machine be busy.
    for _ in 0..<3_000 where gone.count.load(ordering: .relaxed) < 10 { usleep(10_000) }
    #expect(gone.count.load(ordering: .relaxed) == 10)
  }

  /// Counts the streams that went.
  private final class Gone: Sendable {
    let count = Atomic(0)
  }

  private final class Watched: ByteStream {
    private let stream: any ByteStream
    private let gone: Gone

    init(_ stream: any ByteStream, _ gone: Gone) { (self.stream, self.gone) = (stream, gone) }

    deinit { gone.count.wrappingAdd(1, ordering: .relaxed) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
      try stream.read(into: buffer)
    }
  }

  @Test func anErrorComesAtItsPlace() throws {
    let packed = gzipped((0..<200).flatMap { _ in Self.text })
    let stream = ThreadedStream { InflatingStream(Bytes(Array(packed.dropLast(9))), path: "f") }
    #expect(throws: FileError.self) { try stream.readAll() }
  }
}

/// SplitMix64, so that a failure can be repeated.
private struct SeededRandom: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

struct TranscodingStreamTests {
  private static func utf8(_ bytes: [UInt8], _ encoding: TextEncoding, piece: Int) throws
    -> String
  {
    let stream = TranscodingStream(Bytes(bytes, piece: piece), from: encoding, path: "f")
    return try #require(String(validating: try stream.readAll(), as: UTF8.self))
  }

  @Test(arguments: [1, 2, 3, 7, .max])
  func readsLatin1AndUTF16(piece: Int) throws {
    #expect(
      try Self.utf8(Array(0...255), .latin1, piece: piece)
        == String((0...255).map { Character(Unicode.Scalar($0)) })
    )
    let text = "a,ä,\u{20AC},😎\n"
    let units = Array(text.utf16)
    let little = units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    let big = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    #expect(try Self.utf8(little, .utf16, piece: piece) == text)
    #expect(try Self.utf8([0xFF, 0xFE] + little, .utf16, piece: piece) == text)
    #expect(try Self.utf8([0xFE, 0xFF] + big, .utf16, piece: piece) == text)
  }

  @Test(
    arguments: [
      ([0x61, 0x00, 0x00, 0xD8, 0x61, 0x00], "half a surrogate pair at byte 2"),
      ([0x00, 0xDC], "half a surrogate pair at byte 0"),
      ([0x61, 0x00, 0x00, 0xD8], "half a surrogate pair at byte 2"),
      ([0x61, 0x00, 0x61], "half a character at byte 2"),
    ] as [([UInt8], String)]
  )
  func saysWhereUTF16IsDamaged(bytes: [UInt8], reason: String) {
    for piece in [1, .max] {
      let error = #expect(throws: FileError.self) {
        try Self.utf8(bytes, .utf16, piece: piece)
      }
      #expect(error?.reason == "it is not UTF-16: \(reason)")
    }
  }

  /// The standard library replaces maximal parts; any pieces give the same.
  @Test func replacesInvalidUTF8() throws {
    let seed = UInt64.random(in: 0...999_999)
    var random = SeededRandom(state: seed)
    for _ in 0..<300 {
      let bytes = (0..<40).map { _ in
        [0x61, 0xC3, 0xA4, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x8E, 0xFF, 0x80]
          .randomElement(using: &random) ?? 0 as UInt8
      }
      let expected = String(decoding: bytes, as: UTF8.self)
      for piece in [1, 2, 3, .max] {
        #expect(try Self.utf8(bytes, .utf8Replacing, piece: piece) == expected, "\(bytes) \(seed)")
      }
    }
  }

  /// Invalid and valid sequences that lie across the blocks of the stream, after runs of ASCII.
  @Test func replacesAcrossBlocks() throws {
    let seed = UInt64.random(in: 0...999_999)
    var random = SeededRandom(state: seed)
    let pieces: [[UInt8]] = [
      Array("😎".utf8), Array("€".utf8), Array("ä".utf8), [0xF0, 0x9F, 0x98], [0xE2, 0x82], [0xC3],
      [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC0, 0xAF], [0xFF], [0x80],
    ]
    var bytes: [UInt8] = []
    while bytes.count < 300_000 {
      bytes += pieces.randomElement(using: &random) ?? []
      bytes += [UInt8](repeating: 0x61, count: Int.random(in: 0...40, using: &random))
    }
    let expected = String(decoding: bytes, as: UTF8.self)
    for piece in [1_000, 65_535, .max] {
      let found = try Self.utf8(bytes, .utf8Replacing, piece: piece)
      #expect(found == expected, "seed \(seed)")
    }
    let latin1 = try Self.utf8(bytes, .latin1, piece: .max)
    #expect(latin1 == String(bytes.map { Character(Unicode.Scalar($0)) }), "seed \(seed)")
  }
}

struct GlobTests {
  @Test func matchesInOrderOfBytes() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for name in ["b.csv", "a.csv", "B.csv", "c[1].csv", "d.txt"] {
      try Data().write(to: folder.appending(path: name))
    }
    let path = folder.path
    #expect(
      try expandGlobs(["\(path)/*.csv"])
        == ["B.csv", "a.csv", "b.csv", "c[1].csv"].map { "\(path)/\($0)" }
    )
    // A name with brackets is itself.
    #expect(try expandGlobs(["\(path)/c[1].csv", "-"]) == ["\(path)/c[1].csv", "-"])
    #expect(try expandGlobs(["\(path)/missing.csv"]) == ["\(path)/missing.csv"])
    let error = #expect(throws: FileError.self) { try expandGlobs(["\(path)/*.parquet"]) }
    #expect(error?.reason == "no file matches the pattern")
  }
}
