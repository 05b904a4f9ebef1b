import Foundation
import TabularCSV
import TabularFiles
import TabularTensor
import Testing

@testable import TabularFrame

/// Mutated files and streams: no crash and no endless work; what is read is sound, the same from
/// memory and through a pipe, at once and batch by batch, and is read again when it is written.
///
/// `TABULAR_FUZZ_SECONDS=600 swift test --filter ArrowFuzzTests`, best with `--sanitize=address`.
struct ArrowFuzzTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let seconds = environment["TABULAR_FUZZ_SECONDS"].flatMap { Double($0) }

  @Test func survivesMutatedBytes() throws {
    let corpus = try Self.corpus()
    for (index, bytes) in corpus.enumerated() {
      #expect(try Self.outcome(bytes).isRead, "input \(index) of the corpus")
    }
    if Self.seconds != nil { print("survivesMutatedBytes: TABULAR_SEED=\(propertySeed)") }
    var random = SplitMix64(seed: propertySeed)
    let start = Date()
    var (number, readCount) = (0, 0)
    while Self.seconds.map({ Date().timeIntervalSince(start) < $0 }) ?? (number < 600) {
      number += 1
      let bytes = Self.mutated(corpus, &random)
      let outcome = try Self.outcome(bytes)
      if outcome.isRead { readCount += 1 }
      guard outcome.flaw == nil else {
        Issue.record("input \(number): \(outcome.flaw ?? ""), TABULAR_SEED=\(propertySeed)")
        return
      }
      if number % 50_000 == 0 { print("\(number) inputs, \(readCount) of them read") }
    }
    // Neither all refused nor all untouched: the mutations reach past the first check.
    #expect(readCount > number / 50 && readCount < number, "TABULAR_SEED=\(propertySeed)")
    if Self.seconds != nil { print("\(number) inputs, \(readCount) of them read") }
  }

  /// Whether bytes can be read, and what is wrong with how that went.
  private static func outcome(_ bytes: [UInt8]) throws -> (isRead: Bool, flaw: String?) {
    func result<Value>(_ body: () throws -> Value) -> (value: Value?, text: String) {
      do { return (try body(), "read") } catch { return (nil, "\(error)") }
    }
    let whole = result {
      var reader = try ArrowReader(ArrowSource(buffer(bytes)), path: "f")
      return try reader.readAll()
    }
    // A file that is read through a pipe is the same bytes in memory.
    let piped = result {
      var reader = try ArrowReader(ArrowSource.pipe(Bytes(bytes)), path: "f")
      return try reader.readAll()
    }
    let parts = result {
      var reader = try ArrowReader(ArrowSource(buffer(bytes)), path: "f")
      var parts: [DataFrame] = []
      while let part = try reader.next() { parts.append(part) }
      return parts
    }
    if (whole.value == nil) != (piped.value == nil) {
      return (false, "\(whole.text) from memory, \(piped.text) from a pipe")
    }
    if (whole.value == nil) != (parts.value == nil) {
      return (false, "\(whole.text) at once, \(parts.text) in batches")
    }
    guard let frame = whole.value else {
      return (false, whole.text.contains("\n") ? "more than a line: \(whole.text)" : nil)
    }
    guard frame.rowCount <= 20_000 else { return (true, nil) }
    guard frame == piped.value else { return (true, "another table from a pipe") }
    let batches = parts.value ?? []
    let joined = try DataFrame.concat(batches)
    guard batches.isEmpty || joined == frame else {
      return (true, "another table in batches")
    }
    let again = try written(frame, ArrowWritingOptions(textType: .utf8, batchRows: 7)) {
      try DataFrame(contentsOfArrow: $0)
    }
    return (true, again == frame ? nil : "another table when written again")
  }

  /// Bytes at an address of their own, so that the sanitizer sees what is read behind them.
  private static func buffer(_ bytes: [UInt8]) -> Buffer {
    let buffer = Buffer(uninitialized: bytes.count)
    for (index, byte) in bytes.enumerated() {
      buffer.pointer.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
    }
    return buffer
  }

  private static func mutated(_ corpus: [[UInt8]], _ random: inout SplitMix64) -> [UInt8] {
    var bytes = random.pick(corpus)
    let numbers: [Int64] = [
      0, 1, -1, 2, 3, 4, 7, 8, 24, 64, 255, 256, 1 << 16, 1 << 31 - 1, 1 << 31, 1 << 32, 1 << 40,
      .max, .min, Int64(bytes.count),
    ]
    for _ in 0..<(1 + random.below(3)) {
      guard bytes.count > 16 else { break }
      let place = random.below(bytes.count - 8)
      switch random.below(9) {
      case 0...2: bytes[place] = UInt8(truncatingIfNeeded: random.next())
      case 3: bytes[place] ^= 1 << UInt8(random.below(8))
      case 4, 5:
        // A number where numbers stand, or near what stands there.
        let size = random.pick([2, 4, 8])
        let start = place / size * size
        let old = bytes[start..<start + size].reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
        let near = old &+ Int64(random.below(17)) &- 8
        let number = random.chance(1, in: 2) ? random.pick(numbers) : near
        withUnsafeBytes(of: number.littleEndian) {
          bytes.replaceSubrange(start..<start + size, with: $0.prefix(size))
        }
      case 6: bytes.removeSubrange(place..<min(bytes.count, place + 8 * (1 + random.below(16))))
      case 7:
        let end = min(bytes.count, place + 8 * (1 + random.below(16)))
        bytes.insert(contentsOf: bytes[place..<end], at: place)
      default:
        let other = random.pick(corpus)
        let start = random.below(other.count)
        let piece = other[start..<min(other.count, start + 64)]
        bytes.replaceSubrange(place..<min(bytes.count, place + piece.count), with: piece)
      }
    }
    if random.chance(1, in: 20) { bytes.removeLast(random.below(bytes.count)) }
    return bytes
  }
}

// What is mutated.
extension ArrowFuzzTests {
  private static func corpus() throws -> [[UInt8]] {
    var corpus = [foreign(isFile: true), foreign(isFile: false)]
    for text in [pyarrowLZ4, pyarrowZstd] {
      corpus.append([UInt8](try #require(Data(base64Encoded: text))))
    }
    let frame = try everyType()
    for format in ArrowFormat.allCases {
      for textType in ArrowWritingOptions.TextType.allCases {
        for batchRows in [2, 100] {
          let options = ArrowWritingOptions(
            format: format,
            textType: textType,
            batchRows: batchRows,
            metadata: ["k": "v"]
          )
          corpus.append(try written(frame, options) { try InputFile(path: $0).readAll() })
        }
        // A dictionary that grows.
        let words: [[String?]] = [["a", nil], ["b", "a", "a long word of many bytes"]]
        corpus.append(
          try withTemporaryFile("T.arrow") { path in
            var writer = try ArrowWriter(
              path,
              columns: [("w", .category)],
              options: ArrowWritingOptions(format: format, textType: textType)
            )
            for words in words {
              try writer.append(DataFrame([("w", Column(words).asCategory())]))
            }
            try writer.finish()
            return try InputFile(path: path).readAll()
          }
        )
      }
    }
    return corpus
  }

  /// Types that others write: narrow and unsigned integers, narrow floats, nulls, other units.
  private static func foreign(isFile: Bool) -> [UInt8] {
    func values<Number: BitwiseCopyable & Sendable>(_ numbers: Number...) -> Buffer {
      FixedVector(count: numbers.count) { numbers[$0] }.buffer
    }
    let columns: [(ArrowType, Buffer)] = [
      (.int(bits: 8, isSigned: true), values(Int8.min, 7)),
      (.int(bits: 16, isSigned: false), values(UInt16.max, 7)),
      (.int(bits: 32, isSigned: true), values(Int32.min, 7)),
      (.int(bits: 64, isSigned: false), values(UInt64(Int64.max), 7)),
      (.float(bits: 16), values(Float16(0.5), .nan)),
      (.float(bits: 32), values(Float(0.1), .infinity)),
      (.date64, values(Int64(-86_400_000), 0)),
      (.timestamp(.second, zone: ""), values(Int64(-1), 1)),
      (.timestamp(.nanosecond, zone: "Europe/Berlin"), values(Int64(-1_000), 2_000)),
    ]
    let code = ArrowField.Dictionary(id: 9, indexBits: 8, isSigned: false)
    var fields = columns.enumerated().map { ArrowField("c\($0)", $1.0) }
    fields += [
      ArrowField("null", .null), ArrowField("large", .largeUtf8),
      ArrowField("coded", .utf8, dictionary: code), ArrowField("again", .utf8, dictionary: code),
    ]
    let schema = ArrowTableSchema(fields: fields)
    var batch = ArrowBody(rowCount: 2)
    for (_, buffer) in columns {
      batch.addNode(nil)
      batch.add(buffer)
    }
    // A null column has no buffers.
    batch.addNullNode()
    batch.addNode(nil)
    batch.add(values(Int64(0), 1, 18))
    batch.add(buffer(Array("xa text of 17 by\u{E4}".utf8)))
    for _ in 0..<2 {
      batch.addNode(Validity(count: 2) { $0 == 0 })
      batch.add(values(UInt8(1), 200))
    }
    // Two messages that make a dictionary, which has a word twice and a null.
    func words(_ texts: [String?]) -> ArrowBody {
      var body = ArrowBody(rowCount: texts.count)
      body.add(Column(texts), .utf8)
      return body
    }
    let dictionaries = [words(["u", nil]), words(["u", "v"])]
    var bytes: [UInt8] = isFile ? ArrowSource.magic + [0, 0] : []
    var footer = ArrowFooter(schema: schema)
    func append(_ message: ArrowMessage, _ body: ArrowBody?) -> ArrowBlock {
      let metadata = message.bytes(bodySize: body?.size ?? 0)
      let offset = bytes.count
      bytes += [0xFF, 0xFF, 0xFF, 0xFF]
      bytes += withUnsafeBytes(of: Int32(metadata.count).littleEndian) { Array($0) }
      bytes += metadata
      for piece in body?.pieces ?? [] {
        bytes += Array(piece.bytes)
        bytes += [UInt8](repeating: 0, count: ArrowBody.padding(piece.byteCount))
      }
      return ArrowBlock(
        offset: offset,
        metadataSize: 8 + metadata.count,
        bodySize: body?.size ?? 0
      )
    }
    _ = append(.schema(schema), nil)
    for (index, body) in dictionaries.enumerated() {
      let message = ArrowMessage.dictionary(id: 9, isDelta: index > 0, body.header)
      footer.dictionaries.append(append(message, body))
    }
    for _ in 0..<2 { footer.batches.append(append(.batch(batch.header), batch)) }
    bytes += [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]
    guard isFile else { return bytes }
    let end = footer.bytes
    bytes += end + withUnsafeBytes(of: Int32(end.count).littleEndian) { Array($0) }
    return bytes + ArrowSource.magic
  }
}

/// Bytes that come in pieces of a few.
private final class Bytes: ByteStream {
  private var left: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { left = bytes[...] }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    let piece = left.prefix(min(buffer.count, 61))
    buffer.copyBytes(from: piece)
    left = left.dropFirst(piece.count)
    return piece.count
  }
}
