import Foundation
import TabularCSV
import TabularTensor
import Testing

@testable import TabularFrame

/// What is written is read again: all types, nulls, slices, batches, both framings.
struct ArrowTests {
  @Test(arguments: ArrowFormat.allCases, ArrowWritingOptions.TextType.allCases)
  func keepsEveryType(format: ArrowFormat, textType: ArrowWritingOptions.TextType) throws {
    let frame = try everyType()
    for batchRows in [1, 2, 100] {
      let options = ArrowWritingOptions(format: format, textType: textType, batchRows: batchRows)
      let read = try written(frame, options) { try DataFrame(contentsOfArrow: $0) }
      #expect(read == frame, "batches of \(batchRows)")
      #expect(read.types.map(\.type) == frame.types.map(\.type))
    }
  }

  /// Slices from any bit on, values at the limits, nulls in any number; every type, any batch size.
  @Test func keepsRandomFrames() throws {
    var random = SplitMix64(seed: propertySeed)
    for round in 0..<60 {
      let rows = random.pick([0, 1, 7, 63, 64, 65, 200, 1_000])
      var frame = DataFrame()
      for type in ColumnType.allCases {
        frame["\(type)"] = Column.random(type, count: rows, &random)
      }
      let options = ArrowWritingOptions(
        format: random.pick(ArrowFormat.allCases),
        textType: random.pick([.stringView, .utf8]),
        batchRows: random.pick([1, 8, 13, 64, 10_000])
      )
      let (read, batches) = try written(frame, options) { path in
        (try DataFrame(contentsOfArrow: path), try allBatches(path))
      }
      #expect(read == frame, "round \(round), TABULAR_SEED=\(propertySeed)")
      #expect(batches.allSatisfy { $0.rowCount <= options.batchRows })
      let joined = try DataFrame.concat(batches)
      #expect(rows == 0 || joined == frame, "round \(round), TABULAR_SEED=\(propertySeed)")
    }
  }

  /// The bytes do not depend on where a column's texts are, or on which part of a column is written.
  @Test func sameValuesGiveSameBytes() throws {
    var random = SplitMix64(seed: propertySeed)
    for type in ColumnType.allCases {
      let column = Column.random(type, count: 100, &random).slice(10..<90)
      // A category may have words that no row has, which a copy loses.
      guard type != .category else { continue }
      let copied = column.taking(Array(0..<80))
      let files = try [column, copied].map { column in
        try written(try DataFrame([("x", column)]), ArrowWritingOptions()) { path in
          try Data(contentsOf: URL(filePath: path))
        }
      }
      #expect(files[0] == files[1], "\(type), TABULAR_SEED=\(propertySeed)")
    }
  }

  @Test(arguments: ArrowFormat.allCases)
  func keepsFramesWithoutRowsOrColumns(format: ArrowFormat) throws {
    let options = ArrowWritingOptions(format: format)
    for frame in [DataFrame(), try everyType().slice(0..<0)] {
      #expect(try written(frame, options) { try DataFrame(contentsOfArrow: $0) } == frame)
    }
    // Rows alone.
    let rows = try everyType().select([])
    let read = try written(rows, options) { try DataFrame(contentsOfArrow: $0) }
    #expect(read.shape.rows == 3 && read.shape.columns == 0)
  }

  @Test func keepsLongTexts() throws {
    let texts = (0..<300).map { String(repeating: "ä€😎", count: $0) }
    let frame = try DataFrame([("t", Column(texts)), ("u", Column(texts.reversed()).asCategory())])
    for textType in ArrowWritingOptions.TextType.allCases {
      let options = ArrowWritingOptions(textType: textType, batchRows: 64)
      #expect(try written(frame, options) { try DataFrame(contentsOfArrow: $0) } == frame)
    }
  }

  /// What the format asks for: bodies and buffers begin at multiples of 64.
  @Test(arguments: ArrowFormat.allCases)
  func alignsBuffers(format: ArrowFormat) throws {
    let options = ArrowWritingOptions(format: format, batchRows: 2)
    try written(everyType(), options) { path in
      var input = try ArrowInput(ArrowSource.open(path, isMapped: true))
      while let batch = try input.next() {
        #expect(Int(bitPattern: batch.body.pointer) % 64 == 0 && batch.body.byteCount % 64 == 0)
        #expect(batch.header.buffers.allSatisfy { $0.offset % 64 == 0 })
      }
    }
  }

  /// One batch: the file's pages are the columns' memory.
  @Test func mapsWhatAFrameHoldsAlike() throws {
    try written(everyType(), ArrowWritingOptions()) { path in
      let source = try ArrowSource.open(path, isMapped: true)
      var reader = try ArrowReader(source, path: path)
      let frame = try reader.readAll()
      let size = try #require(source.size)
      let start = try #require(try source.buffer(at: 0, count: size)).pointer
      func isMapped(_ pointer: UnsafeRawPointer) -> Bool {
        pointer >= start && pointer < start + size
      }
      for name in frame.columns {
        let column: Column = try frame[name]
        let validity = try #require(column.validity)
        #expect(isMapped(validity.bits.buffer.pointer), "\(name)")
        switch column.storage {
        case .bool(let bits): #expect(isMapped(bits.buffer.pointer))
        case .int64(let vector), .datetime(let vector): #expect(isMapped(vector.pointer))
        case .float64(let vector): #expect(isMapped(vector.pointer))
        case .date(let vector): #expect(isMapped(vector.pointer))
        case .string(let texts):
          #expect(isMapped(texts.views.pointer) && texts.heap.allSatisfy { isMapped($0.pointer) })
        case .category(let codes, let words):
          #expect(isMapped(codes.pointer) && isMapped(words.views.pointer))
        }
      }
    }
  }

  @Test func namesFramesAndFilesThatDoNotFit() throws {
    try withTemporaryFile("T.arrow") { path in
      let writer = { try ArrowWriter(path, columns: [("a", .int64), ("b", .string)]) }
      #expect(
        message {
          var writer = try writer()
          try writer.append(DataFrame([("a", Column([1]))]))
        } == "columns a, expected a, b"
      )
      #expect(
        message {
          var writer = try writer()
          try writer.append(DataFrame([("a", Column([1])), ("b", Column([2]))]))
        } == "column 'b' is of type int64, expected string"
      )
      #expect(
        message { _ = try ArrowWriter(path, columns: [("a", .int64), ("a", .string)]) }
          == "two columns are named 'a'"
      )
      // Nothing is left of what was not finished.
      let folder = URL(filePath: path).deletingLastPathComponent().path
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left.isEmpty)
      #expect(
        message { try DataFrame(contentsOfArrow: path) }
          == "cannot open '\(path)': No such file or directory"
      )
      #expect(
        message { _ = try ArrowReader(folder) } == "cannot open '\(folder)': it is a folder"
      )
    }
  }

  @Test func keepsMetadata() throws {
    let options = ArrowWritingOptions(metadata: ["feature_names": #"["a", "ä"]"#, "": "x", "k": ""])
    let read = try written(everyType(), options) { try ArrowReader($0).metadata }
    #expect(read == options.metadata)
  }
}

/// Categories across frames: one dictionary in a file, the newest one in a stream.
struct ArrowDictionaryTests {
  @Test(arguments: ArrowFormat.allCases, ArrowWritingOptions.TextType.allCases)
  func gathersWords(format: ArrowFormat, textType: ArrowWritingOptions.TextType) throws {
    let words = [
      ["b", nil, "a"], ["a", "a long word of a later frame", "b"], [nil, nil], [],
      ["c", "a long word of a later frame", nil, "\u{E4}"],
    ]
    let frames = try words.map { try DataFrame([("w", Column($0).asCategory())]) }
    try withTemporaryFile("T.arrow") { path in
      let options = ArrowWritingOptions(format: format, textType: textType)
      var writer = try ArrowWriter(path, columns: [("w", .category)], options: options)
      for frame in frames { try writer.append(frame) }
      try writer.finish()
      let read = try DataFrame(contentsOfArrow: path)
      let (expected, batches) = (try DataFrame.concat(frames), try allBatches(path))
      #expect(read == expected)
      #expect(try DataFrame.concat(batches) == read)
    }
  }

  /// A slice's words are those of the whole, and stay the same memory in a frame that is read.
  @Test func sharesWordsBetweenBatches() throws {
    let column = Column((0..<100).map { "word \($0 % 7)" as String? }).asCategory()
    let frame = try DataFrame([("w", column)])
    try withTemporaryFile("T.arrow") { path in
      var writer = try ArrowWriter(path, columns: frame.types)
      for start in stride(from: 0, to: 100, by: 10) {
        try writer.append(frame.slice(start..<start + 10))
      }
      try writer.finish()
      var input = try ArrowInput(ArrowSource.open(path, isMapped: true))
      var count = 0
      while let batch = try input.next() {
        #expect(batch.words[0]?.values.count == 7)
        count += 1
      }
      #expect(count == 10)
      #expect(try DataFrame(contentsOfArrow: path) == frame)
    }
  }
}

extension ArrowDictionaryTests {
  /// Words that a frame has twice are once in the file; pandas refuses others.
  @Test func writesEqualWordsOnce() throws {
    let codes = FixedVector<Int32>(count: 4) { [0, 1, 2, 1][$0] }
    let words = StringVector(["a", "a", "b"])
    let column = Column(storage: .category(codes, dictionary: words), validity: nil)
    let frame = try DataFrame([("w", column)])
    let (read, count) = try written(frame, ArrowWritingOptions()) { path in
      var input = try ArrowInput(ArrowSource.open(path, isMapped: true))
      return (try DataFrame(contentsOfArrow: path), try input.next()?.words[0]?.values.count)
    }
    #expect(read == frame && count == 2)
  }

  /// Words of more than one heap buffer, from frames that are gone when they are written.
  @Test func keepsManyLongWords() throws {
    func words(_ numbers: Range<Int>) -> [String] {
      numbers.map { "\($0) of many words, each of which is longer than twelve bytes" }
    }
    try withTemporaryFile("T.arrow") { path in
      var writer = try ArrowWriter(path, columns: [("w", .category)])
      for first in stride(from: 0, to: 3_000, by: 1_000) {
        let column = Column(words(first..<first + 1_500)).asCategory()
        try writer.append(DataFrame([("w", column)]))
      }
      try writer.finish()
      let expected = stride(from: 0, to: 3_000, by: 1_000).flatMap { words($0..<$0 + 1_500) }
      let read: Column = try DataFrame(contentsOfArrow: path)["w"]
      #expect(read == Column(expected).asCategory())
    }
  }
}

/// What comes through a pipe, which can be opened once and not be read again.
struct ArrowPipeTests {
  @Test(arguments: ArrowFormat.allCases) func readsPipes(format: ArrowFormat) throws {
    let frame = try everyType()
    try withTemporaryFile("pipe") { stem in
      // A pipe of its own each time: a writer may still hold the one before.
      func whilePiped<Result>(_ name: String, _ body: (String) throws -> Result) throws -> Result {
        let path = "\(stem)-\(name)"
        #expect(mkfifo(path, 0o600) == 0)
        let writer = Thread {
          try? frame.writeArrow(
            to: path,
            options: ArrowWritingOptions(format: format, batchRows: 2)
          )
        }
        writer.start()
        return try body(path)
      }
      let whole = try whilePiped("whole") { try DataFrame(contentsOfArrow: $0) }
      #expect(whole == frame)
      let batches = try whilePiped("batches") { try allBatches($0) }
      #expect(batches.map(\.rowCount) == [2, 1])
      #expect(try DataFrame.concat(batches) == frame)
    }
  }
}

/// Writes a frame, and gives `body` the path.
func written<Result>(
  _ frame: DataFrame,
  _ options: ArrowWritingOptions,
  _ body: (String) throws -> Result
) throws -> Result {
  try withTemporaryFile("T.arrow") { path in
    try frame.writeArrow(to: path, options: options)
    return try body(path)
  }
}

/// The batches of a file, read one by one; row ids go on from batch to batch.
func allBatches(_ path: String) throws -> [DataFrame] {
  var reader = try ArrowReader(path)
  var batches: [DataFrame] = []
  var rows = 0
  while let batch = try reader.next() {
    #expect(batch.rowIDs == (rows..<rows + batch.rowCount).map { RowID(record: $0) })
    rows += batch.rowCount
    batches.append(batch)
  }
  return batches
}
