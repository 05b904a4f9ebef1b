import Foundation
import TabularCSV
import TabularTensor
import Testing

@testable import TabularFrame

/// What pyarrow and polars say of our files, and what we say of theirs.
@Suite(.enabled(if: Python.has("pyarrow"), "python3 lacks pyarrow"))
struct ArrowPythonTests {
  static let formats: [(ArrowFormat, ArrowWritingOptions.TextType)] = [
    (.file, .stringView), (.file, .utf8), (.stream, .stringView), (.stream, .utf8),
  ]

  /// Valid to pyarrow's full check, with the types and values that `everyType` has.
  @Test(arguments: formats) func isReadByPyArrow(
    format: ArrowFormat,
    textType: ArrowWritingOptions.TextType
  ) throws {
    let options = ArrowWritingOptions(
      format: format,
      textType: textType,
      batchRows: 2,
      metadata: ["k": "v"]
    )
    let script = """
      import sys, pyarrow as pa, pyarrow.ipc as ipc
      source = pa.OSFile(sys.argv[1])
      t = (ipc.open_file if sys.argv[2] == "file" else ipc.open_stream)(source).read_all()
      t.validate(full=True)
      print(*[f.type for f in t.schema], t.schema.metadata)
      for c in t.columns:
          c = c.cast(pa.int64()) if c.type == pa.timestamp("us", "UTC") else c
          print(c.to_pylist())
      """
    let text = textType == .utf8 ? "string" : "string_view"
    try written(everyType(), options) { path in
      let output = try Python.output(script, [path, format.rawValue])
      #expect(
        output == """
          bool int64 double date32[day] timestamp[us, tz=UTC] \(text) \
          dictionary<values=\(text), indices=int32, ordered=0> {b'k': b'v'}
          [True, None, False]
          [-9223372036854775808, None, 9223372036854775807]
          [0.1, None, -5e-324]
          [datetime.date(1969, 12, 31), None, datetime.date(2020, 2, 29)]
          [-1, None, 1582934400500000]
          ['', None, 'a text longer than twelve bytes']
          ['x', None, 'x']

          """
      )
    }
  }

  /// Growing dictionaries, empty frames, slices: pyarrow and polars print the same rows as we do.
  @Test(arguments: formats) func peersAgreeOnManyBatches(
    format: ArrowFormat,
    textType: ArrowWritingOptions.TextType
  ) throws {
    var random = SplitMix64(seed: propertySeed)
    var frames: [DataFrame] = []
    for rows in [0, 65, 3, 200, 0] {
      var frame = DataFrame()
      for type in ColumnType.allCases where type != .date && type != .datetime {
        frame["\(type)"] = Column.random(type, count: rows, &random)
      }
      frame["word"] = Column((0..<rows).map { "word \($0 * rows % 31)" }).asCategory()
      frames.append(frame)
    }
    let script = """
      import sys, math, json
      path, kind = sys.argv[1:]
      import pyarrow as pa, pyarrow.ipc as ipc
      source = pa.OSFile(path)
      t = (ipc.open_file if kind == "file" else ipc.open_stream)(source).read_all()
      t.validate(full=True)
      def rows(columns):
          return [[repr(x) for x in c] for c in columns]
      found = rows(c.to_pylist() for c in t.columns)
      try:
          import polars as pl
          p = (pl.read_ipc if kind == "file" else pl.read_ipc_stream)(path)
          assert p.columns == t.column_names
          assert rows(s.to_list() for s in p) == found, "polars"
      except ImportError: pass
      for c in found: print(json.dumps(c))
      """
    try withTemporaryFile("T.arrow") { path in
      let options = ArrowWritingOptions(format: format, textType: textType, batchRows: 50)
      var writer = try ArrowWriter(path, columns: frames[0].types, options: options)
      for frame in frames { try writer.append(frame) }
      try writer.finish()
      let output = try #require(
        try Python.output(script, [path, format.rawValue]),
        "TABULAR_SEED=\(propertySeed)"
      )
      let lines = output.split(separator: "\n")
      let all = try DataFrame.concat(frames)
      try #require(lines.count == all.columns.count)
      for (name, line) in zip(all.columns, lines) {
        let column: Column = try all[name]
        let found = try JSONDecoder().decode([String].self, from: Data(line.utf8))
        let expected = (0..<column.count).map { Python.repr(column[$0]) }
        #expect(found == expected, "\(name), TABULAR_SEED=\(propertySeed)")
      }
    }
  }

  /// Nothing at all is read by others, too.
  @Test func peersReadEmptyFrames() throws {
    let script = """
      import sys, pyarrow as pa, pyarrow.ipc as ipc
      for path in sys.argv[1:]:
          kind = "file" if path.endswith(".arrow") else "stream"
          t = (ipc.open_file if kind == "file" else ipc.open_stream)(pa.OSFile(path)).read_all()
          t.validate(full=True)
          try:
              import polars as pl
              p = (pl.read_ipc if kind == "file" else pl.read_ipc_stream)(path)
              assert p.columns == t.column_names and p.height == t.num_rows, p
          except ImportError: pass
          print(t.num_rows, t.num_columns)
      """
    let frames = try [DataFrame(), everyType().slice(0..<0), everyType().select([])]
    try withTemporaryFile("T") { stem in
      var (paths, expected) = ([String](), "")
      for (format, textType) in Self.formats {
        for frame in frames {
          let path = "\(stem)-\(paths.count).\(format == .file ? "arrow" : "arrows")"
          try frame.writeArrow(to: path, options: ArrowWritingOptions(textType: textType))
          paths.append(path)
          expected += "\(frame.rowCount) \(frame.columns.count)\n"
        }
      }
      let output = try Python.output(script, paths)
      #expect(output == expected)
    }
  }

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

  /// The columns of a matrix and a target, as `convert` writes them.
  @Test func readsFeatures() throws {
    let features = Tensor<Float>(shape: [70, 37]) { scalars in
      for i in scalars.indices { scalars[i] = Float(i) / 8 }
    }
    let script = """
      import sys, pyarrow as pa, numpy as np
      t = pa.ipc.open_file(sys.argv[1]).read_all()
      t.validate(full=True)
      x = np.stack([c.to_numpy() for c in t.columns[:-1]], axis=1)
      print(x.dtype, x.shape, (x == np.arange(70 * 37).reshape(70, 37) / 8).all(), t.column("y").to_pylist() == list(range(70)), t.schema.metadata)
      """
    try withTemporaryFile("T.arrow") { path in
      let options = ArrowWritingOptions(batchRows: 33, metadata: ["rows": "70"])
      var writer = try ArrowWriter(
        path,
        features: (0..<37).map { "f\($0)" },
        as: .float32,
        columns: [("y", .int64)],
        options: options
      )
      let target = Column((0..<70).map { $0 })
      try writer.append(features: features, columns: [target], rows: 0..<41)
      try writer.append(features: features, columns: [target], rows: 41..<70)
      try writer.finish()
      #expect(
        try Python.output(script, [path]) == "float32 (70, 37) True True {b'rows': b'70'}\n"
      )
      let read = try DataFrame(contentsOfArrow: path)
      #expect(read.shape.rows == 70 && read.types.last?.type == .int64)
      #expect(try read["f36", as: Double.self][69] == Double(70 * 37 - 1) / 8)
    }
  }
}

/// The `python3` on the path.
enum Python {
  /// Whether it has a package.
  static func has(_ package: String) -> Bool {
    (try? output("import \(package)")).flatMap(\.self) != nil
  }

  /// What a program prints, or nil when it fails, which is then on standard error.
  static func output(_ script: String, _ arguments: [String] = []) throws -> String? {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? String(decoding: output, as: UTF8.self) : nil
  }

  /// What `repr` gives for a value; a number or a text of ours.
  static func repr(_ value: Value) -> String {
    switch value {
    case .null: return "None"
    case .bool(let bit): return bit ? "True" : "False"
    case .int64(let number): return "\(number)"
    case .float64(let number):
      let whole = number.magnitude < 0x1p53 && number == number.rounded()
      if number.isNaN || number.isInfinite { return "\(number)" }
      return whole ? "\(number)" : number.magnitude >= 1e16 ? Python.exponent(number) : "\(number)"
    case .string(let text): return "'\(text.replacing("\u{0}", with: "\\x00"))'"
    case .date, .datetime: return value.description
    }
  }

  /// Python's exponent: at least two digits, and no fraction of zero.
  private static func exponent(_ number: Double) -> String {
    "\(number)".replacing(".0e", with: "e")
  }
}
