import Foundation
import Testing

@testable import TabularCSV

/// Whole columns of texts against what was written; with AVX-512 short ones are read eight at a time.
struct StringKernelTests {
  /// The column of a table with another one beside it; nil for a null.
  private static func read(
    _ texts: [String],
    first: Bool,
    emptyIsText: Bool = false
  ) throws -> [String?] {
    let lines = texts.enumerated().map { first ? "\($1),\($0)" : "\($0),\($1)" }
    let text = (first ? "x,n\n" : "n,x\n") + lines.joined(separator: "\n") + "\n"
    var options = CSVReadingOptions(types: ["x": .string])
    options.threads = 1
    options.allText = emptyIsText
    let table = try CSVReader(bytes: Array(text.utf8), options: options).read()
    let column = table.columns[first ? 0 : 1]
    guard case .string(let memory, let heap) = column.values else {
      Issue.record("a column of \(column.values)")
      return []
    }
    let views = memory.pointer.assumingMemoryBound(to: StringView.self)
    let validity = column.validity?.pointer.assumingMemoryBound(to: UInt8.self)
    return texts.indices.map { row in
      guard validity.map({ $0[row >> 3] >> UInt8(row & 7) & 1 == 1 }) ?? true else { return nil }
      let view = views[row]
      if view.length > StringView.inlineCapacity {
        let start = heap.buffers[Int(view.buffer)].pointer + Int(view.offset)
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(view.length))
        // What the view itself repeats of them.
        #expect(bytes.loadUnaligned(as: UInt32.self) == view.prefix)
        return String(decoding: bytes, as: UTF8.self)
      }
      return withUnsafeBytes(of: view) { bytes in
        let end = 4 + Int(view.length)
        // Equal texts are equal views: what is behind them is zero.
        #expect(bytes[end...].allSatisfy { $0 == 0 })
        return String(decoding: bytes[4..<end], as: UTF8.self)
      }
    }
  }

  /// How a text may be written, and what it is.
  private static func cell(_ most: Int, _ random: inout TestRandom) -> (
    written: String, text: String
  ) {
    let letters = Array("abcdefXYZ0189 .;-'ß")
    let count = Int.random(in: 0...most, using: &random)
    let text = String((0..<count).map { _ in letters.randomElement(using: &random) ?? "a" })
    switch Int.random(in: 0...19, using: &random) {
    case 0: return ("\"\(text)\"", text)
    case 1: return ("\"\(text),\(text)\"", "\(text),\(text)")
    case 2: return ("\"\(text)\"\"\(text)\"", "\(text)\"\(text)")
    default: return (text, text)
    }
  }

  @Test(arguments: [2, 4, 5, 11, 12, 13, 40], [true, false])
  func columnsAreWhatWasWritten(most: Int, first: Bool) throws {
    let seed = LongTests.seed()
    var random = TestRandom(seed: seed)
    for count in [1, 7, 8, 9, 63, 64, 65, 3_000] {
      let cells = (0..<count).map { _ in Self.cell(most, &random) }
      for emptyIsText in [false, true] {
        let found = try Self.read(cells.map(\.written), first: first, emptyIsText: emptyIsText)
        for (cell, text) in zip(cells, found) {
          let expected: String? = cell.written.isEmpty && !emptyIsText ? nil : cell.text
          guard text == expected else {
            Issue.record("'\(cell.written)' is \(text ?? "null"), seed \(seed)")
            return
          }
        }
      }
    }
  }

  /// A column that begins with long texts, goes on with short ones and ends with long ones.
  @Test func longAndShortTextsTakeTurns() throws {
    let texts = (0..<12_000).map { row in
      row / 3_000 % 2 == 0
        ? "a text that is long, number \(row)".replacing(",", with: "") : "s\(row)"
    }
    #expect(try Self.read(texts, first: false) == texts)
  }
}
