import CTabularABI
import Foundation
import TabularCSV
import TabularTensor
import Testing

@testable import TabularFrame

extension ArrowCTests {
  @Suite struct Import {
    @Test func whatIsExportedComesBackWithoutACopy() throws {
      try releasingAll {
        let frame = try everyType()
        var (schema, array) = (ArrowSchema(), ArrowArray())
        frame.exportArrow(schema: &schema, array: &array)
        let back = try DataFrame(importingArrow: &schema, array: &array)
        #expect(back == frame && back.types.map(\.type) == frame.types.map(\.type))
        #expect(schema.release == nil && array.release == nil)
        for name in frame.columns {
          let (left, right): (Column, Column) = (try frame[name], try back[name])
          #expect(left.firstAddress == right.firstAddress, "column \(name) is copied")
        }
      }
    }

    @Test func randomFramesComeBack() throws {
      let seed = UInt64.random(in: 0...UInt64.max)
      var random = SplitMix64(seed: seed)
      for _ in 0..<40 {
        let rows = Int.random(in: 0...70, using: &random)
        let start = Int.random(in: 0...rows, using: &random)
        func column(_ type: Int) -> Column {
          func value<Value>(_ value: @autoclosure () -> Value) -> Value? {
            Bool.random(using: &random) ? value() : nil
          }
          switch type {
          case 0: return Column((0..<rows).map { _ in value(Bool.random(using: &random)) })
          case 1: return Column((0..<rows).map { _ in value(Int64(bitPattern: random.next())) })
          case 2: return Column((0..<rows).map { _ in Double(Int64(bitPattern: random.next())) })
          default:
            let texts = (0..<rows).map { _ in
              value(String(repeating: "ä", count: Int(random.next() % 12)))
            }
            return type == 3 ? Column(texts) : Column(texts).asCategory()
          }
        }
        let frame = try DataFrame((0..<5).map { (name: "c\($0)", column: column($0)) })
          .iloc[start..<rows]
        try releasingAll {
          var (schema, array) = (ArrowSchema(), ArrowArray())
          frame.exportArrow(schema: &schema, array: &array)
          let read = PlainArrowReader.columns(schema, array)
          #expect(read.elementsEqual(frame.plainValues, by: ==), "seed \(seed)")
          let back = try DataFrame(importingArrow: &schema, array: &array)
          #expect(back == frame, "seed \(seed)")
          // What came in goes out again.
          back.exportArrow(schema: &schema, array: &array)
          #expect(
            try DataFrame(importingArrow: &schema, array: &array) == frame,
            "seed \(seed)"
          )
        }
      }
    }

    /// Every number type, with a null whose value would not fit, from an offset on.
    @Test(
      arguments: [
        ("c", bytes([9, -1, 2, 3] as [Int8]), [-1, nil, 3]),
        ("C", bytes([9, 255, 2, 3] as [UInt8]), [255, nil, 3]),
        ("s", bytes([9, -1, 2, 3] as [Int16]), [-1, nil, 3]),
        ("S", bytes([9, 65_535, 2, 3] as [UInt16]), [65_535, nil, 3]),
        ("i", bytes([9, -1, 2, 3] as [Int32]), [-1, nil, 3]),
        ("I", bytes([9, .max, 2, 3] as [UInt32]), [4_294_967_295, nil, 3]),
        ("l", bytes([9, .min, 2, .max] as [Int64]), [.min, nil, .max]),
        ("L", bytes([9, 1, .max, 3] as [UInt64]), [1, nil, 3]),
      ] as [(String, [UInt8], [Int64?])]
    )
    func integers(format: String, values: [UInt8], expected: [Int64?]) throws {
      for shift in [0, 1] {
        let foreign = Foreign()
        let array = foreign.array(3, offset: 1, nullCount: -1, [[0b1011], values], shift: shift)
        do {
          let frame = try foreign.importing(format, array)
          #expect(frame == (try DataFrame([("x", Column(expected))])))
        }
        #expect(foreign.counter.isBalanced)
      }
    }

    @Test(
      arguments: [
        ("e", bytes([1.5, -0.25, 65_504] as [Float16]), [1.5, -0.25, 65_504]),
        ("f", bytes([1.5, 0.1, -.infinity] as [Float]), [1.5, Double(0.1 as Float), -.infinity]),
        ("g", bytes([1.5, 0.1, .greatestFiniteMagnitude]), [1.5, 0.1, .greatestFiniteMagnitude]),
      ] as [(String, [UInt8], [Double])]
    )
    func floats(format: String, values: [UInt8], expected: [Double]) throws {
      let foreign = Foreign()
      let frame = try foreign.importing(format, foreign.array(3, [nil, values]))
      #expect(frame == (try DataFrame([("x", Column(expected))])))
    }

    @Test(
      arguments: [
        ("tdD", bytes([-1, 18_321] as [Int32]), "1969-12-31", "2020-02-29"),
        ("tdm", bytes([-86_400_000, 1_582_934_400_000] as [Int64]), "1969-12-31", "2020-02-29"),
        (
          "tss:", bytes([-1, 1_582_934_400] as [Int64]), "1969-12-31T23:59:59Z",
          "2020-02-29T00:00:00Z"
        ),
        (
          "tsm:Europe/Berlin", bytes([-1, 1_582_934_400_500] as [Int64]),
          "1969-12-31T23:59:59.999Z", "2020-02-29T00:00:00.5Z"
        ),
        (
          "tsu:UTC", bytes([-1, 1_582_934_400_000_001] as [Int64]),
          "1969-12-31T23:59:59.999999Z", "2020-02-29T00:00:00.000001Z"
        ),
        (
          "tsn:", bytes([-1_000, 1_582_934_400_000_001_000] as [Int64]),
          "1969-12-31T23:59:59.999999Z", "2020-02-29T00:00:00.000001Z"
        ),
      ] as [(String, [UInt8], String, String)]
    )
    func instants(format: String, values: [UInt8], first: String, second: String) throws {
      let foreign = Foreign()
      let frame = try foreign.importing(format, foreign.array(2, [nil, values]))
      let column: Column = try frame["x"]
      #expect("\(column[0])" == first && "\(column[1])" == second)
    }

    /// Offsets of 32 and 64 bits; the batch and its column both begin further in.
    @Test(arguments: ["u", "U"]) func texts(format: String) throws {
      let text = Array("skippedshortthis one is longer than twelve bytes".utf8)
      let ends = [0, 7, 12, 12, text.count]
      let offsets = format == "u" ? bytes(ends.map { Int32($0) }) : bytes(ends.map { Int64($0) })
      let foreign = Foreign()
      do {
        let column = foreign.array(4, nullCount: 0, [nil, offsets, text])
        let frame = try foreign.importing(format, column, rows: 3, offset: 1)
        let expected = ["short", "", "this one is longer than twelve bytes"]
        #expect(frame == (try DataFrame([("x", Column(expected))])))
      }
      #expect(foreign.counter.isBalanced)
    }

    @Test func bitsFromAnOddPlaceOn() throws {
      let foreign = Foreign()
      let column = foreign.array(
        9,
        offset: 3,
        nullCount: 1,
        [[0xFF, 0b111], [0b1010_1000, 0b101]]
      )
      let frame = try foreign.importing("b", column, rows: 5, offset: 2)
      #expect(frame == (try DataFrame([("x", Column([true, false, true, true, false]))])))
    }

    @Test(arguments: ["c", "C", "s", "S", "i", "I", "l", "L"])
    func codesOfAnyWidth(format: String) throws {
      let codes = [1, 0, 100, 1]
      let values =
        switch format.lowercased() {
        case "c": bytes(codes.map { Int8($0) })
        case "s": bytes(codes.map { Int16($0) })
        case "i": bytes(codes.map { Int32($0) })
        default: bytes(codes.map { Int64($0) })
        }
      let foreign = Foreign()
      let words = foreign.array(2, [nil, bytes([0, 3, 6] as [Int32]), Array("onetwo".utf8)])
      // A null's code need not be one.
      let column = foreign.array(4, nullCount: 1, [[0b1011], values], dictionary: words)
      let frame = try foreign.importing(format, column, dictionary: foreign.schema("u"))
      #expect(frame == (try DataFrame([("x", Column(["two", "one", nil, "two"]).asCategory())])))
    }

    @Test func dictionariesWithRepeatedNullOrOtherValues() throws {
      let foreign = Foreign()
      let codes = bytes([0, 1, 2, 3] as [Int32])
      let words = foreign.array(
        4,
        nullCount: 1,
        [[0b1011], bytes([0, 1, 2, 2, 3] as [Int32]), Array("aba".utf8)]
      )
      let texts = try foreign.importing(
        "i",
        foreign.array(4, [nil, codes], dictionary: words),
        dictionary: foreign.schema("u")
      )
      let column: Column = try texts["x"]
      #expect((0..<4).map { "\(column[$0])" } == ["a", "b", "null", "a"])
      guard case .category(let found, let dictionary) = column.storage else {
        Issue.record("a \(column.type)")
        return
      }
      #expect(found[0] == found[3] && dictionary.count < 4, "equal words have one code")

      let numbers = foreign.array(4, [nil, bytes([10, 20, 30, 40] as [Int64])])
      let decoded = try foreign.importing(
        "i",
        foreign.array(4, nullCount: 1, [[0b1101], codes], dictionary: numbers),
        dictionary: foreign.schema("l")
      )
      #expect(decoded == (try DataFrame([("x", Column([10, nil, 30, 40] as [Int64?]))])))
    }

    @Test func nullsAreAColumnWithoutValues() throws {
      let foreign = Foreign()
      let frame = try foreign.importing("n", foreign.array(3, nullCount: 3, []))
      #expect(frame == (try DataFrame([("x", Column([nil, nil, nil] as [String?]))])))
    }

    /// A null's view may point anywhere, and a careless producer leaves bytes behind a short text.
    @Test func viewsOfNullsAndUnpaddedOnesAreMended() throws {
      var views: [UInt8] = bytes([3] as [Int32]) + Array("abcgarbage!!".utf8)
      views += bytes([1_000, 7, 99, -5] as [Int32])
      let foreign = Foreign()
      let column = foreign.array(2, nullCount: 1, [[0b01], views, []])
      let frame = try foreign.importing("vu", column)
      #expect(frame == (try DataFrame([("x", Column(["abc", nil]))])))
      let same = try frame["x"] == "abc"
      #expect(same[0] == .bool(true))
    }

    /// Columns are released one by one, when nobody holds them any more.
    @Test func columnsAreReleasedAlone() throws {
      let foreign = Foreign()
      func batch() throws -> DataFrame {
        let columns = (0..<2).map { foreign.array(2, [nil, bytes([Int64($0), 7])]) }
        var schema = foreign.schema(
          "+s",
          children: [foreign.schema("l", "a"), foreign.schema("l", "b")]
        )
        var array = foreign.array(2, [nil], children: columns)
        return try DataFrame(importingArrow: &schema, array: &array)
      }
      var frame: DataFrame? = try batch()
      #expect(foreign.counter.left == 2, "schemas and the batch itself are gone")
      var kept: Column? = try frame?["a"]
      frame = nil
      #expect(foreign.counter.left == 1)
      #expect(kept?[1] == .int64(7))
      let done = DispatchSemaphore(value: 0)
      nonisolated(unsafe) var last = kept
      kept = nil
      Thread {
        last = nil
        done.signal()
      }
      .start()
      done.wait()
      #expect(last == nil && foreign.counter.isBalanced)
    }
  }
}

extension Column {
  /// Where the first row's value lies.
  fileprivate var firstAddress: UnsafeRawPointer {
    switch storage {
    case .bool(let bits): UnsafeRawPointer(bits.buffer.pointer) + bits.offset / 8
    case .int64(let vector), .datetime(let vector): UnsafeRawPointer(vector.pointer)
    case .float64(let vector): UnsafeRawPointer(vector.pointer)
    case .date(let vector): UnsafeRawPointer(vector.pointer)
    case .string(let texts): UnsafeRawPointer(texts.views.pointer)
    case .category(let codes, _): UnsafeRawPointer(codes.pointer)
    }
  }
}
