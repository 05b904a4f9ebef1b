import Foundation
import TabularCSV
import TabularTensor
import Testing

@testable import TabularFrame

/// Bytes that pyarrow 26.0.1 wrote, and what our own bytes are made of; no Python is needed.
struct ArrowBytesTests {
  /// A table as `ipc.new_stream` and as `ipc.new_file` write it.
  ///
  /// Source, pyarrow 26.0.1: `pa.table({"i": pa.array([1, None, -1], pa.int64()), "s": pa.array(["x",
  /// "a text of 17 byte", None]), "c": pa.DictionaryArray.from_arrays(pa.array([1, 0, None],
  /// pa.int8()), pa.array(["b", "a"]))})`.
  @Test(arguments: [pyarrowStream, pyarrowFile]) func readsPyArrowsBytes(text: String) throws {
    let frame = try read(text)
    #expect(frame.columns == ["i", "s", "c"])
    try check(frame, "i", Column([1, nil, -1]))
    try check(frame, "s", Column(["x", "a text of 17 byte", nil]))
    try check(frame, "c", Column(["a", "b", nil]).asCategory())
  }

  /// String views and times.
  ///
  /// Source, pyarrow 26.0.1: `pa.table({"v": pa.array(["x", None, "a text of 17 byte"],
  /// pa.string_view()), "t": pa.array([1, None, -1], pa.timestamp("us", "UTC"))})`.
  @Test func readsPyArrowsViews() throws {
    let frame = try read(pyarrowViews)
    try check(frame, "v", Column(["x", nil, "a text of 17 byte"]))
    let times = [Timestamp(microsecondsSinceEpoch: 1), nil, Timestamp(microsecondsSinceEpoch: -1)]
    try check(frame, "t", Column(times))
  }

  /// Buffers that LZ4 and zstd packed.
  @Test(arguments: [pyarrowLZ4, pyarrowZstd]) func unpacksPyArrowsBuffers(text: String) throws {
    let frame = try read(text)
    let texts = [String(repeating: "ab", count: 30), "a text of many bytes", nil]
    try check(frame, "i", Column((0..<40).map { $0 }))
    try check(frame, "s", Column((0..<40).map { texts[$0 % 4 == 3 ? 0 : $0 % 4] }))
  }

  /// Magic, messages, alignment and footer.
  ///
  /// Source: Arrow's columnar format, "IPC File Format" and "Encapsulated message format".
  @Test func framesMessagesAsTheFormatSays() throws {
    try withTemporaryFile("T.arrow") { path in
      try DataFrame([("x", Column([1, 2, 3]))]).writeArrow(to: path)
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
      #expect(bytes.starts(with: Array("ARROW1\0\0".utf8)))
      #expect(bytes.suffix(6) == Array("ARROW1".utf8)[...])
      func number(_ place: Int) -> Int {
        bytes[place..<place + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
      }
      #expect(number(8) == 0xFFFF_FFFF && (16 + number(12)) % 64 == 0)
      // The end of the stream stands before the footer.
      let footer = bytes.count - 10 - number(bytes.count - 10)
      #expect(bytes[(footer - 8)..<footer] == [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0])
      let batch = 16 + number(12)
      let body = batch + 8 + number(batch + 4)
      #expect(body % 64 == 0)
      let values = [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]
      #expect(bytes[body..<body + 24].map { Int($0) } == values)
    }
  }

  /// A stream that is cut anywhere is an error, or ends between two messages without a row.
  @Test func saysWhereAStreamIsCut() throws {
    let bytes = [UInt8](try #require(Data(base64Encoded: pyarrowStream)))
    var cleanEnds = 0
    for count in 0..<bytes.count - 8 {
      guard let frame = try? sound(bytes.prefix(count)) else { continue }
      #expect(frame.rowCount == 0 || count == bytes.count - 8, "\(count) bytes")
      cleanEnds += 1
    }
    // Behind the schema, and behind the dictionary.
    #expect(cleanEnds == 2)
  }

  private func check(_ frame: DataFrame, _ name: String, _ expected: Column) throws {
    let found: Column = try frame[name]
    #expect(found == expected, "\(name)")
  }

  private func read(_ text: String) throws -> DataFrame {
    let bytes = try #require(Data(base64Encoded: text))
    return try withTemporaryFile("T") { path in
      try bytes.write(to: URL(filePath: path))
      return try DataFrame(contentsOfArrow: path)
    }
  }
}

/// What a file that lies is told, in one line.
struct ArrowFlawTests {
  @Test func saysWhatIsWrong() throws {
    let stream = [UInt8](try #require(Data(base64Encoded: pyarrowStream)))
    let file = [UInt8](try #require(Data(base64Encoded: pyarrowFile)))
    let views = [UInt8](try #require(Data(base64Encoded: pyarrowViews)))
    func expect(_ bytes: some Sequence<UInt8>, _ reason: String) {
      #expect(message { try sound(bytes) } == "'f' is no sound Arrow data: \(reason)")
    }
    func changed(_ bytes: [UInt8], _ place: Int, _ byte: UInt8) -> [UInt8] {
      var bytes = bytes
      bytes[place] = byte
      return bytes
    }
    expect([], "it is empty")
    expect(
      Array("a,b\n1,2\n3,4\n".utf8),
      "it begins with neither ARROW1 nor a message of Arrow 0.15 or later"
    )
    expect(file.dropLast(), "it has no footer at its end; is it complete?")
    expect(file.prefix(100), "it has no footer at its end; is it complete?")
    expect(
      stream.dropLast(20),
      "it ends in the middle of a batch, after 796 bytes; is it complete?"
    )
    // Codes 1 and 0; offsets 0, 1 and 18; the text behind them; the first bytes of a view.
    expect(changed(stream, 801, 9), "column 'c': row 1 has code 9 of 2 words")
    expect(changed(stream, 760, 99), "column 's': row 1 has bytes 1 to 99 of 18")
    expect(changed(stream, 752, 2), "column 's': row 0 has bytes 2 to 1 of 18")
    expect(changed(stream, 769, 0xFF), "column 's': row 1 is not UTF-8")
    expect(
      changed(views, 460, 0x62),
      "column 'v': row 2: a view's first bytes are not those of its text"
    )
  }

  /// A number of rows that no byte backs costs no memory.
  @Test func refusesRowsFromNothing() throws {
    let schema = ArrowTableSchema(fields: [ArrowField("n", .null)])
    var bytes = framed(.schema(schema))
    bytes += framed(.batch(ArrowBody.nulls(1 << 39)))
    #expect(
      message { try sound(bytes) }
        == "'f' is no sound Arrow data: 549755813888 rows of nulls that no byte backs"
    )
    let few = framed(.schema(schema)) + framed(.batch(ArrowBody.nulls(1000)))
    #expect(try sound(few).rowCount == 1000)
  }

  /// Numbers at their limits, where sums of them overflow.
  @Test func refusesNumbersAtTheirLimits() throws {
    let rows = ArrowTableSchema(fields: [])
    let words = ArrowField("w", .utf8, dictionary: ArrowField.Dictionary(id: 0))
    let nulls = ArrowField("n", .null, dictionary: ArrowField.Dictionary(id: 0))
    for count in [1 << 40, .max - 7, .max] {
      let header = ArrowBody.nulls(count)
      for schema in [rows, ArrowTableSchema(fields: [words]), ArrowTableSchema(fields: [nulls])] {
        let bytes = framed(.schema(schema)) + framed(.dictionary(id: 0, isDelta: false, header))
        let said = message { try sound(bytes) }
        #expect(said == "'f' is no sound Arrow data: a batch of \(count) rows")
      }
    }
    // As many rows as an id can count, and none behind them.
    let full = framed(.schema(rows)) + framed(.batch(ArrowBatchHeader(rowCount: 1 << 40 - 1)))
    #expect(try sound(full).rowCount == 1 << 40 - 1)
    let more = full + framed(.batch(ArrowBatchHeader(rowCount: 1)))
    let said = message { try sound(more) }
    #expect(said == "'f' is no sound Arrow data: 1 rows behind 1099511627775")
    // The version of a message, in its table of 16 bits.
    var schema = framed(.schema(rows))
    let version = try #require(schema.indices.dropLast().last { schema[$0] == 4 && $0 < 40 })
    (schema[version], schema[version + 1]) = (0xFF, 0x7F)
    let refused = message { try sound(schema) }
    #expect(refused.hasPrefix("'f'") && !refused.contains("\n"), "\(refused)")
  }

  /// A message with its prefix, without a body.
  private func framed(_ message: ArrowMessage) -> [UInt8] {
    let metadata = message.bytes(bodySize: 0)
    let size = withUnsafeBytes(of: Int32(metadata.count).littleEndian) { Array($0) }
    return [0xFF, 0xFF, 0xFF, 0xFF] + size + metadata
  }
}

extension ArrowBody {
  /// The header of a batch of one column of nulls.
  fileprivate static func nulls(_ count: Int) -> ArrowBatchHeader {
    var body = ArrowBody(rowCount: count)
    body.addNullNode()
    return body.header
  }
}

/// The frame that bytes in memory are.
private func sound(_ bytes: some Sequence<UInt8>) throws(FrameError) -> DataFrame {
  let bytes = Array(bytes)
  let buffer = Buffer(uninitialized: bytes.count)
  for (index, byte) in bytes.enumerated() {
    buffer.pointer.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
  }
  do throws(ArrowFault) {
    var reader = try ArrowReader(ArrowSource(buffer), path: "f")
    return try reader.readAll()
  } catch {
    throw FrameError(error, path: "f")
  }
}

private let pyarrowStream = """
  //////gAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAEAAAAtP///wQAAAADAAAAmAAAAFwAAAAUAAAAEAAYAAgABgAH\
  AAwAEAAUABAAAAAAAAEFFAAAADQAAAAcAAAABAAAAAAAAAABAAAAYwAAAAgACAAAAAQACAAAAAQAAACY////AAAAAQgA\
  AADc////2P///wAAAQUQAAAAGAAAAAQAAAAAAAAAAQAAAHMAAAAEAAQABAAAABAAFAAIAAYABwAMAAAAEAAQAAAAAAAB\
  AhAAAAAcAAAABAAAAAAAAAABAAAAaQAAAAgADAAIAAcACAAAAAAAAAFAAAAAAAAAAP////+oAAAAFAAAAAAAAAAMABQA\
  BgAFAAgADAAMAAAAAAIEABQAAAAYAAAAAAAAAAgACgAAAAQACAAAABAAAAAAAAoAGAAMAAQACAAKAAAATAAAABAAAAAC\
  AAAAAAAAAAAAAAADAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADAAAAAAAAAAQAAAAAAAAAAIAAAAAAAAAAAAAAAEA\
  AAACAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAACAAAAAAAAAGJhAAAAAAAA//////gAAAAUAAAAAAAAAAwAFgAGAAUACAAM\
  AAwAAAAAAwQAGAAAAGAAAAAAAAAAAAAKABgADAAEAAgACgAAAIwAAAAQAAAAAwAAAAAAAAAAAAAABwAAAAAAAAAAAAAA\
  AQAAAAAAAAAIAAAAAAAAABgAAAAAAAAAIAAAAAAAAAABAAAAAAAAACgAAAAAAAAAEAAAAAAAAAA4AAAAAAAAABIAAAAA\
  AAAAUAAAAAAAAAABAAAAAAAAAFgAAAAAAAAAAwAAAAAAAAAAAAAAAwAAAAMAAAAAAAAAAQAAAAAAAAADAAAAAAAAAAEA\
  AAAAAAAAAwAAAAAAAAABAAAAAAAAAAUAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAP//////////AwAAAAAAAAAAAAAAAQAA\
  ABIAAAASAAAAeGEgdGV4dCBvZiAxNyBieXRlAAAAAAAAAwAAAAAAAAABAAAAAAAAAP////8AAAAA
  """

private let pyarrowFile = """
  QVJST1cxAAD/////+AAAABAAAAAAAAoADAAGAAUACAAKAAAAAAEEAAQAAAC0////BAAAAAMAAACYAAAAXAAAABQAAAAQ\
  ABgACAAGAAcADAAQABQAEAAAAAAAAQUUAAAANAAAABwAAAAEAAAAAAAAAAEAAABjAAAACAAIAAAABAAIAAAABAAAAJj/\
  //8AAAABCAAAANz////Y////AAABBRAAAAAYAAAABAAAAAAAAAABAAAAcwAAAAQABAAEAAAAEAAUAAgABgAHAAwAAAAQ\
  ABAAAAAAAAECEAAAABwAAAAEAAAAAAAAAAEAAABpAAAACAAMAAgABwAIAAAAAAAAAUAAAAAAAAAA/////6gAAAAUAAAA\
  AAAAAAwAFAAGAAUACAAMAAwAAAAAAgQAFAAAABgAAAAAAAAACAAKAAAABAAIAAAAEAAAAAAACgAYAAwABAAIAAoAAABM\
  AAAAEAAAAAIAAAAAAAAAAAAAAAMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAMAAAAAAAAABAAAAAAAAAAAgAAAAAA\
  AAAAAAAAAQAAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAQAAAAIAAAAAAAAAYmEAAAAAAAD/////+AAAABQAAAAAAAAADAAW\
  AAYABQAIAAwADAAAAAADBAAYAAAAYAAAAAAAAAAAAAoAGAAMAAQACAAKAAAAjAAAABAAAAADAAAAAAAAAAAAAAAHAAAA\
  AAAAAAAAAAABAAAAAAAAAAgAAAAAAAAAGAAAAAAAAAAgAAAAAAAAAAEAAAAAAAAAKAAAAAAAAAAQAAAAAAAAADgAAAAA\
  AAAAEgAAAAAAAABQAAAAAAAAAAEAAAAAAAAAWAAAAAAAAAADAAAAAAAAAAAAAAADAAAAAwAAAAAAAAABAAAAAAAAAAMA\
  AAAAAAAAAQAAAAAAAAADAAAAAAAAAAEAAAAAAAAABQAAAAAAAAABAAAAAAAAAAAAAAAAAAAA//////////8DAAAAAAAA\
  AAAAAAABAAAAEgAAABIAAAB4YSB0ZXh0IG9mIDE3IGJ5dGUAAAAAAAADAAAAAAAAAAEAAAAAAAAA/////wAAAAAQAAAA\
  DAAUAAYACAAMABAADAAAAAAABABIAAAAKAAAAAQAAAABAAAA0AEAAAAAAAAAAQAAAAAAAGAAAAAAAAAAAAAAAAEAAAAI\
  AQAAAAAAALAAAAAAAAAAGAAAAAAAAAC0////BAAAAAMAAACYAAAAXAAAABQAAAAQABgACAAGAAcADAAQABQAEAAAAAAA\
  AQUUAAAANAAAABwAAAAEAAAAAAAAAAEAAABjAAAACAAIAAAABAAIAAAABAAAAJj///8AAAABCAAAANz////Y////AAAB\
  BRAAAAAYAAAABAAAAAAAAAABAAAAcwAAAAQABAAEAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAECEAAAABwAAAAEAAAA\
  AAAAAAEAAABpAAAACAAMAAgABwAIAAAAAAAAAUAAAAA4AQAAQVJST1cx
  """

private let pyarrowViews = """
  /////7AAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAIAAABUAAAABAAAAMT///8A\
  AAEKEAAAABwAAAAEAAAAAAAAAAEAAAB0AAAACAAMAAYACAAIAAAAAAACAAQAAAADAAAAVVRDABAAFAAIAAYABwAMAAAA\
  EAAQAAAAAAABGBAAAAAYAAAABAAAAAAAAAABAAAAdgAAAAQABAAEAAAAAAAAAP/////gAAAAFAAAAAAAAAAMABYABgAF\
  AAgADAAMAAAAAAMEABwAAABwAAAAAAAAAAAADgAcABAABAAIAAAADAAOAAAAgAAAACQAAAAQAAAAAwAAAAAAAAAAAAAA\
  AQAAAAEAAAAAAAAAAAAAAAUAAAAAAAAAAAAAAAEAAAAAAAAACAAAAAAAAAAwAAAAAAAAADgAAAAAAAAAEQAAAAAAAABQ\
  AAAAAAAAAAEAAAAAAAAAWAAAAAAAAAAYAAAAAAAAAAAAAAACAAAAAwAAAAAAAAABAAAAAAAAAAMAAAAAAAAAAQAAAAAA\
  AAAFAAAAAAAAAAEAAAB4AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEQAAAGEgdGUAAAAAAAAAAGEgdGV4dCBvZiAx\
  NyBieXRlAAAAAAAAAAUAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAP///////////////wAAAAA=
  """

/// A packed stream of 40 rows.
///
/// Source, pyarrow 26.0.1: `pa.table({"i": pa.array(list(range(40)), pa.int64()), "s": pa.array(["ab"
/// * 30, "a text of many bytes", None, "ab" * 30] * 10)})`, `IpcWriteOptions(compression="lz4")`.
let pyarrowLZ4 = """
  /////6gAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAIAAABAAAAABAAAANj///8A\
  AAEFEAAAABgAAAAEAAAAAAAAAAEAAABzAAAABAAEAAQAAAAQABQACAAGAAcADAAAABAAEAAAAAAAAQIQAAAAHAAAAAQA\
  AAAAAAAAAQAAAGkAAAAIAAwACAAHAAgAAAAAAAABQAAAAAAAAAD/////2AAAABQAAAAAAAAADAAYAAYABQAIAAwADAAA\
  AAADBAAcAAAAyAEAAAAAAAAAAAAADAAcABAABAAIAAwADAAAAHgAAAAcAAAAFAAAACgAAAAAAAAAAAAAAAQABAAEAAAA\
  BQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAALwAAAAAAAAAwAAAAAAAAAAcAAAAAAAAAOAAAAAAAAAAmgAAAAAAAACA\
  AQAAAAAAAEcAAAAAAAAAAAAAAAIAAAAoAAAAAAAAAAAAAAAAAAAAKAAAAAAAAAAKAAAAAAAAAEABAAAAAAAABCJNGGBA\
  gqUAAAATAAEAEwEIABMCCAATAwgAEwQIABMFCAATBggAEwcIABMICAATCQgAEwoIABMLCAATDAgAEw0IABMOCAATDwgA\
  ExAIABMRCAATEggAExMIABMUCAATFQgAExYIABMXCAATGAgAExkIABMaCAATGwgAExwIABMdCAATHggAEx8IABMgCAAT\
  IQgAEyIIABMjCAATJAgAEyUIABMmCACAJwAAAAAAAAAAAAAAAAAAAAUAAAAAAAAABCJNGGBAggUAAIC7u7u7uwAAAAAA\
  AAAApAAAAAAAAAAEIk0YYECCgwAAAJMAAAAAPAAAAFAEAJOMAAAAyAAAANwEAJMYAQAAVAEAAGgEAJOkAQAA4AEAAPQE\
  AJMwAgAAbAIAAIAEAKK8AgAA+AIAAAwDBACTSAMAAIQDAACYBACT1AMAABAEAAAkBACTYAQAAJwEAACwBADwBewEAAAo\
  BQAAPAUAADwFAAB4BQAAAAAAAAAAAAAAAHgFAAAAAAAABCJNGGBAgjAAAAAvYWICACj/BCB0ZXh0IG9mIG1hbnkgYnl0\
  ZXNOACgPAgArD4wA/////5tQYmFiYWIAAAAAAP////8AAAAA
  """

/// The same with `compression="zstd"`.
let pyarrowZstd = """
  /////6gAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAIAAABAAAAABAAAANj///8A\
  AAEFEAAAABgAAAAEAAAAAAAAAAEAAABzAAAABAAEAAQAAAAQABQACAAGAAcADAAAABAAEAAAAAAAAQIQAAAAHAAAAAQA\
  AAAAAAAAAQAAAGkAAAAIAAwACAAHAAgAAAAAAAABQAAAAAAAAAD/////4AAAABQAAAAAAAAADAAYAAYABQAIAAwADAAA\
  AAADBAAcAAAAGAEAAAAAAAAAAAAADAAeABAABAAIAAwADAAAAIAAAAAkAAAAGAAAACgAAAAAAAAAAAAAAAAABgAIAAcA\
  BgAAAAAAAAEFAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAATAAAAAAAAABQAAAAAAAAABYAAAAAAAAAaAAAAAAAAABz\
  AAAAAAAAAOAAAAAAAAAANwAAAAAAAAAAAAAAAgAAACgAAAAAAAAAAAAAAAAAAAAoAAAAAAAAAAoAAAAAAAAAQAEAAAAA\
  AAAotS/9YEAA1QEAYkUMCxBYvhn8oMvnEUoB/0bGRcVExEPDQsJBwUDAr7fL3Wqz2Ku1Sp1Ko9Cns8lcKpPI4ydUAgAD\
  AQAAAAAFAAAAAAAAACi1L/0gBSkAALu7u7u7AACkAAAAAAAAACi1L/0gpBUDAPJFEh6waVgDQFp0AAIggAxACeJCE0AH\
  wI9IABmA2lJKmQI7jGeH8GUmX+RLDL7AZoFsjs1ggGtzURrX4ipoJswkUUyISXB55Y/Dnw8KACAfkA/IB+QDBgL5gHxA\
  PiCfM3cEAAAAAAB4BQAAAAAAACi1L/1geAQtAQCoYWIgdGV4dCBvZiBtYW55IGJ5dGVzBACsPMwPBQn0E86AJNcGAP//\
  //8AAAAA
  """
