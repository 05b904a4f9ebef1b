import CTabularABI
import TabularCSV
import Testing

@testable import TabularFrame

extension ArrowCTests {
  /// What is wrong with foreign structures; each is released once all the same.
  @Suite struct Refusals {
    @Test(arguments: [
      "d:10,2", "z", "Z", "vz", "w:16", "tts", "ttu", "tDs", "tiM", "+l", "+s", "+m", "+r", "ts",
      "tsx:", "", "q",
    ])
    func typesThatNoColumnHolds(format: String) {
      let foreign = Foreign()
      let text = message { try foreign.importing(format, foreign.array(0, [nil, nil])) }
      #expect(
        text == "column 'x' is of the Arrow type '\(format)', which no column type holds without "
          + "loss; cast it or leave it out"
      )
      #expect(foreign.counter.isBalanced)
    }

    @Test(
      arguments: [
        (
          "L", bytes([1, .max] as [UInt64]),
          "row 1: 18446744073709551615 is above the largest int64"
        ),
        ("tdm", bytes([0, 5] as [Int64]), "row 1: 5 milliseconds are no whole day of a date"),
        (
          "tsn:", bytes([0, 1_001] as [Int64]),
          "row 1: 1001 nanoseconds are no whole microsecond; cast to microseconds"
        ),
        (
          "tss:", bytes([0, .max / 2] as [Int64]),
          "row 1: 4611686018427387903 seconds are too many microseconds for a datetime"
        ),
      ] as [(String, [UInt8], String)]
    )
    func valuesThatWouldChange(format: String, values: [UInt8], expected: String) {
      let foreign = Foreign()
      let text = message { try foreign.importing(format, foreign.array(2, [nil, values])) }
      #expect(text == "column 'x', \(expected)")
      #expect(foreign.counter.isBalanced)
    }

    @Test func arraysThatBreakTheRules() {
      let numbers = bytes([1, 2, 3] as [Int64])
      let cases: [(String, (Foreign) -> ArrowArray, String)] = [
        ("l", { $0.array(3, [nil]) }, "has 1 buffers; expected 2"),
        ("l", { $0.array(3, [nil, nil]) }, "lacks buffer 1 of 2"),
        ("l", { $0.array(-1, [nil, numbers]) }, "claims -1 elements from 0 on"),
        ("l", { $0.array(3, offset: -2, [nil, numbers]) }, "claims 3 elements from -2 on"),
        ("l", { $0.array(.max, [nil, numbers]) }, "claims \(Int.max) elements from 0 on"),
        ("l", { $0.array(3, nullCount: -2, [nil, numbers]) }, "claims -2 nulls in 3 elements"),
        ("l", { $0.array(3, nullCount: 4, [nil, numbers]) }, "claims 4 nulls in 3 elements"),
        (
          "l", { $0.array(3, nullCount: 1, [nil, numbers]) },
          "claims 1 nulls, and lacks the bits that tell which"
        ),
        ("l", { $0.array(2, [nil, numbers]) }, "has 2 elements; expected 3"),
        (
          "l", { $0.array(3, [nil, numbers], children: [$0.array(0, [nil])]) }, "has 1 children"
        ),
        (
          "u", { $0.array(3, [nil, bytes([0, 1, 2, -3] as [Int32]), [1]]) }, "ends at byte -3"
        ),
        (
          "vu", { $0.array(3, [nil, [UInt8](repeating: 0, count: 48)]) },
          "has 2 buffers; expected 3"
        ),
        (
          "vu", { $0.array(3, [nil, [UInt8](repeating: 0, count: 48), [1], bytes([-1])]) },
          "claims -1 bytes in buffer 2"
        ),
      ]
      for (format, array, expected) in cases {
        let foreign = Foreign()
        let text = message { try foreign.importing(format, array(foreign), rows: 3) }
        // Batches of as many rows as an Int holds are refused before their columns.
        #expect(text == "the Arrow array of column 'x' \(expected)")
        #expect(foreign.counter.isBalanced, "\(expected)")
      }
    }

    @Test func textsThatLieNowhere() {
      let words: [([Int32], String)] = [
        ([0, 5, 2, 6], "row 1: a text from byte 5 to 2 of 6"),
        ([0, 9, 2, 6], "row 0: a text from byte 0 to 9 of 6"),
        ([-1, 2, 3, 6], "row 0: a text from byte -1 to -1 of 6"),
      ]
      for (offsets, expected) in words {
        let foreign = Foreign()
        let array = foreign.array(3, [nil, bytes(offsets), Array("sixsix".utf8)])
        #expect(message { try foreign.importing("u", array) } == "column 'x', \(expected)")
        #expect(foreign.counter.isBalanced)
      }
      let views: [[Int32]] = [[13, 0, 0, 8], [13, 0, 1, 0], [-4, 0, 0, 0], [.max, 0, 0, 1]]
      for view in views {
        let foreign = Foreign()
        let array = foreign.array(
          1,
          [nil, bytes(view), [UInt8](repeating: 65, count: 20), bytes([20])]
        )
        let text = message { try foreign.importing("vu", array) }
        #expect(text.hasPrefix("column 'x', row 0: a view of \(view[0]) bytes"))
        #expect(foreign.counter.isBalanced)
      }
    }

    @Test func codesWithoutAWord() {
      let foreign = Foreign()
      let words = foreign.array(2, [nil, bytes([0, 1, 2] as [Int32]), Array("ab".utf8)])
      let array = foreign.array(2, [nil, bytes([1, 2] as [Int32])], dictionary: words)
      let text = message { try foreign.importing("i", array, dictionary: foreign.schema("u")) }
      #expect(text == "column 'x', row 1: 2 is no code of a dictionary of 2 values")
      let bare = foreign.array(2, [nil, bytes([1, 0] as [Int32])])
      #expect(
        message { try foreign.importing("i", bare, dictionary: foreign.schema("u")) }
          == "the Arrow array of column 'x' lacks its dictionary"
      )
      #expect(foreign.counter.isBalanced)
    }

    /// Codes, views and offsets that say anything lead nowhere outside of the buffers.
    ///
    /// The address sanitizer would see it. Sizes cannot be checked, so what tells them stays.
    @Test func mutatedContentsAreRefusedOrHarmless() {
      let seed = UInt64.random(in: 0...UInt64.max)
      var random = SplitMix64(seed: seed)
      var (refused, read) = (0, 0)
      for _ in 0..<300 {
        func mutated(_ bytes: [UInt8], keeping last: Int = 0) -> [UInt8] {
          var bytes = bytes
          for _ in 0..<Int.random(in: 0...1, using: &random) where bytes.count > last {
            let place = Int.random(in: 0..<bytes.count - last, using: &random)
            bytes[place] = UInt8.random(in: 0...UInt8.max, using: &random)
          }
          return bytes
        }
        let foreign = Foreign()
        let text = Array("one text, and another one that is longer".utf8)
        let offsets = mutated(bytes([0, 3, 8, Int32(text.count)]), keeping: 4)
        let views = mutated(bytes([20, 0, 0, 5, 3, 0x636261, 0, 0, 13, 0, 0, 27] as [Int32]))
        let codes = mutated(bytes([2, 0, 1] as [Int16]))
        let valid = mutated([0b110])
        let frame = Result {
          var schema = foreign.schema(
            "+s",
            children: [
              foreign.schema("u", "text"), foreign.schema("vu", "view"),
              foreign.schema("s", "code", dictionary: foreign.schema("u")),
            ]
          )
          let words = foreign.array(3, [nil, offsets, text])
          var batch = foreign.array(
            3,
            [nil],
            children: [
              foreign.array(3, nullCount: -1, [valid, offsets, text]),
              foreign.array(3, nullCount: -1, [valid, views, text, bytes([text.count])]),
              foreign.array(3, nullCount: -1, [valid, codes], dictionary: words),
            ]
          )
          return try DataFrame(importingArrow: &schema, array: &batch)
        }
        if let frame = try? frame.get() {
          read += 1
          // All of it: values, groups, and what another consumer would get.
          var copy = ArrowArray()
          #expect(frame.plainValues.count == 3)
          _ = try? frame.groupBy("code").count()
          frame.exportArrow(array: &copy)
          copy.release(&copy)
        } else {
          refused += 1
        }
      }
      #expect(read > 20 && refused > 20, "\(read) read, \(refused) refused, seed \(seed)")
    }

    @Test func batchesThatBreakTheRules() {
      let foreign = Foreign()
      func batch(_ schema: ArrowSchema, _ array: ArrowArray) -> String {
        var (schema, array) = (schema, array)
        return message { try DataFrame(importingArrow: &schema, array: &array) }
      }
      func column(_ count: Int = 2) -> ArrowArray {
        foreign.array(count, [nil, bytes([Int64](repeating: 1, count: count))])
      }
      let one = { foreign.schema("+s", children: [foreign.schema("l", "x")]) }
      #expect(
        batch(foreign.schema("l", "x"), column())
          == "an Arrow schema 'l'; expected '+s', a record batch"
      )
      #expect(
        batch(one(), foreign.array(2, [nil]))
          == "the Arrow record batch has 0 columns; its schema has 1"
      )
      #expect(
        batch(one(), foreign.array(2, [], children: [column()]))
          == "the Arrow record batch has 0 buffers; expected 1"
      )
      #expect(
        batch(one(), foreign.array(-2, [nil], children: [column()]))
          == "the Arrow record batch claims -2 rows from 0 on"
      )
      #expect(
        batch(one(), foreign.array(2, nullCount: 1, [[0b10]], children: [column()]))
          == "the Arrow record batch has null rows; expected nulls in columns alone"
      )
      let twice = foreign.schema(
        "+s",
        children: [foreign.schema("l", "x"), foreign.schema("l", "x")]
      )
      #expect(
        batch(twice, foreign.array(2, [nil], children: [column(), column()]))
          == "two columns are named 'x'"
      )
      #expect(batch(ArrowSchema(), column()).contains("schema was released, or moved away"))
      #expect(batch(one(), ArrowArray()).contains("array was released, or moved away"))
      var gone = foreign.array(2, [nil], children: [column()])
      gone.children[0]!.pointee.release(gone.children[0]!)
      #expect(batch(one(), gone).contains("array of column 'x' was released"))
      gone.release = nil
      #expect(foreign.counter.isBalanced)
    }
  }
}
