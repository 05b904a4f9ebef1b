import Foundation
import TabularCSV
import Testing

@testable import TabularFrame

/// What we say of files that pyarrow and polars wrote.
@Suite(.enabled(if: Python.has("pyarrow"), "python3 lacks pyarrow"))
struct ArrowPythonReadingTests {
  /// Every type that pyarrow can write and a frame can hold, from both framings.
  @Test(arguments: ArrowFormat.allCases, ["none", "zstd", "lz4"])
  func readsPyArrow(format: ArrowFormat, packing: String) throws {
    let script = """
      import sys, pyarrow as pa, pyarrow.ipc as ipc, decimal
      path, kind, packing = sys.argv[1:]
      def ints(t, *v): return pa.array([*v, None], t)
      d = pa.DictionaryArray.from_arrays
      columns = {
        "null": pa.nulls(3), "bool": pa.array([True, False, None]),
        "i8": ints(pa.int8(), -128, 127), "i16": ints(pa.int16(), -32768, 32767),
        "i32": ints(pa.int32(), -2**31, 2**31 - 1), "i64": ints(pa.int64(), -2**63, 2**63 - 1),
        "u8": ints(pa.uint8(), 0, 255), "u16": ints(pa.uint16(), 0, 65535),
        "u32": ints(pa.uint32(), 0, 2**32 - 1), "u64": ints(pa.uint64(), 0, 2**63 - 1),
        "f16": pa.array([1.5, -0.0, None], pa.float16()), "f32": pa.array([0.1, 3e38, None], pa.float32()),
        "f64": pa.array([0.1, 1e308, None]),
        "utf8": pa.array(["", "a text longer than twelve bytes", None]),
        "large": pa.array(["ä", "exactly 12 b", None], pa.large_string()),
        "view": pa.array(["thirteen byte", "ä" * 10, None], pa.string_view()),
        "d32": pa.array([-1, 18321, None], pa.date32()),
        "d64": pa.array([-86400000, 18321 * 86400000, None], pa.date64()),
        "s": pa.array([-1, 2**40, None], pa.timestamp("s")), "ms": pa.array([-1, 2**50, None], pa.timestamp("ms", "UTC")),
        "us": pa.array([-1, 2**60, None], pa.timestamp("us", "Europe/Berlin")),
        "ns": pa.array([-1000, 2**60 // 1000 * 1000, None], pa.timestamp("ns")),
        "c8": d(pa.array([1, 0, None], pa.int8()), pa.array(["b", "a"])),
        "cu64": d(pa.array([1, 0, None], pa.uint64()), pa.array(["b", "a"], pa.large_string())),
        "cview": d(pa.array([1, 0, None], pa.int16()), pa.array(["b", "a text longer than twelve"], pa.string_view())),
        "ctwice": d(pa.array([2, 3, 1], pa.int32()), pa.array(["x", None, "x", "y"])),
        "cint": d(pa.array([1, 0, None], pa.int32()), pa.array([10, 20])),
        "cnull": d(pa.array([None, None, None], pa.int8()), pa.nulls(0)),
        # Enough to be packed, with runs that a match of LZ4 reaches into.
        "run": pa.array(["ab" * 500, "abc" * 400, None]), "zeros": pa.array([0, 0, None]),
      }
      t = pa.table(columns)
      # A batch that is sliced, so that bitmaps begin inside a byte, and an empty one.
      t = pa.concat_tables([t.slice(0, 0), t, t.slice(1, 2)])
      options = ipc.IpcWriteOptions(compression=None if packing == "none" else packing)
      with (ipc.new_file if kind == "file" else ipc.new_stream)(path, t.schema, options=options) as w:
          w.write_table(t)
      """
    try withTemporaryFile("T.arrow") { path in
      _ = try #require(try Python.output(script, [path, format.rawValue, packing]))
      let frame = try DataFrame(contentsOfArrow: path)
      let rows = [0, 1, 2, 1, 2]
      func check<Element: ColumnElement>(_ name: String, _ values: [Element?]) throws {
        let expected = Column(rows.map { values[$0] })
        let found: Column = try frame[name]
        #expect(found == (found.type == .category ? expected.asCategory() : expected), "\(name)")
      }
      try check("null", [String?](repeating: nil, count: 3))
      try check("bool", [true, false, nil])
      try check("i8", [-128, 127, nil])
      try check("i16", [-32768, 32767, nil])
      try check("i32", [-2_147_483_648, 2_147_483_647, nil])
      try check("i64", [Int64.min, Int64.max, nil])
      try check("u8", [0, 255, nil])
      try check("u16", [0, 65535, nil])
      try check("u32", [0, 4_294_967_295, nil])
      try check("u64", [0, Int64.max, nil])
      try check("f16", [1.5, -0.0, nil])
      try check("f32", [Double(Float(0.1)), Double(Float(3e38)), nil])
      try check("f64", [0.1, 1e308, nil])
      try check("utf8", ["", "a text longer than twelve bytes", nil])
      try check("large", ["ä", "exactly 12 b", nil])
      try check("view", ["thirteen byte", String(repeating: "ä", count: 10), nil])
      let days = [CalendarDate(daysSinceEpoch: -1), CalendarDate(daysSinceEpoch: 18_321), nil]
      try check("d32", days)
      try check("d64", days)
      func times(_ first: Int64, _ second: Int64) -> [Timestamp?] {
        [Timestamp(microsecondsSinceEpoch: first), Timestamp(microsecondsSinceEpoch: second), nil]
      }
      try check("s", times(-1_000_000, 1 << 40 * 1_000_000))
      try check("ms", times(-1_000, 1 << 50 * 1_000))
      try check("us", times(-1, 1 << 60))
      try check("ns", times(-1, (1 << 60) / 1_000))
      try check("c8", ["a", "b", nil])
      try check("cu64", ["a", "b", nil])
      try check("cview", ["a text longer than twelve", "b", nil])
      try check("ctwice", ["x", "y", nil])
      try check("cint", [20, 10, nil])
      #expect(try frame["cnull"].type == .category && frame["cnull"].nullCount == 5)
      let runs = [String(repeating: "ab", count: 500), String(repeating: "abc", count: 400), nil]
      try check("run", runs)
      try check("zeros", [0, 0, nil])
      #expect(try DataFrame.concat(allBatches(path)) == frame)
    }
  }

  /// Packed buffers of more than a block, with near and far matches.
  @Test(arguments: ["lz4", "zstd"]) func unpacksManyRows(packing: String) throws {
    let script = """
      import sys, pyarrow as pa, pyarrow.feather as feather
      n = 150_000
      t = pa.table({
        "i": [i * i % 1009 for i in range(n)], "x": [i * 7919 % 99991 / 8 for i in range(n)],
        "s": [f"word {i * 7 % 5003} of many" for i in range(n)],
      })
      feather.write_feather(t, sys.argv[1], compression=sys.argv[2], chunksize=60_000)
      """
    try withTemporaryFile("T.feather") { path in
      _ = try #require(try Python.output(script, [path, packing]))
      let frame = try DataFrame(contentsOfArrow: path)
      let (i, x, s) = (
        try frame["i", as: Int.self], try frame["x", as: Double.self],
        try frame["s", as: String.self]
      )
      #expect(frame.rowCount == 150_000)
      var wrong: Int?
      for row in 0..<frame.rowCount where wrong == nil {
        let (square, number): (Int, Int) = (row * row % 1009, row * 7919 % 99991)
        let word: String = "word \(row * 7 % 5003) of many"
        if i[row] != square || x[row] != Double(number) / 8 || s[row] != word { wrong = row }
      }
      #expect(wrong == nil)
    }
  }

  /// What a frame does not hold is refused in one line that names the column.
  @Test func refusesOtherTypes() throws {
    let advice = "leave it out, or cast it in pyarrow or polars before writing"
    let cases: [(array: String, expected: String)] = [
      ("pa.array([[1]])", "is of type list, which a frame does not hold; \(advice)"),
      ("pa.array([{'a': 1}])", "is of type struct, which a frame does not hold; \(advice)"),
      ("pa.array([b'a'])", "is of type binary, which a frame does not hold; \(advice)"),
      (
        "pa.array([1], pa.duration('s'))",
        "is of type duration, which a frame does not hold; \(advice)"
      ),
      (
        "pa.array([1], pa.decimal128(3))",
        "is of type decimal, which a frame does not hold; \(advice)"
      ),
      (
        "pa.array([1, 2**63], pa.uint64())",
        "row 1: 9223372036854775808 does not fit into int64; cast the column to float64 or text"
      ),
      (
        "pa.array([None, 1001], pa.timestamp('ns'))",
        "row 1: 1001 ns is no whole microsecond; cast the column to timestamp[us]"
      ),
      (
        "pa.array([2**62], pa.timestamp('s'))",
        "row 0: 4611686018427387904 s is beyond the years that 64 bits of microseconds hold"
      ),
    ]
    let arrays = cases.map(\.array).joined(separator: ", ")
    let script = """
      import sys, pyarrow as pa, pyarrow.feather as feather
      for i, x in enumerate([\(arrays)]):
          feather.write_feather(pa.table({"x": x}), f"{sys.argv[1]}-{i}", compression="uncompressed")
      """
    try withTemporaryFile("T") { stem in
      _ = try #require(try Python.output(script, [stem]))
      for (index, expected) in cases.map(\.expected).enumerated() {
        let path = "\(stem)-\(index)"
        let found = message { try DataFrame(contentsOfArrow: path) }
        #expect(found == "'\(path)': column 'x' \(expected)")
      }
    }
  }

  /// What polars writes: string views, categories with unsigned codes, its own metadata.
  @Test(
    .enabled(if: Python.has("polars"), "python3 lacks polars"),
    arguments: ArrowFormat.allCases,
    ["uncompressed", "zstd", "lz4"]
  )
  func readsPolars(format: ArrowFormat, packing: String) throws {
    let script = """
      import sys, polars as pl, datetime as dt
      path, kind, packing = sys.argv[1:]
      f = pl.DataFrame({
        "b": [True, None, False], "i": [1, None, -1], "f": [0.5, None, float("nan")],
        "d": [dt.date(2020, 2, 29), None, dt.date(1969, 12, 31)],
        "t": [dt.datetime(1970, 1, 1, 0, 0, 1), None, dt.datetime(1969, 12, 31, 23, 59, 59)],
        "s": ["a", None, "a text longer than twelve bytes"],
        "c": pl.Series(["u", None, "v"], dtype=pl.Categorical),
        "e": pl.Series(["v", None, "u"], dtype=pl.Enum(["u", "v"])),
      })
      f = pl.concat([f, f.slice(1, 2)])
      (f.write_ipc if kind == "file" else f.write_ipc_stream)(path, compression=packing)
      """
    try withTemporaryFile("T.arrow") { path in
      _ = try #require(try Python.output(script, [path, format.rawValue, packing]))
      let frame = try DataFrame(contentsOfArrow: path)
      let rows = [0, 1, 2, 1, 2]
      func check<Element: ColumnElement>(_ name: String, _ values: [Element?]) throws {
        let expected = Column(rows.map { values[$0] })
        let found: Column = try frame[name]
        #expect(found == (found.type == .category ? expected.asCategory() : expected), "\(name)")
      }
      try check("b", [true, nil, false])
      try check("i", [1, nil, -1])
      try check("f", [0.5, nil, Double.nan])
      try check("d", [CalendarDate(daysSinceEpoch: 18_321), nil, CalendarDate(daysSinceEpoch: -1)])
      try check(
        "t",
        [
          Timestamp(microsecondsSinceEpoch: 1_000_000), nil,
          Timestamp(microsecondsSinceEpoch: -1_000_000),
        ]
      )
      try check("s", ["a", nil, "a text longer than twelve bytes"])
      try check("c", ["u", nil, "v"])
      try check("e", ["v", nil, "u"])
    }
  }
}
