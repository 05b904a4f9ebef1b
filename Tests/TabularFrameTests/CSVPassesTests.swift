import Foundation
import TabularCSV
import TabularFrame
import Testing

/// Passes over a CSV give the frame that is read at once, and refuse inputs that change meanwhile.
struct CSVPassesTests {
  /// A pass from the first row to the last; nil where it is void.
  private static func rows(_ pass: CSVPass) throws -> [DataFrame]? {
    var pass = pass
    var frames: [DataFrame] = []
    while let frame = try pass.next() { frames.append(frame) }
    return pass.isVoid ? nil : frames
  }

  private static func passes(_ paths: String..., options: CSVReadingOptions = CSVReadingOptions())
    throws -> CSVPasses
  {
    try CSVPasses(ofCSV: paths, options: options, chunkBytes: 500, mayKeepInput: false)
  }

  private static func text(_ rows: Range<Int>, ending: String = "") -> String {
    rows.map { "\($0),\($0 % 7),word \($0 % 90)\n" }.joined() + ending
  }

  private static func write(_ text: String, to path: String) throws {
    try text.write(toFile: path, atomically: false, encoding: .utf8)
  }

  @Test func typesAreThoseOfTheWhole() throws {
    try withTemporaryFile("t.csv") { path in
      try Self.write("id,n,w\n" + Self.text(0..<2_000, ending: "2000,0.5,7\n"), to: path)
      let passes = try Self.passes(path)
      #expect(passes.types == nil && passes.rowCount == nil)
      #expect(try Self.rows(passes.begin()) == nil)
      #expect(passes.types == ["id": .int64, "n": .float64, "w": .string])
      let frames = try #require(try Self.rows(passes.begin()))
      #expect(frames.count > 3 && passes.rowCount == 2_001)
      let whole = try DataFrame(contentsOfCSV: path)
      #expect(try DataFrame.concat(frames) == whole)
      // Of some columns, in another order; and again.
      for _ in 0..<2 {
        let some = try #require(try Self.rows(passes.begin(columns: ["w", "n"])))
        #expect(try DataFrame.concat(some) == whole.select(["w", "n"]))
      }
      #expect(
        message { try passes.begin(columns: ["nn"]) }.contains("'nn'")
      )
    }
  }

  /// A pass that is not gone through to its end leaves nothing behind that the next one sees.
  @Test func aPassMayBeGivenUp() throws {
    try withTemporaryFile("t.csv") { path in
      try Self.write("id,n,w\n" + Self.text(0..<3_000), to: path)
      let passes = try Self.passes(path)
      for _ in 0..<5 {
        var pass = try passes.begin()
        _ = try pass.next()
      }
      let frames = try #require(try Self.rows(passes.begin()))
      #expect(try DataFrame.concat(frames) == DataFrame(contentsOfCSV: path))
    }
  }

  private enum Change: CaseIterable { case append, shorten, rewrite, widen, replace, touch, remove }

  /// One line names the file, whatever the change makes of the rows.
  @Test(arguments: ["first", "second", "between"])
  func refuseInputsThatChange(moment: String) throws {
    for change in Change.allCases {
      try withTemporaryFile("t.csv") { path in
        let count = 3_000
        try Self.write("id,n,w\n" + Self.text(0..<count), to: path)
        let passes = try Self.passes(path)
        func edit() throws {
          switch change {
          case .append:
            let file = try #require(FileHandle(forWritingAtPath: path))
            try file.seekToEnd()
            try file.write(contentsOf: Data(Self.text(count..<count + 500).utf8))
            try file.close()
          case .shorten: try Self.write("id,n,w\n" + Self.text(0..<700), to: path)
          case .rewrite: try Self.write("id,n,w\n" + Self.text(1..<count + 1), to: path)
          case .widen:
            try Self.write(
              "id,n,w\n" + (0..<count).map { "x\($0),a,\"w\n\"\n" }.joined(),
              to: path
            )
          case .replace:
            try ("id,n,w\n" + Self.text(0..<count)).write(
              toFile: path,
              atomically: true,
              encoding: .utf8
            )
          case .touch:
            try FileManager.default.setAttributes(
              [.modificationDate: Date(timeIntervalSince1970: 1_000_000)],
              ofItemAtPath: path
            )
          case .remove: try FileManager.default.removeItem(atPath: path)
          }
        }
        let refusal = message {
          if moment != "first" { _ = try Self.rows(passes.begin()) }
          if moment == "between" { try edit() }
          var pass = try passes.begin()
          _ = try pass.next()
          if moment != "between" { try edit() }
          var seen = 0
          while let frame = try pass.next() {
            seen += frame.rowCount
            #expect(seen <= count, "more rows than were counted")
          }
        }
        #expect(
          refusal == "'\(path)' has changed while it was read: convert it again",
          "\(change), \(moment)"
        )
      }
    }
  }

  /// Lines far longer than a chunk do not make it hold 65,536 of them.
  @Test func longRecordsMakeSmallChunks() throws {
    try withTemporaryFile("t.csv") { path in
      let long = String(repeating: "x", count: 70_000)
      try Self.write("a\n" + (0..<600).map { "\(long)\($0)\n" }.joined(), to: path)
      let passes = try CSVPasses(
        ofCSV: [path],
        options: CSVReadingOptions(),
        chunkBytes: 1 << 20,
        mayKeepInput: true
      )
      var pass = try passes.begin()
      #expect(try #require(try pass.next()).rowCount == 256)
    }
  }
}
